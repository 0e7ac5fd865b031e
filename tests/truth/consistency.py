"""Consistency: is it what steady and unsteady brands truly have?

Truth: the formula on expected weeks instead of those that came out, without any correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.metrics.consistency import consistency
from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import DAY
from tests.truth.findings import Finding, Numbers, Place
from tests.truth.panes import put
from tests.truth.people import Crowd
from tests.truth.processes import generator

METRIC = "Consistency"
WEEKS = 26
MONDAY = 20_500
"""A Monday; the weeks end before it."""


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield the mean error for brands that differ in when and how they are spoken of."""
    steady = np.full(WEEKS, 1.0)
    monthly = np.where(np.arange(WEEKS) % 4 == 0, WEEKS / 7, 0.0)
    turns = np.where(np.arange(WEEKS) % 2 == 0, 0.9, 0.6)
    for name, flow, share in (
        ("steady, nine in ten speak for it", steady, steady * 0.9),
        ("steady, six in ten speak for it", steady, steady * 0.6),
        ("every fourth week only", monthly, steady * 0.9),
        ("nine in ten and six in ten by turns", steady, turns),
    ):
        truth = _truth(flow, share)
        for size, mentions in (("500 mentions a week", 500.0), ("30 mentions a week", 30.0)):
            place = Place(METRIC, f"{name}; {size}")
            found = np.array(
                [_world(generator(seed, name, size), mentions * flow, share) for seed in seeds]
            )
            yield Finding(METRIC, place.world, "truth", truth, 0.0, len(seeds))
            yield place.mean("mean", found)
            yield place.mean("error", found - truth, -0.05, 0.05)


def _truth(flow: Numbers, share: Numbers) -> float:
    heard = share[flow > 0]
    middle = float(np.median(heard))
    below = np.maximum(0.0, middle - heard)
    advocacy = flow * share
    k_share = 1 - np.sqrt(np.mean(below**2)) / middle
    k_flow = min(1.0, advocacy.sum() ** 2 / (WEEKS * (advocacy**2).sum()))
    return float(k_share * k_flow)


def _world(rng: np.random.Generator, mentions: Numbers, share: Numbers) -> float:
    crowd = Crowd(rng, 20_000)
    brand = BrandMentions()
    first = MONDAY - 7 * WEEKS
    for week in range(WEEKS):
        for day in range(first + 7 * week, first + 7 * week + 7):
            speakers = crowd.speakers(mentions[week] / 7)
            if speakers.size:
                words = crowd.strengths[speakers]
                pro = rng.random(speakers.size) < share[week]
                put(brand, DAY, day, crowd.hashes[speakers], words * pro, words * ~pro)
    found = consistency(brand, brand.day_series(MONDAY), first)
    assert found is not None
    return found
