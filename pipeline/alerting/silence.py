"""A source that has gone silent about a brand: nothing comes where much would be expected.

Formula: with ``r`` a source's mentions an hour over the last eight weeks and ``f`` the brand's
factor for an hour of the week (mean 1), a silence since hour ``s`` was expected to bring
``sum of r f``. At 30 the brand's other alerts cannot be trusted: if mentions were independent, none
would have a chance of e^-30. The source's own alert begins at 60, so that a few words a day, all
that a deep drop leaves, are not taken for silence; and the silence must be longer than any in those
weeks, and three hours at least. A brand that brings fewer than 30 a week is not looked at, as by no
other alert. Unit: mentions. Source: definitions "Alerts", silent
source, and the bound of 30 on expected volume. Silence is counted in millionths, so that the same
hours add up to the same whatever they are added with.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import WEEK, Values
from pipeline.alerting.fit import LEAST_EVENTS, LEAST_VOLUME, LEAST_WEEKS, MOST_WEEKS
from pipeline.alerting.heard import Heard
from pipeline.alerting.residuals import MICRO
from pipeline.alerting.silence_scan import factors_of, follow
from pipeline.state.hourly import Column, Hourly

MISSED = 60.0
"""Mentions that a silence was expected to bring when its alert goes off."""

_LEAST_HOURS = 3
_LEAST_SHARE = 0.1
"""Share of a brand's mentions from which on a source's silence leaves its alerts in the dark."""


class Habit(msgspec.Struct, array_like=True):
    """What is usual of one source, and how long it has been silent by now.

    ``rate`` in mentions an hour, ``longest`` the longest silence in hours; ``hours`` and
    ``missed`` (millionths of a mention) are of the present one.
    """

    rate: float
    longest: int
    hours: int = 0
    missed: int = 0

    def advance(
        self, column: Column | None, hours: range, factors: Values
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Take hours of one week; ``column`` holds those that the source spoke.

        Returns how long the silence is after each hour, and what it was expected to bring; None
        where none of them comes near what counts.
        """
        some = slice(0, 0) if column is None else column.among(hours)
        heard = _NONE if column is None else column.hours(some)
        missed, spans = self.missed, self.hours
        most, self.missed = follow(factors, hours.start, hours.stop, heard, self.rate, missed)
        if heard.size:
            self.hours = hours.stop - 1 - int(heard[-1])
        else:
            self.hours += len(hours)
        if most < LEAST_EVENTS * MICRO:
            return None
        its = factors[np.arange(hours.start, hours.stop) % WEEK]
        expected = np.rint(self.rate * its * MICRO).astype(np.int64)
        at = heard - hours.start
        return _since(at, np.ones_like(expected), spans), _since(at, expected, missed)


class Silent(msgspec.Struct, frozen=True):
    """A source that is silent, for how many hours, and what those were expected to bring."""

    source: str
    hours: int
    expected: float


class Quiet(msgspec.Struct, frozen=True):
    """What one hour shows: the sources that are silent, and whether all else is in the dark."""

    silent: tuple[Silent, ...] = ()
    dark: bool = False


class Lesson(msgspec.Struct, frozen=True):
    """What some weeks say: factors as in :class:`Silence`, rate and longest silence a source."""

    factors: bytes
    habits: dict[str, tuple[float, int]]


