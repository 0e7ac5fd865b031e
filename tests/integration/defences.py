"""The worker's defences, each of which a control switches off: then the oracle must fail.

The worker knows nothing of this; a defence is taken out of its classes from here, in the process of
:mod:`tests.integration.worker_main`.
"""

# Replacing methods is what this module is for.
# mypy: disable-error-code="method-assign"

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message

from pipeline.agents.flush import Flush
from pipeline.agents.ownership import Ownership
from pipeline.agents.pulse import Pulse
from pipeline.events.records import RecordBatch
from pipeline.sinks.redis import scripts
from pipeline.sinks.topics import Bulk, Kind, Outgoing
from pipeline.state import encoding
from pipeline.state.intake import Intake
from pipeline.state.row import PartitionRow
from pipeline.state.source import SourceTable
from pipeline.transport import store
from pipeline.transport.consumer import RecordBatchConsumer
from pipeline.transport.store import ChangelogRecord, StateStore

LONGER_THAN_A_COMMIT = 1.5
"""Seconds; the stand's workers commit every half second."""


def applied_offsets() -> None:
    """Values no longer know what they contain."""
    original = SourceTable.load

    def load(self: SourceTable, values: Mapping[bytes, bytes], *rest: Any, **more: Any) -> None:
        forgotten = {
            key: encoding.header(encoding.NOTHING_APPLIED) + value[encoding.HEADER_BYTES :]
            if not key.startswith(b"|")
            else value
            for key, value in values.items()
        }
        original(self, forgotten, *rest, **more)

    SourceTable.load = load


def bookkeeping() -> None:
    """Batches are acknowledged as Faust does it with messages, one offset and its gap at a time."""
    delivered: list[Message] = []
    for name in ("_add_gap", "_filter_tps_with_pending_acks", "_new_offset"):
        setattr(RecordBatchConsumer, name, getattr(driver.Consumer, name))

    def track(self: RecordBatchConsumer, message: Message) -> None:
        driver.Consumer.track_message(self, message)
        if message.topic in self.source_topics:
            delivered.append(message)

    def acknowledge(self: RecordBatchConsumer, ends: Mapping[TP, int], generation: int) -> bool:
        if generation != self.app.consumer_generation_id:
            return False
        for message in list(delivered):
            if message.offset < ends.get(message.tp, 0):
                driver.Consumer.ack(self, message)
                delivered.remove(message)
        return True

    RecordBatchConsumer.track_message = track  # type: ignore[assignment]
    RecordBatchConsumer.acknowledge = acknowledge


def fence() -> None:
    """Redis takes any publication, whatever it holds."""
    source, _ = scripts.PUBLISH
    open_to_all = source.replace("local previous = parse(stored.version)", "local previous = nil")
    assert open_to_all != source
    digest = hashlib.sha1(open_to_all.encode(), usedforsecurity=False).hexdigest()
    scripts.PUBLISH = (open_to_all, digest)  # type: ignore[misc]


def generations() -> None:
    """Decoded state of kept and returning partitions outlives a rebalance."""
    original = Ownership.take_over
    known: dict[int, Any] = {}

    def take_over(self: Ownership, generation: int, owned: Iterable[int], epoch: int) -> bool:
        taken = original(self, generation, list(owned), epoch)
        self.shards = {p: known.setdefault(p, shard) for p, shard in self.shards.items()}
        return taken

    Ownership.take_over = take_over


def highest_offset() -> None:
    """Recovery keeps the last record of a key, as Kafka and Faust do."""

    def apply(self: StateStore, partition: int, records: Iterable[ChangelogRecord]) -> None:
        values = self.partitions.get(partition, {})
        for record in records:
            values[record.key] = store._deletion(record) if record.value is None else record.value
            self._read_until[partition] = record.offset + 1

    StateStore.apply = apply


def holes() -> None:
    """An intake takes any batch, whatever should have come before it."""
    original = Intake.take

    def take(self: Intake, batch: RecordBatch) -> int:
        return original(self, replace(batch, start=None))

    Intake.take = take


def order() -> None:
    """The rows are sent first, and then what they speak for."""
    original = Flush._deliver
    held: list[tuple[Sequence[Outgoing], Sequence[Bulk]]] = []

    async def deliver(self: Flush, messages: Sequence[Outgoing], bulks: Sequence[Bulk]) -> None:
        if (messages or bulks) and all(bulk.kind is not Kind.ROW for bulk in bulks):
            held.append((messages, bulks))
            return
        late, held[:] = list(held), []
        await original(self, messages, bulks)
        for step in late:
            await original(self, *step)

    Flush._deliver = deliver


def origins() -> None:
    """A partition does not know which rerouted records it has had."""
    PartitionRow.first_arrival = lambda *_: True


def position() -> None:
    """Reading starts at the committed offset instead of where the state ends."""

    async def perform_seek(self: RecordBatchConsumer) -> None:
        await driver.Consumer.perform_seek(self)
        self._next.update({tp: self._read_offset[tp] or 0 for tp in self.assignment()})

    RecordBatchConsumer.perform_seek = perform_seek


def pulse() -> None:
    """A suspended worker does not notice that it stood still."""

    def beat(self: Pulse) -> None:
        """Say nothing."""

    Pulse.beat = beat


def waiting() -> None:
    """Offsets are acknowledged, and committed, before what they stand for is sent."""
    original = Flush._deliver

    async def deliver(self: Flush, messages: Sequence[Outgoing], bulks: Sequence[Bulk]) -> None:
        ends = {
            (table.topic, shard.partition): table.row.applied + 1
            for shard in self._ownership.shards.values()
            for table in shard.tables
            if table.row.applied >= 0
        }
        self._acknowledge(ends, self._ownership.generation)
        await asyncio.sleep(LONGER_THAN_A_COMMIT)
        await original(self, messages, bulks)

    Flush._deliver = deliver


SWITCHES: dict[str, Callable[[], None]] = {
    switch.__name__.replace("_", "-"): switch
    for switch in (
        applied_offsets,
        bookkeeping,
        fence,
        generations,
        highest_offset,
        holes,
        order,
        origins,
        position,
        pulse,
        waiting,
    )
}
"""By name: what takes each defence out."""
