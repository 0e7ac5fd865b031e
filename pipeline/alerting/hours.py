"""What the hour panes of a brand say: series of what was said, and which hours do not count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import DAY_HOURS, Values
from pipeline.alerting.kinds import Kind
from pipeline.events.instants import HOUR
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.reading import union
from pipeline.state.tiers import DAY

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
    for name, begins, ends in windows:
        if begins < end and (begins + OPEN_MAINTENANCE if ends is None else ends) > start:
            return name
    return None


def touched_hours(windows: Maintenance) -> set[int]:
    """Return every hour that a maintenance touches."""
    hours: set[int] = set()
    for _, begins, ends in windows:
        stop = begins + OPEN_MAINTENANCE if ends is None else ends
        hours.update(range(begins // HOUR, -(-stop // HOUR)))
    return hours


class Sums:
    """Advocacy and detraction of a brand's latest hours, remembered from one week to the next.

    A fit reads eight weeks, of which it has seen seven before. Nothing but a mention changes what
    an hour says, so an hour with as many mentions as before says the same.
    """

    def __init__(self, brand: BrandMentions) -> None:
        self._panes = brand.hour
        self._hours = range(0)
        self._mentions = np.empty(0, np.int64)
        self._values = np.empty((2, 0))

    def read(self, hours: range) -> Values:
        """Return the advocacy (row 0) and detraction of hours, as their panes are now."""
        mentions, values = self._known(hours)
        panes = self._panes
        for at, (hour, known) in enumerate(zip(hours, mentions.tolist(), strict=True)):
            pane = panes.get(hour)
            now = 0 if pane is None else pane.mentions
            if now != known:
                mentions[at] = now
                values[:, at] = 0.0 if pane is None else _said(pane)
        if len(hours) >= len(self._hours):
            self._hours, self._mentions, self._values = hours, mentions, values
        return values.copy()

    def _known(self, hours: range) -> tuple[NDArray[np.int64], Values]:
        """Return mentions and sums of hours as they were when last read, 0 where they were not."""
        mentions, values = np.zeros(len(hours), np.int64), np.zeros((2, len(hours)))
        start, stop = max(hours.start, self._hours.start), min(hours.stop, self._hours.stop)
        if start < stop:
            here = slice(start - hours.start, stop - hours.start)
            there = slice(start - self._hours.start, stop - self._hours.start)
            mentions[here], values[:, here] = self._mentions[there], self._values[:, there]
        return mentions, values


class Spoken:
    """A brand's advocacy and detraction, an hour each, as its panes are at the time of asking.

    Args:
        brand: Its panes.
        sums: What is remembered of them.
        first: The first hour that is known whole; before it nothing is.
        hidden: Hours that do not count.
    """

    def __init__(self, brand: BrandMentions, sums: Sums, first: int, hidden: set[int]) -> None:
        self._brand = brand
        self._sums = sums
        # In another worker's footsteps hours may be left to decide that are not kept any more.
        self._first = max(first, brand.first_hour or first)
        self._hidden = hidden
        self._read: dict[range, Values] = {}

    def history(self, kind: Kind) -> History:
        """Return what a kind of alert looks at."""
        return _History(self, 1 if kind is Kind.DETRACTION_SURGE else 0)

    def values(self, hours: range) -> Values:
        """Return advocacy (row 0) and detraction of hours."""
        read = self._read.get(hours)
        if read is None:
            read = self._read[hours] = self._sums.read(hours)
            read[:, : max(0, self._first - hours.start)] = np.nan
            read[:, [hour - hours.start for hour in self._hidden if hour in hours]] = np.nan
        return read

    def at_most(self, hours: range) -> float:
        """Return what an hour can have brought in the mean, at most, without reading any pane.

        Nobody counts for more than they spoke. Where there may be more authors than a sample holds,
        its estimates have no such bound.
        """
        mentions = self._brand.mentions_of(
            range(hours.start // DAY_HOURS, (hours.stop - 1) // DAY_HOURS + 1)
        )
        known = sum(hour not in self._hidden for hour in hours) if self._hidden else len(hours)
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


def _said(pane: Pane) -> tuple[float, float]:
    """Return advocacy and detraction of a pane."""
    few = pane.sample.few_sums()
    if few is not None:
        return few
    reading = pane.reading
    if reading.hashes.size > DAY.k:
        # As old panes are read, so that their age changes nothing.
        reading = union((reading,), DAY.k)
    return reading.sums.advocacy, reading.sums.detraction
