"""Brings a load to Kafka, once, and keeps the account that results are held against."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from kafka.admin import KafkaAdminClient, NewTopic

from tests.benchmarks.workload import DAY, Chunk, Workload

BATCH_BYTES = 256 * 1024
"""Of a record batch, as the project's own loader makes them."""

_UNDER_WAY = 32

# While a new topic's leaders settle its client tries again, and says so each time.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
logging.getLogger("kafka").setLevel(logging.CRITICAL)

_TOPIC = {
    "retention.ms": "-1",  # the records' times are those of the events, weeks ago
    "max.message.bytes": str(2 * 1024 * 1024),
}


@dataclass(slots=True)
class Account:
    """What is in a topic.

    ``repeats`` are records that repeat an earlier one; ``by_day`` are the mentions that count, by
    UTC day. What closes the windows (``closing_…``) is contained in ``records`` and ``likes``.
    """

    records: int = 0
    likes: int = 0
    closing_records: int = 0
    closing_likes: int = 0
    repeats: int = 0
    bytes: int = 0
    by_day: Counter[int] = field(default_factory=Counter)

    def add(self, chunk: Chunk, end: int) -> None:
        """Count a chunk of a load that ends at ``end``."""
        self.records += len(chunk)
        self.likes += int(chunk.likes.sum())
        if (chunk.at == end).all():
            self.closing_records += len(chunk)
            self.closing_likes += int(chunk.likes.sum())
        self.repeats += int((~chunk.fresh).sum())
        self.bytes += sum(map(len, chunk.values))
        days, counts = np.unique(chunk.at[chunk.counted] // DAY, return_counts=True)
        self.by_day.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))

    def mentions_28d(self, as_of: int) -> int:
        """Return what ``mentions_28d`` of all brands add up to at a time (milliseconds)."""
        today = (as_of - 1) // DAY  # midnight itself begins no new window
        return sum(self.by_day[day] for day in range(today - 27, today + 1))


def partition_of(brand: int, partitions: int) -> int:
    """Return the partition of a brand's key, by Java's default partitioner."""
    return int((murmur2(key_of(brand)) & 0x7FFFFFFF) % partitions)


def key_of(brand: int) -> bytes:
    """Return the record key of a brand."""
    return f"brand-{brand:04d}".encode()


def load(bootstrap: str, topic: str, partitions: int, workload: Workload) -> Account:
    """Create a topic, produce the load to it, and return the account."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=_TOPIC)])
    finally:
        admin.close()
    return asyncio.run(_produce(bootstrap, topic, partitions, workload))


async def _produce(bootstrap: str, topic: str, partitions: int, workload: Workload) -> Account:
    account = Account()
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks=1, max_batch_size=BATCH_BYTES, max_request_size=2**20
    )
    await producer.start()
    try:
        under_way: list[asyncio.Future[Any]] = []
        for partition, batch in _batches(producer, partitions, workload, account):
            under_way.append(await producer.send_batch(batch, topic, partition=partition))
            if len(under_way) >= _UNDER_WAY:
                await asyncio.gather(*under_way)
                under_way.clear()
        await asyncio.gather(*under_way)
    finally:
        await producer.stop()
    return account


def _batches(
    producer: AIOKafkaProducer, partitions: int, workload: Workload, account: Account
) -> Iterator[tuple[int, Any]]:
    keys = [key_of(brand) for brand in range(workload.brands)]
    homes = [partition_of(brand, partitions) for brand in range(workload.brands)]
    filling = [producer.create_batch() for _ in range(partitions)]
    for chunk in workload.chunks():
        account.add(chunk, workload.end)
        for brand, at, value in zip(
            chunk.brand.tolist(), chunk.at.tolist(), chunk.values, strict=True
        ):
            home = homes[brand]
            if filling[home].append(key=keys[brand], value=value, timestamp=at) is None:
                yield home, filling[home]
                filling[home] = producer.create_batch()
                filling[home].append(key=keys[brand], value=value, timestamp=at)
    for home, batch in enumerate(filling):
        if batch.record_count():
            yield home, batch
