"""The hours of a brand side by side: who was heard when, and what it came to.

Alerts look at eight weeks of hours every week, and nearly all of those say what they said before.
So each hour's pane is looked at once, and again when a mention has changed it or a later hour:
whoever merges an event says so (:meth:`Hourly.forget_from`). Hours without a pane take no room.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.state.pane import Pane
from pipeline.state.reading import union
from pipeline.state.tiers import DAY, HOUR

Values = NDArray[np.float64]

_KEPT = HOUR.retention // HOUR.size
_SLACK = _KEPT // 2


class Heard(NamedTuple):
    """The hours at which a source was heard, ascending, and its earned creates in each."""

    source: str
    hours: NDArray[np.int64]
    mentions: NDArray[np.int64]


class _Column:
    """Hours in ascending order, and a count of each."""

    __slots__ = ("counts", "hours")

    def __init__(self) -> None:
        self.hours = array("q")
        self.counts = array("q")

    def append(self, hour: int, count: int) -> None:
        self.hours.append(hour)
        self.counts.append(count)

    def keep(self, start: int, stop: int) -> None:
        """Forget what lies before one hour, and from another on."""
        for column in (self.hours, self.counts):
            del column[stop:]
            del column[:start]

    def among(self, hours: range) -> slice:
        """Return which entries are of some hours."""
        return slice(bisect_left(self.hours, hours.start), bisect_left(self.hours, hours.stop))

    def between(self, hours: range) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the hours that are here among ``hours``, and their counts."""
        some = self.among(hours)
        # Copies: a view would forbid the next append.
        return np.array(self.hours[some], np.int64), np.array(self.counts[some], np.int64)


class Hourly:
    """What the hour panes of a brand say, hour by hour.

    Args:
        panes: The panes by index; looked at when they are asked for.
    """

    __slots__ = ("_all", "_panes", "_sources", "_start", "_stop", "_sums")

    def __init__(self, panes: Mapping[int, Pane]) -> None:
        self._panes = panes
        self._start = self._stop = 0
        self._all = _Column()
        self._sources: dict[str, _Column] = {}
        # Advocacy and detraction of the first so many of all hours.
        self._sums = array("d")

    def forget_from(self, hour: int) -> None:
        """Look at an hour and all later ones again when they are asked for."""
        if hour < self._stop:
            self._keep(self._start, max(hour, self._start))

    @property
    def remembered(self) -> range:
        """The hours that were looked at and not forgotten."""
        return range(self._start, self._stop)

    def total(self, hours: range) -> int:
        """Return the earned creates of some hours together."""
        self._reach(hours)
        return sum(self._all.counts[self._all.among(hours)])

    def mentions(self, hours: range) -> Values:
        """Return the earned creates of each of some hours."""
        self._reach(hours)
        result = np.zeros(len(hours))
        at, counts = self._all.between(hours)
        result[at - hours.start] = counts
        return result

    def heard(self, hours: range) -> Iterator[Heard]:
        """Yield each source that was heard in some hours, by any accepted record."""
        self._reach(hours)
        for source, column in self._sources.items():
            at, counts = column.between(hours)
            if at.size:
                yield Heard(source, at, counts)

    def sums(self, hours: range) -> Values:
        """Return advocacy (row 0) and detraction of each of some hours."""
        self._reach(hours)
        known = self._all.hours
        some = self._all.among(hours)
        for hour in known[len(self._sums) // 2 : some.stop]:
            self._sums.extend(_said(self._panes[hour]) if hour in self._panes else (0.0, 0.0))
        result = np.zeros((2, len(hours)))
        values = np.array(self._sums[2 * some.start : 2 * some.stop]).reshape(-1, 2)
        result[:, np.array(known[some]) - hours.start] = values.T
        return result

    def _reach(self, hours: range) -> None:
        """Look at the panes of hours that were not looked at before."""
        if self._start <= hours.start and hours.stop <= self._stop:
            return
        if hours.start < self._start or not self._all.hours:
            self._keep(self._stop, self._stop)
            self._start = self._stop = hours.start
        fresh = range(self._stop, hours.stop)
        panes = self._panes
        if len(fresh) < len(panes):
            indexes = [hour for hour in fresh if hour in panes]
        else:
            indexes = sorted(hour for hour in panes if hour in fresh)
        for hour in indexes:
            pane = panes[hour]
            self._all.append(hour, pane.mentions)
            for tally in pane.tallies:
                column = self._sources.get(tally.source)
                if column is None:
                    column = self._sources[tally.source] = _Column()
                column.append(hour, tally.mentions)
        self._stop = max(self._stop, hours.stop)
        if self._stop - self._start > _KEPT + _SLACK:
            self._keep(self._stop - _KEPT, self._stop)

    def _keep(self, start: int, stop: int) -> None:
        """Forget the hours before one, and from another on."""
        known = self._all.hours
        first, last = bisect_left(known, start), bisect_left(known, stop)
        del self._sums[2 * last :]
        del self._sums[: 2 * first]
        self._all.keep(first, last)
        for source, column in list(self._sources.items()):
            column.keep(bisect_left(column.hours, start), bisect_left(column.hours, stop))
            if not column.hours:
                del self._sources[source]
        self._start, self._stop = start, stop


def _said(pane: Pane) -> tuple[float, float]:
    """Return advocacy and detraction of a pane, read as old panes are."""
    if pane.mentions > DAY.k and pane.reading.hashes.size > DAY.k:
        # So that its age changes nothing.
        sums = union((pane.reading,), DAY.k).sums
        return sums.advocacy, sums.detraction
    return pane.said()
