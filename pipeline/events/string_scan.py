"""Strings of JSON where they lie in a buffer: where they end, and their text without escapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import WIDE, eight, inner, item, lowest, put_eight, unusual
from pipeline.events.records import NOWHERE

QUOTE, _BACKSLASH, _U = (ord(c) for c in '"\\u')
_EIGHT = np.uint64(0xFF)
_MEANS = np.zeros(256, np.uint8)
"""What a character after a backslash stands for; 0: nothing."""
for _written, _meant in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _MEANS[_written] = _meant


@inner
def _character(raw: Any, at: int, end: int) -> Any:
    """Return how many bytes a character takes; 0: it is none that a string may hold."""
    first = raw[at]
    if 32 <= first < 128:
        return 1
    low, high, more = 0x80, 0xBF, 0
    if 0xC2 <= first <= 0xDF:
        more = 1
    elif 0xE0 <= first <= 0xEF:
        more = 2
        if first == 0xE0:
            low = 0xA0
        elif first == 0xED:
            high = 0x9F
    elif 0xF0 <= first <= 0xF4:
        more = 3
        if first == 0xF0:
            low = 0x90
        elif first == 0xF4:
            high = 0x8F
    if more == 0 or at + more >= end or raw[at + 1] < low or raw[at + 1] > high:
        return 0
    for next_ in range(at + 2, at + more + 1):
        if raw[next_] < 0x80 or raw[next_] > 0xBF:
            return 0
    return more + 1


@inner
def _four_digits(raw: Any, at: int, end: int) -> Any:
    """Return the code of four hexadecimal digits; -1 where there are none."""
    if at + 4 > end:
        return -1
    code: Any = 0
    for place in range(at, at + 4):
        digit = np.int64(raw[place])
        if 48 <= digit <= 57:
            code = code * 16 + digit - 48
        elif 65 <= digit <= 70:
            code = code * 16 + digit - 55
        elif 97 <= digit <= 102:
            code = code * 16 + digit - 87
        else:
            return -1
    return code


@inner
def _write_character(raw: Any, to: int, code: int) -> Any:
    """Write a character in UTF-8; return where the next goes."""
    if code < 0x80:
        raw[to] = code
        return to + 1
    if code < 0x800:
        raw[to] = 0xC0 | code >> 6
    else:
        if code < 0x10000:
            raw[to] = 0xE0 | code >> 12
        else:
            raw[to] = 0xF0 | code >> 18
            to += 1
            raw[to] = 0x80 | code >> 12 & 0x3F
        to += 1
        raw[to] = 0x80 | code >> 6 & 0x3F
    to += 1
    raw[to] = 0x80 | code & 0x3F
    return to + 1


@inner
def _escape(raw: Any, at: int, end: int, to: int) -> Any:
    """Write what a backslash at ``at`` stands for; return where to go on reading and writing."""
    if at + 1 >= end:
        return NOWHERE, to
    if raw[at + 1] != _U:
        meant = _MEANS[raw[at + 1]]
        if meant == 0:
            return NOWHERE, to
        raw[to] = meant
        return at + 2, to + 1
    code = _four_digits(raw, at + 2, end)
    at += 6
    if 0xD800 <= code < 0xDC00:
        low = -1
        if at + 1 < end and raw[at] == _BACKSLASH and raw[at + 1] == _U:
            low = _four_digits(raw, at + 2, end)
        if not 0xDC00 <= low < 0xE000:
            return NOWHERE, to
        code = 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00
        at += 6
    elif code < 0 or 0xDC00 <= code < 0xE000:
        return NOWHERE, to
    return at, _write_character(raw, to, code)


@inner
def _escaped(raw: Any, at: int, end: int) -> Any:
    """Read on from the first backslash of a string, and write its text over it.

    What is meant is never longer than what is written.
    """
    to = at
    while at < end:
        byte = item(raw, at)
        if byte == QUOTE:
            return to, at + 1
        if byte == _BACKSLASH:
            at, to = _escape(raw, at, end, to)
            if at == NOWHERE:
                break
        elif not unusual(raw, at) & _EIGHT:
            # To where it lies by then these bytes are all that is written over.
            put_eight(raw, to, eight(raw, at))
            to += 8
            at += 8
        else:
            size = _character(raw, at, end)
            if size == 0:
                break
            for place in range(at, at + size):
                raw[to] = raw[place]
                to += 1
            at += size
    return NOWHERE, NOWHERE


@inner
def string(raw: Any, at: int, end: int) -> Any:
    """Read a string from behind its first quote; return where its text ends, and where to go on.

    Both are :data:`~pipeline.events.records.NOWHERE` where it is none.
    """
    while at < end:
        marks, passed = unusual(raw, at), WIDE
        while marks:
            place = lowest(marks)
            here = at + place
            if here >= end:
                return NOWHERE, NOWHERE
            byte = item(raw, here)
            if byte == QUOTE:
                return here, here + 1
            if byte == _BACKSLASH:
                return _escaped(raw, here, end)
            size = _character(raw, here, end)
            if size == 0:
                return NOWHERE, NOWHERE
            # What follows in a character of several bytes is no other one.
            after = np.uint64(place + size)
            marks = marks >> after << after
            passed = max(WIDE, place + size)
        at += passed
    return NOWHERE, NOWHERE
