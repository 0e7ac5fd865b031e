"""Writes record batches of what is there as columns, all records of one in one pass (compiled).

The client makes a call of each record, of a key and a value that are objects. The format is that of
record batches of version 2 (https://kafka.apache.org/documentation/#recordbatch); no compression,
no headers.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from aiokafka.producer.message_accumulator import BatchBuilder
from crc32c import crc32c

from pipeline.compiled import borrowed, eight, entry, inner, put_eight
from pipeline.state.entries import Columns
from pipeline.state.value_scan import BYTES

_BEFORE_CHECKSUM = struct.Struct(">qiibI")
_CHECKED = struct.Struct(">hiqqqhii")
_HEAD_BYTES = _BEFORE_CHECKSUM.size + _CHECKED.size
_UNCOUNTED = struct.calcsize(">qi")
"""Bytes before those that a batch's length counts."""
_MAGIC = 2

_LONGEST_NUMBER = 5
_RECORD_BYTES = 4 * _LONGEST_NUMBER + 3
"""What a record takes beside its key and value, at most."""


class WrittenBatch(BatchBuilder):  # type: ignore[misc]  # the client ships no types
    """A record batch whose records are written already; the client's own has it written by calls.

    Args:
        records: One behind another.
        count: How many they are.
        time: Of all of them, in milliseconds since the epoch.
    """

    def __init__(self, records: bytes, count: int, time: int) -> None:
        self._records = records
        self._time = time
        self._producer = (-1, -1, 0)
        # What the client's methods look at that are not replaced here.
        self._relative_offset = count
        self._buffer: bytes | None = None
        self._closed = True

    def _set_producer_state(self, producer_id: int, epoch: int, sequence: int) -> None:
        self._producer = producer_id, epoch, sequence

    def _build(self) -> bytes:
        if self._buffer is None:
            count = self._relative_offset
            checked = _CHECKED.pack(0, count - 1, self._time, self._time, *self._producer, count)
            checksum = crc32c(self._records, crc32c(checked))
            start = _BEFORE_CHECKSUM.pack(0, self.size() - _UNCOUNTED, -1, _MAGIC, checksum)
            self._buffer = b"".join((start, checked, self._records))
        return self._buffer

    def size(self) -> int:
        """Return the size in bytes."""
        return _HEAD_BYTES + len(self._records)


def written(columns: Columns, start: int, time: int, most: int) -> WrittenBatch:
    """Return a batch of records from ``start`` on, less than ``most`` bytes, but one at least."""
    most -= _HEAD_BYTES
    one, all_left = (_room(columns, start, stop) for stop in (start + 1, columns.length))
    out = np.empty(min(all_left, max(most, one)), np.uint8)
    count, size = _put(*columns, start, most, out)
    return WrittenBatch(out[:size].tobytes(), count, time)


def _room(columns: Columns, start: int, stop: int) -> int:
    """Return how many bytes some records take at most."""
    places = columns.key_places, columns.value_places
    sizes = [int((its[1, start:stop] - its[0, start:stop]).sum()) for its in places]
    return sum(sizes) + _RECORD_BYTES * (stop - start)


@inner
def _put_number(out: Any, at: Any, number: Any) -> Any:
    """Write a number that is not negative; return where the next goes."""
    rest = number << 1
    while rest >= 0x80:
        out[at] = rest & 0x7F | 0x80
        rest >>= 7
        at += 1
    out[at] = rest
    return at + 1


@inner
def _number_bytes(number: Any) -> Any:
    size, rest = 1, number >> 6
    while rest:
        size += 1
        rest >>= 7
    return size


@inner
def _put_bytes(out: Any, at: Any, raw: Any, start: Any, stop: Any) -> Any:
    """Write bytes, eight at a time; return where the next go."""
    while start + 8 <= stop:
        put_eight(out, at, eight(raw, start))
        at += 8
        start += 8
    for place in range(start, stop):
        out[at] = raw[place]
        at += 1
    return at


@entry(
    f"UniTuple(int64, 2)({BYTES}, int64[:, ::1], {BYTES}, int64[:, ::1], int64, int64, uint8[::1])"
)
def _put(
    keys: Any, key_places: Any, values: Any, value_places: Any, start: Any, most: Any, out: Any
) -> Any:
    """Write records from ``start`` on, one or as many as take less than ``most`` bytes.

    Returns how many, and where they end.
    """
    keys, key_places, values = borrowed(keys), borrowed(key_places), borrowed(values)
    value_places, out = borrowed(value_places), borrowed(out)
    at = 0
    for n in range(start, key_places.shape[1]):
        key, value = key_places[1, n] - key_places[0, n], value_places[1, n] - value_places[0, n]
        # Attributes, time and headers take a byte each.
        size = 3 + _number_bytes(n - start)
        size += _number_bytes(key) + key + _number_bytes(value) + value
        if at and at + _number_bytes(size) + size >= most:
            return n - start, at
        at = _put_number(out, at, size)
        out[at] = out[at + 1] = 0
        at = _put_number(out, at + 2, n - start)
        at = _put_number(out, at, key)
        at = _put_bytes(out, at, keys, key_places[0, n], key_places[1, n])
        at = _put_number(out, at, value)
        at = _put_bytes(out, at, values, value_places[0, n], value_places[1, n])
        out[at] = 0
        at += 1
    return key_places.shape[1] - start, at
