"""Taking names, handles and addresses out of a text: a name is neither praise nor blame.

A plain lexicon reads "United" as praise, whoever says what about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from pipeline.events.sentiment.signs import END
from pipeline.events.sentiment.tokens import WORD
from pipeline.events.sentiment.vocabulary import ENTRIES

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]{1,63}+\.co[\w.]*(?:/\S*)?")
_HANDLE = re.compile(r"@\w[\w-]*(?:@[\w.-]+)?(?:'s)?")
_WITHIN_WORD = re.compile(r"@(?<=\w@)")  # starts with a literal, so that the search is quick
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+\.[\w.-]+")
_HASHTAG = re.compile(r"#(\w+)")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TAG_ENDINGS = ("fail", "fails", "failure", "sucks", "scam", "rocks")
# A word or two in quotation marks is somebody else's voice, and praise there is mocked.
_QUOTED = re.compile(r'["\u201c]\w{1,30}+(?: \w{1,30}+)?["\u201d]')
_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
# Bytes without which no text is changed by :meth:`Mask.strip_marks`: those that tell by themselves
# (the last begins the curly ones), and those that do if one of the third kind follows one of the
# second, as in ".co", "://" and "www.".
_TELLING, _FIRST, _SECOND = b'&@#"\xe2', b".:w", b"c/w"
_TELLS = bytes(
    (byte in _TELLING) | (byte in _FIRST) << 1 | (byte in _SECOND) << 2 for byte in range(256)
)
_KEPT = 16_384
"""Brands of which what was derived is kept: a stream has few brands and many texts."""


class Mask:
    """How one brand's names are taken out.

    Attributes:
        words: Names of one word, in lower case, and their possessives.
        traces: A text in lower case that contains none of these contains no name.
    """

    __slots__ = ("_all", "_rows", "_tags", "traces", "words")

    def __init__(self, names: frozenset[str]) -> None:
        forms: set[str] = set()
        for name in names:
            lowered = name.lower().replace(_CURLY, "'").strip().lstrip("@#").strip()
            words = [word for word in re.split(r"[\s._-]+", lowered) if word]
            whole = "".join(words)
            forms.update((lowered, " ".join(words), "-".join(words), whole))
            # "bestbuy" is written "Best Buy" too; it matters only where a part is a known word.
            for cut in range(2, len(whole) - 1):
                if whole[:cut] in ENTRIES or whole[cut:] in ENTRIES:
                    forms.add(f"{whole[:cut]} {whole[cut:]}")
        forms.discard("")
        single = {form for form in forms if re.fullmatch(WORD, form)}
        self.words = frozenset(single | {f"{form}'s" for form in single})
        self._tags = tuple(sorted((form for form in single if form.isalnum()), key=len))[::-1]
        self._rows = tuple(sorted(forms - single, key=len, reverse=True))
        self._all = tuple(forms)
        self.traces = _traces(forms)

    def strip(self, text: str) -> str:
        """Return a text without addresses, handles, quoted words and names of several words.

        Hashtags become the words that they are made of.
        """
        return self.strip_rows(self.strip_marks(text))

    def strip_marks(self, text: str) -> str:
        """Do all of stripping but taking out names of several words."""
        if "&" in text:
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if _CURLY in text:
            text = text.replace(_CURLY, "'")
        if "@" in text and _WITHIN_WORD.search(text) is not None:
            text = _EMAIL.sub(" ", text)
        if "://" in text or ".co" in text or "www." in text:
            text = _ADDRESS.sub(" ", text)
        if "@" in text:
            text = _HANDLE.sub(" ", text)
        if "#" in text:
            text = _HASHTAG.sub(self._spell, text)
        if '"' in text or "\u201c" in text:
            text = _QUOTED.sub(" ", text)
        return text

    def strip_rows(self, text: str) -> str:
        """Return a text without names of several words."""
        if self._rows:
            # Looking first is quicker than the expression, and most texts hold no name in full.
            folded = text.lower()
            for row in self._rows:
                if row in folded:
                    return _alternatives(self._rows).sub(" ", text)
        return text

    def replace(self, text: str, someone: str) -> str:
        """Return a text with names, handles and addresses replaced and all else as it was."""
        for pattern in (_EMAIL, _ADDRESS, _HANDLE, _alternatives(self._all)):
            text = pattern.sub(someone, text)
        return text

    def _spell(self, hashtag: re.Match[str]) -> str:
        """Return the words of a hashtag: "#AcmeNeverAgain" says "Never Again"."""
        body = hashtag[1]
        lowered = body.lower()
        for tag in self._tags:
            if lowered.startswith(tag) and lowered != tag:
                body, lowered = body[len(tag) :], lowered[len(tag) :]
                break
        if not lowered.islower() or lowered in ENTRIES:
            return f" {body}"
        for ending in _TAG_ENDINGS:
            if lowered.endswith(ending):
                return f" {body[: -len(ending)]} {ending}"
        return " " + _INNER_CAPITAL.sub(" ", body)


def marked(texts: Sequence[str]) -> list[int]:
    """Return the numbers of texts that :meth:`Mask.strip_marks` may change; none holds ``END``.

    >>> marked(["late again", "@acme late", "see www.acme.example"])
    [1, 2]
    """
    raw = END.join(texts).encode("utf-8", "surrogatepass")
    tells = np.frombuffer(raw.translate(_TELLS), np.uint8)
    found = tells & 1
    found[:-1] |= tells[:-1] >> 1 & tells[1:] >> 2
    places = np.flatnonzero(found)
    if not places.size:
        return []
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord(END))
    numbers: list[int] = np.unique(np.searchsorted(ends, places)).tolist()
    return numbers


def _traces(names: Iterable[str]) -> tuple[str, ...]:
    """Return few parts of names such that each text with a name contains one.

    >>> _traces({"best air", "bestair", "ba"})
    ('ba', 'best')
    """
    # A name is found where n't is written for nt, too.
    parts = [max(re.split(r"\W+|nt|n't", name), key=len) for name in names]
    traces: list[str] = []
    for part in sorted(parts, key=len):
        if not any(trace in part for trace in traces):
            traces.append(part)
    return tuple(traces)


@lru_cache(maxsize=_KEPT)
def _alternatives(forms: tuple[str, ...]) -> re.Pattern[str]:
    """Return an expression for any of some names, the longest first; none matches nothing.

    Made when a text first needs it: that takes long, and few do.
    """
    rows = sorted(forms, key=len, reverse=True)
    either = "|".join(rf"(?<!\w){re.escape(row)}(?:'s)?(?!\w)" for row in rows)
    return re.compile(either or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=_KEPT)
def mask(names: frozenset[str]) -> Mask:
    """Return the mask of a brand's names."""
    return Mask(names)
