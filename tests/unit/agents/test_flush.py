"""A flush acknowledges only what the broker has confirmed, in an order that survives a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from unittest.mock import patch

import pytest

from pipeline.agents import flush
from pipeline.agents.flush import Ends, Flush, Names
from pipeline.agents.ownership import Ownership
from pipeline.agents.pulse import Pulse
from pipeline.clock import FixedClock
from pipeline.errors import Stop
from pipeline.events.brands import BrandBook
from pipeline.events.records import RawRecord, RecordBatch, Topic
from pipeline.settings import Settings
from pipeline.sinks.topics import Bulk, Kind, Outgoing
from pipeline.state import encoding, pane_table
from pipeline.state.intake import Hole, Intake
from pipeline.state.row import ROW_KEY
from pipeline.state.shard import Shard
from pipeline.state.tiers import HOUR, TIERS
from pipeline.transport.store import StateStore, deletion_headers
from pipeline.wiring import admission_of
from tests.unit.transport.test_store import store

NOW = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z, an hour after the mentions below."""

MENTION = (
    b'{"id":"%d","brand":"acme","author":"a","source":"x","sentiment":0.5,'
    b'"occurred_at":"2025-12-31T23:00:00Z"}'
)


class Bench:
    """A flush over one partition, with a broker that does as it is told."""

    def __init__(self) -> None:
        self.stores: dict[Topic, StateStore] = {topic: store() for topic in Topic}
        self.ownership = Ownership(self.stores.__getitem__, self._equip, 1)
        self.sent: list[Outgoing | Bulk] = []
        self.changelogs: list[Bulk] = []
        self.acknowledged: list[Mapping[tuple[Topic, int], int]] = []
        self.fail_on: Kind | None = None
        self.news: list[Outgoing] = []
        self.seconds = 0.0
        self.flush = Flush(
            self.ownership,
            self.stores.__getitem__,
            Names({t: str(t) for t in Topic}, {t: f"{t}-log" for t in Topic}, "dead-letters"),
            1,
            lambda _: 0,
            self._send,
            self._send_batch,
            self._acknowledge,
            Pulse(1000.0),
            prepare=self._prepare,
            monotonic=lambda: self.seconds,
        )
        self.ownership.take_over(1, [0], self.ownership.epoch)

    def _equip(self, shard: Shard) -> None:
        admission = admission_of(Settings(), BrandBook(), FixedClock(NOW))
        shard.intakes = {
            table.topic: Intake(table, admission, routing=None, brand_cap=10)
            for table in shard.tables
        }

    async def _prepare(self, _: Sequence[Shard]) -> list[Outgoing]:
        return self.news

    async def _send(self, message: Outgoing | Bulk) -> asyncio.Future[object]:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if message.kind is self.fail_on:
            future.set_exception(ConnectionError("the broker is gone"))
        else:
            self.sent.append(message)
            if isinstance(message, Bulk):
                self.changelogs.append(message)
            future.set_result(None)
        return future

    async def _send_batch(self, bulk: Bulk, start: int) -> tuple[int, asyncio.Future[object]]:
        end = start + 2
        part = bulk.entries[start:end]
        return start + len(part), await self._send(replace(bulk, entries=part))

    def _acknowledge(self, ends: Ends, generation: int) -> bool:
        self.acknowledged.append(dict(ends))
        return generation == 1

    def take(self, values: Sequence[bytes], first: int = 0) -> None:
        """Have the intake of the mentions take records."""
        records = [RawRecord(offset, value) for offset, value in enumerate(values, first)]
        shard = self.ownership.shards[0]
        shard.intakes[Topic.MENTIONS].take(RecordBatch(Topic.MENTIONS, 0, records))

    def run(self, *, whole: bool = True) -> int | None:
        """Flush once; returns the number of shards flushed."""
        return asyncio.run(self.flush.run(len, whole=whole))

    def recover(self, generation: int = 2) -> bool:
        """Begin another assignment: what is in the changelogs is read again, and decoded.

        Tells whether it was taken over.
        """
        self.ownership.drop()
        for topic, state in self.stores.items():
            state.begin(0)
            for bulk in self.changelogs:
                if bulk.topic == f"{topic}-log":
                    state.apply(0, _records(bulk))
        return self.ownership.take_over(generation, [0], self.ownership.epoch)


def _records(bulk: Bulk) -> list[RawRecord]:
    headers = list(bulk.headers)
    return [RawRecord(0, value, key, headers=headers) for key, value in bulk.entries]


def _values(*entries: tuple[bytes, bytes | None], deleted_at: int | None = None) -> Bulk:
    headers = () if deleted_at is None else deletion_headers(deleted_at)
    return Bulk(Kind.VALUE, f"{Topic.MENTIONS}-log", 0, entries, headers)


