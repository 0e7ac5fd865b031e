"""Campaign contribution: what goodwill has gained since a campaign began, beyond what was usual.

Formula: at h = 28 and 90 days after the start day S, ``sum w ((A - kappa D) - c)`` over the h days
from S on, c being the mean ``A - kappa D`` of the 28 days before, w the day weights at the
horizon's end. A placebo is the same figure for a start so many whole weeks before or after S that
none of its days, the 28 before included, is a day of a campaign, within the last 399 complete days
since the brand was first mentioned. Interval (90 %): ``± t(.95, nu) sd(placebo) / sqrt(b)``.
Placebos overlap: with R their correlations where days are independent and C the centring matrix,
``b = tr(CR) / (n - 1)`` is how much too small their variance comes out, and
``nu = tr(CR)² / tr(CRCR)`` are its degrees of freedom (Satterthwaite 1946). Unit: advocate-days.
Source: definition "Campaign contribution to goodwill", but for the interval, see "Decisions" in
``pipeline/README.md``; placebo tests in time as in Abadie, Diamond and Hainmueller (2010). A
contribution is positive where ``low > 0``.

A campaign's days at a horizon are those from its start to the later of its end and the horizon; an
end before the start, or none, leaves the horizon. Campaigns that share a day are reported jointly:
all have the figure of the first start among them, and name each other. Absent: ``beyond_horizon``
before the horizon is reached; ``insufficient`` with a history of fewer than four horizons or fewer
than two placebos, where the 28 days before are not all known, or where a campaign begins after the
joint horizon.

Example: two advocates a day, ten a day for a week from day 300 on::

    >>> net = np.full(400, 2.0)
    >>> net[300:307] = 10.0
    >>> spring = Campaign("spring", 300, None)
    >>> found = contributions(History(0, net), [spring], 28)[spring]
    >>> round(found.value, 2), found.placebos, found.joint
    (50.96, 38, ())
    >>> round(sum(8 * 2 ** (-(28 - day - 0.5) / 180) for day in range(7)), 2)
    50.96
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.metrics.student import quantile_95
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import HALF_LIFE_DAYS, KAPPA
from pipeline.state.days import Sums
from pipeline.state.past import DaySeries

HORIZONS = (28, 90)
BASE_DAYS = 28
HISTORY_DAYS = 399
LEAST_PERIODS = 4
LEAST_PLACEBOS = 2


class Campaign(NamedTuple):
    """Name, first and last UTC day of a campaign; ``last`` None where its end is not known."""

    name: str
    first: int
    last: int | None

    def end(self, horizon: int) -> int:
        """Return the day after its last one at a horizon."""
        ended = self.first if self.last is None else self.last + 1
        return max(ended, self.first + horizon)


class History(NamedTuple):
    """``A - kappa D`` in advocate-days of each complete day from ``first`` on."""

    first: int
    net: Sums

    @property
    def end(self) -> int:
        """The first day that is not complete."""
        return self.first + self.net.size


class Contribution(NamedTuple):
    """What campaigns contributed by a horizon, in advocate-days; None where it cannot be known.

    ``joint`` holds the other campaigns that it is reported with, ``reached`` whether the horizon is
    behind, and ``placebos`` their number.
    """

    value: float | None
    low: float | None
    high: float | None
    placebos: int
    joint: tuple[Campaign, ...]
    reached: bool


def history(brand: BrandMentions, series: DaySeries) -> History:
    """Return a brand's history; ``series``: its complete days."""
    days = brand.days(series)
    end = series.current
    first_day = brand.carry.first_day
    first = end if first_day is None else min(end, max(first_day, days.first))
    known = days.between(first, end)
    return History(first, known.advocacy - KAPPA * known.detraction)


def contributions(
    past: History, campaigns: Sequence[Campaign], horizon: int
) -> dict[Campaign, Contribution]:
    """Evaluate all campaigns of a brand at a horizon, in days."""
    weights = np.exp2((np.arange(horizon) + 0.5 - horizon) / HALF_LIFE_DAYS)
    gains = _gains(past.net, weights)
    free = _free(past, campaigns, horizon)
    found: dict[Campaign, Contribution] = {}
    for group in together(campaigns, horizon):
        start = group[0].first
        joint = _joint(past, gains, free, start, weights)
        for each in group:
            own = joint._replace(
                joint=tuple([other for other in group if other != each]),
                reached=each.first + horizon <= past.end,
            )
            if not own.reached or each.first >= start + horizon:
                own = own._replace(value=None, low=None, high=None)
            found[each] = own
    return found


