"""The client's internals look as they did when we reached into them."""

from __future__ import annotations

import asyncio
import gc
import struct
import weakref
from collections import OrderedDict
from collections.abc import Iterable
from types import SimpleNamespace
from unittest.mock import MagicMock, patch

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import (
    READ_COMMITTED,
    Fetcher,
    FetchError,
    FetchResult,
    PartitionRecords,
)
from aiokafka.errors import CorruptRecordException
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c_py
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver

from pipeline.transport.client_records import fill, hand_over_as_parsed
from pipeline.transport.client_thread import FETCH_WAIT_MS, SourceConsumerThread

SOURCE = TopicPartition("mentions", 0)
OTHER = TopicPartition("changelog", 0)


def batch(base: int, offsets: Iterable[int], last: int, *, control: bool = False) -> bytes:
    """A record batch whose offsets go from ``base`` to ``last``, with the records that are left."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 16)
    for offset in offsets:
        builder.append(offset - base, 1000 + offset, b"key", b"value-%d" % offset, [("h", b"1")])
    built = bytearray(builder.build())
    struct.pack_into(">q", built, 0, base)
    if control:
        struct.pack_into(">h", built, 21, 0x20)
    struct.pack_into(">i", built, 23, last - base)
    struct.pack_into(">I", built, 17, calc_crc32c_py(bytes(built[21:])))
    return bytes(built)


def fetched(tp: TopicPartition, log: bytes | None = None, position: int = 1) -> FetchResult:
    """What the client makes of a fetch; of three records, the first one known already."""
    state = SimpleNamespace(paused=False, position=position, has_valid_position=True)
    state.consumed_to = lambda offset: setattr(state, "position", offset)
    log = batch(0, range(3), 2) if log is None else log
    records = PartitionRecords(tp, MemoryRecords(log), [], position, None, None, True, 0)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
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


def position_of(fetched: FetchResult) -> int:
    """Up to where the client has handed over what was fetched."""
    position: int = fetched._assignment.state_value(fetched._topic_partition).position
    return position


LOG = b"".join(
    (
        batch(10, range(10, 14), 13),
        batch(14, [14], 14, control=True),
        batch(15, [16, 18], 20),  # compacted
        batch(21, range(21, 26), 25),
    )
)


@pytest.mark.parametrize("most", [1, 2, 3, 4, 6, 7, 100, None])
@pytest.mark.parametrize("position", [10, 12, 14, 17, 19, 25, 26])
def test_records_and_positions_are_those_of_the_client(position: int, most: int | None) -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, LOG, position)
    theirs = fetched(OTHER, LOG, position)
    while theirs.has_more():
        assert [record.offset for record in ours.getall(most)] == [
            record.offset for record in theirs.getall(most)
        ]
        assert position_of(ours) == position_of(theirs)
        assert ours.has_more() == theirs.has_more()
    assert position_of(theirs) == 26


def test_nothing_keeps_a_fetch_that_was_taken() -> None:
    gc.disable()
    try:
        ours = fetched(SOURCE)
        content = weakref.ref(ours._partition_records)
        consumer()._fetcher._records[SOURCE] = ours
        assert len(ours.getall()) == 2
        assert content() is None
    finally:
        gc.enable()


def test_a_damaged_batch_is_an_error_once_those_before_it_are_taken() -> None:
    waiting = consumer()._fetcher._records
    damaged = bytearray(LOG)
    damaged[-1] ^= 1
    waiting[SOURCE] = ours = fetched(SOURCE, bytes(damaged), 10)
    assert [record.offset for record in ours.getall(6)] == [10, 11, 12, 13, 16, 18]
    with pytest.raises(CorruptRecordException):
        ours.getall(1)


def test_a_client_that_reads_what_is_committed_is_refused() -> None:
    committed = fetched(SOURCE)
    committed._partition_records._isolation_level = READ_COMMITTED
    with pytest.raises(ValueError, match="uncommitted"):
        consumer()._fetcher._records[SOURCE] = committed


@pytest.mark.parametrize("count", [0, 1, 5, 500])
def test_a_batch_is_filled_as_the_client_fills_it(count: int) -> None:
    records = [(b"key-%d" % n, None if n % 7 == 3 else b"v" * (n % 90)) for n in range(count)]
    headers = [("h", b"1")]
    filled, appended = BatchBuilder(16_384, 0), BatchBuilder(16_384, 0)
    took = fill(filled, records, headers)
    for key, value in records:
        if appended.append(timestamp=None, key=key, value=value, headers=headers) is None:
            break
    assert took == filled.record_count() == appended.record_count()
    assert (took < count) == (count == 500)
    assert filled.closed()
    assert content(filled) == content(appended)


def content(batch: BatchBuilder) -> list[tuple[object, ...]]:
    """What a consumer reads of a batch, but for its times."""
    batches = MemoryRecords(bytes(batch._build()))
    read: list[tuple[object, ...]] = []
    while batches.has_next():
        one = batches.next_batch()
        assert one.validate_crc()
        read += [(each.offset, each.key, each.value, each.headers) for each in one]
    return read


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
    # It was never started; left open, it would complain in the middle of another test.
    client._closed = True