def test_values_and_letters_go_before_the_row_and_the_row_before_the_acknowledgement() -> None:
    bench = Bench()
    bench.take([MENTION % 1, b"broken", MENTION % 2])
    assert bench.run() == 1
    kinds = [message.kind for message in bench.sent]
    assert kinds[-1] is Kind.ROW
    assert Kind.DEAD_LETTER in kinds[:-1]
    assert kinds[:-1].count(Kind.ROW) == 0
    assert bench.acknowledged == [{(Topic.MENTIONS, 0): 3}]


def test_what_was_cut_is_seen_at_once_and_what_alerts_decided_when_it_is_durable() -> None:
    bench = Bench()
    bench.take([MENTION % 1])
    assert asyncio.run(bench.flush.run(lambda _: list(bench.sent))) == []
    assert len(bench.sent) > 1
    bench.take([MENTION % 2], first=1)
    bench.news = [Outgoing(Kind.ALERT, "alerts", b"acme", b"{}")]
    seen = asyncio.run(bench.flush.run(lambda _: list(bench.sent)))
    assert seen == bench.sent
    assert bench.sent[-1].kind is Kind.ROW


@pytest.mark.parametrize("kind", [Kind.VALUE, Kind.DEAD_LETTER, Kind.ROW])
def test_nothing_is_acknowledged_after_a_failure_nor_ever_again(kind: Kind) -> None:
    bench = Bench()
    bench.take([MENTION % 1, b"broken"])
    bench.fail_on = kind
    with pytest.raises(Stop, match="did not confirm"):
        bench.run()
    bench.fail_on = None
    assert bench.run() is None, "a later flush would speak for values that were never written"
    assert bench.acknowledged == []
    assert not any(message.kind is Kind.ROW for message in bench.sent)


def test_a_rebalance_in_the_middle_of_a_flush_acknowledges_nothing() -> None:
    bench = Bench()
    bench.take([MENTION % 1])
    deliver = bench._send_batch

    async def send(bulk: Bulk, start: int) -> tuple[int, asyncio.Future[object]]:
        bench.ownership.drop()
        return await deliver(bulk, start)

    bench.flush._send_batch = send
    assert bench.run() is None
    assert bench.acknowledged == []
    assert not any(message.kind is Kind.ROW for message in bench.sent)


def test_what_was_written_over_is_written_once_more_as_it_was() -> None:
    """Even where it is ahead of its row: under a lower offset its records would count twice."""
    bench = Bench()
    bench.take([MENTION % number for number in range(5)])
    bench.run()
    ahead = {
        key: encoding.header(9) + value[encoding.HEADER_BYTES :]
        for bulk in bench.changelogs
        for key, value in bulk.entries
        if key != ROW_KEY and value is not None
    }
    gone = b"acme|m|1"
    bench.changelogs += [
        _values(*ahead.items()),
        _values((gone, None), deleted_at=8),
        _values(*((key, encoding.header(2)) for key in (*ahead, gone))),
    ]
    bench.recover(1)
    bench.sent.clear()
    bench.run()
    bulks = [bulk for bulk in bench.sent if isinstance(bulk, Bulk)]
    values = [entry for bulk in bulks if bulk.kind is Kind.VALUE for entry in bulk.entries]
    assert dict(values) == ahead
    assert [(bulk.entries, bulk.headers) for bulk in bulks if bulk.kind is Kind.EXPIRED] == [
        ([(gone, None)], deletion_headers(8))
    ]
    assert bench.stores[Topic.MENTIONS].regressed(0) == {}
    bench.sent.clear()
    bench.run()
    assert bench.sent == []


@pytest.mark.parametrize(("seconds", "left"), [(0.2, 1), (2.0, 1), (3.0, 0)])
def test_more_is_written_the_longer_ago_the_last_flush_is(seconds: float, left: int) -> None:
    """A mention changes three panes."""
    bench = Bench()
    mentions = bench.ownership.shards[0].mentions
    with (
        patch.object(Intake, "_take_together", lambda *_: False),
        patch.object(pane_table, "LEAST_SHARE", 0.01),
    ):
        bench.take([MENTION % 1])
        # Two are somewhat more, though those after the minute are smaller.
        two = 2 * len(next(iter(mentions._dirty)).encode(0)) - 80
        bench.seconds += seconds
        with patch.object(flush, "FLUSH_BYTES", two):
            bench.run(whole=False)
    assert len(mentions._dirty) == left


def test_an_idle_flush_sends_nothing() -> None:
    bench = Bench()
    bench.take([MENTION % 1])
    bench.run()
    before = len(bench.sent)
    bench.run()
    assert len(bench.sent) == before


def test_recovered_state_skips_what_it_contains() -> None:
    bench = Bench()
    bench.take([MENTION % number for number in range(5)])
    bench.run()
    bench.recover()
    bench.take([MENTION % number for number in range(7)])
    row = bench.ownership.shards[0].mentions.row
    assert row.outcomes["applied"] == 7
    assert row.watermark < NOW
    [brand] = bench.ownership.shards[0].mentions.by_brand.values()
    assert sum(pane.mentions for pane in brand.day.values()) == 7


