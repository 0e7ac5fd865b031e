"""What is shown beside a statistical alert: what was brought, what was expected, and the bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.alerting.baseline import OFFSET, Values
from pipeline.alerting.detector import Series, Stretch
from pipeline.alerting.hours import History
from pipeline.alerting.residuals import Side

_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Gauge:
    """What the window brought that is shown, what it should have, and where the bar is.

    In the unit of the series over ``hours``; ``onset`` is the hour since which it has changed. At
    or above the bar ``observed`` is beyond ``limit``, below it is not.
    """

    observed: float
    expected: float
    limit: float
    hours: int
    onset: int


def gauge_of(
    series: Series, stretch: Stretch, n: int, hour: int, bar: float, history: History
) -> Gauge:
    """Return what is shown of an hour: the stretch that ends with it and is the furthest off.

    One of the windows, or all since it has changed.

    Args:
        series: As of the last of the hours.
        stretch: The hours that were decided.
        n: Which of them.
        hour: That hour, hours since the epoch.
        bar: What the statistic must reach.
        history: What the series brought.
    """
    side, block = series.side, series.fit.look.block
    onset = series.onset(stretch, n)
    windows = [each.hours for each in series.fit.look.windows]
    longest = max(onset, windows[0])
    brought = history(range(hour - longest + 1, hour + 1))
    brought = np.where(np.isnan(brought), 0.0, brought)
    usual = series.expected(stretch, n, hour, longest)
    stretches = []
    for number, span in (*enumerate(windows), (len(windows) - 1, onset)):
        observed = _total(brought[-span:])
        expected = _total(usual[-span:]) / block
        stretches.append((_badness(side, observed, expected), span, number, observed, expected))
    badness, span, number, observed, expected = max(stretches)
    bad = series.expected(stretch, n, hour, span, series.fit.scales[number].at(bar))
    at_bar = _badness(side, _total(bad) / block, expected)
    limit = _size_at(bar, float(stretch.statistic[n]), badness, at_bar)
    low = (expected + OFFSET) * math.exp(side.sign * limit) - OFFSET
    return Gauge(
        round(observed, _DIGITS),
        round(expected, _DIGITS),
        round(max(0.0, low), _DIGITS),
        span,
        hour + 1 - onset,
    )


def _total(values: Values) -> float:
    """Return the sum of some values: as their own method, in half the time."""
    return float(np.add.reduce(values))


def _badness(side: Side, total: float, expected: float) -> float:
    """Return how far a total is off to the bad side, on the log scale."""
    return side.sign * math.log((total + OFFSET) / (expected + OFFSET))


def _size_at(bar: float, statistic: float, badness: float, at_bar: float) -> float:
    """Return how far off a window's total is at the bar, on the log scale.

    The statistic looks at hours one by one, so that one total goes with many values of it. The one
    at hand shows how they go together: what is beyond the bar is beyond this, and nothing else is.

    Args:
        bar: The bar.
        statistic: The statistic.
        badness: How far off the total is with which it goes.
        at_bar: How far off it would be at the bar if all hours moved alike.
    """
    if badness <= 0.0 or statistic <= 0.0:
        return max(badness, at_bar)
    in_proportion = badness * bar / statistic
    return in_proportion if statistic >= bar else max(badness, min(in_proportion, at_bar))
