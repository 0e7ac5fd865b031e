"""The client's internals look as they did when we reached into them."""

from __future__ import annotations

import asyncio
import gc
import struct
import weakref
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, MagicMock, patch

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition, conn
from aiokafka.consumer.fetcher import (
    READ_COMMITTED,
    Fetcher,
    FetchError,
    FetchResult,
    PartitionRecords,
)
from aiokafka.errors import CorruptRecordException
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver

from pipeline.transport.client_records import Fetched, FetchedBytes, fill, hand_over_packed
from pipeline.transport.client_thread import FETCH_WAIT_MS, SourceConsumerThread
from pipeline.transport.frames import FrameProtocol
from tests.unit.transport.logs import batch

SOURCE = TopicPartition("mentions", 0)
OTHER = TopicPartition("changelog", 0)
NOW = 1_795_000_000_000


def fetched(tp: TopicPartition, log: bytes | None = None, position: int = 1) -> FetchResult:
    """What the client makes of a fetch; of three records, the first one known already."""
    state = SimpleNamespace(paused=False, position=position, has_valid_position=True)
    state.consumed_to = lambda offset: setattr(state, "position", offset)
    log = batch(0, range(3), 2) if log is None else log
    records = PartitionRecords(tp, FetchedBytes(log), [], position, None, None, True, 0)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
    return FetchResult(tp, assignment=assignment, partition_records=records, backoff=0)


def consumer() -> AIOKafkaConsumer:
    """A consumer of which nothing but what a fetcher has fetched is looked at."""
    client = SimpleNamespace(_fetcher=SimpleNamespace(_records=OrderedDict()))
    hand_over_packed(client, {"mentions"})
    return client


def test_records_of_source_topics_are_handed_over_packed() -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE], waiting[OTHER] = fetched(SOURCE), fetched(OTHER)
    packed, made = waiting[SOURCE].getall(), waiting[OTHER].getall()
    assert isinstance(packed, Fetched)
    assert all(isinstance(record, ConsumerRecord) for record in made)
    for record, same in zip(packed.records, made, strict=True):
        assert (record.offset, record.timestamp) == (same.offset, same.timestamp)
        assert (record.key, record.value) == (same.key, same.value)
        assert tuple(record.headers) == same.headers
    assert packed.records.offsets.tolist() == [1, 2]


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
@pytest.mark.parametrize("position", [10, 12, 13])
def test_records_and_positions_are_those_of_the_client(position: int, most: int | None) -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, LOG, position)
    left = [record.offset for record in fetched(OTHER, LOG, position).getall()]
    while left:
        assert position_of(ours) <= left[0]
        assert ours.has_more()
        start, taken = position_of(ours), ours.getall(most)
        assert [record.offset for record in taken.records] == left[:most]
        left = left[len(taken) :]
        assert (taken.start, taken.end) == (start, position_of(ours))
    assert position_of(ours) == 26
    assert not ours.has_more()


@pytest.mark.parametrize("position", [14, 17, 19, 25, 26])
def test_nothing_from_before_the_position_is_handed_over(position: int) -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, LOG, position)
    left = [offset for offset in (16, 18, *range(21, 26)) if offset >= position]
    assert [record.offset for record in ours.getall().records] == left
    assert position_of(ours) == 26


def test_a_fetch_of_nothing_but_control_records_moves_the_position() -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, batch(14, [14], 14, control=True), 14)
    taken = ours.getall(10)
    assert (len(taken), taken.start, taken.end) == (0, 14, 15)
    assert taken, "or the client would keep it to itself"
    assert not ours.has_more()
    assert position_of(ours) == 15


@pytest.mark.parametrize(("position", "start"), [(8, 10), (10, 10), (12, 12)])
def test_a_fetch_begins_where_its_first_batch_does(position: int, start: int) -> None:
    """Between the position and that nothing is in the log, which is not to pass for read."""
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, LOG, position)
    first, second = ours.getall(1), ours.getall(1)
    assert (first.start, first.records.offsets.tolist()) == (start, [start])
    assert (second.start, second.records.offsets.tolist()) == (start + 1, [start + 1])


def test_nothing_is_handed_over_where_the_client_is_elsewhere_by_now() -> None:
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, LOG, 10)
    assert len(ours.getall(2)) == 2
    ours._assignment.state_value(SOURCE).position = 16
    assert not ours.getall(2)
    assert not ours.has_more()
    assert position_of(ours) == 16


@pytest.mark.parametrize("takes", [(), (1,), (1, 1), (None,)])
def test_nothing_keeps_a_fetch_that_was_taken_or_dropped(takes: tuple[int | None, ...]) -> None:
    gc.disable()
    try:
        ours = fetched(SOURCE)
        kept = [ours._partition_records, ours._partition_records._records, ours]
        waiting = consumer()._fetcher._records
        waiting[SOURCE] = ours
        kept.append(ours._partition_records)
        known = [weakref.ref(each) for each in kept]
        kept.clear()
        taken = [len(ours.getall(most)) for most in takes]
        if sum(taken) == 2:
            assert [each() is None for each in known] == [True, True, False, True]
        del waiting[SOURCE], ours
        assert [each() for each in known] == [None] * 4
    finally:
        gc.enable()


