"""How much a silence was expected to bring, and how busy hours of the week are (compiled).

See :mod:`pipeline.alerting.silence`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import WEEK, Values
from pipeline.alerting.baseline_scan import put_smooth
from pipeline.alerting.residuals import MICRO
from pipeline.compiled import borrowed, entry
from pipeline.state.pairwise import LANES, pairwise_sum

_REACH = 2
"""Hours on both sides over which what an hour of the week brings is averaged."""


def factors_of(heard: NDArray[np.int64], counts: NDArray[np.int64], weeks: int) -> Values:
    """Return how much busier than usual each hour of the week is; their mean is 1.

    Args:
        heard: Hours of some whole weeks at which something was heard.
        counts: The mentions in each.
        weeks: How many weeks.
    """
    factors = np.empty(WEEK)
    _factors(heard, counts, weeks, np.zeros(WEEK), factors)
    return factors


@entry(
    "UniTuple(int64, 2)(Array(float64, 1, 'C', readonly=True), int64, int64, int64[::1], float64,"
    "int64)"
)
def follow(factors: Any, start: Any, stop: Any, heard: Any, rate: Any, missed: Any) -> Any:
    """Add up what each hour of a silence was expected to bring, in millionths of a mention.

    Args:
        factors: By hour of the week.
        start: The first hour, hours since the epoch.
        stop: The hour after the last.
        heard: Those of the hours at which the source was heard, ascending.
        rate: Its mentions an hour.
        missed: What the silence before them was expected to bring.

    Returns:
        The most that there was after any of the hours, and what there is after the last.
    """
    factors, heard = borrowed(factors), borrowed(heard)
    most, at = 0, 0
    for hour in range(start, stop):
        if at < heard.size and heard[at] == hour:
            at += 1
            missed = 0
            continue
        missed += int(np.rint(rate * factors[hour % WEEK] * MICRO))
        most = max(most, missed)
    return most, missed


@entry("void(int64[::1], int64[::1], int64, float64[::1], float64[::1])")
def _factors(heard: Any, counts: Any, weeks: Any, sums: Any, factors: Any) -> None:
    heard, counts, sums, factors = (
        borrowed(heard),
        borrowed(counts),
        borrowed(sums),
        borrowed(factors),
    )
    for at in range(heard.size):
        sums[heard[at] % WEEK] += counts[at]
    for hour in range(WEEK):
        sums[hour] /= weeks
    put_smooth(sums, _REACH, factors)
    # NumPy halves what is longer than sixteen times its lanes.
    half = WEEK // 2 // LANES * LANES
    mean = (pairwise_sum(factors, 0, half) + pairwise_sum(factors, half, WEEK)) / WEEK
    for hour in range(WEEK):
        factors[hour] = factors[hour] / mean if mean > 0 else 1.0
