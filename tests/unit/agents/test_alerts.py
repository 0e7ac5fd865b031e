"""The alerts of a worker, beside what the tests of alerting play through."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from pipeline.agents.alerts import FAR_BEHIND, AlertDesk
from pipeline.agents.rhythm_board import RhythmBoard
from pipeline.alerting.baseline import WEEK
from pipeline.alerting.kinds import Kind
from pipeline.alerting.watch import Watch
from pipeline.events.brands import BrandBook
from pipeline.events.instants import HOUR
from pipeline.events.records import Topic
from pipeline.state.shard import Shard
from tests.unit.alerting.playing import Bench
from tests.unit.alerting.worlds import START, mentions, steady


def test_a_worker_without_partitions_has_nothing_to_decide() -> None:
    """There may be more workers than partitions."""
    board = RhythmBoard(2, 60.0)
    desk = AlertDesk(BrandBook(), board, set, lambda: 0, lambda: False, "alerts", "totals")
    assert asyncio.run(desk.prepare([])) == []
    assert desk.tell() == []


def test_hours_that_are_read_while_others_are_scored_are_scored_before_the_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cut forgets what lies far behind what was read, needed still or not."""
    shards = [Shard(0), Shard(1)]
    for shard in shards:
        shard.mentions.row.watermark = 500_000 * HOUR
    score = Watch.score
    jumps = iter([150 * 24, 90 * 24, 24])

    def slow(self: Watch, until: int) -> Iterator[None]:
        shards[0].mentions.row.watermark += next(jumps, 0) * HOUR
        yield from score(self, until)

    monkeypatch.setattr(Watch, "score", slow)
    desk = AlertDesk(
        BrandBook(), RhythmBoard(2, 60.0), set, lambda: 0, lambda: True, "alerts", "totals"
    )
    asyncio.run(desk.prepare(shards))
    watch = desk._watches[0]
    assert watch.scored_until is not None
    assert shards[0].mentions.row.watermark // HOUR - watch.scored_until < FAR_BEHIND


@pytest.mark.parametrize("by_all", [True, False])
def test_what_was_told_is_kept_until_everybody_has_decided_it(by_all: bool) -> None:
    """A worker that is ahead may get the partition of one that is not."""
    board = RhythmBoard(1, 60.0)
    bench = Bench(board)
    row = bench.shard.mentions.row

    def decided() -> int:
        return row.decided if by_all else START + 5 * WEEK

    desk = AlertDesk(BrandBook(), board, set, decided, lambda: False, "alerts", "totals")
    values = [each.value for each in mentions({"acme": steady(90, 5.0)})]
    deleted = 0
    for part in range(3):
        bench.take(Topic.MENTIONS, values[part * len(values) // 3 : (part + 1) * len(values) // 3])
        for _ in range(3):
            asyncio.run(desk.prepare([bench.shard]))
            for message in desk.tell():
                board.take(message.key or b"", message.value)
                deleted += message.value is None
    assert row.decided > START + 10 * WEEK
    assert bool(deleted) == by_all
    undecided = range(START + 5 * WEEK, START + 6 * WEEK)
    known = board.rhythms(undecided)[Kind.INFLUENCE_DROP].crowd(undecided).counts.any()
    assert known != by_all


def test_brands_at_rest_are_counted() -> None:
    board, bench = RhythmBoard(1, 60.0), Bench(RhythmBoard(1, 60.0))
    days = 40
    speaking = {f"speaks-{n}": steady(days, 5.0, seed=n) for n in range(2)}
    silent = {f"rests-{n}": steady(days, 0.02, seed=n) for n in range(3)}
    bench.take(Topic.MENTIONS, [each.value for each in mentions(speaking | silent)])
    desk = AlertDesk(BrandBook(), board, set, lambda: 0, lambda: False, "alerts", "totals")
    assert desk.resting == 0
    for _ in range(2):  # scored and told, and then decided
        asyncio.run(desk.prepare([bench.shard]))
        for message in desk.tell():
            board.take(message.key, message.value)
    assert desk.resting == len(silent)
    asyncio.run(desk.prepare([]))
    assert desk.resting == 0, "they have moved away"
