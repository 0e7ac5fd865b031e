"""Goodwill: the earned audience that a brand has accumulated, less what it lost.

Formula: ``net = P - kappa N - I``, P, N and I being the sums of ``w A``, ``w D`` and ``w`` times
what was booked as impairment, over all days, with ``w = 2^(-age / 180 d)`` and age from a day's
12:00 to t, not below 0; days older than the day tier come decayed from the carry row.
``goodwill = max(0, net)``. Unit: advocate-days. Source: definition "Goodwill".

Interval (90 %), of goodwill before impairments, which are decisions and not estimates:
``P - kappa N ± t(.95, 2(k-1)/3) sqrt(v sum(w²) + V_s)``, floored at 0, with
``v = sum (B_(i+1) - B_i)² / (2 · 14 (k-1))`` over k >= 6 non-overlapping 14-day sums ``B`` of
``A - kappa D``, newest first, complete days only; V_s is the sampling variance.

Example: one advocate a day forever is worth 259.7 at midnight, and half after 180 silent days::

    >>> midnight = sum(2 ** (-(age + 0.5) / 180) for age in range(20_000))
    >>> round(midnight, 1), round(midnight * 2 ** (-180 / 180), 1)
    (259.7, 129.8)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.events import instants
from pipeline.metrics.author_errors import author_errors, net_of
from pipeline.metrics.decay_scan import add_up_decayed
from pipeline.metrics.student import quantile_95
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import HALF_LIFE_DAYS, KAPPA, BrandCarry, decay_weight, impaired, noon
from pipeline.state.days import Sums
from pipeline.state.impairment import Booking
from pipeline.state.past import DaySeries
from pipeline.state.reading import Reading
from pipeline.state.tiers import DAY

BLOCK_DAYS = 14
LEAST_BLOCKS = 6
INTERVAL_DAYS = 399
"""Complete days that the interval looks at, at most."""

WEIGHTS_KEPT = 512
"""Days whose weights are kept for all brands; more than there are, while events come."""


class Goodwill(NamedTuple):
    """Goodwill in advocate-days.

    ``low`` and ``high`` are of goodwill before impairments, None where history is too short.
    """

    net: float
    value: float
    low: float | None
    high: float | None


def goodwill(
    brand: BrandMentions, series: DaySeries, t: int, booked: Sequence[Booking] = ()
) -> Goodwill:
    """Evaluate a brand's goodwill and its interval.

    Args:
        brand: The brand's mentions.
        series: Its days before the current one at ``t``.
        t: Evaluation time, microseconds.
        booked: Impairments of days that are not folded.
    """
    current = series.current
    today = brand.reading(DAY, current)
    today_weight = decay_weight(t - noon(current))
    carried = brand.carry.weight(t)
    earned, lost = decayed_sums(series, t)
    earned = earned + today_weight * today.sums.advocacy + carried * brand.carry.advocacy
    lost = lost + today_weight * today.sums.detraction + carried * brand.carry.detraction
    whole = earned - KAPPA * lost
    net = whole - carried * brand.carry.impairment - impaired(booked, t)
    value = max(0.0, net)
    first_day = brand.carry.first_day
    if first_day is None:
        return Goodwill(net, value, None, None)
    volatility = _volatility(brand, series, first_day)
    if volatility is None:
        return Goodwill(net, value, None, None)
    variance, quantile = volatility
    variance *= squared_weights(first_day, current, t)
    variance += _sampling_variance(brand, series, today, t)
    half = quantile * math.sqrt(variance)
    return Goodwill(net, value, max(0.0, whole - half), max(0.0, whole + half))


def decayed_sums(series: DaySeries, t: int) -> tuple[float, float]:
    """Return what is left at ``t`` of the advocacy and of the detraction of a series' days."""
    first = series.current - WEIGHTS_KEPT
    if series.days.size and series.days[0] < first:
        weights = decay_weights(series, t)
        said = series.advocacy, series.detraction
        earned, lost = [float(np.add.reduce(weights * each)) for each in said]
        return earned, lost
    shared = _weights_until(series.current, t)
    sums: tuple[float, float] = add_up_decayed(
        series.days, series.advocacy, series.detraction, shared, first
    )
    return sums


def decay_weights(series: DaySeries, t: int) -> Sums:
    """Return w at ``t`` for each day of a series; all of them lie before the day of ``t``."""
    return _weights(series.days, t)


@lru_cache(maxsize=8)
def _weights_until(current: int, t: int) -> Sums:
    """Return w at ``t`` for each of the days before one; those of many brands are the same."""
    weights = _weights(np.arange(current - WEIGHTS_KEPT, current), t)
    weights.flags.writeable = False
    return weights


def _weights(days: NDArray[np.int64], t: int) -> Sums:
    ages = (t - instants.DAY // 2) / instants.DAY - days
    return np.exp2(ages / -HALF_LIFE_DAYS)


def squared_weights(first_day: int, current: int, t: int) -> float:
    """Return the sum of w² at ``t`` over all days from ``first_day`` to ``current``.

    A geometric series, so days without a pane and folded days need not be kept for it.
    """
    today = decay_weight(t - noon(current)) ** 2
    days = current - first_day
    if days <= 0:
        return today
    ratio = -2.0 * math.log(2.0) / HALF_LIFE_DAYS
    newest = decay_weight(t - noon(current - 1)) ** 2
    return today + newest * math.expm1(ratio * days) / math.expm1(ratio)


def _volatility(
    brand: BrandMentions, series: DaySeries, first_day: int
) -> tuple[float, float] | None:
    """Return v a day and the t quantile; None where there are too few whole blocks."""
    blocks = min(series.current - first_day, INTERVAL_DAYS) // BLOCK_DAYS
    if blocks < LEAST_BLOCKS:
        return None
    variance = brand.memory.remember(
        "block variance", (series, blocks), lambda: block_variance(series, blocks)
    )
    return variance, quantile_95(2.0 * (blocks - 1) / 3.0)


def block_variance(series: DaySeries, blocks: int) -> float:
    """Return v: the variance of a day's ``A - kappa D``, from differences of adjacent blocks.

    ``blocks`` sums of 14 days end with the day before the current one.
    """
    block = (series.current - 1 - series.days) // BLOCK_DAYS
    inside = block < blocks
    net = series.advocacy - KAPPA * series.detraction
    sums = np.bincount(block[inside], weights=net[inside], minlength=blocks)
    return float((np.diff(sums) ** 2).sum()) / (2 * BLOCK_DAYS * (blocks - 1))


def _sampling_variance(brand: BrandMentions, series: DaySeries, today: Reading, t: int) -> float:
    current = series.current
    variance = _carried_variance(brand.carry, t)
    sampled = series.sampled
    if today.exact and not sampled:
        return variance
    # All past weights decay alike, so authors are added up once, as of the current day's noon.
    errors = brand.memory.remember(
        "errors goodwill",
        series,
        lambda: author_errors(
            [pane.reading for pane in sampled.values()],
            decay_weights(series, noon(current))[list(sampled)].tolist(),
            net_of(KAPPA),
        ),
    )
    since_noon = 2.0 ** ((noon(current) - t) / (HALF_LIFE_DAYS * instants.DAY))
    today_weight = decay_weight(t - noon(current))
    return variance + errors.variances_with(today, today_weight, since_noon)[0]


def _carried_variance(carry: BrandCarry, t: int) -> float:
    variance = carry.var_p + KAPPA**2 * carry.var_q - 2.0 * KAPPA * carry.cov_pq
    return max(0.0, variance) * carry.weight(t) ** 2
