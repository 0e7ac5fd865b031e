"""Times that a person gives on the command line."""

from __future__ import annotations

from datetime import datetime

from pipeline.errors import Usage
from pipeline.events.instants import from_datetime


def parse(text: str, option: str) -> int:
    """Return an RFC 3339 time as microseconds since the epoch.

    Raises:
        Usage: The text is no time, or has no zone.
    """
    mend = "write it like 2026-01-31T12:00:00Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(f"{option}: {text!r} is not a time", mend) from None
    if moment.tzinfo is None:
        raise Usage(f"{option}: {text!r} has no time zone", mend)
    return from_datetime(moment)
