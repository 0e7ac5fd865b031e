"""The weeks of a brand: what the days of each come to, added up once.

Whether the mood about a brand has turned is asked of every brand again and again, and nearly always
answered by weeks that say what they said before; so the answers are remembered as well. Whoever
merges an event says so (:meth:`Weekly.forget_from`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from pipeline.state.packed import Held
from pipeline.state.said import said_in

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


class Weekly:
    """The weeks of a brand by number: the n-th ends with the day ``7 n``.

    Args:
        days: The day panes by index; looked at when their week is asked for.
    """

    __slots__ = ("_answers", "_days", "_until", "_weeks")

    def __init__(self, days: Mapping[int, Held]) -> None:
        self._days = days
        self._weeks: dict[int, Week] = {}
        self._answers: dict[int, bool] = {}
        self._until = 0

    def forget_from(self, day: int) -> None:
        """Look at the week of a day and all later ones again when they are asked for."""
        first = -(-day // WEEK_DAYS)
        for number in range(first, self._until):
            self._weeks.pop(number, None)
            self._answers.pop(number, None)
        self._until = min(self._until, first)

    def weeks(self, numbers: range) -> Sequence[Week]:
        """Return some weeks."""
        unknown = self.unknown(numbers)
        if unknown:
            self._look_at(unknown)
        weeks = self._weeks
        return [weeks[number] for number in numbers]

    def unknown(self, numbers: range) -> list[int]:
        """Return which of some weeks are to be looked at; there is room for them then."""
        weeks = self._weeks
        unknown = [number for number in numbers if number not in weeks]
        if len(weeks) + len(unknown) > _MOST:
            weeks.clear()
            unknown = list(numbers)
        return unknown

    def answer(self, number: int, question: Callable[[Weekly, int], bool]) -> bool:
        """Return the answer to the one question that is asked of a week and those before it."""
        known = self._answers.get(number)
        if known is None:
            known = question(self, number)
            if len(self._answers) >= _MOST:
                self._answers.clear()
            self._answers[number] = known
            self._until = max(self._until, number + 1)
        return known

    def unanswered(self, numbers: range) -> list[int]:
        """Return the weeks of some of which the one question was not answered yet."""
        return [number for number in numbers if number not in self._answers]

    def mentions(self, days: range) -> int:
        """Return how many mentions there are on some days, without reading any."""
        panes = self._days
        if len(panes) < len(days):
            start, stop = days.start, days.stop
            return sum([pane.mentions for day, pane in panes.items() if start <= day < stop])
        return sum([panes[day].mentions for day in days if day in panes])

    def most_mentions(self, span: int, last: int) -> int:
        """Return the most mentions on so many days in a row that end with one from ``last`` on."""
        panes = self._days
        days = sorted([day for day in panes if day > last - span])
        most = within = oldest = 0
        for day in days:
            within += panes[day].mentions
            while days[oldest] <= day - span:
                within -= panes[days[oldest]].mentions
                oldest += 1
            if within > most:
                most = within
        return most

    def _look_at(self, numbers: Sequence[int]) -> None:
        look_at([(self, numbers)])

    def held_in(self, number: int) -> list[Held]:
        """Return the panes of a week; days without one are silent."""
        panes = self._days
        return [panes[day] for day in days_of(number) if day in panes]

    def know(self, number: int, week: Week) -> None:
        """Remember what a week comes to."""
        self._weeks[number] = week
        self._until = max(self._until, number + 1)


def look_at(asked: Sequence[tuple[Weekly, Sequence[int]]]) -> None:
    """Add up the days of weeks of some brands, all at once."""
    wanted = [(weekly, number) for weekly, numbers in asked for number in numbers]
    weeks = [weekly.held_in(number) for weekly, number in wanted]
    said = said_in(list(chain.from_iterable(weeks)))
    advocacy, detraction = said.advocacy.tolist(), said.detraction.tolist()
    stop = 0
    for (weekly, number), week in zip(wanted, weeks, strict=True):
        start, stop = stop, stop + len(week)
        weekly.know(
            number,
            Week(
                sum(advocacy[start:stop]),
                sum(detraction[start:stop]),
                sum([pane.mentions for pane in week]),
            ),
        )


def days_of(number: int) -> range:
    """Return the days of a week."""
    return range((number - 1) * WEEK_DAYS + 1, number * WEEK_DAYS + 1)
