"""The partition row: the checkpoint of one source partition.

There is one row a source topic and partition. It is written last in a flush, after everything that
it speaks for is durable; so all records up to its applied offset are contained in the state, and a
worker that takes the partition over continues exactly there, with the same watermark, and counts no
record twice.
"""

from __future__ import annotations

import msgspec

from pipeline.events.records import Origin, Outcome
from pipeline.state import encoding

ROW_KEY = b"|row"
"""Key of the row in its changelog partition; no brand id holds a bar."""

NO_WATERMARK = -(1 << 62)
"""Watermark of a partition to which nothing was applied yet: before all times."""


class PartitionRow(msgspec.Struct):
    """Applied offset, watermark and totals of one source partition.

    ``watermark`` is the largest event time applied, in microseconds since the epoch.
    ``outcomes`` and ``dead_letters`` count records since the topics were made. ``origins`` holds
    the highest offset rerouted into this partition from each partition of the topic that it came
    from. ``partitions`` is the partition count under which the state was built, 0 before the first
    flush. ``log`` identifies the topic that the offsets belong to, among others of the same name
    before and after it; empty where the broker gives topics no identity. ``decided`` is the first
    hour (since the epoch) that alerts have not decided for every brand.
    """

    applied: int = encoding.NOTHING_APPLIED
    watermark: int = NO_WATERMARK
    partitions: int = 0
    outcomes: dict[str, int] = msgspec.field(
        default_factory=lambda: dict.fromkeys((str(outcome) for outcome in Outcome), 0)
    )
    dead_letters: dict[str, int] = msgspec.field(default_factory=dict)
    origins: dict[int, int] = msgspec.field(default_factory=dict)
    dedup_skipped: int = 0
    unknown_brands: int = 0
    log: str = ""
    decided: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count one record under its outcome."""
        self.outcomes[outcome] += 1

    def count_dead_letter(self, reason: str) -> None:
        """Count one record as a dead letter for ``reason``."""
        self.outcomes[Outcome.DEAD_LETTER] += 1
        self.dead_letters[reason] = self.dead_letters.get(reason, 0) + 1
        if reason == "unknown_brand":
            self.unknown_brands += 1

    def first_arrival(self, origin: Origin) -> bool:
        """Tell whether a rerouted record is here for the first time, and remember it.

        A partition's reroutes leave it in offset order and are sent again in that order after a
        crash, so one highest offset an origin decides.
        """
        if origin.offset <= self.origins.get(origin.partition, encoding.NOTHING_APPLIED):
            return False
        self.origins[origin.partition] = origin.offset
        return True

    def encode(self) -> bytes:
        """Return the row as a stored value."""
        return encoding.header(self.applied) + _ENCODER.encode(self)

    @classmethod
    def decode(cls, value: bytes) -> PartitionRow:
        """Read a row back from a stored value."""
        encoding.applied_offset(value)
        return _DECODER.decode(memoryview(value)[encoding.HEADER_BYTES :])


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(PartitionRow)
