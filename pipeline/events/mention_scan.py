"""One pass over the bytes of many mentions: from JSON to columns, without an object in between.

It reads mentions that are written the way programs write them, and says of every other record that
it is *odd*: malformed, against the contract, or merely unusual. Odd records are decoded by
:func:`pipeline.events.decode.decode_one`, which alone decides; so this only ever has to be right
about what it accepts. ``tests/unit/events/test_mention_columns.py`` holds it to that.

All that is compiled together stands in one file, see :mod:`pipeline.compiled`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, eight, entry, first_marked, inner
from pipeline.events.contracts import (
    FIRST_YEAR,
    MAX_ID_BYTES,
    MAX_RECORD_BYTES,
    MAX_TEXT_BYTES,
    Count,
    MentionKind,
    Op,
    Polarity,
    Ratio,
    Relation,
    Stars,
)
from pipeline.events.records import NOWHERE

# -- what is looked for

_ID, _BRAND, _AUTHOR, _AT, _SOURCE, _TEXT, _OP, _KIND, _RELATION, _RECEIVED = range(10)
_FIGURE = 10
"""The first of three fields that hold a fraction: sentiment, rating, bot_probability."""
_COUNT = 13
"""The first of four fields that hold a count: likes, shares, followers, clicks."""
_NAMES = (
    *("id", "brand", "author", "occurred_at", "source", "text", "op", "kind", "relation"),
    *("received_at", "sentiment", "rating", "bot_probability"),
    *("likes", "shares", "followers", "clicks"),
    *("edit_of", "origin_id", "lang", "campaign", "url", "region", "product"),
)
_EDIT_OF, _ORIGIN = 17, 18
_FIELDS: Final = len(_NAMES)
_REQUIRED = (1 << 5) - 1

# Words and bounds are the contract's.
OPS: tuple[str, ...] = get_args(Op)
_KINDS: tuple[str, ...] = get_args(MentionKind)
_RELATIONS: tuple[str, ...] = get_args(Relation)
CREATE, EARNED = OPS.index("create"), _RELATIONS.index("earned")

_FIGURE_BOUNDS = [get_args(figure)[1] for figure in (Polarity, Stars, Ratio)]
LOWEST = np.array([bounds.ge for bounds in _FIGURE_BOUNDS])
HIGHEST = np.array([bounds.le for bounds in _FIGURE_BOUNDS])
_MOST: Final[int] = get_args(Count)[1].le


def _table(words: tuple[str, ...]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return words as rows of bytes, and their lengths."""
    lengths = np.array([len(word) for word in words], np.int64)
    rows = np.zeros((len(words), int(lengths.max())), np.uint8)
    for row, word in zip(rows, words, strict=True):
        row[: len(word)] = np.frombuffer(word.encode(), np.uint8)
    return rows, lengths


_NAME_LENGTH = np.array([len(name) for name in _NAMES])
# Names with their closing quotes as two words each, and which of their bytes count.
_NAME_WORDS = np.array([f'{name}"'.encode().ljust(16, b"\0") for name in _NAMES]).view(np.uint64)
_NAME_WORDS = _NAME_WORDS.reshape(len(_NAMES), 2)
_NAME_MASKS = np.array([bytes(b"\xff" * (len(n) + 1)).ljust(16, b"\0") for n in _NAMES])
_NAME_MASKS = _NAME_MASKS.view(np.uint64).reshape(len(_NAMES), 2)
_OP_WORD, _OP_LENGTH = _table(OPS)
_KIND_WORD, _KIND_LENGTH = _table(_KINDS)
_RELATION_WORD, _RELATION_LENGTH = _table(_RELATIONS)

