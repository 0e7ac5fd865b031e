"""A lexicon scorer for what customers write about brands, fast enough for a stream.

The brand's names, @handles and addresses are taken out (``masking``), the text is split into words
and signs (``tokens``), those in the ``vocabulary`` are weighed in their context (``weighing``:
negation, intensity, contrast, wishes, questions), praise that is not meant is seen through
(``sarcasm``), and the polarity is the hyperbolic tangent of the sum. What is weak or balanced is
left unscored.
"""

from __future__ import annotations

import re
from math import tanh
from typing import Final

from pipeline.events.sentiment import ABSTAINED
from pipeline.events.sentiment.masking import mask
from pipeline.events.sentiment.memo import MEMORY, memoised
from pipeline.events.sentiment.sarcasm import see_through
from pipeline.events.sentiment.tokens import split
from pipeline.events.sentiment.vocabulary import ENTRIES
from pipeline.events.sentiment.weighing import weigh

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


class LexiconScorer:
    """Scores by the lexicon; a :class:`~pipeline.events.sentiment.Scorer`.

    Args:
        memory: Results that are kept, as in ``memo``: what is shared is scored once.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._ask = memoised(polarity, memory)

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return the polarity of a text in -1..1, 0.0 for neutral."""
        return self._ask(text, masked)


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
    words = split(lowered)
    if not bare.words.isdisjoint(words):
        words = [word for word in words if word not in bare.words]
    for run in _RUNS:
        if run in lowered:
            words = [word if word in ENTRIES else _shorten(word) for word in words]
            break
    weighed = weigh(text, words)
    if not weighed.weights:
        return 0.0
    see_through(weighed)
    total = sum(weighed.weights) * (1.0 + _EXCLAIMED * min(weighed.exclaimed, _MOST_EXCLAIMED))
    result = tanh(total if total > 0.0 else total * _OUTSPOKEN)
    return result if abs(result) >= ABSTAINED else 0.0


def _shorten(word: str) -> str:
    """Undo drawn-out letters ("sooo", "goooood"): to two of them if that is known, else to one."""
    double = _LONG.sub(r"\1\1", word)
    return double if double in ENTRIES else _LONG.sub(r"\1", word)
