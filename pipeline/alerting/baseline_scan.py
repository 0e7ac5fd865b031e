"""The baseline of weeks that are known whole, and how each week differs from the others (compiled).

The same as :mod:`pipeline.alerting.baseline` says, to the last digit: sums are taken in NumPy's
order. All that is compiled together stands in one file, see :mod:`pipeline.compiled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.alerting.baseline import BLEND, DAY_HOURS, DAYS, REACH, WEEK, Values
from pipeline.compiled import borrowed, entry, inner

_LANES = 8
_OTHER = 1 - BLEND


def profile_and_residuals(weeks: Values) -> tuple[Values, Values]:
    """Return the profile of weeks, and the residuals of each against that of all others.

    Args:
        weeks: Log values, ``(weeks, 168)``, two weeks at least; all of them numbers.
    """
    found, residuals = np.empty(WEEK), np.empty(weeks.shape)
    _learn(weeks, weeks.copy(), found, residuals, np.empty((3, WEEK)))
    return found, residuals


@inner
def _blend(medians: Any, days: Any, mixed: Any, baseline: Any) -> None:
    """Write the baseline that comes of the median of each hour of the week."""
    of_all = 0.0
    for day in range(DAYS):
        # NumPy adds up so many numbers in eight lanes.
        for lane in range(_LANES):
            days[lane] = medians[day * DAY_HOURS + lane]
        for start in range(_LANES, DAY_HOURS, _LANES):
            for lane in range(_LANES):
                days[lane] += medians[day * DAY_HOURS + start + lane]
        mean = (
            ((days[0] + days[1]) + (days[2] + days[3]))
            + ((days[4] + days[5]) + (days[6] + days[7]))
        ) / DAY_HOURS
        days[_LANES + day] = mean
        of_all += mean
    of_all /= DAYS
    for of_day in range(DAY_HOURS):
        of_hour = 0.0
        for day in range(DAYS):
            of_hour += medians[day * DAY_HOURS + of_day]
        of_hour /= DAYS
        for day in range(DAYS):
            hour = day * DAY_HOURS + of_day
            additive = of_hour + days[_LANES + day] - of_all
            mixed[hour] = BLEND * additive + _OTHER * medians[hour]
    for hour in range(WEEK):
        total = mixed[(hour + REACH) % WEEK]
        for shift in range(REACH - 1, -REACH - 1, -1):
            total += mixed[(hour + shift) % WEEK]
        baseline[hour] = total / (2 * REACH + 1)


@inner
def _put_in_order(weeks: Any) -> None:
    """Order the weeks of each hour, all hours at once: neighbours change places, again and again.

    The processor takes many hours at a time, and has nothing to guess.
    """
    count = weeks.shape[0]
    for turn in range(count):
        for week in range(turn % 2, count - 1, 2):
            for hour in range(WEEK):
                one, other = weeks[week, hour], weeks[week + 1, hour]
                weeks[week, hour] = min(one, other)
                weeks[week + 1, hour] = max(one, other)


@entry("void(float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1], float64[:, ::1])")
def _learn(weeks: Any, ordered: Any, profile: Any, residuals: Any, scratch: Any) -> None:
    weeks, ordered, profile = borrowed(weeks), borrowed(ordered), borrowed(profile)
    residuals, scratch = borrowed(residuals), borrowed(scratch)
    medians, days, mixed = scratch[0], scratch[1], scratch[2]
    count = weeks.shape[0]
    _put_in_order(ordered)
    lower, upper = (count - 1) // 2, count // 2
    for hour in range(WEEK):
        medians[hour] = (ordered[lower, hour] + ordered[upper, hour]) / 2
    _blend(medians, days, mixed, profile)
    lower, upper = (count - 2) // 2, (count - 1) // 2
    for week in range(count):
        for hour in range(WEEK):
            value = weeks[week, hour]
            # Without this week those after it in order move up.
            low = ordered[lower if value > ordered[lower, hour] else lower + 1, hour]
            high = ordered[upper if value > ordered[upper, hour] else upper + 1, hour]
            medians[hour] = (low + high) / 2
        _blend(medians, days, mixed, residuals[week])
        for hour in range(WEEK):
            residuals[week, hour] = weeks[week, hour] - residuals[week, hour]
