"""A lexicon scorer for what customers write about brands, fast enough for a stream.

The text is split into words and signs, those that the lexicon knows are weighed in their context
(negation, intensity, contrast, wishes, questions, courtesy, sarcasm), and the polarity is the
hyperbolic tangent of the sum. The brand's names, @handles and addresses are masked first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import tanh

from pipeline.events.sentiment import lexicon, phrases, weighing
from pipeline.events.sentiment.weighing import Entry, Kind, Sign, weigh

_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
_NEUTRAL_BELOW = 0.05
_LONGEST_MEMOISED = 512

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]{1,63}\.co[\w.]*(?:/\S*)?")
_HANDLE = re.compile(r"@\w[\w-]*(?:@[\w.-]+)?")
_WITHIN_WORD = re.compile(r"@(?<=\w@)")  # starts with a literal, so that the search is quick
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+\.[\w.-]+")
_LONG = re.compile(r"([^\W\d_])\1\1+")
# Looking for each of these is ten times as fast as the expression above.
_RUNS = tuple(letter * 3 for letter in "aeiouyshlmnrtz")


def _signs() -> dict[str, Sign]:
    # Later groups win: a word that is praise and a modifier acts as the modifier.
    groups: tuple[tuple[Kind, Mapping[str, float] | frozenset[str]], ...] = (
        (weighing.FUNCTION, lexicon.FUNCTIONS),
        (weighing.OPINION, lexicon.PRAISE),
        (weighing.OPINION, lexicon.BLAME),
        (weighing.FAILURE, lexicon.FAILURES),
        (weighing.REMEDY, lexicon.REMEDIES),
        (weighing.WRY, lexicon.WRY_PRAISE),
        (weighing.COURTESY, lexicon.COURTESIES),
        (weighing.INTENSITY, lexicon.INTENSITIES),
        (weighing.REPEAT, lexicon.REPEATS),
        (weighing.CONCESSION, lexicon.CONCESSIONS),
        (weighing.UNREAL, lexicon.UNREAL),
        (weighing.REQUEST, lexicon.REQUESTS),
        (weighing.CONTRAST, lexicon.CONTRASTS),
        (weighing.NEGATION, lexicon.NEGATIONS),
        (weighing.EMOJI, lexicon.EMOJI),
        (weighing.IRONY, lexicon.IRONY),
        # Question and exclamation marks come in runs and are told by their first character.
        (weighing.STOP, frozenset(".;\n")),
        (weighing.PAUSE, frozenset(",")),
    )
    return {
        word: (kind, words[word] if isinstance(words, Mapping) else 0.0)
        for kind, words in groups
        for word in words
    }


_SIGNS = _signs()
_WORD = r"\w+(?:['-]\w+|/\d+)*"
_EMOTICONS = "|".join(
    re.escape(form)
    for sign in sorted(_SIGNS, reverse=True)
    if len(sign) > 1 and not sign[0].isalnum()
    for form in sorted({sign, sign.upper()})
)
# Ranges, because single characters beyond the basic plane are looked through one by one; signs in
# them that are not known are passed over.
_SINGLE = r",.;\n\u2600-\u27bf\u2b50\U0001f300-\U0001faff"
# For speed, a blank is taken in front (one: runs of them must not cost their square), and the
# emoticons' first letters are looked at together.
_TOKEN = re.compile(rf" ?({_WORD}|(?=[:;=<>(^])(?:{_EMOTICONS})|[{_SINGLE}]|[!?]+)")


def _entries() -> dict[str, Entry]:
    """Join signs and phrases by their first word, the longest phrase first."""
    signs: dict[str, Sign] = {
        phrase: (weighing.FAILURE if -0.6 < weight < -0.3 else weighing.PHRASE, weight)
        for phrase, weight in phrases.PHRASES.items()
    }
    signs.update((phrase, (weighing.WRY, 0.8)) for phrase in phrases.WRY_PHRASES)
    signs.update((phrase, (weighing.COURTESY, 0.6)) for phrase in phrases.COURTEOUS_PHRASES)
    known = dict(_SIGNS)
    begun: dict[str, dict[str, list[weighing.Phrase]]] = {}
    for phrase, sign in signs.items():
        match _TOKEN.findall(phrase):
            case [word]:
                known[word] = sign
            case [first, second, *rest]:
                begun.setdefault(first, {}).setdefault(second, []).append((tuple(rest), sign))
    for seconds in begun.values():
        for choices in seconds.values():
            choices.sort(key=lambda choice: -len(choice[0]))
    return {word: (known.get(word), begun.get(word, {})) for word in known.keys() | begun.keys()}


_KNOWN = _entries()


class _Mask:
    """How a brand's names are taken out of a text."""

    __slots__ = ("pattern", "rows", "words")

    def __init__(self, names: frozenset[str]) -> None:
        forms: set[str] = set()
        for name in names:
            lowered = name.lower().replace(_CURLY, "'").strip().lstrip("@#").strip()
            if not lowered:
                continue
            words = [word for word in re.split(r"[\s._-]+", lowered) if word]
            forms.update((lowered, " ".join(words), "-".join(words), "".join(words)))
            whole = "".join(words)
            # "bestbuy" is written "Best Buy" too; it matters only where a part is a known word.
            for cut in range(2, len(whole) - 1):
                if whole[:cut] in _KNOWN or whole[cut:] in _KNOWN:
                    forms.add(f"{whole[:cut]} {whole[cut:]}")
        single = {form for form in forms if re.fullmatch(_WORD, form)}
        owners = {f"{form}'s" for form in single}
        plain = {form for form in single if form in _KNOWN}
        self.words = frozenset(plain | {owner for owner in owners if owner in _KNOWN})
        self.rows = sorted((form for form in forms - single if form), key=len, reverse=True)
        self.pattern = (
            re.compile(
                "|".join(rf"(?<!\w){re.escape(row)}(?:'s)?(?!\w)" for row in self.rows),
                re.IGNORECASE,
            )
            if self.rows
            else None
        )


