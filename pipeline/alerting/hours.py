"""What the hour panes of a brand say: series of what was said, and which hours do not count."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.alerting.baseline import Values
from pipeline.alerting.kinds import Kind
from pipeline.events.instants import HOUR
from pipeline.state.brand import BrandMentions
from pipeline.state.reading import union
from pipeline.state.tiers import DAY

OPEN_MAINTENANCE = 24 * HOUR
"""A maintenance without an end lasts so long, or one that was forgotten would mute for ever."""

Maintenance = Sequence[tuple[str, int, int | None]]
"""Name, start and end of each window, microseconds."""

History = Callable[[range], Values]
"""What hours brought; not numbers where they are not known or do not count."""


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


class Spoken:
    """A brand's advocacy and detraction, an hour each, as its panes are at the time of asking.

    Args:
        brand: Its panes.
        first: The first hour that is known whole; before it nothing is.
        hidden: Hours that do not count.
    """

    def __init__(self, brand: BrandMentions, first: int, hidden: set[int]) -> None:
        self._panes = brand.hour
        self._first = first
        self._hidden = hidden
        self._read: dict[range, tuple[Values, Values]] = {}

    def history(self, kind: Kind) -> History:
        """Return what a kind of alert looks at."""
        row = 1 if kind is Kind.DETRACTION_SURGE else 0
        return lambda hours: self._hours(hours)[row]

    def _hours(self, hours: range) -> tuple[Values, Values]:
        read = self._read.get(hours)
        if read is None:
            read = self._read[hours] = self._read_hours(hours)
        return read

    def _read_hours(self, hours: range) -> tuple[Values, Values]:
        advocacy, detraction = np.zeros(len(hours)), np.zeros(len(hours))
        panes, hidden = self._panes, self._hidden
        for at, hour in enumerate(hours):
            if hour < self._first or hour in hidden:
                advocacy[at] = detraction[at] = np.nan
            elif (pane := panes.get(hour)) is not None:
                reading = pane.reading
                if reading.hashes.size > DAY.k:
                    # As old panes are read, so that their age changes nothing.
                    reading = union((reading,), DAY.k)
                advocacy[at] = reading.sums.advocacy
                detraction[at] = reading.sums.detraction
        return advocacy, detraction