_ONES, _HIGH_BITS, _QUOTES, _BACKSLASHES, _SPACES = (
    np.uint64(byte * 0x0101010101010101) for byte in (0x01, 0x80, ord('"'), ord("\\"), ord(" "))
)
_QUOTE, _BACKSLASH, _COMMA, _COLON, _OPEN, _CLOSE = (ord(c) for c in '"\\,:{}')
_ZERO, _NINE, _MINUS, _PLUS, _DOT = (ord(c) for c in "09-+.")
_E, _SMALL_E, _U, _N = (ord(c) for c in "Eeun")
_MEANS = np.zeros(256, np.uint8)
"""What a character after a backslash stands for; 0: nothing."""
for _written, _meant in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _MEANS[_written] = _meant

_TENS = 10.0 ** np.arange(23)
_EXACT = 2**53
_MOST_DIGITS = 18

_DAYS_BEFORE_MONTH = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DAYS_BEFORE_1970 = 719_162  # 0001-01-01 is day 0

AT, OP, RELATION = 0, 1, 2
ID, BRAND, AUTHOR, SOURCE, TEXT = 3, 5, 7, 9, 11
LIKES, _COLUMNS = 13, 17
"""Rows of columns; a text has two, and counts follow on likes."""
SENTIMENT, RATING, BOT = 0, 1, 2

# -- strings


@inner
def _blank(raw: Any, at: int, end: int) -> Any:
    """Return where what is no white space begins."""
    while at < end and (raw[at] == 32 or raw[at] == 10 or raw[at] == 13 or raw[at] == 9):
        at += 1
    return at


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
        if raw[at] == _QUOTE:
            return to, at + 1
        if raw[at] == _BACKSLASH:
            at, to = _escape(raw, at, end, to)
            if at == NOWHERE:
                break
            continue
        size = _character(raw, at, end)
        if size == 0:
            break
        for place in range(at, at + size):
            raw[to] = raw[place]
            to += 1
        at += size
    return NOWHERE, NOWHERE


@inner
def _string(raw: Any, at: int, end: int) -> Any:
    """Read a string from behind its first quote; return where its text ends, and where to go on."""
    while at < end:
        word = eight(raw, at)
        quote, escape = word ^ _QUOTES, word ^ _BACKSLASHES
        # The high bit of the lowest such byte is right: what is wrong can only be above it.
        unusual = (quote - _ONES) & ~quote | (escape - _ONES) & ~escape | (word - _SPACES) | word
        unusual &= _HIGH_BITS
        if unusual == 0:
            at += 8
            continue
        at += first_marked(unusual)
        if at >= end:
            break
        if raw[at] == _QUOTE:
            return at, at + 1
        if raw[at] == _BACKSLASH:
            return _escaped(raw, at, end)
        size = _character(raw, at, end)
        if size == 0:
            break
        at += size
    return NOWHERE, NOWHERE


@inner
def _is(raw: Any, start: int, words: Any, row: int, length: int) -> Any:
    for place in range(length):  # noqa: SIM110 - a generator would not be compiled
        if raw[start + place] != words[row, place]:
            return False
    return True


@inner
def _which(raw: Any, start: int, stop: int, words: Any, lengths: Any) -> Any:
    """Return which of some words a text is; -1: none."""
    for number in range(lengths.size):
        if stop - start == lengths[number] and _is(raw, start, words, number, stop - start):
            return number
    return -1


@inner
def _is_null(raw: Any, at: int, end: int) -> Any:
    return (
        at + 4 <= end
        and raw[at] == _N
        and raw[at + 1] == _U
        and raw[at + 2] == 108
        and raw[at + 3] == 108
    )


# -- numbers and instants


@inner
def _digits(raw: Any, at: int, end: int) -> Any:
    """Return where digits end."""
    while at < end and _ZERO <= raw[at] <= _NINE:
        at += 1
    return at


@inner
def _exponent(raw: Any, at: int, end: int) -> Any:
    """Read an exponent, if there is one; return it and where it ends."""
    if at >= end or (raw[at] != _E and raw[at] != _SMALL_E):
        return 0, at
    at += 1
    is_negative = at < end and raw[at] == _MINUS
    if at < end and (is_negative or raw[at] == _PLUS):
        at += 1
    stop = _digits(raw, at, end)
    if stop == at or stop - at > 2:
        return 0, NOWHERE
    exponent = np.int64(raw[at]) - _ZERO
    if stop - at == 2:
        exponent = exponent * 10 + np.int64(raw[at + 1]) - _ZERO
    return (-exponent if is_negative else exponent), stop


