"""Instants as integer microseconds since 1970-01-01T00:00:00Z, the only time unit of the core.

Integers compare and subtract exactly and cost nothing to store; datetimes appear only where a
person or another program reads or writes one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH_ORDINAL = EPOCH.toordinal()


def from_datetime(moment: datetime) -> int:
    """Return an aware datetime as microseconds since the epoch (exact, no float between)."""
    return (moment - EPOCH) // _MICROSECOND


def to_datetime(instant: int) -> datetime:
    """Return microseconds since the epoch as an aware UTC datetime."""
    return EPOCH + timedelta(microseconds=instant)


@lru_cache(maxsize=256)
def to_rfc3339(instant: int) -> str:
    """Format an instant as RFC 3339 UTC with a ``Z``, with microseconds only where there are any.

    >>> to_rfc3339(1_509_487_847_000_000)
    '2017-10-31T22:10:47Z'
    """
    return to_datetime(instant).isoformat().replace("+00:00", "Z")


def day_of(instant: int) -> int:
    """Return the UTC day (days since the epoch) that an instant lies in."""
    return instant // DAY


def day_of_date(moment: date) -> int:
    """Return the UTC day (days since the epoch) of a date."""
    return moment.toordinal() - _EPOCH_ORDINAL


@lru_cache(maxsize=4096)
def day_name(day: int) -> str:
    """Return a UTC day as ``YYYY-MM-DD``."""
    return to_datetime(day * DAY).date().isoformat()
