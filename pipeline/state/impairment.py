"""Impairment of goodwill: what is written off when the mood about a brand turns for good.

Formula: ``s = A / (A + D)`` over the 28 days that end with a day; its usual value is the median
share of the 26 weeks that end 28 days earlier, over weeks with at least 20 mentions, of which there
must be 8. A day is low where ``s < 0.8 usual`` and its 28 days have at least 80 mentions. On the
14th low day in a row ``max(0, net) (1 - s / usual)`` is booked, net being the goodwill at that
day's end, earlier impairments deducted. The rule is armed again after 28 days in a row that are not
low. What was booked decays like the advocacy of its day. Unit: advocate-days. Source: definition
"Impairment". It lies with the state because days are folded with it: a pure function of day
scalars, whoever evaluates it and however many days at once. Example: the share falls from .85 to .5
and stays there; the mixed weeks in between have both::

    >>> advocacy = np.repeat([85.0, 50.0], [300, 100])
    >>> days = Days(0, advocacy, 100.0 - advocacy, np.full(400, 100))
    >>> booked, watch = follow(days, 0, 400, START, lambda day, booked: 1000.0)
    >>> [(each.day, round(each.amount, 6), each.share, each.usual) for each in booked]
    [(326, 397.058824, 0.5125, 0.85)]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.state.days import Days, trailing
from pipeline.state.weekly import WEEK_DAYS, Weekly, look_at

SHARE_DAYS = 28
WEEKS = 26
LEAST_WEEKS = 8
LEAST_WEEK_MENTIONS = 20
LEAST_MENTIONS = 80
LOW = 0.8
CONFIRMED_AFTER = 14
ARMED_AFTER = 28

LOOKBACK = SHARE_DAYS + 7 * WEEKS - 1
"""Days before a day that it is judged by."""

_SHARE_WEEKS = SHARE_DAYS // WEEK_DAYS
_CONFIRMED_WEEKS = CONFIRMED_AFTER // WEEK_DAYS
_ROUNDING = 1e-9


class Booking(NamedTuple):
    """An impairment of ``amount`` advocate-days on a UTC day, and the shares that led to it."""

    day: int
    amount: float
    share: float
    usual: float


class Watch(NamedTuple):
    """Where the rule stands at a day's end.

    ``low`` and ``clear`` count the last days in a row that were low and that were not, the latter
    up to where it matters.
    """

    low: int
    clear: int
    armed: bool

    def after(self, low: bool) -> Watch:
        """Return where it stands a day later."""
        if low:
            return Watch(self.low + 1, 0, self.armed)
        clear = min(self.clear + 1, ARMED_AFTER)
        return Watch(0, clear, self.armed or clear == ARMED_AFTER)


Net = Callable[[int, Sequence[Booking]], float]
"""Gives net goodwill at a day's end in advocate-days; ``booked`` is what this run booked before."""

START = Watch(0, ARMED_AFTER, armed=True)
"""Where the rule stands before a brand's first day."""


class Shares(NamedTuple):
    """Of each day: its share, the usual one (NaN where unknown), and whether it is low.

    ``usual`` is known only where it decides.
    """

    share: NDArray[np.float64]
    usual: NDArray[np.float64]
    low: NDArray[np.bool_]


def shares(days: Days, first: int, end: int) -> Shares:
    """Judge the days from ``first`` to the one before ``end``."""
    n = end - first
    known = days.between(first - LOOKBACK, end)
    before = LOOKBACK - SHARE_DAYS + 1
    advocacy = trailing(known.advocacy, SHARE_DAYS)[before:]
    spoken = advocacy + trailing(known.detraction, SHARE_DAYS)[before:]
    enough = trailing(known.mentions, SHARE_DAYS)[before:] >= LEAST_MENTIONS
    share = np.divide(advocacy, spoken, out=np.full(n, np.nan), where=spoken > 0)
    usual = np.full(n, np.nan)
    # A share is never above 1, so most days of most brands need no comparison with their past.
    doubtful = np.flatnonzero(enough & (share < LOW))
    if doubtful.size:
        usual[doubtful] = _usual(known, doubtful)
    return Shares(share, usual, share < LOW * usual)


