"""What a beat of the worker publishes, and that it ends when partitions are not owned any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from pipeline.agents.checkpoint import BEAT_SECONDS, END_SECONDS, LEAST_SECONDS, Checkpoint
from pipeline.agents.publish import Tick
from pipeline.agents.totals import TotalsBoard, TotalsChanges
from pipeline.errors import Stop
from pipeline.sinks.publication import Publication
from pipeline.sinks.topics import INCARNATION_KEY, Bulk, Outgoing
from pipeline.state.brand import BrandMentions
from pipeline.state.shard import Shard

Sent = asyncio.Future[object]


class Bench:
    """A checkpoint between stand-ins; ``turns`` are what the evaluator yields."""

    def __init__(self) -> None:
        self.shards = [Shard(0), Shard(1)]
        for brand in "abcde":
            self.shards[0].mentions.by_brand[brand] = BrandMentions()
        self.epoch = 1
        self.turns: list[list[Publication]] = []
        self.between: Callable[[], None] = lambda: None
        self.published: list[list[str]] = []
        self.sent: list[Bulk] = []
        self.awaited: str | None = None
        self.broken = False
        self.is_behind = self.whole = False
        self.now = self.until_cut = self.a_turn = 0.0
        self._confirmation = asyncio.Event()
        board = TotalsBoard(2)
        board.take(INCARNATION_KEY, b"7")
        parts: Any = self
        self.checkpoint = Checkpoint(
            parts,
            lambda: self.epoch,
            parts,
            board,
            TotalsChanges("totals", lambda _: True),
            "snapshots",
            self.send,
            self.send_batch,
            self.nothing,
            self.nothing,
            [parts],
            list,
            lambda: self.is_behind,
            lambda: self.now,
        )

    async def run(self, view: Callable[[Sequence[Shard]], object], *, whole: bool) -> object:
        """Stand in for the flush, which is confirmed once the brand awaited is published."""
        assert whole is self.whole
        self.now += self.until_cut
        seen = view(self.shards)
        if self.awaited is not None:
            async with asyncio.timeout(10.0):
                await self._confirmation.wait()
        if self.broken:
            raise Stop("the broker did not confirm a flush")
        return seen

    def tick(self, shards: Sequence[Shard], _: object, incarnation: int) -> Iterator[Tick]:
        """Stand in for the evaluator."""
        assert (list(shards), incarnation) == (self.shards, 7)
        for turn in self.turns:
            yield Tick(turn, {}, incarnation, [])

    def publish(self, _: Sequence[Shard], turn: Tick) -> None:
        """Stand in for a sink."""
        self.published.append([each.brand for each in turn.publications])
        self.now += self.a_turn
        if self.awaited in self.published[-1]:
            self._confirmation.set()
        self.between()

    async def send(self, _: Outgoing) -> Sent:
        """Confirm a message."""
        return await self._confirmed()

    async def send_batch(self, bulk: Bulk, start: int) -> tuple[int, Sent]:
        """Confirm two records at a time."""
        end = min(start + 2, len(bulk.entries))
        self.sent.append(bulk)
        return end, await self._confirmed()

    async def nothing(self) -> None:
        """Do nothing."""

    async def _confirmed(self) -> Sent:
        future: Sent = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    def beat(self, *turns: list[Publication]) -> dict[int, list[str]]:
        """Run once; returns the brands whose snapshots were sent, by partition."""
        self.turns, self.sent, self.published = list(turns), [], []
        asyncio.run(self.checkpoint.run(whole=self.whole))
        assert all(bulk.topic == "snapshots" for bulk in self.sent)
        return {bulk.partition: [key.decode() for key, _ in bulk.entries] for bulk in self.sent}


def of(brand: str, partition: int = 0, as_of: str = "t", **fields: str) -> Publication:
    return Publication(brand, partition, 7, (1, 1, 1), 1, {"as_of": as_of, **fields})


def test_snapshots_go_to_the_partition_of_their_brand_after_all_turns() -> None:
    bench = Bench()
    sent = bench.beat([of("a"), of("b", 1)], [of("c")], [of("d"), of("e")])
    assert bench.published == [["a", "b"], ["c"], ["d", "e"]]
    assert sent == {0: ["a", "c", "d", "e"], 1: ["b"]}
    assert len(bench.sent) == 3, "as many records a batch as it takes"
    assert msgspec.json.decode(bench.sent[0].entries[0][1] or b"") == {"as_of": "t"}


def test_a_snapshot_is_sent_when_more_than_its_time_changed() -> None:
    bench = Bench()
    assert bench.beat([of("a", n="1"), of("b")]) == {0: ["a", "b"]}
    assert bench.beat([of("a", as_of="u", n="1"), of("b", as_of="u")]) == {}
    assert bench.beat([of("a", as_of="v", n="2"), of("b", as_of="v")]) == {0: ["a"]}


def test_nothing_more_is_published_once_partitions_are_gone() -> None:
    bench = Bench()

    def lose() -> None:
        bench.epoch += 1

    bench.between = lose
    assert bench.beat([of("a")], [of("b")]) == {}
    assert bench.published == [["a"]]
    bench.between = lambda: None
    assert bench.beat([of("a")]) == {0: ["a"]}, "it was not sent, so it is news"


def test_what_was_cut_is_published_while_the_flush_is_confirmed() -> None:
    bench = Bench()
    bench.awaited = "b"
    assert bench.beat([of("a")], [of("b")]) == {0: ["a", "b"]}


TURNS = [[of(brand)] for brand in "abcde"]


def after_a_backlog() -> Bench:
    """Return one whose last beat read a backlog, and was a long one."""
    bench = Bench()
    bench.is_behind, bench.until_cut = True, 2 * END_SECONDS
    assert bench.beat() == {}
    bench.is_behind, bench.until_cut = False, 0.0
    return bench


def test_at_the_end_of_a_backlog_evaluating_does_not_keep_its_last_records_waiting() -> None:
    bench = after_a_backlog()
    bench.a_turn = 0.375 * BEAT_SECONDS
    assert bench.beat(*TURNS) == {0: ["a", "b", "c"]}
    bench.awaited = "d"
    assert bench.beat(*TURNS) == {0: ["d"]}, "until the flush is confirmed nothing else waits"
    bench.awaited = None
    bench.now += END_SECONDS
    assert bench.beat(*TURNS) == {0: ["e"]}, "nothing waits that is not waited for every second"


def test_something_is_published_however_long_a_flush_takes_until_its_cut() -> None:
    bench = after_a_backlog()
    bench.until_cut = 9 * BEAT_SECONDS
    bench.a_turn = 0.375 * LEAST_SECONDS
    assert bench.beat(*TURNS) == {0: ["a", "b", "c"]}


def test_the_last_beat_leaves_nothing_for_another() -> None:
    bench = after_a_backlog()
    bench.a_turn = BEAT_SECONDS
    bench.whole = True
    assert bench.beat(*TURNS) == {0: [*"abcde"]}


def test_no_snapshot_is_sent_of_a_flush_that_failed() -> None:
    bench = Bench()
    bench.awaited, bench.broken = "a", True
    with pytest.raises(Stop):
        bench.beat([of("a")])
    assert bench.published == [["a"]]
    assert bench.sent == []


def test_the_last_beat_waits_for_the_one_that_runs() -> None:
    """A worker that is told to stop may be in the middle of one; both would evaluate the same."""
    bench = Bench()
    bench.turns = [[of("a")], [of("b")], [of("c")]]
    begun: list[int] = []
    tick = bench.tick

    def noted(shards: Sequence[Shard], totals: object, incarnation: int) -> Iterator[Tick]:
        begun.append(len(bench.published))
        return tick(shards, totals, incarnation)

    async def stop() -> None:
        await asyncio.gather(bench.checkpoint.run(), bench.checkpoint.run())

    with patch.object(bench, "tick", noted):
        asyncio.run(stop())
    assert begun == [0, 3]
