"""Numbers and instants where they lie in a buffer, eight digits at a time.

Digits are told from other bytes, and made a number, by a few operations on the word that holds them
(Lemire, Number parsing at a gigabyte per second, 2021).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import eight, first_marked, inner, item
from pipeline.events.records import NOWHERE

_MINUS, _PLUS, _DOT, _ZERO, _E, _SMALL_E = (ord(c) for c in "-+.0Ee")

_ZEROS, _BEYOND_NINE, _HIGH_BITS = (
    np.uint64(byte * 0x0101010101010101) for byte in (0x30, 0x76, 0x80)
)
_8, _10, _16, _32, _63, _64 = (np.uint64(bits) for bits in (8, 10, 16, 32, 63, 64))
_PAIRS = np.uint64(0x000000FF000000FF)
_MILLIONS_AND_HUNDREDS = np.uint64(100 + (1_000_000 << 32))
_TEN_THOUSANDS_AND_ONES = np.uint64(1 + (10_000 << 32))

_TENS = 10.0 ** np.arange(23)
_EXACT = 2**53
_MOST_DIGITS = 18


# -- digits


@inner
def digits_in(word: Any) -> Any:
    """Return how many of a word's bytes are digits, from the first on."""
    values = word ^ _ZEROS
    # The high bit of the lowest other byte is right: what is wrong can only be above it.
    return first_marked((values + _BEYOND_NINE | values) & _HIGH_BITS)


@inner
def value_of(word: Any, size: int) -> Any:
    """Return the number that so many digits at the beginning of a word are, 1 to 8."""
    # With noughts before them they are eight.
    word = (word ^ _ZEROS) << (_64 - _8 * np.uint64(size) & _63)
    word = word * _10 + (word >> _8)
    high = (word & _PAIRS) * _MILLIONS_AND_HUNDREDS
    low = (word >> _16 & _PAIRS) * _TEN_THOUSANDS_AND_ONES
    return np.int64(high + low >> _32)


@inner
def digits(raw: Any, at: int, end: int) -> Any:
    """Return where digits end."""
    while at < end and _ZERO <= raw[at] <= _ZERO + 9:
        at += 1
    return at


# -- numbers


@inner
def whole(raw: Any, at: int, end: int) -> Any:
    """Read a number of a few digits and nothing else; return it and where it ends.

    Where there is another it ends :data:`~pipeline.events.records.NOWHERE`.
    """
    word = eight(raw, at)
    size = digits_in(word)
    stop = at + size
    if size == 0 or size == 8 or stop >= end or (item(raw, at) == _ZERO and size > 1):
        return 0, NOWHERE
    if _goes_on(raw, stop) or item(raw, stop) == _DOT:
        return 0, NOWHERE
    return value_of(word, size), stop


@inner
def _goes_on(raw: Any, at: int) -> Any:
    return item(raw, at) == _E or item(raw, at) == _SMALL_E


@inner
def number(raw: Any, at: int, end: int) -> Any:
    """Read a number; return it, where it ends, and whether it is exact.

    It ends :data:`~pipeline.events.records.NOWHERE` if it is none.
    """
    is_negative = item(raw, at) == _MINUS
    first = at + is_negative
    word = eight(raw, first)
    size = digits_in(word)
    stop = first + size
    value, parts = np.float64(value_of(word, size)), 1
    if item(raw, stop) == _DOT:
        word = eight(raw, stop + 1)
        parts = digits_in(word)
        stop += 1 + parts
        value = (value * item(_TENS, parts) + value_of(word, parts)) / item(_TENS, parts)
    is_usual = 0 < size < 8 and 0 < parts < 8 and (size == 1 or item(raw, first) != _ZERO)
    if not is_usual or stop >= end or _goes_on(raw, stop):
        return _unusual_number(raw, at, end)
    return (-value if is_negative else value), stop, True


@inner
def _exponent(raw: Any, at: int, end: int) -> Any:
    """Read an exponent, if there is one; return it and where it ends."""
    if at >= end or (raw[at] != _E and raw[at] != _SMALL_E):
        return 0, at
    at += 1
    is_negative = at < end and raw[at] == _MINUS
    if at < end and (is_negative or raw[at] == _PLUS):
        at += 1
    stop = digits(raw, at, end)
    if stop == at or stop - at > 2:
        return 0, NOWHERE
    exponent = np.int64(raw[at]) - _ZERO
    if stop - at == 2:
        exponent = exponent * 10 + np.int64(raw[at + 1]) - _ZERO
    return (-exponent if is_negative else exponent), stop


@inner
def _unusual_number(raw: Any, at: int, end: int) -> Any:
    """Read a number of any length, digit by digit; see :func:`number`.

    It is where its digits and its power of ten are doubles without rounding: then so is what is
    rounded once (Clinger, How to read floating point numbers accurately, 1990, the simple case).
    """
    is_negative = at < end and raw[at] == _MINUS
    if is_negative:
        at += 1
    point = digits(raw, at, end)
    if point == at or (raw[at] == _ZERO and point > at + 1):
        return 0.0, NOWHERE, False
    last = point
    if point < end and raw[point] == _DOT:
        last = digits(raw, point + 1, end)
        if last == point + 1:
            return 0.0, NOWHERE, False
    exponent, stop = _exponent(raw, last, end)
    power = exponent - max(last - point - 1, 0)
    if stop == NOWHERE or last - at > _MOST_DIGITS or power < -22 or power > 22:
        return 0.0, stop, False
    number = np.int64(0)
    for place in range(at, last):
        if place != point:
            number = number * 10 + np.int64(raw[place]) - _ZERO
    value = number / _TENS[-power] if power < 0 else number * _TENS[power]
    return (-value if is_negative else value), stop, number <= _EXACT
