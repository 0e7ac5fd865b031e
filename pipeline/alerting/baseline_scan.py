"""The baseline of weeks, and how each of them differs from that of the others (compiled).

The same as :mod:`pipeline.alerting.baseline` says, to the last digit: sums are taken in NumPy's
order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pipeline.alerting.baseline import BLEND, DAY_HOURS, DAYS, REACH, WEEK, Values
from pipeline.compiled import borrowed, entry, inner
from pipeline.state.pairwise import pairwise_sum

_OTHER = 1 - BLEND


def profile_and_residuals(weeks: Values) -> tuple[Values, Values] | None:
    """Return the profile of weeks, and the residuals of each against that of all others.

    Args:
        weeks: Log values, ``(weeks, 168)``; hours that are not known are not numbers.

    Returns:
        None where an hour is known of fewer than two weeks.
    """
    found, residuals = np.empty(WEEK), np.empty(weeks.shape)
    counts, scratch = np.empty(WEEK, np.int64), np.empty((3, WEEK))
    known = _learn(weeks, weeks.copy(), counts, found, residuals, scratch)
    return (found, residuals) if known else None


@inner
def put_smooth(weekly: Any, reach: Any, smooth: Any) -> None:
    """Write the running mean over ``reach`` hours on both sides; the week goes round."""
    for hour in range(WEEK):
        total = weekly[(hour + reach) % WEEK]
        for shift in range(reach - 1, -reach - 1, -1):
            total += weekly[(hour + shift) % WEEK]
        smooth[hour] = total / (2 * reach + 1)


@inner
def _blend(medians: Any, days: Any, mixed: Any, baseline: Any) -> None:
    """Write the baseline that comes of the median of each hour of the week."""
    of_all = 0.0
    for day in range(DAYS):
        days[day] = pairwise_sum(medians, day * DAY_HOURS, (day + 1) * DAY_HOURS) / DAY_HOURS
        of_all += days[day]
    of_all /= DAYS
    for of_day in range(DAY_HOURS):
        of_hour = 0.0
        for day in range(DAYS):
            of_hour += medians[day * DAY_HOURS + of_day]
        of_hour /= DAYS
        for day in range(DAYS):
            hour = day * DAY_HOURS + of_day
            additive = of_hour + days[day] - of_all
            mixed[hour] = BLEND * additive + _OTHER * medians[hour]
    put_smooth(mixed, REACH, baseline)


@inner
def _count_known(weeks: Any, known: Any) -> Any:
    """Count the weeks that know each hour, and put what they do not know at the end of the order.

    Returns the least of these counts.
    """
    known[:] = 0
    least = weeks.shape[0]
    for week in range(weeks.shape[0]):
        for hour in range(WEEK):
            if math.isnan(weeks[week, hour]):
                weeks[week, hour] = math.inf
            else:
                known[hour] += 1
    for hour in range(WEEK):
        least = min(least, known[hour])
    return least


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


@entry(
    "boolean(float64[:, ::1], float64[:, ::1], int64[::1], float64[::1], float64[:, ::1],"
    "float64[:, ::1])"
)
def _learn(weeks: Any, ordered: Any, known: Any, profile: Any, residuals: Any, scratch: Any) -> Any:
    weeks, ordered, known = borrowed(weeks), borrowed(ordered), borrowed(known)
    profile, residuals, scratch = borrowed(profile), borrowed(residuals), borrowed(scratch)
    medians, days, mixed = scratch[0], scratch[1], scratch[2]
    if _count_known(ordered, known) < 2:
        return False
    _put_in_order(ordered)
    for hour in range(WEEK):
        count = known[hour]
        medians[hour] = (ordered[(count - 1) // 2, hour] + ordered[count // 2, hour]) / 2
    _blend(medians, days, mixed, profile)
    for week in range(weeks.shape[0]):
        for hour in range(WEEK):
            value, others = weeks[week, hour], known[hour] - 1
            if math.isnan(value):
                others += 1
                value = math.inf
            lower, upper = (others - 1) // 2, others // 2
            # Without this week those after it in order move up.
            low = ordered[lower if value > ordered[lower, hour] else lower + 1, hour]
            high = ordered[upper if value > ordered[upper, hour] else upper + 1, hour]
            medians[hour] = (low + high) / 2
        _blend(medians, days, mixed, residuals[week])
        for hour in range(WEEK):
            residuals[week, hour] = weeks[week, hour] - residuals[week, hour]
    return True