@inner
def _fraction(raw: Any, at: int, end: int) -> Any:
    """Read a number; return it, where it ends, and whether it is exact.

    It is where its digits and its power of ten are doubles without rounding: then so is what is
    rounded once (Clinger, How to read floating point numbers accurately, 1990, the simple case).
    """
    is_negative = at < end and raw[at] == _MINUS
    if is_negative:
        at += 1
    point = _digits(raw, at, end)
    if point == at or (raw[at] == _ZERO and point > at + 1):
        return 0.0, NOWHERE, False
    last = point
    if point < end and raw[point] == _DOT:
        last = _digits(raw, point + 1, end)
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


@inner
def _pair(raw: Any, at: int) -> Any:
    """Return the number of two digits; more than any year where they are none."""
    tens, ones = np.int64(raw[at]) - _ZERO, np.int64(raw[at + 1]) - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else 10_000


@inner
def _instant(raw: Any, at: int, stop: int) -> Any:
    """Return an instant in microseconds since the epoch; -1 where it is not plainly one.

    RFC 3339 in UTC, with at most six digits of a second.
    """
    if stop - at < 20:
        return -1
    century, year = _pair(raw, at), _pair(raw, at + 2)
    month, day = _pair(raw, at + 5), _pair(raw, at + 8)
    hour, minute, second = _pair(raw, at + 11), _pair(raw, at + 14), _pair(raw, at + 17)
    year += century * 100
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    fine = (
        raw[at + 4] == _MINUS
        and raw[at + 7] == _MINUS
        and raw[at + 10] == 84  # T
        and raw[at + 13] == _COLON
        and raw[at + 16] == _COLON
        and FIRST_YEAR <= year <= 9999
        and 1 <= month <= 12
        and day >= 1
        and hour <= 23
        and minute <= 59
        and second <= 59
    )
    if not fine or day > _DAYS_IN_MONTH[month] + (is_leap and month == 2):
        return -1
    at += 19
    micro: Any = 0
    unit = 1_000_000
    if raw[at] == _DOT:
        first = at + 1
        at = _digits(raw, first, stop)
        if at == first or at - first > 6:
            return -1
        for place in range(first, at):
            unit //= 10
            micro += (np.int64(raw[place]) - _ZERO) * unit
    is_utc = (stop - at == 1 and raw[at] == 90) or (  # Z
        stop - at == 6
        and raw[at] == _PLUS
        and _pair(raw, at + 1) == 0
        and raw[at + 3] == _COLON
        and _pair(raw, at + 4) == 0
    )
    if not is_utc:
        return -1
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - _DAYS_BEFORE_1970
    days += _DAYS_BEFORE_MONTH[month] + (is_leap and month > 2) + day - 1
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micro


# -- records


@inner
def _named(raw: Any, at: int, likely: int) -> Any:
    """Return the field whose name stands here, closing quote included; -1: none."""
    first, second = eight(raw, at), eight(raw, at + 8)
    if _is_name(first, second, likely):
        return likely
    for field in range(_FIELDS):
        if _is_name(first, second, field):
            return field
    return -1


@inner
def _is_name(first: Any, second: Any, field: int) -> Any:
    return (
        first & _NAME_MASKS[field, 0] == _NAME_WORDS[field, 0]
        and second & _NAME_MASKS[field, 1] == _NAME_WORDS[field, 1]
    )


@inner
def _is_fit(raw: Any, field: int, start: int, stop: int) -> Any:
    """Tell whether a text is within the contract's limits of its field."""
    if field == _TEXT:
        return stop - start <= MAX_TEXT_BYTES
    if field == _BRAND:
        return stop > start
    if field == _SOURCE:
        for place in range(start, stop):
            if raw[place] == 0:
                return False
    if field in (_ID, _AUTHOR, _SOURCE, _EDIT_OF, _ORIGIN):
        return 0 < stop - start <= MAX_ID_BYTES
    return True


