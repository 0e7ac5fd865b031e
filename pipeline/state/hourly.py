"""The hours of a brand side by side: who was heard when, and what it came to.

Alerts look at eight weeks of hours every week, and nearly all of those say what they said before.
So each hour's pane is looked at once, and again when a mention has changed it or a later hour:
whoever merges an event says so (:meth:`Hourly.forget_from`). Hours without a pane take no room.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.state.packed import look_at
from pipeline.state.packed_block import Kept, values_of
from pipeline.state.pane import Pane, among
from pipeline.state.reading import union
from pipeline.state.said_scan import add_up
from pipeline.state.tiers import DAY, HOUR

Values = NDArray[np.float64]

_KEPT = HOUR.retention // HOUR.size
_SLACK = _KEPT // 2


class Column:
    """The hours at which something was heard, ascending, and the mentions until after each."""

    __slots__ = ("_hours", "_totals")

    def __init__(self) -> None:
        self._hours: array[int] = array("q")
        # One more than hours: what had come before the first does not matter.
        self._totals: array[int] = array("q", [0])

    def __len__(self) -> int:
        return len(self._hours)

    def extend(self, hours: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """Add later hours, each with the mentions in it."""
        self._hours.frombytes(hours.tobytes())
        self._totals.frombytes((counts.cumsum() + self._totals[-1]).tobytes())

    def append(self, later: Column) -> None:
        """Add the entries of a column of later hours."""
        every = slice(0, len(later))
        self.extend(later.hours(every), later.counts(every))

    def keep(self, hours: range) -> None:
        """Forget all but some hours."""
        some = self.among(hours)
        del self._hours[some.stop :], self._totals[some.stop + 1 :]
        del self._hours[: some.start], self._totals[: some.start]

    def among(self, hours: range) -> slice:
        """Return which entries are of some hours."""
        return slice(bisect_left(self._hours, hours.start), bisect_left(self._hours, hours.stop))

    def total(self, hours: range) -> int:
        """Return the mentions of some hours together."""
        some = self.among(hours)
        mentions: int = self._totals[some.stop] - self._totals[some.start]
        return mentions

    def hour(self, entry: int) -> int:
        """Return the hour of an entry."""
        return self._hours[entry]

    def hours(self, some: slice) -> NDArray[np.int64]:
        """Return the hours of some entries."""
        # Copies, here and below: a view would forbid the next append.
        return np.array(self._hours[some], np.int64)

    def counts(self, some: slice) -> NDArray[np.int64]:
        """Return the mentions of each of some entries."""
        totals = np.array(self._totals[some.start : some.stop + 1], np.int64)
        each: NDArray[np.int64] = totals[1:] - totals[:-1]
        return each


class Hourly:
    """What the hour panes of a brand say, hour by hour.

    Args:
        panes: The panes by index; looked at when they are asked for.
    """

    __slots__ = ("_all", "_panes", "_said", "_sources", "_start", "_stop")

    def __init__(self, panes: Mapping[int, Kept]) -> None:
        self._panes = panes
        self._start = self._stop = 0
        self._all = Column()
        self._sources: dict[str, Column] = {}
        # Advocacy and detraction of all hours; not numbers where a pane was not asked yet.
        self._said: array[float] = array("d")

    def forget_from(self, hour: int) -> None:
        """Look at an hour and all later ones again when they are asked for."""
        if hour < self._stop:
            self._keep(range(self._start, max(hour, self._start)))

    def expire(self, first: int) -> None:
        """Forget what was said in the hours before one; their panes are gone."""
        start = self._start
        if self._all and start < first:
            self._keep(range(first, max(first, self._stop)))
            self._start = start

    @property
    def remembered(self) -> range:
        """The hours that were looked at and not forgotten."""
        return range(self._start, self._stop)

    def total(self, hours: range) -> int:
        """Return the earned creates of some hours together."""
        self._reach(hours)
        return self._all.total(hours)

    def every(self, hours: range) -> Column:
        """Return the earned creates of these hours and others."""
        self._reach(hours)
        return self._all

    def sources(self, hours: range) -> Mapping[str, Column]:
        """Return when each source was heard, by any accepted record, in these hours or others."""
        self._reach(hours)
        return self._sources

    def sums(self, hours: range) -> Values:
        """Return advocacy (row 0) and detraction of each of some hours."""
        self._reach(hours)
        some = self._all.among(hours)
        values = self._of(some)
        unread = np.flatnonzero(np.isnan(values[:, 0]))
        if unread.size:
            self._look_at((unread + some.start).tolist())
            values = self._of(some)
        result = np.zeros((2, len(hours)))
        result[:, self._all.hours(some) - hours.start] = values.T
        return result

    def _of(self, some: slice) -> Values:
        """Return advocacy and detraction of some entries, a row each."""
        return np.array(self._said[2 * some.start : 2 * some.stop]).reshape(-1, 2)

    def _reach(self, hours: range) -> None:
        """Look at the panes of hours that were not looked at before."""
        if self._start <= hours.start and hours.stop <= self._stop:
            return
        if not self._all:
            self._keep(range(hours.start, hours.start))
        elif hours.start < self._start:
            self._take_before(hours.start)
        self._take(range(self._stop, hours.stop))
        self._stop = max(self._stop, hours.stop)
        # As long as hours are kept, and all that is asked for: backlogs are scored at once.
        first = min(hours.start, self._stop - _KEPT)
        if first - self._start > _SLACK:
            self._keep(range(first, self._stop))

    def _take(self, span: range) -> None:
        """Add what the hours of a span say; what was said is read later where there is a pane."""
        hours = among(self._panes, span)
        if not hours:
            return
        look = look_at(*values_of(self._panes, hours))
        every = np.array(hours, np.int64)
        self._all.extend(every, look.mentions)
        self._said.frombytes(look.sums[:2].T.tobytes())
        order = look.source.argsort(kind="stable")
        heard, counts = every[look.panes[order]], look.counts[order]
        stops = np.bincount(look.source).cumsum().tolist()
        for source, start, stop in zip(look.sources, [0, *stops], stops, strict=False):
            column = self._sources.get(source)
            if column is None:
                column = self._sources[source] = Column()
            column.extend(heard[start:stop], counts[start:stop])

    def _take_before(self, start: int) -> None:
        """Add what the hours from one on say, until those that are remembered."""
        span = range(start, self._start)
        every, said, sources = self._all, self._said, self._sources
        self._all, self._said, self._sources = Column(), array("d"), {}
        self._take(span)
        self._start = start
        self._all.append(every)
        self._said.extend(said)
        for source, column in sources.items():
            self._sources.setdefault(source, Column()).append(column)

    def _keep(self, hours: range) -> None:
        """Forget all but some hours."""
        some = self._all.among(hours)
        del self._said[2 * some.stop :], self._said[: 2 * some.start]
        self._all.keep(hours)
        for source, column in list(self._sources.items()):
            column.keep(hours)
            if not column:
                del self._sources[source]
        self._start, self._stop = hours.start, hours.stop

    def _look_at(self, entries: Sequence[int]) -> None:
        """Note advocacy and detraction of hours that have a pane."""
        held = [self._panes[self._all.hour(entry)] for entry in entries]
        # All of them: a pane is not packed again.
        panes = [each for each in held if isinstance(each, Pane)]
        words = [pane.sample.few for pane in panes]
        sums = add_up(words)[:2].T
        for entry, pane, few, said in zip(entries, panes, words, sums.tolist(), strict=True):
            self._said[2 * entry : 2 * entry + 2] = array("d", said if few else _said(pane))


def _said(pane: Pane) -> tuple[float, float]:
    """Return advocacy and detraction of a pane, read as old panes are."""
    if pane.mentions > DAY.k and pane.reading.hashes.size > DAY.k:
        # So that its age changes nothing.
        sums = union((pane.reading,), DAY.k).sums
        return sums.advocacy, sums.detraction
    return pane.said()
