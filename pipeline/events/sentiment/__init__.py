"""Sentiment of a text towards a brand, for events that bring neither sentiment nor rating.

``scorer`` is the one in use by default; ``transformer`` runs a model instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

ABSTAINED: Final = 0.15
"""Scorers give polarities nearer to 0 than this as 0.0: neither praise nor blame.

Judged on texts for development: below it, about as many texts are read wrongly as rightly.
"""


class Scorer(Protocol):
    """Tells how much a text speaks for or against a brand."""

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return the polarity in -1..1, 0.0 for neutral.

        ``masked`` holds the brand's own names, aliases and id; a name is never praise or blame,
        whatever else its words mean. The result depends on the two arguments alone.
        """
        ...

    def score_all(self, texts: Sequence[str], masked: Sequence[frozenset[str]]) -> list[float]:
        """Return what :meth:`score` does of each text, with the names to mask in it."""
        ...
