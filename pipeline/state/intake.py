"""The way of a record batch into the state: decode, admit, route, apply, count.

Every record ends in exactly one outcome. What must leave the worker because of it - dead letters,
records that belong under another key or partition - is collected here and sent by the flush, before
the offsets that cover it are acknowledged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from pipeline.errors import InfluenceError, Reject
from pipeline.events.admitted import AdmittedEvent
from pipeline.events.admitted_columns import AdmittedMentions
from pipeline.events.contracts import Event
from pipeline.events.decode import decode_batch
from pipeline.events.key_scan import have_keys
from pipeline.events.records import (
    ORIGIN_OFFSET,
    ORIGIN_PARTITION,
    DeadLetter,
    Origin,
    Outcome,
    PackedRecords,
    Record,
    RecordBatch,
    Reroute,
    Topic,
)
from pipeline.state.mention_table import MentionTable
from pipeline.state.source import SourceTable

logger = logging.getLogger(__name__)

MAX_REMEMBERED = 100_000
"""Brands whose home is remembered; records of made-up brands must not fill the memory."""

_OFFSETS = 1 << 63
"""Kafka's offsets are below, and a row holds no larger numbers."""


class Admits(Protocol):
    """Turns decoded events into admitted ones; see :class:`pipeline.events.admit.Admission`."""

    def admit_all(self, events: Sequence[Event | Reject]) -> list[AdmittedEvent | Reject]:
        """Return an admitted event or a rejection for each event, in order."""

    def admit_mentions(self, records: PackedRecords) -> tuple[AdmittedMentions, dict[int, Reject]]:
        """Return the admitted mentions of a batch, and the rejections by place."""


class Hole(InfluenceError):
    """Records are missing before a batch; ``wanted`` is the offset to read from again."""

    def __init__(self, wanted: int) -> None:
        super().__init__(f"records from offset {wanted} on were delivered and never arrived")
        self.wanted = wanted


