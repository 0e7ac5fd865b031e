"""Raw records as they come from a topic, and what becomes of each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

Headers = Sequence[tuple[str, bytes]]

ORIGIN_PARTITION = "origin-partition"
ORIGIN_OFFSET = "origin-offset"
"""Headers of a rerouted record: where it was first written, as decimal text."""


class Topic(StrEnum):
    """The three source topics, by their names without a prefix."""

    MENTIONS = "social-mentions"
    TICKETS = "support-tickets"
    ACTIVITY = "brand-activity"


class Outcome(StrEnum):
    """What became of a record; every record ends in exactly one."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    DEAD_LETTER = "dead_letter"
    REROUTED = "rerouted"


class Record(Protocol):
    """One record as the broker stored it; the client's own record objects fit as they are."""

    @property
    def offset(self) -> int:
        """Position in the partition."""

    @property
    def timestamp(self) -> int:
        """The broker's or producer's time of the record, in milliseconds since the epoch."""

    @property
    def key(self) -> bytes | None:
        """Raw key."""

    @property
    def value(self) -> bytes | None:
        """Raw value; ``None`` is a tombstone."""

    @property
    def headers(self) -> Headers:
        """Record headers in order."""


class RawRecord(msgspec.Struct, frozen=True, gc=False):
    """A record that did not come from a broker's client: replays and tests."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp: int = 0
    headers: Headers = ()


Places = NDArray[np.int64]

NOWHERE = -1
"""Where a key or value begins that is not there."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedRecords(Sequence[Record]):
    """Many records in one buffer, and where in it each of them is; an object only for who asks.

    Args:
        buffer: Holds all keys and values.
        offsets: Positions in the partition, ascending.
        timestamps: Milliseconds since the epoch.
        keys: Where each key begins (row 0, or :data:`NOWHERE`) and ends (row 1).
        values: Where each value does.
        headers: Those of the records that have any, by offset.
    """

    buffer: bytes
    offsets: Places
    timestamps: Places
    keys: Places
    values: Places
    headers: Mapping[int, Headers] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Sequence[Record]) -> PackedRecords:
        """Pack records."""
        if isinstance(records, PackedRecords):
            return records
        parts: list[bytes | None] = [record.value for record in records]
        parts += [record.key for record in records]
        present = [part for part in parts if part is not None]
        sizes = np.fromiter((len(part or b"") for part in parts), np.int64, len(parts))
        stops = np.cumsum(sizes)
        starts = stops - sizes
        starts[[part is None for part in parts]] = NOWHERE
        places = np.stack((starts, stops)).reshape(2, 2, len(records))
        return cls(
            b"".join(present),
            np.array([record.offset for record in records], np.int64),
            np.array([record.timestamp for record in records], np.int64),
            places[:, 1].copy(),
            places[:, 0].copy(),
            {record.offset: record.headers for record in records if record.headers},
        )

    @classmethod
    def from_values(cls, values: bytes, bounds: Places, first: int) -> PackedRecords:
        """Return values that no broker has seen as records of successive offsets without keys.

        Args:
            values: The values one behind another.
            bounds: Where each begins, and the last one ends.
            first: The first offset.
        """
        count = bounds.size - 1
        return cls(
            values,
            np.arange(first, first + count),
            np.zeros(count, np.int64),
            np.full((2, count), NOWHERE),
            np.stack((bounds[:-1], bounds[1:])),
        )

    def __len__(self) -> int:
        return self.offsets.size

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> PackedRecords: ...
    def __getitem__(self, place: int | slice) -> Record | PackedRecords:
        if isinstance(place, slice):
            return PackedRecords(
                self.buffer,
                self.offsets[place],
                self.timestamps[place],
                self.keys[:, place],
                self.values[:, place],
                self.headers,
            )
        offset = int(self.offsets[place])
        return RawRecord(
            offset,
            self._part(self.values, place),
            self._part(self.keys, place),
            int(self.timestamps[place]),
            self.headers.get(offset, ()),
        )

    def __iter__(self) -> Iterator[Record]:
        buffer, headers = self.buffer, self.headers
        columns = (self.offsets, self.timestamps, *self.keys, *self.values)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for offset, timestamp, key, key_end, value, value_end in rows:
            yield RawRecord(
                offset,
                None if value == NOWHERE else buffer[value:value_end],
                None if key == NOWHERE else buffer[key:key_end],
                timestamp,
                headers.get(offset, ()),
            )

    def _part(self, places: Places, place: int) -> bytes | None:
        start, stop = places[:, place].tolist()
        return None if start == NOWHERE else self.buffer[start:stop]


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Consecutive records of one partition of a source topic, in offset order.

    Offsets may have gaps (compaction, control records) but never go back. ``start`` is the position
    that the batch was read from: everything before it was delivered before, and nothing between it
    and the first record exists. ``end`` is the position after it, and nothing between the last
    record and that exists; so a batch may be without any. None where that is not known.
    """

    topic: Topic
    partition: int
    records: Sequence[Record]
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that can never be applied: where it was, its raw bytes, and why.

    ``timestamp`` is the record's, in milliseconds since the epoch.
    """

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None

    @property
    def place(self) -> tuple[str, int, int]:
        """Topic, partition and offset at which the record was first; unique to it."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rerouted record was first written; its receiver skips what it has already had."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Reroute:
    """A record that sits under a key or in a partition that is not its brand's."""

    topic: Topic
    brand: str
    value: bytes
    timestamp: int
    origin: Origin
