"""Many instants read at once: RFC 3339 in the few forms in which programs write it.

An instant in another form, or one that is none, is left to whoever reads a single record; nothing
is guessed here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.events.contracts import FIRST_YEAR
from pipeline.events.instants import MINUTE, SECOND

Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SECONDS = "dddd-dd-ddTdd:dd:dd"
_FORMS = {
    len(form): np.frombuffer(form.encode(), np.uint8)
    for zone in ("Z", "+00:00")
    for fraction in ("", ".ddd", ".dddddd")
    for form in (_SECONDS + fraction + zone,)
}
"""The forms by their length; ``d`` stands for a digit."""

_DIGIT, _ZERO, _DOT = np.frombuffer(b"d0.", np.uint8)
_YEARS = np.arange(10_000)
_IS_LEAP = (_YEARS % 4 == 0) & ((_YEARS % 100 != 0) | (_YEARS % 400 == 0))
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DAYS_BEFORE_MONTH = np.concatenate(([0, 0], np.cumsum(_MONTH_DAYS[1:12])))
_DAYS_BEFORE_YEAR = np.concatenate(([0], np.cumsum(365 + _IS_LEAP)[:-1]))
_DAYS_BEFORE_YEAR -= _DAYS_BEFORE_YEAR[1970]


def read_instants(texts: Sequence[str]) -> tuple[Instants, Flags]:
    """Read instants; returns microseconds since the epoch, and which of them were read.

    Those of years before :data:`FIRST_YEAR` are not read.

    >>> read_instants(["1970-01-01T00:00:01Z", "2000-01-01T00:00:01.5Z", "2000-02-30T00:00:00Z"])[1]
    array([False, False, False])
    >>> read_instants(["2017-10-31T22:10:47Z", "2017-10-31T22:10:47.001+00:00"])[0].tolist()
    [1509487847000000, 1509487847001000]
    """
    at = np.zeros(len(texts), np.int64)
    read = np.zeros(len(texts), np.bool_)
    lengths = list(map(len, texts))
    for length in set(lengths) & _FORMS.keys():
        if lengths.count(length) == len(texts):
            return _read(texts, length)
        places = [place for place, other in enumerate(lengths) if other == length]
        at[places], read[places] = _read([texts[place] for place in places], length)
    return at, read


def _read(texts: Sequence[str], length: int) -> tuple[Instants, Flags]:
    """Read instants of one form."""
    form = _FORMS[length]
    raw = "".join(texts).encode("ascii", "replace")
    # A row for each place of the form, so that all reading goes through memory in order.
    characters = np.frombuffer(raw, np.uint8).reshape(len(texts), length).T.copy()
    is_digit = (form == _DIGIT)[:, None]
    # What lies below comes out large.
    digits = characters - np.where(is_digit, _ZERO, form[:, None])
    good = (digits <= np.where(is_digit, np.uint8(9), np.uint8(0))).all(axis=0)
    if not good.all():
        digits[:, ~good] = 0  # it may point anywhere

    def pair(start: int) -> NDArray[np.uint8]:
        two: NDArray[np.uint8] = digits[start] * 10 + digits[start + 1]
        return two

    year = pair(0).astype(np.intp) * 100 + pair(2)
    month, day, hour, minute, second = pair(5), pair(8), pair(11), pair(14), pair(17)
    good &= (year >= FIRST_YEAR) & (month >= 1) & (month <= 12)
    month[~good] = 1
    leap = _IS_LEAP[year]
    good &= (day >= 1) & (day <= _MONTH_DAYS[month] + (leap & (month == 2)))
    good &= (hour <= 23) & (minute <= 59) & (second <= 59)
    days = _DAYS_BEFORE_YEAR[year] + _DAYS_BEFORE_MONTH[month] + (leap & (month > 2)) + day - 1
    at = ((days * 24 + hour) * 60 + minute) * MINUTE + second * np.int64(SECOND)
    if form[19] == _DOT:
        fraction = digits[20:][form[20:] == _DIGIT]
        unit = SECOND
        for digit in fraction:
            unit //= 10
            at += digit * np.int64(unit)
    return at, good
