"""A lexicon scorer for what customers write about brands, fast enough for a stream.

The brand's names, @handles and addresses are taken out (``masking``), the text is split into words
and signs (``tokens``), those in the ``vocabulary`` are weighed in their context (``weighing``:
negation, intensity, contrast, wishes, questions), praise that is not meant is seen through
(``sarcasm``), and the polarity is the hyperbolic tangent of the sum. What is weak or balanced is
left unscored.

:func:`polarity` does so for one text, step by step. :func:`polarities` returns the same for many at
once, in a fraction of the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import tanh
from typing import Final

from pipeline.events.sentiment import ABSTAINED
from pipeline.events.sentiment.masking import Mask, marked, mask
from pipeline.events.sentiment.memo import MEMORY, Memo
from pipeline.events.sentiment.reading import Reader
from pipeline.events.sentiment.signs import END
from pipeline.events.sentiment.tokens import split
from pipeline.events.sentiment.vocabulary import ENTRIES
from pipeline.events.sentiment.weighing import Place, places_of, weigh

_OUTSPOKEN: Final = 1.3
"""How much weaker the words of a complaint are than those of praise of the same strength.

People praise in superlatives and complain in facts. With it, both polarities are on average equally
far from 0 on the texts for development, so that shares of praise come out as people judge them.
"""

_EXCLAIMED: Final = 0.1  # a mark
_MOST_EXCLAIMED: Final = 3  # marks that count
_LONG = re.compile(r"([a-z])\1\1+")
# Looking for each of these is quicker than the expression above.
_RUNS = tuple(letter * 3 for letter in "oeaysihulmnrtz")
_MOST_TOGETHER: Final = 500_000
"""Characters of texts that are read together; that takes some fifty times as many bytes."""

_FEW: Final = 8
"""So many texts are scored as quickly one by one."""


class LexiconScorer:
    """Scores by the lexicon; a :class:`~pipeline.events.sentiment.Scorer`.

    Args:
        memory: Results that are kept, as in ``memo``: what is shared is scored once.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._reader = Reader()
        self._memo = Memo(self._polarities, memory)

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return the polarity of a text in -1..1, 0.0 for neutral."""
        return self.score_all((text,), (masked,))[0]

    def score_all(self, texts: Sequence[str], masked: Sequence[frozenset[str]]) -> list[float]:
        """Return the polarities of many texts, each with the names to mask in it."""
        return self._memo.ask(texts, masked)

    def _polarities(self, texts: Sequence[str], masked: Sequence[frozenset[str]]) -> list[float]:
        if len(texts) <= _FEW:
            return [polarity(text, names) for text, names in zip(texts, masked, strict=True)]
        result: list[float] = []
        for part in _parts(texts):
            result += polarities(texts[part], masked[part], self._reader)
        return result


def _parts(texts: Sequence[str]) -> Iterator[slice]:
    """Part texts where they become too long to be looked at together."""
    start = size = 0
    for number, text in enumerate(texts):
        if size + len(text) > _MOST_TOGETHER and number > start:
            yield slice(start, number)
            start, size = number, 0
        size += len(text)
    yield slice(start, len(texts))


def polarity(text: str, masked: frozenset[str]) -> float:
    """Return the polarity of a text in -1..1, with the names in ``masked`` taken out first.

    >>> names = frozenset({"Best Air"})
    >>> polarity("Great, Best Air cancelled my flight again", names) < 0
    True
    >>> polarity("Best Air to Lisbon tomorrow", names)
    0.0
    """
    bare = mask(masked)
    text = bare.strip(text)
    lowered = text.lower()
    words = _unmasked(lowered, bare)
    for run in _RUNS:
        if run in lowered:
            words = [word if word in ENTRIES else _shorten(word) for word in words]
            break
    words.append(END)
    return _polarities((text,), words, places_of(words))[0]


def polarities(
    texts: Sequence[str], masked: Sequence[frozenset[str]], reader: Reader
) -> list[float]:
    """Return what :func:`polarity` does of each of some texts, with the names to mask in it."""
    if not texts or END in "".join(texts):  # nobody writes it
        return [polarity(text, names) for text, names in zip(texts, masked, strict=True)]
    masks = {names: mask(names) for names in set(masked)}
    stripped = list(texts)
    for number in marked(texts):
        stripped[number] = masks[masked[number]].strip_marks(texts[number])
    lowered = [text.lower() for text in stripped]
    for number, names in enumerate(masked):
        bare, low = masks[names], lowered[number]
        for trace in bare.traces:
            if trace in low:
                text = stripped[number] = bare.strip_rows(stripped[number])
                lowered[number] = _without_names(text.lower(), bare)
                break
    words, places, doubtful = reader.read(lowered)
    result = _polarities(stripped, words, places)
    for number in doubtful:
        result[number] = polarity(texts[number], masked[number])
    return result


def _unmasked(lowered: str, bare: Mask) -> list[str]:
    """Return the words of a text without names of one word."""
    words = split(lowered)
    if not bare.words.isdisjoint(words):
        words = [word for word in words if word not in bare.words]
    return words


def _without_names(lowered: str, bare: Mask) -> str:
    """Return a text whose words are those of another without names of one word."""
    lowered = lowered.replace("n't", "nt")  # as ``split`` does
    for name in bare.words:
        if name in lowered:
            lowered = " ".join(
                [
                    " ".join(_unmasked(piece, bare)) if name in piece else piece
                    for piece in lowered.split(" ")
                ]
            )
    return lowered


def _shorten(word: str) -> str:
    """Undo drawn-out letters ("sooo", "goooood"): to two of them if that is known, else to one."""
    double = _LONG.sub(r"\1\1", word)
    return double if double in ENTRIES else _LONG.sub(r"\1", word)


def _polarities(texts: Sequence[str], words: list[str], places: Iterable[Place]) -> list[float]:
    """Return the polarities of stripped texts, read as ``weigh`` takes them."""
    result = []
    for text, total in zip(texts, weigh(texts, words, places), strict=True):
        if total:
            marks = text.count("!")
            if marks:
                total *= 1.0 + _EXCLAIMED * min(marks, _MOST_EXCLAIMED)
            total = tanh(total if total > 0.0 else total * _OUTSPOKEN)
        result.append(total if abs(total) >= ABSTAINED else 0.0)
    return result