def test_a_damaged_batch_is_an_error_once_those_before_it_are_taken() -> None:
    waiting = consumer()._fetcher._records
    damaged = bytearray(LOG)
    damaged[-1] ^= 1
    waiting[SOURCE] = ours = fetched(SOURCE, bytes(damaged), 10)
    assert [record.offset for record in ours.getall(100).records] == [10, 11, 12, 13, 16, 18]
    assert position_of(ours) == 21
    assert ours.has_more()
    with pytest.raises(CorruptRecordException, match="mentions"):
        ours.getall(1)
    # The client has done with it then, and fetches the rest again.
    assert not ours.getall(1)
    assert not ours.has_more()
    assert position_of(ours) == 21


def test_a_fetch_too_short_for_a_record_is_an_error_once_it_is_taken() -> None:
    """Not as it comes: that would end the client's fetching without a word."""
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, struct.pack(">qi", 1, 2) + bytes(2))
    with pytest.raises(CorruptRecordException):
        ours.getall()


def test_formats_that_are_older_go_through_the_client() -> None:
    builder = LegacyRecordBatchBuilder(1, 0, 1 << 16)
    for offset in range(3):
        builder.append(offset, 1000 + offset, b"key", b"value-%d" % offset)
    waiting = consumer()._fetcher._records
    waiting[SOURCE] = ours = fetched(SOURCE, bytes(builder.build()))
    for most in (1, None):
        packed = ours.getall(most)
        offset = position_of(ours) - 1
        assert (packed.start, packed.end) == (offset, offset + 1)
        (record,) = packed.records
        assert (record.offset, record.timestamp) == (offset, 1000 + offset)
        assert (record.key, record.value) == (b"key", b"value-%d" % offset)
    assert position_of(ours) == 3
    assert not ours.has_more()


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
    took = fill(filled, records, headers, NOW)
    for key, value in records:
        if appended.append(timestamp=NOW, key=key, value=value, headers=headers) is None:
            break
    assert took == filled.record_count() == appended.record_count()
    assert (took < count) == (count == 500)
    assert filled.closed()
    assert content(filled) == content(appended)


def content(batch: BatchBuilder) -> list[tuple[object, ...]]:
    """What a consumer reads of a batch."""
    batches = MemoryRecords(bytes(batch._build()))
    read: list[tuple[object, ...]] = []
    while batches.has_next():
        one = batches.next_batch()
        assert one.validate_crc()
        read += [(each.offset, each.timestamp, each.key, each.value, each.headers) for each in one]
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


async def test_what_the_client_itself_fetched_is_handed_over_packed() -> None:
    """From a broker's answer to what is asked of the client, all by its own code."""
    partitions: list[tuple[Any, ...]] = [(SOURCE.partition, 0, 26, 26, 0, [], -1, LOG)]
    answer = SimpleNamespace(API_VERSION=11, topics=[("mentions", partitions)])
    client = MagicMock(_loop=asyncio.get_running_loop(), send=AsyncMock(return_value=answer))
    fetcher = Fetcher(client, MagicMock(reassignment_in_progress=False))
    try:
        hand_over_packed(SimpleNamespace(_fetcher=fetcher), {"mentions"})
        assignment = fetched(SOURCE, LOG, 10)._assignment
        request = SimpleNamespace(topics=[("mentions", [(SOURCE.partition, 10, 1 << 20)])])
        assert await fetcher._proc_fetch_request(assignment, 0, request)
        read = []
        for most in (5, 100):
            taken = await fetcher.fetched_records([SOURCE], max_records=most)
            assert isinstance(taken[SOURCE], Fetched)
            read.append(taken[SOURCE].records.offsets.tolist())
        assert read == [[10, 11, 12, 13, 16], [18, 21, 22, 23, 24, 25]]
        assert not fetcher._records
        assert await fetcher.fetched_records([SOURCE]) == {}
    finally:
        fetcher._fetch_task.cancel()


def test_a_client_is_made_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conn, "AIOKafkaProtocol", conn.AIOKafkaProtocol)

    async def made_by_faust() -> AIOKafkaConsumer:
        return AIOKafkaConsumer(fetch_max_wait_ms=1500)

    client = asyncio.run(made_by_faust())
    assert client._fetch_max_wait_ms == 1500
    thread = MagicMock(spec=SourceConsumerThread)
    with patch.object(driver.AIOKafkaConsumerThread, "_create_worker_consumer") as create:
        create.return_value = client
        made = SourceConsumerThread._create_worker_consumer(thread, MagicMock())
    assert made._fetch_max_wait_ms == FETCH_WAIT_MS
    assert conn.AIOKafkaProtocol is FrameProtocol
    # It was never started; left open, it would complain in the middle of another test.
    client._closed = True