def together(campaigns: Sequence[Campaign], horizon: int) -> list[list[Campaign]]:
    """Return groups of campaigns that share days, directly or through others, each by start."""
    groups: list[list[Campaign]] = []
    end = 0
    for each in sorted(campaigns, key=lambda each: each.first):
        if groups and each.first < end:
            groups[-1].append(each)
        else:
            groups.append([each])
            end = each.end(horizon)
        end = max(end, each.end(horizon))
    return groups


def _gains(net: Sums, weights: Sums) -> Sums:
    """Return the figure for each start whose days are all known; the first is day 28."""
    horizon = weights.size
    if net.size < BASE_DAYS + horizon:
        return net[:0]
    ahead = sliding_window_view(net[BASE_DAYS:], horizon) @ weights
    usual = sliding_window_view(net[:-horizon], BASE_DAYS).mean(axis=1)
    gains: Sums = ahead - weights.sum() * usual
    return gains


def _free(past: History, campaigns: Sequence[Campaign], horizon: int) -> NDArray[np.bool_]:
    """Tell for each start of :func:`_gains` whether none of its days is a campaign's."""
    size = past.net.size
    busy = np.zeros(size, np.int64)
    for each in campaigns:
        busy[max(0, each.first - past.first) : max(0, each.end(horizon) - past.first)] = 1
    if size < BASE_DAYS + horizon:
        return np.zeros(0, np.bool_)
    before = np.concatenate(([0], np.cumsum(busy)))
    free: NDArray[np.bool_] = before[BASE_DAYS + horizon :] == before[: -(BASE_DAYS + horizon)]
    return free


def _joint(
    past: History, gains: Sums, free: NDArray[np.bool_], start: int, weights: Sums
) -> Contribution:
    """Return the figure of a start with its interval, as far as it can be known."""
    unknown = Contribution(None, None, None, 0, (), reached=True)
    horizon = weights.size
    # Where a start's figure stands among the gains.
    own = start - BASE_DAYS - past.first
    oldest = max(0, past.net.size - HISTORY_DAYS)
    if not 0 <= own < gains.size:
        return unknown
    starts = np.arange(oldest + (own - oldest) % 7, gains.size, 7)
    starts = starts[free[starts]]
    days = min(past.net.size, HISTORY_DAYS)
    if days < LEAST_PERIODS * horizon or starts.size < LEAST_PLACEBOS:
        return unknown._replace(placebos=starts.size)
    b, nu = overlap(starts, weights)
    half = quantile_95(nu) * float(np.std(gains[starts], ddof=1)) / math.sqrt(b)
    value = float(gains[own])
    return Contribution(value, value - half, value + half, starts.size, (), reached=True)


def overlap(starts: NDArray[np.int64], weights: Sums) -> tuple[float, float]:
    """Return b and nu of placebos by their start days; ``weights`` are those of the horizon.

    Placebos without a day in common have one degree of freedom less than there are of them.

    >>> apart = np.arange(5) * 200
    >>> tuple(round(each, 6) for each in overlap(apart, np.ones(28)))
    (1.0, 4.0)
    >>> b, nu = overlap(np.arange(28) * 7, np.ones(90))
    >>> round(b, 2), round(nu, 1)
    (0.99, 9.1)
    """
    n = starts.size
    figure = np.concatenate((np.full(BASE_DAYS, -weights.sum() / BASE_DAYS), weights))
    by_lag = np.correlate(figure, figure, "full")[figure.size - 1 :]
    lags = np.abs(starts[:, None] - starts)
    shared = by_lag[np.minimum(lags, figure.size - 1)] / by_lag[0]
    correlations = np.where(lags < figure.size, shared, 0.0)
    centred = correlations - correlations.mean(axis=0)
    trace = float(np.trace(centred))
    return trace / (n - 1), trace**2 / float((centred * centred.T).sum())