@inner
def _take_text(raw: Any, field: int, start: int, stop: int, texts: Any) -> Any:
    """Note the text of a field; tell whether it is one that the contract allows."""
    if field in (_AT, _RECEIVED):
        moment = _instant(raw, start, stop)
        if field == _AT:
            texts[_AT, 0] = moment
        return moment >= 0
    if field == _OP:
        texts[_OP, 0] = _which(raw, start, stop, _OP_WORD, _OP_LENGTH)
        return texts[_OP, 0] >= 0
    if field == _RELATION:
        texts[_RELATION, 0] = _which(raw, start, stop, _RELATION_WORD, _RELATION_LENGTH)
        return texts[_RELATION, 0] >= 0
    if field == _KIND:
        return _which(raw, start, stop, _KIND_WORD, _KIND_LENGTH) >= 0
    if field <= _TEXT:
        texts[field, 0], texts[field, 1] = start, stop
    return _is_fit(raw, field, start, stop)


@inner
def _take_number(
    raw: Any, field: int, at: int, end: int, row: int, figures: Any, columns: Any, inexact: Any
) -> Any:
    """Note the number of a field; return where it ends, or :data:`NOWHERE`."""
    value, stop, is_exact = _fraction(raw, at, end)
    if stop == NOWHERE:
        return NOWHERE
    if field >= _COUNT:
        if not is_exact or value < 0 or value > _MOST or _digits(raw, at, stop) != stop:
            return NOWHERE
        columns[LIKES + field - _COUNT, row] = np.int64(value)
        return stop
    which = field - _FIGURE
    if not is_exact:
        last = inexact[-1, 0]
        inexact[last, 0], inexact[last, 1] = which, row
        inexact[last, 2], inexact[last, 3] = at, stop
        inexact[-1, 0] += 1
        return stop
    if value < LOWEST[which] or value > HIGHEST[which]:
        return NOWHERE
    figures[which, row] = value
    return stop


@inner
def _take_value(
    raw: Any,
    field: int,
    at: int,
    end: int,
    row: int,
    texts: Any,
    figures: Any,
    columns: Any,
    inexact: Any,
) -> Any:
    """Note the value of a field; return where it ends, or :data:`NOWHERE`."""
    is_number = _FIGURE <= field < _COUNT + 4
    if at >= end:
        return NOWHERE
    if raw[at] == _QUOTE:
        stop, after = _string(raw, at + 1, end)
        if after == NOWHERE or is_number or not _take_text(raw, field, at + 1, stop, texts):
            return NOWHERE
        return after
    if _is_null(raw, at, end):
        return NOWHERE if field < 5 or field in (_OP, _RELATION) else at + 4
    if not is_number:
        return NOWHERE
    return _take_number(raw, field, at, end, row, figures, columns, inexact)


@inner
def _mention(
    raw: Any,
    at: int,
    end: int,
    row: int,
    follows: Any,
    texts: Any,
    figures: Any,
    columns: Any,
    inexact: Any,
) -> Any:
    """Read one record; tell whether it is plainly a valid mention.

    Programs write the fields of all records in one order: ``follows`` remembers, for each field,
    which came after it last.
    """
    texts[_TEXT, 0] = NOWHERE
    texts[_OP, 0], texts[_RELATION, 0] = CREATE, EARNED
    if end - at > MAX_RECORD_BYTES or end <= at or raw[at] != _OPEN:
        return False
    at = _blank(raw, at + 1, end)
    seen, before = 0, _FIELDS
    while at < end and raw[at] == _QUOTE:
        field = _named(raw, at + 1, follows[before])
        if field < 0 or seen >> field & 1:
            return False
        follows[before] = before = field
        seen |= 1 << field
        at = _blank(raw, at + 2 + _NAME_LENGTH[field], end)
        if at >= end or raw[at] != _COLON:
            return False
        at = _blank(raw, at + 1, end)
        at = _take_value(raw, field, at, end, row, texts, figures, columns, inexact)
        if at == NOWHERE:
            return False
        at = _blank(raw, at, end)
        if at >= end or raw[at] != _COMMA:
            break
        at = _blank(raw, at + 1, end)
        if at >= end or raw[at] != _QUOTE:
            return False
    return at == end - 1 and raw[at] == _CLOSE and seen & _REQUIRED == _REQUIRED


