"""Faust's aiokafka transport, carrying record batches and acknowledging by offset.

Stock Faust spends two asyncio tasks a message. Here all records that a fetch brought for one source
partition travel as one message, so that cost is paid a batch. Three things change with it:

* A message's offset is that of its last record; gaps between batches are normal, so Faust's gap
  bookkeeping, which counts them record by record, is off for source topics.
* Nothing is acknowledged by the stream. :meth:`RecordBatchConsumer.acknowledge` takes the end of
  what is durable, and that is what the next commit writes.
* Changelog records are applied to the table's store by the batch during recovery; only the last
  record of a fetch goes through Faust's own loop, so that it sees how far recovery has come.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from faust.types.transports import TPorTopicSet

from pipeline.transport.store import StateTable


class RecordBatchConsumer(driver.Consumer):
    """Consumer that delivers one message a source partition and fetch."""

    #: Topics whose records travel as batches and whose offsets live with the state.
    source_topics: ClassVar[frozenset[str]] = frozenset()

    #: Offset of the first record that the state of a source partition does not contain.
    position_in_state: ClassVar[staticmethod[[TP], int]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._durable: dict[TP, int] = {}

    def acknowledge(self, ends: Mapping[TP, int], generation: int) -> bool:
        """Let the next commit advance to ``ends`` (offset of the next record to read, each).

        Returns False, and does nothing, where the assignment has changed since ``generation``: the
        partitions may belong to another worker by now, which reads its own position from the state.
        """
        if generation != self.app.consumer_generation_id:
            return False
        self._durable.update(ends)
        return True

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        """Yield what was fetched: a message a source partition, and the rest record by record.

        The generation is read before the fetch: records fetched under an older assignment are
        dropped, since the new assignment reads them again from the committed offset.
        """
        generation = self.app.consumer_generation_id
        records, active = await self._wait_next_records(timeout)
        if self.should_stop or records is None:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        for tp, fetched in records.items():
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return
            if not fetched or not self._is_wanted(tp, active):
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            if tp.topic in self.source_topics:
                yield tp, self._batch_message(tp, fetched, generation)
            else:
                for record in self._apply_changelog(tp, fetched):
                    yield tp, self._to_message(tp, record)

    def _is_wanted(self, tp: TP, active: set[TP] | None) -> bool:
        return active is None or tp in active or tp in self._buffered_partitions

    def _batch_message(self, tp: TP, records: list[Any], generation: int) -> ConsumerMessage:
        last = records[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000.0,
            last.timestamp_type,
            None,
            None,
            cast("bytes", records),  # Faust hands the value on as it is, see RawSchema
            None,
            None,
            None,
            tp,
            generation_id=generation,
        )

    def _apply_changelog(self, tp: TP, records: list[Any]) -> list[Any]:
        """Apply all but the last changelog record to the store; return those Faust must see."""
        tables = (each for each in self.app.tables.values() if isinstance(each, StateTable))
        table = next((each for each in tables if each.changelog_topic_name == tp.topic), None)
        if table is None:
            return records
        table.state.apply(tp.partition, records[:-1])
        return records[-1:]

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek source partitions to where their state ends; the rest to the committed offset.

        Offsets live with the state; the committed ones are for other people's tools. Where the two
        differ - records flushed and not committed, or a changelog that lost its end - the state's
        is the one that reads every record once.
        """
        positions = dict(await super().seek_to_committed())
        in_state = {
            tp: self.position_in_state(tp) for tp in positions if tp.topic in self.source_topics
        }
        if in_state:
            await self.seek_wait(in_state)
        return {**positions, **in_state}

    # -- acknowledgement and commit

    def ack(self, message: Message) -> bool:
        """Count a source message as handed over; its offsets are acknowledged by the flush."""
        if message.topic not in self.source_topics:
            return super().ack(message)
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self.source_topics:
            await super()._add_gap(tp, offset_from, offset_to)

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        for tp in list(self._durable):
            if topics is None or tp in topics or tp.topic in topics:
                yield tp

    def _new_offset(self, tp: TP) -> int | None:
        return self._durable.get(tp)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget what was durable under the old assignment, then do what Faust does."""
        self._durable.clear()
        await super().on_partitions_revoked(revoked)


class DurableProducer(driver.Producer):
    """Producer whose acknowledgement means that the record survives: acks=all.

    Idempotent where the broker can do it. Without, a retry may write a record twice, which harms
    nothing here: values are absolute, and rerouted records and dead letters carry their origin.
    """

    idempotent: ClassVar[bool] = True

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": self.idempotent}


def transport_for(
    source_topics: Iterable[str], position_in_state: Callable[[TP], int], *, idempotent: bool
) -> type[driver.Transport]:
    """Return the transport class of an app that reads ``source_topics`` in batches.

    Made here because Faust creates consumer and producer from the classes that a transport names.

    Args:
        source_topics: Full names.
        position_in_state: Where to read a source partition from, once its state is recovered.
        idempotent: Whether the broker knows idempotent producers.
    """
    consumer = type(
        "SourceConsumer",
        (RecordBatchConsumer,),
        {
            "source_topics": frozenset(source_topics),
            "position_in_state": staticmethod(position_in_state),
            "logger": RecordBatchConsumer.logger,
        },
    )
    producer = type(
        "SourceProducer",
        (DurableProducer,),
        {"idempotent": idempotent, "logger": DurableProducer.logger},
    )
    return type(
        "SourceTransport", (driver.Transport,), {"Consumer": consumer, "Producer": producer}
    )
