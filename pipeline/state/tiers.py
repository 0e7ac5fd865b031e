"""Tiers of panes: how finely time is cut, and how long each cut is kept.

All times are microseconds since the epoch, pane indexes are ``time // size``. A pane is kept while
its end lies after ``watermark - retention``; the watermark is the largest event time applied to the
partition, so what is kept is a function of the records read and never of the wall clock. Hours that
alerts are going to look at stay longer; nothing is merged into them
(:mod:`pipeline.state.horizon`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.events import instants

Watermark = TypeVar("Watermark", int, NDArray[np.int64])
"""One watermark, or an array of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Tier:
    """One width of panes.

    ``size`` and ``retention`` are in microseconds; ``k`` is the sample size of readings over panes
    of this tier. Tiers are compared by identity: there are three, and all of them are below.
    """

    name: str
    size: int
    retention: int
    k: int


MINUTE = Tier("minute", instants.MINUTE, 3 * instants.HOUR, 4096)
HOUR = Tier("hour", instants.HOUR, 70 * instants.DAY, 4096)
DAY = Tier("day", instants.DAY, 400 * instants.DAY, 1024)
TIERS = (MINUTE, HOUR, DAY)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The current pane and the full panes before it, ``panes`` in all."""

    name: str
    tier: Tier
    panes: int


HOUR_WINDOW = Window("1h", MINUTE, 60)
DAY_WINDOW = Window("24h", HOUR, 24)
WEEK_WINDOW = Window("7d", DAY, 7)
MONTH_WINDOW = Window("28d", DAY, 28)
WINDOWS = (HOUR_WINDOW, DAY_WINDOW, WEEK_WINDOW, MONTH_WINDOW)


def first_kept(tier: Tier, watermark: Watermark) -> Watermark:
    """Return the index of the oldest pane that is kept at ``watermark``.

    Source: a pane with end ``E`` is kept iff ``E > watermark - retention``.

    >>> first_kept(HOUR, 70 * 24 * HOUR.size), first_kept(HOUR, 70 * 24 * HOUR.size - 1)
    (0, -1)
    """
    return (watermark - tier.retention) // tier.size


def kept(tier: Tier, index: int, watermark: int) -> bool:
    """Tell whether the pane ``index`` is kept at ``watermark``."""
    return index >= (watermark - tier.retention) // tier.size


def current_pane(t: int, tier: Tier) -> int:
    """Return the index of the pane that is current at ``t``; a ``t`` on a boundary starts no pane.

    >>> current_pane(2 * DAY.size, DAY), current_pane(2 * DAY.size + 1, DAY)
    (1, 2)
    """
    return -(-t // tier.size) - 1


def window(t: int, tier: Tier, n: int) -> range:
    """Return the indexes of the current pane at ``t`` and the ``n - 1`` panes before it."""
    current = current_pane(t, tier)
    return range(current - n + 1, current + 1)
