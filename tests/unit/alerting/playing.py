"""Worlds played through the worker's own steps, without a broker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.agents.rhythm_board import RhythmBoard
from pipeline.alerting.kinds import Kind
from pipeline.alerting.standing import Standing, Transition
from pipeline.alerting.watch import Watch
from pipeline.clock import WallClock
from pipeline.events.brands import BrandBook
from pipeline.events.instants import HOUR
from pipeline.events.records import RawRecord, RecordBatch, Topic
from pipeline.replay import Line, Replay, episodes, replay
from pipeline.settings import Settings
from pipeline.state.intake import Intake
from pipeline.state.row import NO_WATERMARK, ROW_KEY
from pipeline.state.shard import Shard
from pipeline.wiring import admission_of


def played(lines: Sequence[Line], book: BrandBook | None = None, **options: Any) -> Replay:
    """Replay a world."""
    book = book or BrandBook()
    clock = WallClock()
    return replay(lines, book, admission_of(Settings(), book, clock), clock, **options)


class Bench:
    """One partition of a worker: takes batches, ticks, and is taken over with what was written.

    Args:
        board: Shared by the partitions of a worker.
        partition: Its number.
    """

    def __init__(self, board: RhythmBoard, partition: int = 0) -> None:
        self.partition = partition
        self.transitions: list[Transition] = []
        self._board = board
        self._stored: dict[Topic, dict[bytes, bytes]] = {topic: {} for topic in Topic}
        self._book = BrandBook()
        self._load()

    def _load(self) -> None:
        self.shard = Shard(self.partition)
        admission = admission_of(Settings(), self._book, WallClock())
        for table in self.shard.tables:
            table.load(self._stored[table.topic])
        self.shard.intakes = {
            table.topic: Intake(table, admission, routing=None, brand_cap=100)
            for table in self.shard.tables
        }
        self._watch = Watch(self.shard, self._book)

    def take(self, topic: Topic, values: Sequence[bytes]) -> None:
        """Take the next records of a topic."""
        start = self.shard.intakes[topic].table.row.applied + 1
        records = [RawRecord(offset, value) for offset, value in enumerate(values, start)]
        if records:
            self.shard.intakes[topic].take(RecordBatch(topic, self.partition, records))

    def score(self) -> None:
        """Score what is complete and tell the board."""
        until = self._until
        before = self._watch.scored_until
        for _ in self._watch.score(until):
            pass
        if until and self._watch.scored_until != before:
            decided = min(self._watch.decided_until, self._board.ready_until())
            told = self._watch.told()
            for message in self._board.messages(self.partition, told, until, decided, ""):
                self._board.take(message.key, message.value)

    def decide(self) -> list[Transition]:
        """Decide what all have told of; returns the transitions, which are also kept."""
        ready = min(self._until, self._board.ready_until())
        hours = range(self._watch.decided_until, ready)
        news = [
            each
            for transitions in self._watch.decide(ready, self._board.rhythms(hours))
            for each in transitions
        ]
        self.transitions.extend(news)
        return news

    def decide_burdens(self) -> list[Transition]:
        """Decide what tickets decide, up to their watermark; returns the transitions."""
        until = self.shard.tickets.row.watermark // HOUR
        return [each for news in self._watch.decide_burdens(until) for each in news]

    @property
    def decided_until(self) -> int:
        """The first hour that is not decided for some brand."""
        return self._watch.decided_until

    def standings(self, brand: str) -> dict[Kind, Standing]:
        """Return where each alert of a brand stands now."""
        return {kind: each.frozen() for kind, each in self._watch.standings(brand).items()}

    def cut(self) -> set[bytes]:
        """Write down what changed; returns the keys of it."""
        written: set[bytes] = set()
        for table in self.shard.tables:
            changes = table.cut(1)
            written.update(key for key, _ in changes.values)
            stored = self._stored[table.topic]
            stored.update(changes.values)
            for key in changes.expired:
                stored.pop(key, None)
            if changes.row is not None:
                stored[ROW_KEY] = changes.row[1]
        return written

    def restart(self) -> None:
        """Go on in another worker, with what was written."""
        self._load()

    @property
    def _until(self) -> int:
        watermark = self.shard.mentions.row.watermark
        return watermark // HOUR if watermark > NO_WATERMARK else 0


def alerts(transitions: Sequence[Transition]) -> list[dict[str, Any]]:
    """Return the episodes of transitions, as a replay lists them."""
    return episodes(sorted(transitions, key=lambda each: each.order))
