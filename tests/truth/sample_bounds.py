"""Author samples: do the exported 95 % bounds hold where there are far more authors than sampled?

The authors of a world, when they speak and what they say, are fixed; each draw hashes them anew.
Only the authors with the smallest hashes can be sampled, so only theirs are drawn: the smallest of
n uniform numbers are partial sums of exponential ones, and belong to authors taken at random.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.metrics.advocacy import Advocacy, advocacy
from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import DAY_WINDOW, HOUR_WINDOW, MONTH_WINDOW, Window
from tests.truth.findings import Finding, Numbers, Place
from tests.truth.panes import Hashes, put
from tests.truth.processes import generator

METRIC = "Author samples, exported 95 % bounds"
SCALES = (10, 100, 1000)
PANES = 4
"""In so many panes of the window somebody speaks."""
SPEAKS = 0.5
"""Chance that an author speaks in one of them; he is for the brand with the same chance."""
LATEST = 20_500
WANTED = 0.93


@dataclass(frozen=True)
class Population:
    """Fixed authors: a row each, a column a pane; and what their window comes to."""

    p: NDArray[np.float32]
    q: NDArray[np.float32]
    together: bool

    @property
    def truth(self) -> tuple[float, float, float]:
        """Advocacy, detraction and advocates of the window, counted over all authors."""
        p, q = (x.max(axis=1) if self.together else x for x in (self.p, self.q))
        advocates = np.count_nonzero(self.p.max(axis=1))
        return float(p.sum(dtype=float)), float(q.sum(dtype=float)), float(advocates)


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield how often the bounds of three fields hold, for each window and scale."""
    for window in (HOUR_WINDOW, DAY_WINDOW, MONTH_WINDOW):
        for scale in SCALES:
            people = _population(window, scale)
            truth = people.truth
            held: list[list[bool]] = []
            for seed in seeds:
                found = _sampled(people, window, generator(seed, window.name, scale))
                held.append(
                    [
                        abs(estimate.value - true) <= estimate.value * (estimate.bound or 0.0)
                        for estimate, true in zip(found, truth, strict=True)
                    ]
                )
            place = Place(METRIC, f"{window.name}, {scale:,} times k authors")
            for what, hits in zip(Advocacy._fields, zip(*held, strict=True), strict=True):
                yield place.share(what, hits, WANTED)


def _population(window: Window, scale: int) -> Population:
    rng = generator(0, window.name, scale, "population")
    shape = (scale * window.tier.k, PANES)
    words = rng.uniform(0.3, 1.0, shape).astype(np.float32)
    spoke = rng.random(shape, np.float32) < SPEAKS
    pro = rng.random(shape, np.float32) < 0.5
    return Population(
        words * (spoke & pro), words * (spoke & ~pro), together=window is not MONTH_WINDOW
    )


def _sampled(people: Population, window: Window, rng: np.random.Generator) -> Advocacy:
    """Return what a pipeline reads of the window when authors are hashed in one way."""
    size = window.tier.size
    # So many that every pane has k + 1 speakers among them, but for a chance of some 1e-9.
    needed = int((window.tier.k + 1) / SPEAKS + 10 * np.sqrt(window.tier.k))
    hashes, who = _smallest(rng, len(people.p), min(needed, len(people.p)))
    brand = BrandMentions()
    for pane in range(PANES):
        p = people.p[who, pane].astype(float)
        q = people.q[who, pane].astype(float)
        spoke = (p > 0) | (q > 0)
        put(brand, window.tier, LATEST - pane, hashes[spoke], p[spoke], q[spoke])
    return advocacy(brand, brand.look(window, (LATEST + 1) * size))


def _smallest(rng: np.random.Generator, n: int, count: int) -> tuple[Hashes, NDArray[np.int64]]:
    """Return the ``count`` smallest of n uniform hashes, ascending, and whose they are."""
    sums = rng.exponential(size=count).cumsum()
    uniform: Numbers = sums / (sums[-1] + rng.gamma(n + 1 - count))
    hashes = (uniform * 2.0**64).astype(np.uint64)
    return hashes, rng.choice(n, count, replace=False)