@entry(
    "void(uint8[::1], int64[::1], int64[::1], boolean[::1], int64[:, ::1], float64[:, ::1],"
    "int64[:, ::1], int64[::1], int64[:, ::1])"
)
def _scan(
    raw: Any,
    starts: Any,
    stops: Any,
    fine: Any,
    columns: Any,
    figures: Any,
    inexact: Any,
    follows: Any,
    texts: Any,
) -> None:
    raw, starts, stops, fine = borrowed(raw), borrowed(starts), borrowed(stops), borrowed(fine)
    columns, figures, inexact = borrowed(columns), borrowed(figures), borrowed(inexact)
    follows, texts = borrowed(follows), borrowed(texts)
    for n in range(starts.size):
        if not _mention(raw, starts[n], stops[n], n, follows, texts, figures, columns, inexact):
            continue
        fine[n] = True
        columns[AT, n] = texts[_AT, 0]
        columns[OP, n], columns[RELATION, n] = texts[_OP, 0], texts[_RELATION, 0]
        columns[ID, n], columns[ID + 1, n] = texts[_ID, 0], texts[_ID, 1]
        columns[BRAND, n], columns[BRAND + 1, n] = texts[_BRAND, 0], texts[_BRAND, 1]
        columns[AUTHOR, n], columns[AUTHOR + 1, n] = texts[_AUTHOR, 0], texts[_AUTHOR, 1]
        columns[SOURCE, n], columns[SOURCE + 1, n] = texts[_SOURCE, 0], texts[_SOURCE, 1]
        columns[TEXT, n], columns[TEXT + 1, n] = texts[_TEXT, 0], texts[_TEXT, 1]


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """What a scan found, an entry a record; only what is said of ``fine`` records counts.

    Args:
        fine: Which records are plainly valid mentions.
        columns: Rows by :data:`AT` and its neighbours: microseconds; operation (:data:`OPS`) and
            relation (:data:`EARNED` or another); where id, brand, author, source and text begin in
            the buffer (a text that is not there: :data:`NOWHERE`) and, in the next row each, where
            they end; likes, shares, followers and clicks.
        figures: Rows :data:`SENTIMENT`, :data:`RATING` and :data:`BOT`; nan where there is none.
        inexact: Figures that are still to be read from their digits: row of ``figures``, entry, and
            where the digits begin and end.
    """

    fine: NDArray[np.bool_]
    columns: NDArray[np.int64]
    figures: NDArray[np.float64]
    inexact: NDArray[np.int64]


def scan(raw: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> Scanned:
    """Read records that lie in a buffer.

    Args:
        raw: The buffer. It is written to: texts replace their escapes. It ends with
            :data:`~pipeline.compiled.PADDING` bytes that belong to no record.
        starts: Where each record begins.
        stops: Where each ends.
    """
    n = starts.size
    fine = np.zeros(n, np.bool_)
    columns = np.zeros((_COLUMNS, n), np.int64)
    figures = np.full((3, n), np.nan)
    inexact = np.zeros((3 * n + 1, 4), np.int64)  # the last row counts the others
    follows = (np.arange(_FIELDS + 1) + 1) % _FIELDS
    texts = np.zeros((_FIELDS, 2), np.int64)
    _scan(raw, starts, stops, fine, columns, figures, inexact, follows, texts)
    return Scanned(fine, columns, figures, inexact[: inexact[-1, 0]])