@lru_cache(maxsize=16_384)
def _mask(names: frozenset[str]) -> _Mask:
    return _Mask(names)


def _shorten(word: str) -> str:
    """Undo drawn-out letters ("sooo", "goooood"): to two of them if that is known, else to one."""
    double = _LONG.sub(r"\1\1", word)
    return double if double in _KNOWN else _LONG.sub(r"\1", word)


class LexiconScorer:
    """Scores by the lexicon; a :class:`~pipeline.events.sentiment.Scorer`.

    Results are memoised by (text, names), ``memory`` of them at most, the least recently used
    forgotten first; texts over 512 characters, which hardly repeat, are not kept.
    """

    def __init__(self, memory: int = 16_384) -> None:
        self._remembered = lru_cache(maxsize=memory)(polarity)

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return the polarity of a text in -1..1, 0.0 for neutral."""
        if len(text) > _LONGEST_MEMOISED:
            return polarity(text, masked)
        return self._remembered(text, masked)


def _stripped(text: str, mask: _Mask) -> str:
    """Return a text without addresses, handles and names of several words."""
    if _CURLY in text:
        text = text.replace(_CURLY, "'")
    if "@" in text and _WITHIN_WORD.search(text) is not None:
        text = _EMAIL.sub(" ", text)
    if "://" in text or ".co" in text or "www." in text:
        text = _ADDRESS.sub(" _ ", text)
    if "@" in text:
        text = _HANDLE.sub(" ", text)
    if mask.pattern is not None:
        # Looking first is quicker than the expression, and most texts hold no name in full.
        folded = text.lower()
        for row in mask.rows:
            if row in folded:
                text = mask.pattern.sub(" _ ", text)
                break
    return text


def polarity(text: str, masked: frozenset[str]) -> float:
    """Return the polarity of a text in -1..1, with the names in ``masked`` taken out first."""
    mask = _mask(masked)
    tokens = _TOKEN.findall(_stripped(text, mask))
    if not tokens:
        return 0.0
    lowered = "\0".join(tokens).lower()
    words = lowered.split("\0")
    if mask.words:
        hidden = mask.words
        words = ["_" if word in hidden else word for word in words]
    for run in _RUNS:
        if run in lowered:
            words = [word if word in _KNOWN else _shorten(word) for word in words]
            break
    known = _KNOWN
    hits = [index for index, word in enumerate(words) if word in known or word[0] in "!?"]
    if not hits:
        return 0.0
    total = weigh(tokens, words, hits, known)
    if total == 0.0:
        return 0.0
    result = tanh(total)
    return result if abs(result) >= _NEUTRAL_BELOW else 0.0
