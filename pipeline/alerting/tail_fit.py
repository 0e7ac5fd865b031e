"""Fitting the pooled tail of all brands, from which the committed constants come.

Exceedances of one cluster are one alarm, and their excess is generalised Pareto; see
:mod:`pipeline.alerting.calibration`. The error of a bar comes from a bootstrap of months of brands,
since hours of a brand are not independent. Apart, because no decision needs it, and what it is made
with takes a second to import.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from pipeline.alerting.baseline import Values
from pipeline.alerting.calibration import Tail
from pipeline.events.instants import DAY, HOUR

PERCENTILE = 98.0
GAP = 24
"""Exceedances less than so many hours apart belong to one cluster, hence to one alarm."""


def cluster_maxima(statistic: Values, floor: float) -> Values:
    """Return the highest value of each cluster above ``floor`` in a brand's hours."""
    above = np.flatnonzero(statistic > floor)
    if not above.size:
        return np.empty(0)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(above) > GAP) + 1))
    maxima: Values = np.maximum.reduceat(statistic[above], starts)
    return maxima


def fit_tail(statistics: list[Values], floor: float | None = None) -> Tail:
    """Fit the tail of the pooled statistics, one array of hours a brand (not numbers: unknown)."""
    known = [series[np.isfinite(series)] for series in statistics]
    if floor is None:
        floor = float(np.percentile(np.concatenate(known), PERCENTILE))
    maxima = np.concatenate([cluster_maxima(series, floor) for series in known])
    days = sum(series.size for series in known) * HOUR / DAY
    shape, _, scale = stats.genpareto.fit(maxima - floor, floc=0.0)
    return Tail(floor, maxima.size / days, float(shape), float(scale))


def bootstrap(
    statistics: list[Values], mean_time: float, random: np.random.Generator, draws: int = 200
) -> tuple[float, float]:
    """Return a 90 % interval of the bar, drawing whole brands' months with replacement."""
    month = 30 * DAY // HOUR
    blocks = [
        series[start : start + month]
        for series in statistics
        for start in range(0, len(series), month)
        if np.isfinite(series[start : start + month]).any()
    ]
    bars = [
        fit_tail([blocks[n] for n in random.integers(0, len(blocks), len(blocks))]).bar(mean_time)
        for _ in range(draws)
    ]
    low, high = np.percentile(bars, (5, 95))
    return float(low), float(high)
