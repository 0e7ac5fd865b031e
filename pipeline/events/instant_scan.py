"""Instants where they lie in a buffer, read as three words."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import eight, inner, item
from pipeline.events.contracts import FIRST_YEAR
from pipeline.events.number_scan import digits_in, value_of

_PLUS, _DOT, _COLON, _ZERO, _Z = (ord(c) for c in "+.:0Z")

_DAYS_BEFORE_MONTH = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DAYS_BEFORE_1970 = 719_528  # 0000-01-01 is day 0
_MICROSECONDS = 10 ** np.arange(6, -1, -1)
"""What one of the last digit is, by how many digits of a second there are."""

_SHAPE = "0000-00-00T00:00:00"


def _words(*each: int) -> Any:
    return np.frombuffer(bytes(each).ljust(24, b"\0"), "<u8").astype(np.uint64)


# A digit's high half is that of nought, its low half at most nine; all else is as it stands there.
_FIXED = _words(*(0xF0 if c == "0" else 0xFF for c in _SHAPE))
_LOW = _words(*(0x0F if c == "0" else 0 for c in _SHAPE))
_AS = _words(*_SHAPE.encode())
_SIX, _CARRIES = (np.uint64(byte * 0x0101010101010101) for byte in (0x06, 0x10))
_8, _10, _16, _24, _40, _48, _PAIR = (np.uint64(n) for n in (8, 10, 16, 24, 40, 48, 0xFF))


@inner
def _faults(word: Any, which: int) -> Any:
    """Return a word that is 0 where one of the three words of an instant has its shape."""
    shape = (word & _FIXED[which]) ^ _AS[which]
    return shape | ((word & _LOW[which]) + _SIX & _CARRIES)


@inner
def _pairs(word: Any, which: int) -> Any:
    """Return a word whose bytes are the numbers of two digits that begin there."""
    numbers = word & _LOW[which]
    return numbers * _10 + (numbers >> _8)


@inner
def _pair(pairs: Any, shift: Any) -> Any:
    return np.int64(pairs >> shift & _PAIR)


@inner
def instant(raw: Any, at: int, stop: int) -> Any:
    """Return an instant in microseconds since the epoch; -1 where it is not plainly one.

    RFC 3339 in UTC, with at most six digits of a second.
    """
    first, second, third = eight(raw, at), eight(raw, at + 8), eight(raw, at + 16)
    if stop - at < 20 or _faults(first, 0) | _faults(second, 1) | _faults(third, 2):
        return -1
    first, second, third = _pairs(first, 0), _pairs(second, 1), _pairs(third, 2)
    century, of_century, month = first & _PAIR, _pair(first, _16), _pair(first, _40)
    century = np.int64(century)
    day, hour, minute = np.int64(second & _PAIR), _pair(second, _24), _pair(second, _48)
    seconds = _pair(third, _8)
    year = century * 100 + of_century
    is_leap = (century if of_century == 0 else of_century) & 3 == 0
    if year < FIRST_YEAR or not 1 <= month <= 12 or hour > 23 or minute > 59 or seconds > 59:
        return -1
    if day < 1 or day > item(_DAYS_IN_MONTH, month) + (is_leap and month == 2):
        return -1
    micro = _parts(raw, at + 19, stop)
    if micro < 0:
        return -1
    # Years before this one that a fourth, a hundredth and a four hundredth of are whole.
    hundredths = century + (of_century > 0)
    days = year * 365 + (year + 3 >> 2) - hundredths + (hundredths + 3 >> 2) - _DAYS_BEFORE_1970
    days += item(_DAYS_BEFORE_MONTH, month) + (is_leap and month > 2) + day - 1
    return (((days * 24 + hour) * 60 + minute) * 60 + seconds) * 1_000_000 + micro


@inner
def _parts(raw: Any, at: int, stop: int) -> Any:
    """Read what comes after seconds; return the microseconds, -1 where it is not plainly UTC."""
    micro = 0
    if item(raw, at) == _DOT:
        word = eight(raw, at + 1)
        size = digits_in(word)
        if size == 0 or size > 6:
            return -1
        micro = value_of(word, size) * item(_MICROSECONDS, size)
        at += 1 + size
    if stop - at == 1 and item(raw, at) == _Z:
        return micro
    is_offset = stop - at == 6 and item(raw, at) == _PLUS and item(raw, at + 3) == _COLON
    for place in (at + 1, at + 2, at + 4, at + 5):
        is_offset = is_offset and item(raw, place) == _ZERO
    return micro if is_offset else -1
