"""Raw records as they come from a topic, and what becomes of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

Headers = Sequence[tuple[str, bytes]]


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


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Consecutive records of one partition of a source topic, in offset order, never empty.

    Offsets may have gaps (compaction, control records) but never go back. ``start`` is the position
    that the batch was read from: everything before it was delivered before, and nothing between it
    and the first record exists. None where that is not known.
    """

    topic: Topic
    partition: int
    records: Sequence[Record]
    start: int | None = None


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
