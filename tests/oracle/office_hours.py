"""Business hours, minute by minute: slow, and plain to see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.calendar import EPOCH, MINUTE

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class OfficeHours:
    """Which minutes a brand's support is open, between two instants."""

    def __init__(self, entry: Mapping[str, Any], start: int, end: int) -> None:
        self._first = start // MINUTE
        zone = ZoneInfo(entry.get("timezone", "UTC"))
        holidays = {str(day) for day in entry.get("holidays", ())}
        hours = entry["business_hours"]
        self.is_open: list[bool] = []
        self._before = [0]
        for minute in range(self._first, end // MINUTE + 2):
            local = (EPOCH + timedelta(minutes=minute)).astimezone(zone)
            clock = f"{local:%H:%M}"
            ranges = [each.split("-") for each in hours.get(WEEKDAYS[local.weekday()], ())]
            is_open = any(opens <= clock < closes for opens, closes in ranges)
            is_open = is_open and local.date().isoformat() not in holidays
            self.is_open.append(is_open)
            self._before.append(self._before[-1] + is_open)
        edges = [
            (self._first + i) * MINUTE
            for i, (was, now) in enumerate(pairwise([False, *self.is_open, False]))
            if was != now
        ]
        self._runs = list(zip(edges[::2], edges[1::2], strict=True))

    def passed(self, instant: int) -> int:
        """Return how much business time has passed since the start, in microseconds."""
        minute, rest = divmod(instant, MINUTE)
        minute -= self._first
        return self._before[minute] * MINUTE + (rest if self.is_open[minute] else 0)

    def spans(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the open spans between two instants."""
        cut = [(max(start, opens), min(end, closes)) for opens, closes in self._runs]
        return [(opens, closes) for opens, closes in cut if opens < closes]
