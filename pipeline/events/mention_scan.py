"""One pass over the bytes of many mentions: from JSON to columns, without an object in between.

It reads mentions that are written the way programs write them, and says of every other record that
it is *odd*: malformed, against the contract, or merely unusual. Odd records are decoded by
:func:`pipeline.events.decode.decode_one`, which alone decides; so this only ever has to be right
about what it accepts. ``tests/unit/events/test_mention_columns.py`` holds it to that.

A record may be cut off anywhere. What stands behind it is looked at before its end is: that is
another record, or what the buffer is padded with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, eight, entry, inner, item
from pipeline.events.contracts import MAX_RECORD_BYTES
from pipeline.events.instant_scan import instant
from pipeline.events.mention_fields import (
    AT,
    AUTHOR,
    BRAND,
    COUNT,
    CREATE,
    EARNED,
    END_OF_NUMBERS,
    FIELDS,
    FIGURE,
    FIRST,
    HIGHEST,
    ID,
    IS_MORE,
    KIND_LENGTH,
    KIND_WORD,
    LEAST_BYTES,
    LOWEST,
    MOST,
    MOST_BYTES,
    NAME_LENGTH,
    NULL,
    OP,
    OP_LENGTH,
    OP_WORD,
    RECEIVED,
    RELATION,
    RELATION_LENGTH,
    RELATION_WORD,
    REQUIRED,
    SOURCE,
    TEXT,
    named,
    which,
)
from pipeline.events.number_scan import digits, number, whole
from pipeline.events.records import NOWHERE
from pipeline.events.string_scan import QUOTE, string

IDS, BRANDS, AUTHORS, INSTANTS, SOURCES, TEXTS = (
    2 * field for field in (ID, BRAND, AUTHOR, AT, SOURCE, TEXT)
)
OPERATIONS, RELATIONS, LIKES, _COLUMNS = TEXTS + 2, TEXTS + 3, TEXTS + 4, TEXTS + 8
"""Rows of columns; a text has two, and counts follow on likes."""
SENTIMENT, RATING, BOT = 0, 1, 2

_COMMA, _COLON, _OPEN, _CLOSE, _SPACE, _TAB, _LINE, _RETURN = (ord(c) for c in ",:{} \t\n\r")


@inner
def _blank(raw: Any, at: int, end: int) -> Any:
    """Return where what is no white space begins; it may be at the end."""
    if item(raw, at) > _SPACE:
        return at
    while at < end and raw[at] in (_SPACE, _TAB, _LINE, _RETURN):
        at += 1
    return at


# -- values


@inner
def _take_text(raw: Any, field: int, start: int, stop: int, row: int, columns: Any) -> Any:
    """Note the text of a field; tell whether it is one that the contract allows."""
    if not item(LEAST_BYTES, field) <= stop - start <= item(MOST_BYTES, field):
        return False
    if field <= TEXT:
        columns[2 * field, row], columns[2 * field + 1, row] = start, stop
    return not item(IS_MORE, field) or _take_more(raw, field, start, stop, row, columns)


@inner
def _take_more(raw: Any, field: int, start: int, stop: int, row: int, columns: Any) -> Any:
    """Note the text of a field of which not every text is allowed."""
    if field == SOURCE:
        for place in range(start, stop):  # noqa: SIM110 - a generator would not be compiled
            if item(raw, place) == 0:
                return False
        return True
    if field == OP:
        code = columns[OPERATIONS, row] = which(raw, start, stop, OP_WORD, OP_LENGTH)
    elif field == RELATION:
        code = columns[RELATIONS, row] = which(raw, start, stop, RELATION_WORD, RELATION_LENGTH)
    elif field == AT:
        code = columns[INSTANTS, row] = instant(raw, start, stop)
    elif field == RECEIVED:
        code = instant(raw, start, stop)
    else:
        code = which(raw, start, stop, KIND_WORD, KIND_LENGTH)
    return code >= 0


@inner
def _take_number(
    raw: Any, field: int, at: int, end: int, row: int, figures: Any, columns: Any, inexact: Any
) -> Any:
    """Note the number of a field; return where it ends, or :data:`NOWHERE`."""
    if field >= COUNT:
        count, stop = whole(raw, at, end)
        if stop == NOWHERE:
            value, stop, is_exact = number(raw, at, end)
            if stop == NOWHERE or not is_exact or value < 0 or value > MOST:
                return NOWHERE
            if digits(raw, at, stop) != stop:
                return NOWHERE
            count = np.int64(value)
        columns[LIKES + field - COUNT, row] = count
        return stop
    value, stop, is_exact = number(raw, at, end)
    if stop == NOWHERE:
        return NOWHERE
    figure = field - FIGURE
    if not is_exact:
        last = inexact[-1, 0]
        inexact[last, 0], inexact[last, 1] = figure, row
        inexact[last, 2], inexact[last, 3] = at, stop
        inexact[-1, 0] += 1
        return stop
    if value < LOWEST[figure] or value > HIGHEST[figure]:
        return NOWHERE
    figures[figure, row] = value
    return stop


@inner
def _take_value(
    raw: Any, field: int, at: int, end: int, row: int, figures: Any, columns: Any, inexact: Any
) -> Any:
    """Note the value of a field; return where it ends, or :data:`NOWHERE`."""
    is_number = FIGURE <= field < END_OF_NUMBERS
    if at >= end:
        return NOWHERE
    if item(raw, at) == QUOTE:
        stop, after = string(raw, at + 1, end)
        if after == NOWHERE or is_number:
            return NOWHERE
        return after if _take_text(raw, field, at + 1, stop, row, columns) else NOWHERE
    if eight(raw, at) & FIRST[4] == NULL:
        return NOWHERE if field < TEXT or field in (OP, RELATION) else at + 4
    if not is_number:
        return NOWHERE
    return _take_number(raw, field, at, end, row, figures, columns, inexact)


# -- records


@inner
def _mention(
    raw: Any,
    at: int,
    end: int,
    row: int,
    follows: Any,
    figures: Any,
    columns: Any,
    inexact: Any,
) -> Any:
    """Read one record; tell whether it is plainly a valid mention.

    Programs write the fields of all records in one order: ``follows`` remembers, for each field,
    which came after it last.
    """
    columns[TEXTS, row] = NOWHERE
    columns[OPERATIONS, row], columns[RELATIONS, row] = CREATE, EARNED
    if end - at > MAX_RECORD_BYTES or end <= at or item(raw, at) != _OPEN:
        return False
    at = _blank(raw, at + 1, end)
    seen, before = 0, FIELDS
    while at < end and item(raw, at) == QUOTE:
        likely = item(follows, before)
        field = named(raw, at + 1, likely)
        if field < 0 or seen >> field & 1:
            return False
        if field != likely:
            follows[before] = field
        before = field
        seen |= 1 << field
        at = _blank(raw, at + 2 + item(NAME_LENGTH, field), end)
        if item(raw, at) != _COLON:
            return False
        at = _blank(raw, at + 1, end)
        at = _take_value(raw, field, at, end, row, figures, columns, inexact)
        if at == NOWHERE:
            return False
        at = _blank(raw, at, end)
        if item(raw, at) != _COMMA:
            break
        at = _blank(raw, at + 1, end)
        if item(raw, at) != QUOTE:
            return False
    return at == end - 1 and item(raw, at) == _CLOSE and seen & REQUIRED == REQUIRED


@entry(
    "void(uint8[::1], int64[::1], int64[::1], boolean[::1], int64[:, ::1], float64[:, ::1],"
    "int64[:, ::1], int64[::1])"
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
) -> None:
    raw, starts, stops, fine = borrowed(raw), borrowed(starts), borrowed(stops), borrowed(fine)
    columns, figures, inexact = borrowed(columns), borrowed(figures), borrowed(inexact)
    follows = borrowed(follows)
    for row in range(starts.size):
        fine[row] = _mention(raw, starts[row], stops[row], row, follows, figures, columns, inexact)


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """What a scan found, an entry a record; only what is said of ``fine`` records counts.

    Args:
        fine: Which records are plainly valid mentions.
        columns: Rows by :data:`IDS` and its neighbours: where id, brand, author, source and text
            begin in the buffer (a text that is not there: :data:`NOWHERE`) and, in the next row
            each, where they end; microseconds; operation (:data:`OPS`) and relation
            (:data:`EARNED` or another); likes, shares, followers and clicks.
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
    fine = np.empty(n, np.bool_)
    columns = np.zeros((_COLUMNS, n), np.int64)
    figures = np.full((3, n), np.nan)
    inexact = np.zeros((3 * n + 1, 4), np.int64)  # the last row counts the others
    follows = (np.arange(FIELDS + 1) + 1) % FIELDS
    _scan(raw, starts, stops, fine, columns, figures, inexact, follows)
    return Scanned(fine, columns, figures, inexact[: inexact[-1, 0]])
