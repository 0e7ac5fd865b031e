"""The alert that follows an impairment of goodwill: it says that one was booked, for a week.

There is nothing to tune: the booking itself waits for fourteen low days in a row. Source:
definitions "Impairment" and "Alerts".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.alerting.baseline import DAY_HOURS, WEEK
from pipeline.alerting.machine import Patience, Sign
from pipeline.alerting.standing import Evidence, Readings
from pipeline.events.instants import day_name
from pipeline.metrics.impairment import bookings
from pipeline.metrics.number import decimal
from pipeline.state import impairment as state
from pipeline.state.brand import BrandMentions
from pipeline.state.impairment import (
    CONFIRMED_AFTER,
    LEAST_MENTIONS,
    LOOKBACK,
    LOW,
    SHARE_DAYS,
    Booking,
    may_book,
)

PATIENCE = Patience(fire=1, resolve=1)
_DIGITS = 4
_DAYS = WEEK // DAY_HOURS


def booked(brand: BrandMentions, hours: range) -> Mapping[int, Booking]:
    """Return, for each of some hours at whose end a booking of the last week is news, the latest.

    Of bookings on days that are not folded. A booking depends on no later day, so the latest list
    holds what any hour knew.
    """
    first, last = _days(hours)
    # That the mood about a brand turns is rare, and most have not the mentions that it takes.
    if _is_kept(brand, first):
        if not may_book(brand.weekly, first, last):
            return {}
    elif brand.mentions_of(range(first - SHARE_DAYS, last)) < LEAST_MENTIONS:
        return {}
    news = {}
    for booking in bookings(brand, brand.day_series(last)):
        known = (booking.day + 1) * DAY_HOURS - 1
        at = range(max(known, hours.start), min(known + WEEK, hours.stop))
        news.update(dict.fromkeys(at, booking))
    return news


def foresee(brands: Sequence[BrandMentions], hours: range) -> None:
    """Look for many brands together at what :func:`booked` asks most of the time."""
    first, last = _days(hours)
    state.foresee([brand.weekly for brand in brands if _is_kept(brand, first)], first, last)


def _days(hours: range) -> tuple[int, int]:
    """Return the first day on which a booking is news at one of some hours, and the day after."""
    return (hours.start + 1) // DAY_HOURS - _DAYS, hours.stop // DAY_HOURS


def _is_kept(brand: BrandMentions, first: int) -> bool:
    """Tell whether all is kept of the days that decide about bookings from a day on."""
    return first - LOOKBACK - CONFIRMED_AFTER > brand.carry.folded_until


def out_of_reach_for(brand: BrandMentions, hour: int) -> int:
    """Return how many more mentions cannot lead to a booking that is news at an hour or later."""
    first = (hour + 1) // DAY_HOURS - _DAYS
    return LEAST_MENTIONS - 1 - brand.weekly.most_mentions(SHARE_DAYS, first)


def sign(booking: Booking | None) -> Sign:
    """Return what it says."""
    return Sign.CLEAR if booking is None else Sign.HIGH


def readings(booking: Booking | None) -> Readings:
    """Return share, usual share, and the share below which it is low."""
    if booking is None:
        return Readings()
    shares = (booking.share, booking.usual, LOW * booking.usual)
    return Readings(*(round(share, _DIGITS) for share in shares))


def evidence(booking: Booking) -> Evidence:
    """Return when it was booked, and how much, in advocate-days."""
    return {"day": day_name(booking.day), "amount": decimal(booking.amount)}
