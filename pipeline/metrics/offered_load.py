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

from pipeline.events.instants import DAY, HOUR, SECOND
from pipeline.state.ticket_columns import Column

_HOURS = 24


@dataclass(frozen=True, slots=True)
class OfferedLoad:
    """Load in agents, over all and in the busiest hour of the day; mean handle time in seconds.

    Both loads are None where tickets were opened, but no time has passed to compare them with; the
    mean is None without tickets.
    """

    agents: float | None
    peak_agents: float | None
    mean_handle: float | None


@dataclass(frozen=True, slots=True)
class Work:
    """The handle time of some tickets by the hour of the day at which each was opened.

    ``by_hour`` in microseconds; ``tickets``: how many.
    """

    by_hour: tuple[float, ...]
    tickets: int

    @classmethod
    def of(cls, opened: Column, handle: Column) -> Work:
        """Add up tickets; arguments as for :func:`offered_load`."""
        # Exact in doubles, and so in any order, up to 285 years of work.
        by_hour = np.bincount(opened % DAY // HOUR, weights=handle, minlength=_HOURS)
        return cls(tuple(by_hour.tolist()), len(opened))

    def load(self, since: int, t: int) -> OfferedLoad:
        """Return the load of this work; arguments as for :func:`offered_load`."""
        if self.tickets == 0:
            return OfferedLoad(0.0, 0.0, None)
        whole = sum(self.by_hour)
        mean = whole / self.tickets / SECOND
        if t <= since:
            return OfferedLoad(None, None, mean)
        agents = peak = whole / (t - since)
        days, now = divmod(t, DAY)
        first, then = divmod(since, DAY)
        for hour, work in enumerate(self.by_hour):
            if work > 0.0:
                start = hour * HOUR
                passed = (days - first) * HOUR + _within(now - start) - _within(then - start)
                if passed > 0:
                    peak = max(peak, work / passed)
        return OfferedLoad(agents, peak, mean)


def offered_load(opened: Column, handle: Column, since: int, t: int) -> OfferedLoad:
    """Return the load of tickets.

    Args:
        opened: When each ticket was opened, microseconds.
        handle: The handle time of each, microseconds.
        since: Since when tickets could have come, microseconds.
        t: Evaluation time, microseconds.
    """
    return Work.of(opened, handle).load(since, t)


def _within(passed: int) -> int:
    """Return how much of an hour lies before an instant that is so long after its start."""
    return 0 if passed <= 0 else min(passed, HOUR)
