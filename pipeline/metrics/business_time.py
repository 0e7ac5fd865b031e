"""Business time: a clock that runs only while a brand's support is open.

Formula: the time between two instants that lies within the hours of the brand book, taken in the
brand's time zone with its changes of the clock, without holidays. Ranges that overlap count once;
an end that the clock skips or shows twice on some night goes by the clock before the change. Unit:
microseconds. Source: definition "Business-hours variants". Example: open on weekdays (the epoch was
a Thursday) from 9 to 17; of Thursday noon to Friday 10:00, six hours count::

    >>> from pipeline.events.instants import HOUR
    >>> hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",))
    >>> clock = business_time(Brand(id="acme", business_hours=hours))
    >>> clock.between(12 * HOUR, 34 * HOUR) // HOUR, clock.after(12 * HOUR, 6 * HOUR) // HOUR
    (6, 34)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.events.brands import Brand, Weekday
from pipeline.events.instants import DAY, from_datetime, to_datetime
from pipeline.state.ticket_columns import NEVER, Column

_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = timedelta(days=1)
_AHEAD = 10 * 366 * DAY
"""What is due later than this after its opening is never due."""
_LAST_YEAR = 2199
"""After it nobody is open: a far-off evaluation time must not cost thousands of years of days."""
_END = from_datetime(datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC))


class BusinessTime:
    """The opening hours of one calendar.

    The spans in which it is open are laid out year by year, as far as anyone has asked; how far
    changes no answer.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        hours: Mapping[Weekday, tuple[str, ...]],
        holidays: frozenset[date],
    ) -> None:
        self._zone = zone
        self._hours = [[_range(text) for text in hours.get(day, ())] for day in _WEEKDAYS]
        self._holidays = holidays
        self._years = range(0)
        self._covered = (0, 0)
        # Ascending spans, and the open time up to the start and to the end of each.
        self._opens: list[int] = []
        self._closes: list[int] = []
        self._before: list[int] = []
        self._after: list[int] = []
        self._columns = np.empty((3, 0), np.int64)

    def between(self, start: int, end: int) -> int:
        """Return the business time between two instants, negative where ``end`` comes first."""
        self._cover(start, end)
        return self._at(end) - self._at(start)

    def after(self, start: int, duration: int) -> int:
        """Return the earliest instant by which a duration of business time has passed.

        ``NEVER`` where that is more than ten years ahead.
        """
        if duration <= 0:
            return start
        self._cover(start, start)
        passed = self._at(start) + duration
        latest = start + _AHEAD
        while not self._after or self._after[-1] < passed:
            if self._years.stop > _year(latest):
                return NEVER
            self._lay_out(range(self._years.start, self._years.stop + 1))
        span = bisect_left(self._after, passed)
        due = self._opens[span] + passed - self._before[span]
        return due if due <= latest else NEVER

    def passed(self, instants: Column) -> Column:
        """Return the business time up to each instant, from a start that is the same for all."""
        if len(instants) == 0:
            return instants
        self._cover(int(instants.min()), int(instants.max()))
        if not self._opens:
            return np.zeros_like(instants)
        opens, closes, before = self._columns
        span = np.maximum(np.searchsorted(opens, instants, side="right") - 1, 0)
        within: Column = np.clip(instants, opens[span], closes[span]) - opens[span]
        return before[span] + within

    def _at(self, instant: int) -> int:
        span = bisect_right(self._opens, instant) - 1
        if span < 0:
            return 0
        return self._before[span] + min(instant, self._closes[span]) - self._opens[span]

    def _cover(self, start: int, end: int) -> None:
        """Lay out all that can lie between two instants."""
        first, last = min(start, end), max(start, end)
        if not self._covered[0] <= first <= last < self._covered[1]:
            years = range(_year(first), _year(last) + 1)
            if self._years:
                years = range(min(years[0], self._years[0]), max(years[-1], self._years[-1]) + 1)
            self._lay_out(years)

    def _lay_out(self, years: range) -> None:
        self._years = years
        self._covered = (_new_year(years.start), _new_year(years.stop))
        self._opens, self._closes, self._before, self._after = [], [], [], []
        total = 0
        # The first and last hours of a year may be of another day where the brand is.
        day, end = date(years.start - 1, 12, 31), date(years.stop, 1, 1)
        while day <= end:
            for open_at, close_at in self._spans(day):
                self._opens.append(open_at)
                self._closes.append(close_at)
                self._before.append(total)
                total += close_at - open_at
                self._after.append(total)
            day += _ONE_DAY
        self._columns = np.array((self._opens, self._closes, self._before), np.int64)

    def _spans(self, day: date) -> list[tuple[int, int]]:
        """Return the disjoint spans of a day, ascending."""
        if day in self._holidays:
            return []
        spans: list[tuple[int, int]] = []
        midnight = datetime.combine(day, time(), self._zone)
        for start, end in sorted(self._hours[day.weekday()]):
            # Adding to a time of day goes by the clock on the wall, as opening hours do.
            open_at, close_at = from_datetime(midnight + start), from_datetime(midnight + end)
            if spans:
                open_at = max(open_at, spans[-1][1])
            if open_at < close_at:
                spans.append((open_at, close_at))
        return spans


def business_time(brand: Brand | None) -> BusinessTime | None:
    """Return the clock of a brand; None where its book has no hours. Equal calendars share one."""
    if brand is None or not any(brand.business_hours.values()):
        return None
    return _shared(brand.timezone, tuple(sorted(brand.business_hours.items())), brand.holidays)


@lru_cache(maxsize=1024)
def _shared(
    timezone: str, hours: tuple[tuple[Weekday, tuple[str, ...]], ...], holidays: frozenset[date]
) -> BusinessTime:
    return BusinessTime(ZoneInfo(timezone), dict(hours), holidays)


def _year(instant: int) -> int:
    return to_datetime(instant).year if instant < _END else _LAST_YEAR


def _new_year(year: int) -> int:
    return NEVER if year > _LAST_YEAR else from_datetime(datetime(year, 1, 1, tzinfo=UTC))


def _range(text: str) -> tuple[timedelta, timedelta]:
    """Return the ends of ``HH:MM-HH:MM`` as times since midnight."""
    start, end = (timedelta(hours=int(at[:2]), minutes=int(at[3:])) for at in text.split("-"))
    return start, end
