"""Offered load: how many agents the tickets that come in would keep busy.

Formula: the handle time of the tickets opened in 28 d ÷ the time from the window's start, or from
the brand's earliest event of any topic if later, to t. At the peak, the same for each hour of the
day (UTC) by its own tickets and time; the busiest counts, and never less than the whole window.
Unit: agents (erlang). Source: definition "Offered load". Example: two tickets of an hour each,
opened between 9 and 10, in a brand's first two days::

    >>> opened = np.array([9 * HOUR + 1, DAY + 9 * HOUR + 1])
    >>> load = offered_load(opened, np.array([HOUR, HOUR]), since=0, t=2 * DAY)
    >>> load.agents == 2 / 48, load.peak_agents, load.mean_handle
    (True, 1.0, 3600.0)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.events.instants import DAY, HOUR, SECOND
from pipeline.state.ticket_columns import Column

_HOURS = 24
_STARTS = np.arange(_HOURS) * HOUR


@dataclass(frozen=True, slots=True)
class OfferedLoad:
    """Load in agents, over all and in the busiest hour of the day; mean handle time in seconds.

    Both loads are None where tickets were opened, but no time has passed to compare them with; the
    mean is None without tickets.
    """

    agents: float | None
    peak_agents: float | None
    mean_handle: float | None


def offered_load(opened: Column, handle: Column, since: int, t: int) -> OfferedLoad:
    """Return the load of tickets.

    Args:
        opened: When each ticket was opened, microseconds.
        handle: The handle time of each, microseconds.
        since: Since when tickets could have come, microseconds.
        t: Evaluation time, microseconds.
    """
    if len(opened) == 0:
        return OfferedLoad(0.0, 0.0, None)
    # Exact in doubles, and so in any order, up to 285 years of work.
    by_hour = np.bincount(opened % DAY // HOUR, weights=handle, minlength=_HOURS)
    work = float(by_hour.sum())
    mean = work / len(opened) / SECOND
    if t <= since:
        return OfferedLoad(None, None, mean)
    agents = work / (t - since)
    passed = _time_by_hour(t) - _time_by_hour(since)
    loads = np.divide(by_hour, passed, out=np.zeros(_HOURS), where=passed > 0)
    return OfferedLoad(agents, max(agents, float(loads.max())), mean)


def _time_by_hour(instant: int) -> NDArray[np.int64]:
    """Return how much of each hour of the day has passed since the epoch."""
    days, rest = divmod(instant, DAY)
    return days * HOUR + np.clip(rest - _STARTS, 0, HOUR)
