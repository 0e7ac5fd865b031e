"""Campaign contribution: does its 90 % interval cover what a campaign truly added?

What a campaign adds moves estimate and truth alike, so most worlds are placebos: campaigns that add
nothing. The oracle knows how far the estimate is off in the mean of all worlds. Power is told at
four times that, spread over the horizon as a campaign that is loud at first would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import norm

from pipeline.metrics.campaign import Campaign, History, contributions
from tests.truth.findings import ALPHA, Finding, Numbers, Place, interval_score
from tests.truth.processes import PROCESSES, Brand, generator

METRIC = "Campaign contribution, 90 % interval"
START = 20_000
HISTORIES = {28: 371, 90: 309}
"""Days before a campaign, by horizon: with the horizon they are the 399 that are kept."""
STRONG = 4.0


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield coverage, score, false positives and power for each process and horizon."""
    for horizon, before in HISTORIES.items():
        for process in PROCESSES:
            brand = Brand(process)
            place = Place(METRIC, f"{process.name}; +{horizon} d")
            nets = []
            for seed in seeds:
                rng = generator(seed, process, horizon)
                days = brand.days(rng, START - before, before + horizon)
                nets.append(days.advocacy - days.detraction)
            value, low, high = np.array([_contribution(net, before, horizon) for net in nets]).T
            spread = float(np.sqrt(np.mean(value**2)))
            half = norm.ppf(1 - ALPHA / 2) * spread
            yield place.share("covers", (low <= 0) & (high >= 0), 0.86, 0.94)
            yield place.ratio(
                "score ÷ oracle's",
                interval_score(low, high, 0.0),
                interval_score(value - half, value + half, 0.0),
            )
            yield place.share("placebo called positive", low > 0, high=0.08)
            added = _added(horizon, STRONG * spread)
            helped = [net + np.concatenate((np.zeros(before), added)) for net in nets]
            found = [_contribution(net, before, horizon)[1] > 0 for net in helped]
            yield place.share("power at 4 sd", found, 0.8)


def _contribution(net: Numbers, before: int, horizon: int) -> tuple[float, float, float]:
    """Return the contribution of a campaign of a week, and its interval."""
    campaign = Campaign("one", START, START + 6)
    found = contributions(History(START - before, net), [campaign], horizon)[campaign]
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return found.value, found.low, found.high


def _added(horizon: int, contribution: float) -> Numbers:
    """Return so much contribution as advocacy a day: loud at first, half as loud each week."""
    days = np.arange(horizon)
    loud = np.exp2(-days / 7)
    weights = np.exp2((days + 0.5 - horizon) / 180)
    added: Numbers = loud * contribution / (weights @ loud)
    return added
