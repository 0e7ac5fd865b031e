"""The way of a record batch into the state: decode, admit, route, apply, count.

Every record ends in exactly one outcome. What must leave the worker because of it - dead letters,
records that belong under another key or partition - is collected here and sent by the flush, before
the offsets that cover it are acknowledged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.errors import InfluenceError, Reject
from pipeline.events.admitted import AdmittedEvent
from pipeline.events.contracts import Event
from pipeline.events.decode import decode_batch
from pipeline.events.records import DeadLetter, Origin, Outcome, Record, RecordBatch, Reroute, Topic
from pipeline.state.source import SourceTable

logger = logging.getLogger(__name__)

MAX_REMEMBERED = 100_000
"""Brands whose home is remembered; records of made-up brands must not fill the memory."""

ORIGIN_PARTITION = "origin-partition"
ORIGIN_OFFSET = "origin-offset"
"""Headers of a rerouted record: where it was first written, as decimal text."""


class Admits(Protocol):
    """Turns decoded events into admitted ones; see :class:`pipeline.events.admit.Admission`."""

    def admit_all(self, events: Sequence[Event | Reject]) -> list[AdmittedEvent | Reject]:
        """Return an admitted event or a rejection for each event, in order."""


class Hole(InfluenceError):
    """Records are missing before a batch; ``wanted`` is the offset to read from again."""

    def __init__(self, wanted: int) -> None:
        super().__init__(f"records from offset {wanted} on were delivered and never arrived")
        self.wanted = wanted


class Routing:
    """Where each brand's records belong.

    ``partition_of`` maps a key to its partition as Java's default partitioner does (murmur2).
    """

    def __init__(self, partition_of: Callable[[bytes], int]) -> None:
        self._partition_of = partition_of
        self._known: dict[str, tuple[bytes, int]] = {}

    def is_at_home(self, brand: str, key: bytes | None, partition: int) -> bool:
        """Tell whether a record of ``brand`` has the right key and sits in the right partition."""
        home = self._known.get(brand)
        if home is None:
            encoded = brand.encode()
            home = (encoded, self._partition_of(encoded))
            if len(self._known) < MAX_REMEMBERED:
                self._known[brand] = home
        return key == home[0] and partition == home[1]


class Intake:
    """Takes the batches of one source partition.

    What is to be sent or told because of them is left in ``dead_letters``, ``reroutes``,
    ``touched`` (brands with a change) and ``taken`` (production time in milliseconds and size of
    each batch); whoever takes it puts something empty in its place.

    Args:
        table: The partition's decoded state.
        admission: Contract to core: aliases, relation, clock, sentiment.
        routing: None where records have no keys (replay of files).
        brand_cap: Most brands this partition admits.
        topic_name: The topic's full name, for dead letters.
    """

    def __init__(
        self,
        table: SourceTable,
        admission: Admits,
        *,
        routing: Routing | None,
        brand_cap: int,
        topic_name: str | None = None,
    ) -> None:
        self.table = table
        self.dead_letters: list[DeadLetter] = []
        self.reroutes: list[Reroute] = []
        self.touched: set[str] = set()
        self.taken: list[tuple[int, int]] = []
        self._admission = admission
        self._routing = routing
        self._brand_cap = brand_cap
        self._topic_name = topic_name or str(table.topic)

    @property
    def topic(self) -> Topic:
        """The source topic."""
        return self.table.topic

    def take(self, batch: RecordBatch) -> int:
        """Apply a batch; returns how many of its records were new.

        Records at or below the row's applied offset are contained in the checkpoint and skipped.

        Raises:
            Hole: A batch before this one was delivered and never arrived. Nothing was applied.
        """
        row = self.table.row
        records = batch.records
        if batch.start is not None and batch.start > row.applied + 1:
            raise Hole(row.applied + 1)
        if records[0].offset <= row.applied:
            records = [record for record in records if record.offset > row.applied]
            if not records:
                return 0
        decoded = decode_batch(self.topic, [record.value for record in records])
        for record, event in zip(records, self._admission.admit_all(decoded), strict=True):
            if isinstance(event, Reject):
                self._refuse(record, event)
            else:
                self._place(record, event)
        row.applied = records[-1].offset
        self.taken.append((records[-1].timestamp, len(records)))
        return len(records)

    def _place(self, record: Record, event: AdmittedEvent) -> None:
        table = self.table
        row = table.row
        if self._routing is not None:
            if not self._routing.is_at_home(event.brand, record.key, table.partition):
                self._reroute(record, event.brand)
                return
            if record.headers and not self._is_first_arrival(record):
                row.count(Outcome.DUPLICATE)
                return
        try:
            if event.brand not in table.brands and len(table.brands) >= self._brand_cap:
                raise Reject(
                    "too_many_brands", f"brand {event.brand!r} is beyond the cap of this partition"
                )
            outcome = table.apply(record.offset, event)
        except Reject as refusal:
            self._refuse(record, refusal)
            return
        row.count(outcome)
        if outcome is Outcome.APPLIED:
            self.touched.add(event.brand)
            row.watermark = max(row.watermark, event.at)

    def _reroute(self, record: Record, brand: str) -> None:
        origin = _origin(record) or Origin(self.table.partition, record.offset)
        self.reroutes.append(
            Reroute(self.topic, brand, record.value or b"", record.timestamp, origin)
        )
        self.table.row.count(Outcome.REROUTED)

    def _is_first_arrival(self, record: Record) -> bool:
        origin = _origin(record)
        return origin is None or self.table.row.first_arrival(origin)

    def _refuse(self, record: Record, refusal: Reject) -> None:
        self.table.row.count_dead_letter(refusal.reason)
        self.dead_letters.append(
            DeadLetter(
                refusal.reason,
                refusal.detail,
                self._topic_name,
                self.table.partition,
                record.offset,
                record.timestamp,
                record.key,
                record.value,
            )
        )


def _origin(record: Record) -> Origin | None:
    """Read where a record was rerouted from; None where it was not, or the headers are not ours."""
    found = {name: content for name, content in record.headers if name.startswith("origin-")}
    try:
        return Origin(int(found[ORIGIN_PARTITION]), int(found[ORIGIN_OFFSET]))
    except (KeyError, ValueError):
        return None