def _usual(known: Days, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the median share of the 26 weeks before, for days by their number after LOOKBACK."""
    advocacy = trailing(known.advocacy, 7)
    spoken = advocacy + trailing(known.detraction, 7)
    counts = (trailing(known.mentions, 7) >= LEAST_WEEK_MENTIONS) & (spoken > 0)
    # Weeks that do not count sort last.
    weekly = np.divide(advocacy, spoken, out=np.full(spoken.size, np.inf), where=counts)
    weeks = np.sort(sliding_window_view(weekly, 7 * (WEEKS - 1) + 1)[rows, ::7], axis=1)
    number = np.isfinite(weeks).sum(axis=1)
    each = np.arange(rows.size)
    middle = (weeks[each, (number - 1) // 2] + weeks[each, np.minimum(number // 2, WEEKS - 1)]) / 2
    return np.where(number >= LEAST_WEEKS, middle, np.nan)


def may_book(weekly: Weekly, first: int, end: int) -> bool:
    """Tell whether something may be booked from day ``first`` to the one before ``end``.

    Quickly, and never wrongly that nothing is, as long as :data:`LOOKBACK` and
    :data:`CONFIRMED_AFTER` days before ``first`` are not folded: of days in a row that confirm a
    booking one is the last of an even week.
    """
    foresee([weekly], first, end)
    return any(weekly.answer(number, _may_be_low) for number in _even_weeks(first, end))


def foresee(brands: Sequence[Weekly], first: int, end: int) -> None:
    """Find out for many brands together what :func:`may_book` tells of some days."""
    numbers = _even_weeks(first, end)
    asked = []
    for weekly in brands:
        spoken = []
        for number in weekly.unanswered(numbers):
            # Most brands are quiet.
            if _speaks_enough(weekly, number):
                spoken.append(number)
            else:
                weekly.answer(number, _is_quiet)
        if spoken:
            asked.append((weekly, spoken))
    if not asked:
        return
    # So that they are read together.
    look_at(
        [
            (weekly, weekly.unknown(range(spoken[0] - _SHARE_WEEKS + 1, spoken[-1] + 1)))
            for weekly, spoken in asked
        ]
    )
    for weekly, spoken in asked:
        for number in spoken:
            weekly.answer(number, _seems_low)


def _even_weeks(first: int, end: int) -> range:
    """Return the weeks whose last days decide whether something may be booked on some days."""
    before = -(-(first - CONFIRMED_AFTER + 1) // CONFIRMED_AFTER) * _CONFIRMED_WEEKS
    return range(before, -(-end // WEEK_DAYS), _CONFIRMED_WEEKS)


def _speaks_enough(weekly: Weekly, number: int) -> bool:
    """Tell whether there are mentions enough for the last day of a week to be low."""
    end = number * WEEK_DAYS + 1
    return weekly.mentions(range(end - SHARE_DAYS, end)) >= LEAST_MENTIONS


def _is_quiet(_weekly: Weekly, _number: int) -> bool:
    """Tell that the last day of a week cannot be low: it has not the mentions."""
    return False


def _may_be_low(weekly: Weekly, number: int) -> bool:
    """Tell whether the last day of a week may be low."""
    return _speaks_enough(weekly, number) and _seems_low(weekly, number)


def _seems_low(weekly: Weekly, number: int) -> bool:
    """Tell it of one with mentions enough; sums are rounded in another order here."""
    latest = weekly.weeks(range(number - _SHARE_WEEKS + 1, number + 1))
    advocacy = sum(week.advocacy for week in latest)
    spoken = advocacy + sum(week.detraction for week in latest)
    if not spoken or advocacy >= LOW * (1 + _ROUNDING) * spoken:
        return False
    last = number - _SHARE_WEEKS
    known = sorted(
        share
        for week in weekly.weeks(range(last - WEEKS + 1, last + 1))
        if week.mentions >= LEAST_WEEK_MENTIONS and (share := week.share) is not None
    )
    count = len(known)
    if count < LEAST_WEEKS:
        return False
    usual = (known[(count - 1) // 2] + known[count // 2]) / 2
    return advocacy / spoken < LOW * (1 + _ROUNDING) * usual


def follow(
    days: Days, first: int, end: int, watch: Watch, net: Net
) -> tuple[tuple[Booking, ...], Watch]:
    """Follow the rule from ``first`` to the day before ``end``.

    Args:
        days: Day scalars, with at least :data:`LOOKBACK` days before ``first``.
        first: The day after the one at whose end ``watch`` stands.
        end: The day after the last one.
        watch: Where the rule stands.
        net: See :data:`Net`.

    Returns:
        What is booked, by day, and where the rule stands then.
    """
    if end <= first:
        return (), watch
    judged = shares(days, first, end)
    if watch == START and not judged.low.any():
        return (), watch
    booked: list[Booking] = []
    for day, low in enumerate(judged.low.tolist(), first):
        watch = watch.after(low)
        if watch.armed and watch.low == CONFIRMED_AFTER:
            share, usual = float(judged.share[day - first]), float(judged.usual[day - first])
            amount = max(0.0, net(day, booked)) * (1 - share / usual)
            booked.append(Booking(day, amount, share, usual))
            watch = watch._replace(armed=False)
    return tuple(booked), watch
