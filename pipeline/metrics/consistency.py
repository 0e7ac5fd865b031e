"""Consistency: does a brand deliver week after week, or now and then?

Formula: ``K = K_share K_flow`` over the 26 complete ISO weeks before t. With A, D, the sums of
``z = p + q``, ``z²`` and ``p²`` over author-days of a week:

* ``K_share = 1 - sqrt(max(0, LPM2 - half the mean sampling variance)) / tau``, clipped to 0..1,
  with the weekly shares ``x = A / (A + D)``, their median tau, ``LPM2 = mean(max(0, tau - x)²)``
  and the sampling variances ``x (1 - x) sum(z²) / sum(z)²``, over weeks with at least 20 mentions;
  0 where tau is 0.
* ``K_flow = min(1, (sum A)² / (26 (sum A² - sum p²)))``, 1 where the denominator is not above 0,
  0 where nobody spoke for the brand.

Unit: ratio, 0..1. Source: definition "Consistency"; LPM2 is the second lower partial moment
(Fishburn 1977), K_flow the effective number of weeks (Simpson 1949) less what chance adds.
Absent (``insufficient``) where the brand was first seen less than 26 weeks ago or fewer than four
weeks have a share. A week is complete once t has reached its end. Example: 100 advocates a week,
against the same 2,600 within six weeks and a half::

    >>> a_week = np.array([100.0, 0.0, 100.0, 100.0, 100.0])
    >>> steady = Weeks(*np.outer(a_week, np.ones(26)))
    >>> k_share(steady), k_flow(steady)
    (1.0, 1.0)
    >>> seldom = Weeks(*np.outer(a_week, [4.0, 0.0, 0.0, 0.0] * 6 + [2.0, 0.0]))
    >>> round(k_flow(seldom), 4)
    0.2607
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.state.brand import BrandMentions
from pipeline.state.past import DaySeries

WEEKS = 26
LEAST_MENTIONS = 20
LEAST_WEEKS = 4
_MONDAY = 4
"""Day 4 of 1970, the fifth of January, was a Monday."""

Values = NDArray[np.float64]


class Weeks(NamedTuple):
    """Sums of each week: advocacy, detraction, mentions, and those of z² and p² (``pro``)."""

    advocacy: Values
    detraction: Values
    mentions: Values
    both: Values
    pro: Values


def consistency(brand: BrandMentions, series: DaySeries, first_day: int | None) -> float | None:
    """Evaluate a brand; None where its consistency cannot be known.

    Args:
        brand: The brand's mentions.
        series: Its complete days.
        first_day: UTC day of the brand's earliest event of any topic.
    """
    if first_day is None or series.current - first_day < 7 * WEEKS:
        return None
    return brand.memory.remember("consistency", series, lambda: _consistency(series))


def _consistency(series: DaySeries) -> float | None:
    weeks = weeks_before(series)
    share = k_share(weeks)
    return None if share is None else share * k_flow(weeks)


def weeks_before(series: DaySeries) -> Weeks:
    """Add up the 26 complete ISO weeks before the end of a series, oldest first."""
    monday = series.current - (series.current - _MONDAY) % 7
    start, end = np.searchsorted(series.days, (monday - 7 * WEEKS, monday))
    week = (series.days[start:end] - (monday - 7 * WEEKS)) // 7
    of_days = (
        series.advocacy[start:end],
        series.detraction[start:end],
        series.mentions[start:end],
        series.said.both[start:end],
        series.said.pro[start:end],
    )
    sums = [np.bincount(week, values, WEEKS).astype(np.float64) for values in of_days]
    return Weeks(*sums)


def k_share(weeks: Weeks) -> float | None:
    """Return K_share, None where fewer than four weeks have a share."""
    spoken = weeks.advocacy + weeks.detraction
    counts = (weeks.mentions >= LEAST_MENTIONS) & (spoken > 0)
    if np.count_nonzero(counts) < LEAST_WEEKS:
        return None
    spoken = spoken[counts]
    share = weeks.advocacy[counts] / spoken
    usual = float(np.median(share))
    if usual == 0:
        return 0.0
    below = float(np.mean(np.maximum(0.0, usual - share) ** 2))
    sampling = float(np.mean(share * (1 - share) * weeks.both[counts] / spoken**2))
    return min(1.0, max(0.0, 1 - math.sqrt(max(0.0, below - sampling / 2)) / usual))


def k_flow(weeks: Weeks) -> float:
    """Return K_flow."""
    total = float(weeks.advocacy.sum())
    if total == 0:
        return 0.0
    denominator = WEEKS * float((weeks.advocacy**2).sum() - weeks.pro.sum())
    return min(1.0, total**2 / denominator) if denominator > 0 else 1.0
