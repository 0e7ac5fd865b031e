"""The weeks of a brand: what the days of each come to, added up once.

Whether the mood about a brand has turned is asked of every brand again and again, and nearly always
answered by weeks that say what they said before. Whoever merges an event says so
(:meth:`Weekly.forget_from`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.state.pane import Pane

WEEK_DAYS = 7
_MOST = 80
"""Weeks that are remembered; a day is kept for 57."""


class Week(NamedTuple):
    """Advocacy and detraction (advocate-days) and mentions of seven days."""

    advocacy: float
    detraction: float
    mentions: int

    @property
    def share(self) -> float | None:
        """The share of advocacy in both; None where there is neither."""
        spoken = self.advocacy + self.detraction
        return self.advocacy / spoken if spoken > 0 else None

    @classmethod
    def of(cls, panes: Mapping[int, Pane], days: range) -> Week:
        """Add up some days; those without a pane are silent."""
        advocacy = detraction = 0.0
        mentions = 0
        for day in days:
            pane = panes.get(day)
            if pane is not None:
                p, q = pane.said()
                advocacy += p
                detraction += q
                mentions += pane.mentions
        return cls(advocacy, detraction, mentions)


class Weekly:
    """The weeks of a brand by number: the n-th ends with the day ``7 n``.

    Args:
        days: The day panes by index; looked at when their week is asked for.
    """

    __slots__ = ("_days", "_until", "_weeks")

    def __init__(self, days: Mapping[int, Pane]) -> None:
        self._days = days
        self._weeks: dict[int, Week] = {}
        self._until = 0

    def forget_from(self, day: int) -> None:
        """Look at the week of a day and all later ones again when they are asked for."""
        first = -(-day // WEEK_DAYS)
        for number in range(first, self._until):
            self._weeks.pop(number, None)
        self._until = min(self._until, first)

    def week(self, number: int) -> Week:
        """Return one week."""
        known = self._weeks.get(number)
        if known is None:
            if len(self._weeks) >= _MOST:
                self._weeks.clear()
            last = number * WEEK_DAYS
            known = Week.of(self._days, range(last - WEEK_DAYS + 1, last + 1))
            self._weeks[number] = known
            self._until = max(self._until, number + 1)
        return known
