"""One pass over the bytes of Kafka's record batches: where each record's parts are.

The format is that of record batches of version 2 (https://kafka.apache.org/documentation/#recordbatch).
No length in it is believed before it was held against what is there.

All that is compiled together stands in one file, see :mod:`pipeline.compiled`.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, entry, inner
from pipeline.events.records import NOWHERE, Headers, PackedRecords

SMALLEST = 7
"""Bytes of a record that has neither key, value nor headers."""

COLUMNS = 7
START, END, COUNT, BASE, NEXT, TIME, IS_APPENDED = range(COLUMNS)
"""Columns of a table of record batches.

Where a batch's records start and end in the buffer, how many they are, the offset of its first, and
the one after its last, whether it is still there or not; then a time in milliseconds, and 1 where
this is each record's (set by the broker as it appended), 0 where theirs are counted from it.
"""

_LOW_BITS, _MORE, _ONE = np.uint64(0x7F), np.uint64(0x80), np.uint64(1)
_SEVEN, _SIXTY_THREE = np.uint64(7), np.uint64(63)


@inner
def _number(raw: Any, at: int, end: int) -> tuple[int, int]:
    """Return a number, and where what follows begins: beyond ``end`` where it is not complete.

    Seven bits a byte, the lowest first, and its sign in the lowest bit of all.
    """
    bits, shift = np.uint64(0), np.uint64(0)
    while at < end and shift <= _SIXTY_THREE:
        byte = np.uint64(raw[at])
        at += 1
        bits |= (byte & _LOW_BITS) << shift
        if byte < _MORE:
            return int(np.int64(bits >> _ONE) ^ -np.int64(bits & _ONE)), at
        shift += _SEVEN
    return 0, end + 1


@inner
def _part(raw: Any, at: int, end: int) -> tuple[int, int]:
    """Return where bytes begin that may be absent, and where they end, beyond ``end`` as above."""
    size, at = _number(raw, at, end)
    if size < 0:
        return NOWHERE, at
    if size > end - at:
        return NOWHERE, end + 1
    return at, at + size


@inner
def _headers(raw: Any, at: int, end: int) -> tuple[int, int]:
    """Return how many headers there are, and where they end, beyond ``end`` as above."""
    count, at = _number(raw, at, end)
    left = count
    while left > 0 and at <= end:
        name, at = _part(raw, at, end)
        if name == NOWHERE:
            return 0, end + 1
        _, at = _part(raw, at, end)
        left -= 1
    return count, at


@inner
def _batch(
    raw: Any, batch: Any, position: int, done: int, times: Any, keys: Any, values: Any, headers: Any
) -> int:
    """Write where the records of a batch are, from row ``done`` on; NOWHERE if it is damaged.

    Returns the row after its last.
    """
    at, end, wanted = batch[START], batch[END], position
    for _ in range(batch[COUNT]):
        size, at = _number(raw, at, end)
        if size < 0 or size > end - at:
            return NOWHERE
        stop = at + size
        _, at = _number(raw, at, stop)  # attributes: none are in use
        time, at = _number(raw, at, stop)
        ahead, at = _number(raw, at, stop)
        key, key_end = _part(raw, at, stop)
        value, value_end = _part(raw, key_end, stop)
        count, at = _headers(raw, value_end, stop)
        if at != stop or count < 0:
            return NOWHERE
        offset = batch[BASE] + ahead
        if not batch[BASE] <= offset < batch[NEXT]:
            return NOWHERE
        if offset < wanted:
            continue  # a batch comes whole, whichever of its records was asked for
        wanted = offset + 1
        times[0, done] = offset
        times[1, done] = batch[TIME] + (0 if batch[IS_APPENDED] else time)
        keys[0, done], keys[1, done] = key, key_end
        values[0, done], values[1, done] = value, value_end
        headers[0, done], headers[1, done] = value_end, count
        done += 1
    return done if at == end else NOWHERE


@entry(
    "UniTuple(int64, 3)(Array(uint8, 1, 'C', True), int64[:, ::1], int64, int64[:, ::1],"
    " int64[:, ::1], int64[:, ::1], int64[:, ::1])"
)
def _scan(
    raw: Any, batches: Any, position: int, times: Any, keys: Any, values: Any, headers: Any
) -> tuple[int, int, int]:
    raw, batches, times = borrowed(raw), borrowed(batches), borrowed(times)
    keys, values, headers = borrowed(keys), borrowed(values), borrowed(headers)
    done = 0
    for number in range(batches.shape[0]):
        batch = borrowed(batches[number])
        after = _batch(raw, batch, position, done, times, keys, values, headers)
        if after == NOWHERE:
            return done, number, position
        done = after
        position = max(position, batch[NEXT])
    return done, batches.shape[0], position


@entry("void(Array(uint8, 1, 'C', True), int64[::1], int64[:, ::1])")
def _find_headers(raw: Any, starts: Any, places: Any) -> None:
    raw, starts, places = borrowed(raw), borrowed(starts), borrowed(places)
    end, done = raw.size, 0
    for start in starts:
        count, at = _number(raw, start, end)
        for _ in range(count):
            name, name_end = _part(raw, at, end)
            value, at = _part(raw, name_end, end)
            places[done, 0], places[done, 1] = name, name_end
            places[done, 2], places[done, 3] = value, at
            done += 1


def scan(
    buffer: bytes, batches: NDArray[np.int64], position: int
) -> tuple[PackedRecords, int, int]:
    """Find the records of record batches.

    Args:
        buffer: Holds the records of all batches, decompressed.
        batches: A row each, see :data:`START`; nothing in it lies outside the buffer.
        position: Offset of the first record that is wanted.

    Returns:
        The records from there on, in ascending order; how many of the batches hold what they say,
        up to the first that does not; and the position after those.
    """
    count = int(batches[:, COUNT].sum())
    times, keys, values, headers = (np.empty((2, count), np.int64) for _ in range(4))
    raw = np.frombuffer(buffer, np.uint8)
    done, good, position = _scan(raw, batches, position, times, keys, values, headers)
    offsets, timestamps = times[:, :done]
    having = np.flatnonzero(headers[1, :done])
    found = _read_headers(buffer, raw, offsets[having], headers[:, having]) if having.size else {}
    packed = PackedRecords(buffer, offsets, timestamps, keys[:, :done], values[:, :done], found)
    return packed, good, position


def _read_headers(
    buffer: bytes, raw: NDArray[np.uint8], offsets: NDArray[np.int64], headers: NDArray[np.int64]
) -> dict[int, Headers]:
    """Return the headers of records that have some.

    Nothing that a producer wrote may stop a worker: a name that is no text is read as far as it is
    one, and a value that is not there as empty.
    """
    starts, counts = headers.copy()
    places = np.empty((int(counts.sum()), 4), np.int64)
    _find_headers(raw, starts, places)
    pairs = iter(
        [
            (
                buffer[name:name_end].decode(errors="replace"),
                b"" if value == NOWHERE else buffer[value:value_end],
            )
            for name, name_end, value, value_end in places.tolist()
        ]
    )
    return {
        offset: list(islice(pairs, count))
        for offset, count in zip(offsets.tolist(), counts.tolist(), strict=True)
    }
