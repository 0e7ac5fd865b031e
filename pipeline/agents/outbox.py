"""What the worker sends to Kafka: single messages, and record batches of a changelog."""

from __future__ import annotations

import asyncio

from pipeline.agents.faust_app import InfluenceApp
from pipeline.sinks.topics import Bulk, Outgoing
from pipeline.transport.producer import DurableProducer


class Outbox:
    """Queues with the app's producer; each future ends with the broker's acknowledgement.

    Args:
        app: Has the producer, once it runs.
    """

    def __init__(self, app: InfluenceApp) -> None:
        self._app = app

    async def send(self, message: Outgoing) -> asyncio.Future[object]:
        """Queue a message."""
        timestamp = message.timestamp / 1000 if message.timestamp else None
        return await self._app.producer.send(  # type: ignore[return-value]  # a future, typed Awaitable
            message.topic,
            message.key,
            message.value,
            message.partition,
            timestamp,
            list(message.headers),
        )

    async def send_batch(self, bulk: Bulk, start: int) -> tuple[int, asyncio.Future[object]]:
        """Queue as many records of a bulk as a batch takes; returns the index of the next."""
        producer = self._app.producer
        if not isinstance(producer, DurableProducer):
            raise TypeError(f"the producer is a {type(producer).__name__}")
        return await producer.send_batch(
            bulk.topic, bulk.partition, bulk.entries, start, bulk.headers
        )
