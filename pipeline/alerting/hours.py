"""What the hour panes of a brand say: series of what was said, and which hours do not count."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np

from pipeline.alerting.baseline import Values
from pipeline.alerting.kinds import Kind
from pipeline.events.instants import HOUR
from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import DAY

Said = TypeVar("Said")

OPEN_MAINTENANCE = 24 * HOUR
"""A maintenance without an end lasts so long, or one that was forgotten would mute for ever."""

Maintenance = Sequence[tuple[str, int, int | None]]
"""Name, start and end of each window, microseconds."""


class History(Protocol):
    """What a series brought."""

    def __call__(self, hours: range) -> Values:
        """Return what hours brought; not numbers where they are not known or do not count."""
        ...

    def at_most(self, hours: range) -> float:
        """Return what an hour of these can have brought in the mean, at most."""
        ...


def in_maintenance(windows: Maintenance, hour: int) -> str | None:
    """Return the name of a maintenance that an hour touches; None where there is none."""
    start, end = hour * HOUR, (hour + 1) * HOUR
    for window in windows:
        name, begins, _ = window
        if begins < end and _end(window) > start:
            return name
    return None


def lasts_into(windows: Maintenance, hour: int) -> bool:
    """Tell whether a maintenance touches an hour or a later one."""
    return any(_end(window) > hour * HOUR for window in windows)


def _end(window: tuple[str, int, int | None]) -> int:
    """Return when a maintenance ends, microseconds."""
    _, begins, ends = window
    return begins + OPEN_MAINTENANCE if ends is None else ends


def touched_hours(windows: Maintenance) -> set[int]:
    """Return every hour that a maintenance touches."""
    hours: set[int] = set()
    for window in windows:
        hours.update(range(window[1] // HOUR, -(-_end(window) // HOUR)))
    return hours


def stretches(hours: range, said: Mapping[int, Said], usual: Said) -> Iterator[tuple[Said, range]]:
    """Part hours into stretches that say the same; hours of which nothing is said, say the usual.

    >>> list(stretches(range(1, 8), {3: "a", 4: "a", 5: "b", 99: "a"}, "-"))
    [('-', range(1, 3)), ('a', range(3, 5)), ('b', range(5, 6)), ('-', range(6, 8))]
    """
    start = stop = hours.start
    says = usual
    for hour in sorted([hour for hour in said if hour in hours]):
        its = said[hour]
        if hour != stop or its != says:
            if start < stop:
                yield says, range(start, stop)
            if stop < hour:
                yield usual, range(stop, hour)
            start, says = hour, its
        stop = hour + 1
    if start < stop:
        yield says, range(start, stop)
    if stop < hours.stop:
        yield usual, range(stop, hours.stop)


def ends(hours: range) -> range:
    """Return the evaluation times of hours: their ends."""
    return range(hours.start + 1, hours.stop + 1)


class Spoken:
    """A brand's advocacy and detraction, an hour each, as its panes are at the time of asking.

    Args:
        brand: Its panes.
        first: The first hour that is known whole; before it nothing is.
        hidden: Hours that do not count.
        span: Hours of which much will be asked; they are read once.
    """

    def __init__(
        self, brand: BrandMentions, first: int, hidden: set[int], span: range = range(0)
    ) -> None:
        self._hourly = brand.hourly
        # In another worker's footsteps hours may be left to decide that are not kept any more.
        self._first = max(first, brand.first_hour or first)
        self._hidden = hidden
        self._span = span
        self._read: Values | None = None
        self._bounds: dict[range, float] = {}

    def history(self, kind: Kind) -> History:
        """Return what a kind of alert looks at."""
        return _History(self, 1 if kind is Kind.DETRACTION_SURGE else 0)

    def values(self, hours: range) -> Values:
        """Return advocacy (row 0) and detraction of hours."""
        start = self._span.start
        if hours.start < start or hours.stop > self._span.stop:
            return self._values(hours)
        if self._read is None:
            self._read = self._values(self._span)
        return self._read[:, hours.start - start : hours.stop - start]

    def _values(self, hours: range) -> Values:
        known = hours[max(0, self._first - hours.start) :]
        # Not the others: to look at hours that are gone would be to look at all anew.
        values = self._hourly.sums(known) if known else np.empty((2, 0))
        if len(known) < len(hours):
            unknown = np.full((2, len(hours) - len(known)), np.nan)
            values = np.concatenate((unknown, values), axis=1)
        if self._hidden:
            values[:, [hour - hours.start for hour in self._hidden if hour in hours]] = np.nan
        return values

    def at_most(self, hours: range) -> float:
        """Return what a known hour can have brought in the mean, at most, without reading any pane.

        Nobody counts for more than they spoke. Where there may be more authors than a sample holds,
        its estimates have no such bound.
        """
        # Each kind of alert asks for the same.
        if hours not in self._bounds:
            self._bounds[hours] = self._at_most(hours)
        return self._bounds[hours]

    def _at_most(self, hours: range) -> float:
        hours = range(min(max(hours.start, self._first), hours.stop), hours.stop)
        mentions = self._hourly.total(hours)
        known = len(hours) - len([hour for hour in self._hidden if hour in hours])
        return mentions / max(1, known) if mentions <= DAY.k else math.inf


class _History:
    """One of the two series of a brand."""

    def __init__(self, spoken: Spoken, row: int) -> None:
        self._spoken = spoken
        self._row = row

    def __call__(self, hours: range) -> Values:
        row: Values = self._spoken.values(hours)[self._row]
        return row

    def at_most(self, hours: range) -> float:
        return self._spoken.at_most(hours)