def test_values_ahead_of_their_row_are_not_counted_twice() -> None:
    bench = Bench()
    bench.take([MENTION % 0])
    bench.run()
    bench.take([MENTION % 1, MENTION % 1, MENTION % 2], first=1)
    bench.run()
    # The crash came after the values and before the row.
    assert bench.changelogs.pop().kind is Kind.ROW
    bench.recover()
    bench.take([MENTION % 1, MENTION % 1, MENTION % 2], first=1)
    shard = bench.ownership.shards[0]
    [brand] = shard.mentions.by_brand.values()
    for tier in TIERS:
        assert sum(pane.mentions for pane in brand.panes(tier).values()) == 3
    assert shard.mentions.row.outcomes["duplicate"] == 1


REPEAT = (
    b'{"id":"again","brand":"acme","author":"a","source":"x","sentiment":0.5,'
    b'"occurred_at":"2025-12-31T%s:00Z"}'
)


def _panes(bench: Bench) -> tuple[int, int]:
    [brand] = bench.ownership.shards[0].mentions.by_brand.values()
    return (
        sum(pane.mentions for pane in brand.panes(HOUR).values()),
        sum(pane.mentions for pane in brand.day.values()),
    )


@pytest.mark.parametrize("written", ["m", "mhd"])
def test_an_id_that_recurs_beyond_the_horizon_is_replayed_as_it_was(written: str) -> None:
    """Values ahead of their row know acceptances that are still to come in the replay."""
    values = [REPEAT % b"10:00", REPEAT % b"14:00", REPEAT % b"18:00"]
    bench = Bench()
    bench.take(values)
    bench.run()
    bench.changelogs = [
        _values(
            *(
                (key, value)
                for bulk in bench.changelogs
                for key, value in bulk.entries
                if key.count(b"|") == 2 and chr(key[5]) in written
            )
        )
    ]
    bench.recover()
    bench.take(values)
    row = bench.ownership.shards[0].mentions.row
    assert row.outcomes["applied"] == 3
    assert _panes(bench) == (3, 3)


def test_an_expired_pane_takes_only_its_own_ids_with_it() -> None:
    bench = Bench()
    bench.take([REPEAT % b"10:00", REPEAT % b"14:00"])
    bench.run()
    bench.recover()
    bench.take([REPEAT % b"14:00", REPEAT % b"14:01"], first=2)
    assert bench.ownership.shards[0].mentions.row.outcomes["duplicate"] == 2


def test_a_duplicate_with_a_later_time_changes_nothing() -> None:
    bench = Bench()
    bench.take([REPEAT % b"10:00", REPEAT.replace(b"again", b"other") % b"11:00"])
    bench.take([REPEAT.replace(b"again", b"other") % b"13:30"], first=2)
    bench.take([REPEAT % b"10:00"], first=3)
    assert bench.ownership.shards[0].mentions.row.outcomes["duplicate"] == 2


def test_a_batch_that_never_arrived_is_noticed() -> None:
    bench = Bench()
    records = [RawRecord(9, MENTION % 9)]
    intake = bench.ownership.shards[0].intakes[Topic.MENTIONS]
    with pytest.raises(Hole) as hole:
        intake.take(RecordBatch(Topic.MENTIONS, 0, records, start=5))
    assert hole.value.wanted == 0
    assert intake.table.row.applied == -1
    intake.take(RecordBatch(Topic.MENTIONS, 0, records, start=0))
    assert intake.table.row.applied == 9


async def test_offsets_without_a_record_are_acknowledged_as_well() -> None:
    """The end of a transaction has an offset; without it there would always be one to read."""
    bench = Bench()
    intake = bench.ownership.shards[0].intakes[Topic.MENTIONS]
    record = [RawRecord(2, MENTION % 2)]
    assert intake.take(RecordBatch(Topic.MENTIONS, 0, record, start=0, end=4)) == 1
    assert intake.table.row.applied == 3
    assert intake.take(RecordBatch(Topic.MENTIONS, 0, [], start=4, end=5)) == 0
    assert intake.take(RecordBatch(Topic.MENTIONS, 0, [], start=2, end=3)) == 0
    await bench.flush.run(list)
    assert bench.acknowledged == [{(Topic.MENTIONS, 0): 5}]


def test_an_assignment_that_was_overtaken_while_decoding_takes_nothing() -> None:
    bench = Bench()
    equip = bench._equip

    def overtaken(shard: Shard) -> None:
        equip(shard)
        bench.ownership.drop()

    bench.ownership._equip = overtaken
    assert not bench.recover()
    assert not bench.ownership.ready
    assert bench.ownership.shards == {}


def test_an_assignment_that_was_overtaken_just_before_decoding_takes_nothing() -> None:
    bench = Bench()
    known = bench.ownership.epoch
    assert bench.recover()
    for state in bench.stores.values():
        state.begin(0)
    assert not bench.ownership.take_over(3, [0], known)
    assert bench.ownership.generation == 2