class Routing:
    """Where each brand's records belong, and where they come from.

    Args:
        partition_of: Maps a key to its partition as Java's default partitioner does (murmur2).
        partitions: How many the topic has.
    """

    def __init__(self, partition_of: Callable[[bytes], int], partitions: int) -> None:
        self._partition_of = partition_of
        self._partitions = partitions
        self._known: dict[str, tuple[bytes, int]] = {}

    def home(self, brand: str) -> tuple[bytes, int]:
        """Return the key that a brand's records have, and their partition."""
        home = self._known.get(brand)
        if home is None:
            encoded = brand.encode()
            home = (encoded, self._partition_of(encoded))
            if len(self._known) < MAX_REMEMBERED:
                self._known[brand] = home
        return home

    def origin(self, record: Record) -> Origin | None:
        """Read where a record was rerouted from.

        None where it was not, or the headers are not ours: anyone may write some, and a row must
        not remember more origins than there can be.
        """
        if not record.headers:
            return None
        found = {name: content for name, content in record.headers if name.startswith("origin-")}
        try:
            origin = Origin(int(found[ORIGIN_PARTITION]), int(found[ORIGIN_OFFSET]))
        except (KeyError, ValueError):
            return None
        is_there = 0 <= origin.partition < self._partitions and 0 <= origin.offset < _OFFSETS
        return origin if is_there else None


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
        records = PackedRecords.of(batch.records)
        if batch.start is not None and batch.start > row.applied + 1:
            raise Hole(row.applied + 1)
        records = records[int(np.searchsorted(records.offsets, row.applied, "right")) :]
        together = self.table.together
        for start in range(0, len(records), together):
            some = records[start : start + together]
            if not self._take_together(some):
                self._take_one_by_one(some)
        if records:
            row.applied = int(records.offsets[-1])
            self.taken.append((int(records.timestamps[-1]), len(records)))
        if batch.end is not None:
            row.applied = max(row.applied, batch.end - 1)
        return len(records)

    def _take_together(self, records: PackedRecords) -> bool:
        """Take mentions many at a time; tells whether that was possible, else nothing was done.

        What becomes of each record is what :meth:`_take_one_by_one` makes of it.
        """
        table = self.table
        if not isinstance(table, MentionTable):
            return False
        mentions, refused = self._admission.admit_mentions(records)
        newcomers = [n for n, brand in enumerate(mentions.brands) if brand not in table.brands]
        room = self._brand_cap - len(table.brands)
        if 0 < room < len(newcomers):
            return False  # the first of them get in
        if not table.applies_together(int(records.offsets[0]), mentions):
            return False
        mentions = self._at_home(records, mentions)
        if newcomers and room <= 0:
            beyond = np.isin(mentions.brand, newcomers)
            for place, code in zip(
                mentions.places[beyond].tolist(), mentions.brand[beyond].tolist(), strict=True
            ):
                refused[place] = _too_many_brands(mentions.brands[code])
            mentions = mentions.where(~beyond)
        late, brands = table.apply_together(mentions, records.offsets[mentions.places])
        refused.update({int(mentions.places[entry]): reject for entry, reject in late.items()})
        for place in sorted(refused):
            self._refuse(records[place], refused[place])
        self.touched |= brands
        return True

    def _at_home(self, records: PackedRecords, mentions: AdmittedMentions) -> AdmittedMentions:
        """Return the mentions that belong here and have come for the first time."""
        routing = self._routing
        if routing is None:
            return mentions
        homes = [routing.home(brand) for brand in mentions.brands]
        expected = [key if home == self.table.partition else None for key, home in homes]
        is_home = have_keys(records, mentions.places, expected, mentions.brand)
        if is_home.all() and not records.headers:
            return mentions
        stays = is_home.copy()
        came_with = np.isin(records.offsets[mentions.places], list(records.headers))
        for entry in np.flatnonzero(~is_home | came_with).tolist():
            record = records[int(mentions.places[entry])]
            origin = routing.origin(record)
            if not is_home[entry]:
                self._reroute(record, mentions.brands[mentions.brand[entry]], origin)
            elif not self._is_first_arrival(origin):
                self.table.row.count(Outcome.DUPLICATE)
                stays[entry] = False
        return mentions.where(stays)

    def _take_one_by_one(self, packed: PackedRecords) -> None:
        """Take records as they come: the obvious way, and the one that decides."""
        records = list(packed)
        decoded = decode_batch(self.topic, [record.value for record in records])
        for record, event in zip(records, self._admission.admit_all(decoded), strict=True):
            if isinstance(event, Reject):
                self._refuse(record, event)
            else:
                self._place(record, event)

    def _place(self, record: Record, event: AdmittedEvent) -> None:
        table = self.table
        row = table.row
        if self._routing is not None:
            origin = self._routing.origin(record)
            if self._routing.home(event.brand) != (record.key, table.partition):
                self._reroute(record, event.brand, origin)
                return
            if not self._is_first_arrival(origin):
                row.count(Outcome.DUPLICATE)
                return
        try:
            if event.brand not in table.brands and len(table.brands) >= self._brand_cap:
                raise _too_many_brands(event.brand)
            outcome = table.apply(record.offset, event)
        except Reject as refusal:
            self._refuse(record, refusal)
            return
        row.count(outcome)
        if outcome is Outcome.APPLIED:
            self.touched.add(event.brand)
            row.watermark = max(row.watermark, event.at)

    def _reroute(self, record: Record, brand: str, origin: Origin | None) -> None:
        origin = origin or Origin(self.table.partition, record.offset)
        self.reroutes.append(
            Reroute(self.topic, brand, record.value or b"", record.timestamp, origin)
        )
        self.table.row.count(Outcome.REROUTED)

    def _is_first_arrival(self, origin: Origin | None) -> bool:
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


def _too_many_brands(brand: str) -> Reject:
    return Reject("too_many_brands", f"brand {brand!r} is beyond the cap of this partition")
