"""Goodwill: does its 90 % interval cover the mean that days would have had?

The oracle knows the process, but not the mean: it puts an interval around the same estimate whose
width follows from the true covariance of the days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import norm

from pipeline.events.instants import DAY
from pipeline.metrics.goodwill import INTERVAL_DAYS, decay_weights, goodwill
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import NEVER, decay_weight, noon
from pipeline.state.past import DaySeries
from pipeline.state.said import Said
from tests.truth.findings import ALPHA, Finding, Place, interval_score
from tests.truth.processes import PROCESSES, Brand, Days, generator

METRIC = "Goodwill, 90 % interval"
TODAY = 20_500
T = TODAY * DAY + 1
"""Nobody has spoken today yet."""
HISTORIES = {"85 days": 85, "one year": 365, "two years": 730}


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield coverage and score for each process and length of history."""
    for process in PROCESSES:
        brand = Brand(process)
        for name, count in HISTORIES.items():
            place = Place(METRIC, f"{process.name}; {name}")
            first = TODAY - count
            weights = _weights(first, count)
            spread = np.sqrt(weights @ brand.covariance(first, count) @ weights)
            rows = []
            for seed in seeds:
                days = brand.days(generator(seed, process, count), first, count)
                worth = goodwill(*remembered(days), T)
                assert worth.low is not None
                assert worth.high is not None
                rows.append((worth.low, worth.high, worth.net, weights @ days.expected))
            low, high, net, truth = np.array(rows).T
            half = norm.ppf(1 - ALPHA / 2) * spread
            yield place.share("covers", (low <= truth) & (truth <= high), 0.86, 0.94)
            yield place.ratio(
                "score ÷ oracle's",
                interval_score(low, high, truth),
                interval_score(net - half, net + half, truth),
            )


def _weights(first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    numbers = np.arange(first, first + count)
    return decay_weights(_series(Days(numbers, *np.zeros((3, count)))), T)


def remembered(days: Days) -> tuple[BrandMentions, DaySeries]:
    """Return what is remembered of days: the newest as a series, the rest in the carry row."""
    brand = BrandMentions()
    brand.carry.see(int(days.numbers[0]) * DAY)
    old = days.numbers < TODAY - INTERVAL_DAYS
    if old.any():
        carry = brand.carry
        carry.folded_until = int(days.numbers[old][-1])
        at = noon(carry.folded_until)
        weights = np.array([decay_weight(at - noon(day)) for day in days.numbers[old].tolist()])
        carry.advocacy = float(weights @ days.advocacy[old])
        carry.detraction = float(weights @ days.detraction[old])
    new = ~old
    return brand, _series(
        Days(days.numbers[new], days.advocacy[new], days.detraction[new], days.expected[new])
    )


def _series(days: Days) -> DaySeries:
    mentions = np.zeros(days.numbers.size, np.int64)
    said = Said(days.advocacy, days.detraction, *np.zeros((2, days.numbers.size)))
    return DaySeries(NEVER, TODAY, days.numbers, mentions, said, ())
