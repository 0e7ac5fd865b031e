"""Raw records as they come from a topic, and what becomes of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

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


class RawRecord(msgspec.Struct, frozen=True):
    """One record as the broker stored it. ``timestamp`` is the broker's, in milliseconds."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class RecordBatch(msgspec.Struct, frozen=True):
    """Consecutive records of one partition of a source topic, in offset order, never empty.

    Offsets may have gaps (compaction, control records) but never go back.
    """

    topic: Topic
    partition: int
    records: Sequence[RawRecord]

    @property
    def last_offset(self) -> int:
        """Offset of the last record."""
        return self.records[-1].offset


class DeadLetter(msgspec.Struct, frozen=True):
    """A record that can never be applied: where it was, its raw bytes, and why."""

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
