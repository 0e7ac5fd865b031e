"""A source that has gone silent about a brand: nothing comes where much would be expected.

Formula: with ``r`` a source's mentions an hour over the last eight weeks and ``f`` the brand's
factor for an hour of the week (mean 1), a silence since hour ``s`` was expected to bring
``sum of r f``. At 30 the brand's other alerts cannot be trusted: if mentions were independent, none
would have a chance of e^-30. The source's own alert begins at 60, so that a few words a day, all
that a deep drop leaves, are not taken for silence; and the silence must be longer than any in those
weeks, and three hours at least. Unit: mentions. Source: definitions "Alerts", silent
source, and the bound of 30 on expected volume. Silence is counted in millionths, so that the same
hours add up to the same whatever they are added with.
"""

from __future__ import annotations

import msgspec
import numpy as np

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.fit import LEAST_EVENTS, LEAST_WEEKS, MOST_WEEKS
from pipeline.alerting.residuals import MICRO
from pipeline.state.brand import BrandMentions

MISSED = 60.0
"""Mentions that a silence was expected to bring when its alert goes off."""

_LEAST_HOURS = 3
_LEAST_SHARE = 0.1
"""Share of a brand's mentions from which on a source's silence leaves its alerts in the dark."""
_REACH = 2


class Habit(msgspec.Struct, array_like=True):
    """What is usual of one source, and how long it has been silent by now.

    ``rate`` in mentions an hour, ``longest`` the longest silence in hours; ``hours`` and
    ``missed`` (millionths of a mention) are of the present one.
    """

    rate: float
    longest: int
    hours: int = 0
    missed: int = 0


class Silent(msgspec.Struct, frozen=True):
    """A source that is silent, for how many hours, and what those were expected to bring."""

    source: str
    hours: int
    expected: float


class Quiet(msgspec.Struct, frozen=True):
    """What one hour shows: the sources that are silent, and whether all else is in the dark."""

    silent: tuple[Silent, ...] = ()
    dark: bool = False


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

    def advance(self, until: int, brand: BrandMentions, first: int) -> list[Quiet]:
        """Decide the hours before ``until``."""
        told: list[Quiet] = []
        while self.hour < until:
            if self.hour >= self.next_fit:
                self._fit(brand, first)
                self.next_fit = self.hour + WEEK
            stop = min(until, self.next_fit)
            factors = np.frombuffer(self.factors) if self.factors else np.ones(WEEK)
            told.extend(
                self._decide(brand, hour, float(factors[hour % WEEK]))
                for hour in range(self.hour, stop)
            )
            self.hour = stop
        return told

    def _decide(self, brand: BrandMentions, hour: int, factor: float) -> Quiet:
        pane = brand.hour.get(hour)
        heard = pane.sources if pane is not None else {}
        silent: list[Silent] = []
        dark = 0.0
        total = 0.0
        for source, habit in self.habits.items():
            total += habit.rate
            if source in heard:
                habit.hours = habit.missed = 0
                continue
            habit.hours += 1
            habit.missed += round(habit.rate * factor * MICRO)
            if habit.missed < LEAST_EVENTS * MICRO:
                continue
            dark += habit.rate
            long = habit.hours >= _LEAST_HOURS and habit.hours > habit.longest
            if long and habit.missed >= MISSED * MICRO:
                silent.append(Silent(source, habit.hours, habit.missed / MICRO))
        return Quiet(tuple(silent), dark > 0.0 and dark >= _LEAST_SHARE * total)

    def _fit(self, brand: BrandMentions, first: int) -> None:
        start = max(first, self.hour - MOST_WEEKS * WEEK)
        heard: dict[str, list[int]] = {}
        counts: dict[str, int] = {}
        by_hour = np.zeros(self.hour - start)
        for hour in range(start, self.hour):
            pane = brand.hour.get(hour)
            if pane is None:
                continue
            by_hour[hour - start] = pane.mentions
            for source, tally in pane.sources.items():
                heard.setdefault(source, []).append(hour)
                counts[source] = counts.get(source, 0) + tally.mentions
        self.factors = _factors(by_hour, start)
        habits = {}
        for source, hours in sorted(heard.items()):
            if counts[source] < LEAST_EVENTS:
                continue
            longest = int(np.diff(np.array([start - 1, *hours])).max()) - 1
            habit = Habit(counts[source] / by_hour.size, longest)
            now = self.habits.get(source)
            # A silence that lasts is not made usual by lasting.
            habit.hours, habit.missed = (now.hours, now.missed) if now else (0, 0)
            habits[source] = habit
        for source, now in self.habits.items():
            if source not in habits and now.missed >= LEAST_EVENTS * MICRO:
                habits[source] = now
        self.habits = habits


def _factors(by_hour: np.ndarray, start: int) -> bytes:
    """Return how much busier than usual each hour of the week is."""
    usual = np.zeros(WEEK)
    weeks = len(by_hour) // WEEK
    of_week = by_hour[-weeks * WEEK :].reshape(weeks, WEEK).mean(axis=0)
    at = (start + len(by_hour) - weeks * WEEK + np.arange(WEEK)) % WEEK
    usual[at] = of_week
    smooth = np.mean([np.roll(usual, by) for by in range(-_REACH, _REACH + 1)], axis=0)
    mean = smooth.mean()
    return (smooth / mean if mean > 0 else np.ones(WEEK)).tobytes()
