"""The one place where the wall clock enters.

Event time is the time of the pipeline. Everything that needs *now* - the guard against clocks that
run ahead, the evaluation time of a tick, heartbeats - takes a :class:`Clock`, so that a replay, a
test or a simulation decides what time it is.
"""

from __future__ import annotations

import time
from typing import Protocol

from pipeline.events.instants import SECOND


class Clock(Protocol):
    """Tells the current instant in microseconds since the epoch."""

    def now(self) -> int:
        """Return the current instant."""
        ...


class WallClock:
    """The machine's clock, shifted back by ``behind`` microseconds (0: not shifted).

    A simulated clock never runs ahead of the wall clock, hence ``behind`` must not be negative.
    """

    def __init__(self, behind: int = 0) -> None:
        if behind < 0:
            raise ValueError("a simulated clock must not run ahead of the wall clock")
        self._behind = behind

    def now(self) -> int:
        """Return the current instant."""
        return time.time_ns() // 1000 - self._behind


class FixedClock:
    """A clock that stands still: replays with ``--as-of``, and tests."""

    def __init__(self, instant: int) -> None:
        self._instant = instant

    def now(self) -> int:
        """Return the instant given."""
        return self._instant


def seconds(instant: int) -> float:
    """Return an instant as float seconds, as Prometheus wants timestamps."""
    return instant / SECOND
