"""The client's internals look as they did when we reached into them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from types import SimpleNamespace
from unittest.mock import MagicMock, patch

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchError, FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver

from pipeline.transport.client_records import hand_over_as_parsed
from pipeline.transport.consumer import FETCH_WAIT_MS, SourceConsumerThread

SOURCE = TopicPartition("mentions", 0)
OTHER = TopicPartition("changelog", 0)


def fetched(tp: TopicPartition) -> FetchResult:
    """What the client makes of a fetch that brought three records, the first one known already."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 16)
    for offset in range(3):
        builder.append(offset, 1000 + offset, b"key", b"value-%d" % offset, [("h", b"1")])
    position = SimpleNamespace(paused=False, position=1)
    position.consumed_to = lambda offset: setattr(position, "position", offset)
    records = PartitionRecords(
        tp, MemoryRecords(bytes(builder.build())), [], 1, None, None, True, 0
    )
    assignment = SimpleNamespace(active=True, state_value=lambda _: position)
    return FetchResult(tp, assignment=assignment, partition_records=records, backoff=0)


def consumer() -> AIOKafkaConsumer:
    """A consumer of which nothing but what a fetcher has fetched is looked at."""
    client = SimpleNamespace(_fetcher=SimpleNamespace(_records=OrderedDict()))
    hand_over_as_parsed(client, {"mentions"})
    return client


def test_records_of_source_topics_are_handed_over_as_parsed() -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE], waiting[OTHER] = fetched(SOURCE), fetched(OTHER)
    parsed, made = waiting[SOURCE].getall(), waiting[OTHER].getall()
    assert not any(isinstance(record, ConsumerRecord) for record in parsed)
    assert all(isinstance(record, ConsumerRecord) for record in made)
    for record, same in zip(parsed, made, strict=True):
        assert (record.offset, record.timestamp, record.timestamp_type) == (
            same.offset,
            same.timestamp,
            same.timestamp_type,
        )
        assert (record.key, record.value, tuple(record.headers)) == (
            same.key,
            same.value,
            same.headers,
        )
    assert [record.offset for record in parsed] == [1, 2]


def test_errors_of_a_fetch_stay_what_they_are() -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = error = FetchError(error=ValueError("x"), backoff=0)
    assert waiting[SOURCE] is error


async def test_the_client_keeps_fetches_where_we_look() -> None:
    fetcher = Fetcher(MagicMock(_loop=asyncio.get_running_loop()), MagicMock())
    try:
        assert type(fetcher._records) is OrderedDict
    finally:
        fetcher._fetch_task.cancel()


def test_a_broker_is_asked_not_to_hold_a_fetch_for_long() -> None:
    async def made_by_faust() -> AIOKafkaConsumer:
        return AIOKafkaConsumer(fetch_max_wait_ms=1500)

    client = asyncio.run(made_by_faust())
    assert client._fetch_max_wait_ms == 1500
    thread = MagicMock(spec=SourceConsumerThread)
    with patch.object(driver.AIOKafkaConsumerThread, "_create_worker_consumer") as create:
        create.return_value = client
        made = SourceConsumerThread._create_worker_consumer(thread, MagicMock())
    assert made._fetch_max_wait_ms == FETCH_WAIT_MS
