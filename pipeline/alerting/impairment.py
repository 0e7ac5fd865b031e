"""The alert that follows an impairment of goodwill: it says that one was booked, for a week.

There is nothing to tune: the booking itself waits for fourteen low days in a row. Source:
definitions "Impairment" and "Alerts".
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.machine import Patience, Sign
from pipeline.alerting.standing import Evidence, Readings
from pipeline.events.instants import day_name
from pipeline.metrics.impairment import bookings
from pipeline.metrics.number import decimal
from pipeline.state.brand import BrandMentions
from pipeline.state.impairment import LOW, Booking

PATIENCE = Patience(fire=1, resolve=1)
_HOURS = 24


def booked_before(brand: BrandMentions, day: int) -> Sequence[Booking]:
    """Return what was booked of a brand before a UTC day, on days that are not folded."""
    return bookings(brand, brand.day_series(day))


def latest(booked: Sequence[Booking], hour: int) -> Booking | None:
    """Return the booking that is news at evaluation time ``hour``: of the last week."""
    news = [each for each in booked if 0 <= hour - (each.day + 1) * _HOURS < WEEK]
    return news[-1] if news else None


def sign(booking: Booking | None) -> Sign:
    """Return what it says."""
    return Sign.CLEAR if booking is None else Sign.HIGH


def readings(booking: Booking | None) -> Readings:
    """Return share, usual share, and the share below which it is low."""
    if booking is None:
        return Readings()
    return Readings(booking.share, booking.usual, LOW * booking.usual)


def evidence(booking: Booking) -> Evidence:
    """Return when it was booked, and how much, in advocate-days."""
    return {"day": day_name(booking.day), "amount": decimal(booking.amount)}
