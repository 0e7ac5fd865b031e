"""People who speak of a brand: a few much, most seldom; each with a lasting opinion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import DAY
from tests.truth.findings import Numbers
from tests.truth.panes import put

People = NDArray[np.int64]
"""Numbers of people, ascending."""


class Crowd:
    """So many people who speak for a brand; later ones in order of their hash."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._rng = rng
        self.size = size
        self.hashes = np.sort(rng.integers(0, 1 << 64, size, dtype=np.uint64))
        self._talkative = rng.permutation(size)
        self.strengths: Numbers = rng.uniform(0.3, 1.0, size)

    def speakers(self, mentions: float) -> People:
        """Return who speaks at least once on a day with so many mentions in the mean."""
        said = self._rng.random(self._rng.poisson(mentions))
        return np.unique(self._talkative[(self.size * said**2).astype(np.int64)])

    def remember(self, brand: BrandMentions, day: int, speakers: People, sign: int = 1) -> None:
        """Add a day to what is remembered of a brand: what these people said for or against it."""
        strengths = self.strengths[speakers]
        silent = np.zeros(speakers.size)
        p, q = (strengths, silent) if sign > 0 else (silent, strengths)
        put(brand, DAY, day, self.hashes[speakers], p, q)
