"""Activation: how much of its earned audience a brand brings to speak when it launches something.

Formula: E(s) = authors with p > 0 in the 84 days before s; p1 = share of E that speaks for the
brand on the launch day or the next two. p0 = mean of the same share in the windows that start one
to eight weeks earlier, each with an E of its own; none that touches another launch's three days
counts. ``a = (p1 - p0) / (1 - p0)``, signed: the part activated of those who would have kept
silent. Interval (90 %): ``a ± t(.95, m-1) sd(p_k) sqrt(1 + 1/m) / (1 - p0)`` over m windows. Unit:
ratio, at most 1. Source: definition "Activation at a launch". Absent (``insufficient``) with fewer
than five windows, an audience below 50, or p0 above .95. When a launch ends plays no part, so one
that ends before it starts is a launch like any other. Example: 30 of 100 speak at the launch, 10 or
12 of 100 in eight usual windows::

    >>> usual = [Window(100.0, active, 5.0) for active in [10.0, 12.0] * 4]
    >>> found = compare(Window(100.0, 30.0, 7.0), usual)
    >>> round(found.activation, 4), round(found.low, 4), round(found.high, 4)
    (0.2135, 0.1893, 0.2376)
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.metrics.student import quantile_95
from pipeline.state.audience import WINDOW_DAYS, Window, matched
from pipeline.state.brand import BrandMentions

LEAST_WINDOWS = 5
LEAST_AUDIENCE = 50
MOST_USUAL = 0.95


class Activation(NamedTuple):
    """What one launch did.

    ``activation`` with ``low`` and ``high``, ``share`` (p1) and ``usual`` (p0) are ratios, None
    where they cannot be known; ``windows`` is the number of windows compared with; ``audience`` and
    ``joined`` (speaking at the launch and not before) count authors.
    """

    activation: float | None
    low: float | None
    high: float | None
    audience: float
    share: float | None
    usual: float | None
    windows: int
    joined: float


def activation(brand: BrandMentions, launch: int, launches: Collection[int]) -> Activation | None:
    """Evaluate a launch; None where its own window cannot be known any more.

    Args:
        brand: The brand's mentions.
        launch: The UTC day of the launch; its window must be complete.
        launches: The days of all the brand's launches.
    """
    own = brand.window(launch)
    if own is None:
        return None
    starts = [start for start in matched(launch) if not _touches(start, launches)]
    known = [shown for start in starts if (shown := brand.window(start)) is not None]
    return compare(own, known)


def _touches(start: int, launches: Collection[int]) -> bool:
    return any(abs(launch - start) < WINDOW_DAYS for launch in launches)


def compare(own: Window, others: Sequence[Window]) -> Activation:
    """Compare the window of a launch with others; one without an audience says nothing."""
    usual = [each.active / each.audience for each in others if each.audience]
    m = len(usual)
    share = own.active / own.audience if own.audience else None
    p0 = float(np.mean(usual)) if usual else None
    known = Activation(None, None, None, own.audience, share, p0, m, own.joined)
    if share is None or p0 is None or m < LEAST_WINDOWS:
        return known
    if own.audience < LEAST_AUDIENCE or p0 > MOST_USUAL:
        return known
    value = (share - p0) / (1 - p0)
    spread = float(np.std(usual, ddof=1)) * math.sqrt(1 + 1 / m) / (1 - p0)
    half = quantile_95(m - 1) * spread
    return known._replace(activation=value, low=value - half, high=value + half)