class Silence(msgspec.Struct, array_like=True):
    """The habits of a brand's sources, learnt anew every week; ``hour`` is the next to be decided.

    ``factors`` are 168 doubles by hour of the week.
    """

    hour: int
    next_fit: int
    factors: bytes = b""
    habits: dict[str, Habit] = {}

    @classmethod
    def begin(cls, first: int) -> Silence:
        """Return that of a brand known since hour ``first``."""
        start = first + LEAST_WEEKS * WEEK
        return cls(start, start)

    def advance(
        self,
        until: int,
        hourly: Hourly,
        first: int,
        lessons: Mapping[int, Lesson | None] = MappingProxyType({}),
        heard: Heard | None = None,
    ) -> dict[int, Quiet]:
        """Decide the hours before ``until``; returns those at which something is silent.

        ``lessons`` are those that were learnt before, by hour, and ``heard`` tells when sources
        were heard: panes may be gone by now.
        """
        told: dict[int, Quiet] = {}
        while self.hour < until:
            if self.hour >= self.next_fit:
                known = self.hour in lessons
                self._adopt(lessons[self.hour] if known else learn(hourly, first, self.hour))
                self.next_fit = self.hour + WEEK
            stop = min(until, self.next_fit)
            if self.habits:
                hours = range(self.hour, stop)
                sources = heard.sources(hours, self.habits) if heard else hourly.sources(hours)
                told |= self._decide(sources, hours)
            self.hour = stop
        return told

    def can_rest(self, until: int, lessons: Mapping[int, Lesson | None]) -> bool:
        """Tell whether no source has a habit in any hour before ``until``."""
        fits = range(self.next_fit, until, WEEK)
        if self.habits or any(map(lessons.get, fits)):
            return False
        return all(map(lessons.__contains__, fits))

    def rest(self, until: int) -> None:
        """Decide the hours before ``until``, in none of which a source has a habit."""
        self.hour = until
        self.next_fit += len(range(self.next_fit, until, WEEK)) * WEEK

    def _decide(self, sources: Mapping[str, Column], hours: range) -> dict[int, Quiet]:
        factors = np.frombuffer(self.factors)
        told = {
            source: spans_and_missed
            for source, habit in self.habits.items()
            if (spans_and_missed := habit.advance(sources.get(source), hours, factors))
        }
        if not told:
            return {}
        dark = np.zeros(len(hours))
        silent: dict[int, list[Silent]] = {}
        for source, (spans, missed) in told.items():
            habit = self.habits[source]
            dark += np.where(missed >= LEAST_EVENTS * MICRO, habit.rate, 0.0)
            long = (spans >= _LEAST_HOURS) & (spans > habit.longest)
            for at in np.flatnonzero(long & (missed >= MISSED * MICRO)).tolist():
                one = Silent(source, int(spans[at]), int(missed[at]) / MICRO)
                silent.setdefault(at, []).append(one)
        total = sum(habit.rate for habit in self.habits.values())
        in_the_dark = (dark > 0.0) & (dark >= _LEAST_SHARE * total)
        return {
            hours[at]: Quiet(tuple(silent.get(at, ())), bool(in_the_dark[at]))
            for at in sorted({*silent, *np.flatnonzero(in_the_dark).tolist()})
        }

    def _adopt(self, lesson: Lesson | None) -> None:
        """Go over to what was learnt; silences that last are not made usual by lasting."""
        before, self.habits = self.habits, {}
        if lesson is not None:
            self.factors = lesson.factors
            for source, (rate, longest) in lesson.habits.items():
                now = before.get(source)
                self.habits[source] = Habit(
                    rate, longest, *((now.hours, now.missed) if now else (0, 0))
                )
        for source, now in before.items():
            if source not in self.habits and now.missed >= LEAST_EVENTS * MICRO:
                self.habits[source] = now


def learn(hourly: Hourly, first: int, hour: int) -> Lesson | None:
    """Return what the eight weeks before an hour say, as far as they are after hour ``first``.

    None for most brands: a week of theirs is expected to bring too little for any window.
    """
    hours = range(max(first, hour - MOST_WEEKS * WEEK), hour)
    if hourly.total(hours) / len(hours) < LEAST_VOLUME:
        return None
    habits = {}
    for source, column in sorted(hourly.sources(hours).items()):
        count = column.total(hours)
        if count >= LEAST_EVENTS:
            heard = column.hours(column.among(hours))
            longest = int((heard[1:] - heard[:-1]).max(initial=heard[0] - hours.start + 1)) - 1
            habits[source] = (count / len(hours), longest)
    return Lesson(_factors(hourly, hours), habits) if habits else None


def _since(heard: NDArray[np.int64], each: NDArray[np.int64], before: int) -> NDArray[np.int64]:
    """Return sums that begin anew, at 0, wherever something is heard; the first at ``before``."""
    sums = np.cumsum(each) + before
    base = np.zeros(each.size, np.int64)
    base[heard] = sums[heard]
    fresh: NDArray[np.int64] = sums - np.maximum.accumulate(base)
    return fresh


_NONE = np.empty(0, np.int64)


def _factors(hourly: Hourly, hours: range) -> bytes:
    """Return how much busier than usual each hour of the week is, over whole weeks."""
    weeks = len(hours) // WEEK
    column = hourly.every(hours)
    some = column.among(hours[-weeks * WEEK :])
    return factors_of(column.hours(some), column.counts(some), weeks).tobytes()
