"""Which brands a tick evaluates, with and without a backlog."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from pipeline.agents import publish
from pipeline.agents.publish import Evaluator
from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.state.brand import BrandMentions
from pipeline.state.shard import Shard

NOW = 1_767_225_600_000_000


class Bench:
    """An evaluator whose steady clock moves by a second each time somebody looks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, brands: int, turn: float = 100.0) -> None:
        monkeypatch.setattr(publish, "BACKLOG_SECONDS", 2.5)
        monkeypatch.setattr(publish, "TICK_SECONDS", 5.5)
        monkeypatch.setattr(publish, "TURN_SECONDS", turn)
        self.behind = True
        self.shards = [Shard(0), Shard(1)]
        for number in range(brands):
            table = self.shards[number % 2].mentions
            table.by_brand[f"brand-{number}"] = BrandMentions()
        seconds = count()
        self._evaluator = Evaluator(
            FixedClock(NOW),
            BrandBook(),
            1e9,
            lambda: self.behind,
            lambda _partition, _brand: {},
            lambda: next(seconds),
        )

    def tick(self) -> list[str]:
        """Tick once; returns the brands evaluated."""
        return [brand for turn in self.turns() for brand in turn]

    def turns(self) -> Iterator[list[str]]:
        """Tick once; yields the brands evaluated in each turn."""
        for turn in self._evaluator.tick(self.shards, None, 1):
            assert set(turn.sources) == {each.brand for each in turn.publications}
            yield [each.brand for each in turn.publications]


def test_a_backlog_is_published_a_little_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 8)
    first, second, third = bench.tick(), bench.tick(), bench.tick()
    assert [len(first), len(second), len(third)] == [3, 3, 2]
    assert sorted(first + second + third) == [f"brand-{number}" for number in range(8)]
    assert bench.tick() == []


def test_without_a_backlog_more_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 12)
    assert len(bench.tick()) == 3
    bench.behind = False
    assert [len(bench.tick()), len(bench.tick())] == [6, 3]


def test_partitions_that_went_away_are_not_due(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 8)
    bench.tick()
    del bench.shards[0]
    bench.behind = False
    assert bench.tick() == ["brand-1", "brand-3", "brand-5", "brand-7"]


def test_a_shard_decoded_anew_is_due_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 2)
    assert len(bench.tick()) == 2
    bench.shards[0] = Shard(0)
    bench.shards[0].mentions.by_brand["other"] = BrandMentions()
    assert bench.tick() == ["other"]


def test_a_tick_comes_in_turns_and_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 12, turn=1.5)
    bench.behind = False
    assert [len(turn) for turn in bench.turns()] == [2, 2]
    waited_longest = bench.tick()
    assert len(waited_longest) == 4
    assert len({*waited_longest, *bench.tick()}) == 8


def test_what_was_not_waited_for_stays_due(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 4, turn=1.5)
    bench.behind = False
    first = next(bench.turns())
    assert sorted(first + bench.tick()) == [f"brand-{number}" for number in range(4)]


def test_there_is_a_turn_where_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, 1)
    bench.tick()
    assert list(bench.turns()) == [[]]
