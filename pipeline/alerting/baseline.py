"""What a brand's hour usually brings: its rhythm over the hours of the week, and its level.

Formula: the median, over the weeks of history, of the log of what a block of hours brought, an hour
of the week each; blended with ``hour of day + day of week`` (each the mean of those medians), which
borrows strength where few weeks are known; then a running mean. Unit: log of the series' unit.
Source: definitions "Alerts", residuals against hour of day and week, and level. A median of weeks
forgets single events, so neither a drop nor a spike of the past becomes what is expected. Example:
two weeks that differ by a factor of four have the baseline between them::

    >>> weeks = np.log(np.stack([np.full(168, 5.0), np.full(168, 20.0)]))
    >>> float(np.exp(profile(weeks)[0])).__round__(6)
    10.0
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

DAY_HOURS = 24
WEEK = 168
"""Hours of a week; profiles are indexed by hours since the epoch, modulo this."""

OFFSET = 1.0
"""Added before the logarithm, so that an hour without a word has one."""

BLEND = 0.7
"""Share of ``hour of day + day of week``: surer than a median of weeks, but not all there is."""
REACH = 4
DAYS = WEEK // DAY_HOURS


def block_sums(hourly: Values, block: int) -> Values:
    """Return, for each hour but the first ``block - 1``, the sum of it and those before it.

    Nothing where there are fewer hours than a block has.

    >>> block_sums(np.array([1.0, 2.0, 4.0]), 2).tolist()
    [3.0, 6.0]
    """
    # Of sums over 1, 2, 4 and so on hours, those that make up the block.
    part, width = hourly, 1
    sums, hours = hourly, 0
    while True:
        if block & width:
            sums = part[..., hours:] + sums[..., :-width] if hours else part
            hours += width
        if hours == block:
            return sums
        part = part[..., width:] + part[..., :-width]
        width *= 2


def log_blocks(hourly: Values, block: int) -> Values:
    """Return the logs of :func:`block_sums`; not a number where an hour is not known."""
    logs: Values = np.log(block_sums(hourly, block) + OFFSET)
    return logs


def profile(weeks: Values) -> Values:
    """Return the baseline of each hour of the week.

    Args:
        weeks: Log values, ``(weeks, 168)``; hours that are not known are not numbers.
    """
    ordered = np.sort(weeks, axis=0)
    if not np.isnan(ordered[-1]).any():
        count = len(weeks)
        return _blended((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
    known = np.isfinite(weeks).sum(axis=0)
    medians = (_placed(ordered, (known - 1) // 2) + _placed(ordered, known // 2)) / 2
    return _blended(_filled(medians))


def _placed(ordered: Values, places: NDArray[np.intp]) -> Values:
    """Return of each hour what is at its place in the order of weeks, rows a place each."""
    hours = np.arange(ordered.shape[1])
    # Where no week is known any place is as good as the other: not a number.
    return ordered[np.minimum(places, len(ordered) - 1), hours]


def _filled(medians: Values) -> Values:
    """Return medians with hours that no week knows at the level of all others."""
    known = np.isfinite(medians)
    if known.all():
        return medians
    filled = medians.copy()
    for row, its in zip(np.atleast_2d(filled), np.atleast_2d(known), strict=True):
        row[~its] = np.median(row[its]) if its.any() else 0.0
    return filled


def _blended(medians: Values) -> Values:
    """Return the baseline that comes of the median of each hour of the week."""
    days = medians.reshape(*medians.shape[:-1], DAYS, DAY_HOURS)
    of_hour, of_day = days.mean(axis=-2, keepdims=True), days.mean(axis=-1, keepdims=True)
    additive = of_hour + of_day - of_day.mean(axis=-2, keepdims=True)
    return smooth(BLEND * additive.reshape(medians.shape) + (1 - BLEND) * medians, REACH)


def smooth(weekly: Values, reach: int) -> Values:
    """Return the running mean over ``reach`` hours on both sides; the week goes round.

    >>> smooth(np.eye(168)[0] * 3, 1)[[0, 1, 2, 167]].tolist()
    [1.0, 1.0, 0.0, 1.0]
    """
    around = np.concatenate((weekly[..., -reach:], weekly, weekly[..., :reach]), axis=-1)
    # One shift after the other: a running sum would round differently from hour to hour.
    mean: Values = around[..., 2 * reach :].copy()
    for shift in range(2 * reach - 1, -1, -1):
        mean += around[..., shift : shift + WEEK]
    mean /= 2 * reach + 1
    return mean


def held_out_residuals(weeks: Values) -> Values:
    """Return each week's residuals against the baseline of all other weeks, ``(weeks, 168)``."""
    residuals: Values = weeks - _blended(_filled(_medians_without_each(weeks)))
    return residuals


def _medians_without_each(weeks: Values) -> Values:
    """Return, for each week, the medians of all others.

    Without the one at place ``r`` of the order the others up to there keep their places and the
    rest moves up. Hours that are not known are the last in order.
    """
    order = np.argsort(weeks, axis=0, kind="stable")
    places = np.empty(weeks.shape, np.intp)
    np.put_along_axis(places, order, np.arange(len(weeks))[:, None], axis=0)
    ordered = np.take_along_axis(weeks, order, axis=0)
    if not np.isnan(ordered[-1]).any():
        left = len(weeks) - 1
        lower, upper = (left - 1) // 2, left // 2
        medians: Values = (
            np.where(places > lower, ordered[lower], ordered[lower + 1])
            + np.where(places > upper, ordered[upper], ordered[upper + 1])
        ) / 2
        return medians
    known = np.isfinite(weeks)
    others = known.sum(axis=0) - known
    lower, upper = (others - 1) // 2, others // 2
    return (
        _placed(ordered, lower + (places <= lower)) + _placed(ordered, upper + (places <= upper))
    ) / 2
