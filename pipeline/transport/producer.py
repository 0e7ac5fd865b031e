"""Faust's aiokafka producer, sending many records of one partition as one record batch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar

from faust.transport.drivers import aiokafka as driver

from pipeline.clock import WallClock
from pipeline.state.entries import NO_COLUMNS, Entries
from pipeline.transport.client_records import fill
from pipeline.transport.record_writer import written


class DurableProducer(driver.Producer):
    """Producer whose acknowledgement means that the record survives: acks=all.

    Idempotent where the broker can do it. Without, a retry may write a record twice, which harms
    nothing here: values are absolute, and rerouted records and dead letters carry their origin.
    """

    idempotent: ClassVar[bool] = True

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": self.idempotent}

    async def send_batch(
        self,
        topic: str,
        partition: int,
        records: Sequence[tuple[bytes, bytes | None]],
        start: int,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> tuple[int, asyncio.Future[object]]:
        """Queue as many records from ``start`` on as one record batch takes.

        A message at a time costs a future and some thirty calls each. Waits until an earlier batch
        of the partition is on its way.

        Args:
            topic: Full name.
            partition: Of the topic.
            records: Key and value each; None deletes.
            start: Index of the first record to send.
            headers: Of each record; none where records come as columns.

        Returns:
            The index of the first record that is not in the batch, and the future of the broker's
            acknowledgement.
        """
        producer = self._ensure_producer()
        now = WallClock().now() // 1000  # where the pipeline's is simulated, too: Kafka goes by it
        columns, others = NO_COLUMNS, records
        if isinstance(records, Entries):
            columns, others = records.columns, records.others
        if start < columns.length:
            most = producer._message_accumulator._batch_size  # noqa: SLF001 - nothing else tells
            batch = written(columns, start, now, most)
            end = start + batch.record_count()
        else:
            batch = producer.create_batch()
            end = start + fill(batch, islice(others, start - columns.length, None), headers, now)
        return end, await producer.send_batch(batch, topic, partition=partition)
