"""Sentiment of a text towards a brand, for events that bring neither sentiment nor rating."""

from __future__ import annotations

from typing import Protocol


class Scorer(Protocol):
    """Tells how much a text speaks for or against a brand."""

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return the polarity in -1..1, 0.0 for neutral.

        ``masked`` holds the brand's own names, aliases and id; a name is never praise or blame,
        whatever else its words mean. The result depends on the two arguments alone.
        """
        ...
