"""Time as the definitions use it: integer microseconds, panes, windows and day weights."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_2000 = 10957 * DAY

HALF_LIFE_DAYS = 180

# Window name -> (size of a pane, number of panes).
WINDOWS = {"1h": (MINUTE, 60), "24h": (HOUR, 24), "7d": (DAY, 7), "28d": (DAY, 28)}

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def microseconds(moment: datetime) -> int:
    """Return an aware datetime as microseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def parse(text: str) -> int:
    """Read an RFC 3339 instant; raise ValueError for anything else."""
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"{text!r} is not RFC 3339")
    return microseconds(datetime.fromisoformat(text.upper()))


def rfc3339(at: int) -> str:
    """Write an instant with a ``Z``, and with microseconds only where there are any."""
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def day_name(day: int) -> str:
    """Return a UTC day number as ``YYYY-MM-DD``."""
    return (EPOCH + timedelta(days=day)).date().isoformat()


def current_pane(t: int, size: int) -> int:
    """Return the pane that is current at ``t``; a ``t`` on a boundary starts no pane."""
    return -(-t // size) - 1


def in_window(at: int, t: int, window: str) -> bool:
    """Tell whether an event at ``at`` lies in the window as read at ``t``; whole panes count."""
    size, panes = WINDOWS[window]
    last = current_pane(t, size)
    return last - panes < at // size <= last


def window_days(t: int, window: str) -> range:
    """Return the day numbers of a window of day panes."""
    last = current_pane(t, DAY)
    return range(last - WINDOWS[window][1] + 1, last + 1)


def weight(day: int, t: int) -> float:
    """Return how much of a day's advocacy is left at ``t``: half every 180 days from its noon."""
    age_days = max(0, t - (day * DAY + 12 * HOUR)) / DAY
    return float(2.0 ** (-age_days / HALF_LIFE_DAYS))
