"""Alerts in the worker: decided before each cut, so that they become durable with the state.

An hour is scored as soon as the partition's watermark has passed it, told to all partitions when
that is durable, and decided when all have told of it; a transition leaves in the same flush that
writes the decision down, before it. Between brands the event loop gets its turn.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from pipeline.agents.publish import BACKLOG_SECONDS, TURN_SECONDS
from pipeline.agents.rhythm_board import RhythmBoard
from pipeline.alerting.kinds import Kind
from pipeline.alerting.standing import Standing, Transition
from pipeline.alerting.watch import Told, Watch
from pipeline.events.brands import BrandBook
from pipeline.events.instants import HOUR
from pipeline.events.records import Topic
from pipeline.sinks import topics
from pipeline.sinks.topics import Outgoing
from pipeline.state.row import NO_WATERMARK
from pipeline.state.shard import Shard

Item = TypeVar("Item")

DECIDING_SECONDS = 0.2
"""How long a tick decides; brands that are left are decided at the next. While a backlog is read
it is as little as for evaluating: what is long past can wait until there is time."""

BACKLOG_HOURS = 12 * 24
"""Hours of a backlog that are scored at once, at least."""

FAR_BEHIND = 12 * 7 * 24
"""Hours that may be read while others are scored. Those that a score needs are kept until the
watermark is 17 weeks ahead; see :mod:`pipeline.state.horizon`."""

_MOST_PASSES = 4
"""Each takes a fraction of the one before; whoever reads faster than that must be cut some day."""


class AlertDesk:
    """The alerts of all owned partitions.

    Args:
        book: What is known of brands beside their events.
        board: What all partitions have told.
        empty: Gives the partitions that have nothing to tell.
        decided: Gives the first hour that some partition, ours or not, may still have to decide.
        is_behind: Tells whether a backlog is read.
        alerts_topic: Where transitions go.
        totals_topic: Where the rhythm is told.
    """

    def __init__(
        self,
        book: BrandBook,
        board: RhythmBoard,
        empty: Callable[[], Collection[int]],
        decided: Callable[[], int],
        is_behind: Callable[[], bool],
        alerts_topic: str,
        totals_topic: str,
    ) -> None:
        self._book = book
        self._board = board
        self._empty = empty
        self._decided = decided
        self._is_behind = is_behind
        self._alerts_topic = alerts_topic
        self._totals_topic = totals_topic
        self._watches: dict[int, Watch] = {}
        self._to_tell: dict[int, tuple[Told, int]] = {}
        self._until: dict[int, int] = {}

    async def prepare(self, shards: Sequence[Shard]) -> list[Outgoing]:
        """Score and decide what has become complete; returns the transitions as messages."""
        self._follow(shards)
        transitions: list[Transition] = []
        budget = BACKLOG_SECONDS if self._is_behind() else DECIDING_SECONDS
        deadline = time.monotonic() + budget
        for shard in shards:
            watch = self._watches[shard.partition]
            until = await self._score(shard)
            ready = min(until, self._board.ready_until(self._empty()))
            undecided = range(watch.decided_until, ready)
            decided = chain(
                watch.decide(ready, self._board.rhythms(undecided)) if undecided else (),
                watch.decide_burdens(_passed(shard.tickets.row.watermark)),
            )
            # What is shown beside an alert is read from panes, which do not wait for ever.
            urgent = len(undecided) > BACKLOG_HOURS
            for news in await _with_pauses(decided, math.inf if urgent else deadline):
                transitions.extend(news)
                # What changed is to be seen at once.
                shard.intakes[Topic.MENTIONS].touched.update(each.brand for each in news)
        await self._catch_up(shards)
        self._board.forget_before(self._decided())
        return [
            topics.alert(each.brand, each.document(), self._alerts_topic)
            for each in sorted(transitions, key=lambda each: each.order)
        ]

    async def _score(self, shard: Shard) -> int:
        """Score the hours that are complete, if they are due; returns the first that is not."""
        watch = self._watches[shard.partition]
        until = _passed(shard.mentions.row.watermark)
        before = watch.scored_until
        if self._is_due(watch, until):
            await _with_pauses(watch.score(until))
        if watch.scored_until != before and until:
            told = watch.told()
            if shard.partition in self._to_tell:
                earlier, _ = self._to_tell[shard.partition]
                told = {kind: earlier[kind].and_then(later) for kind, later in told.items()}
            self._to_tell[shard.partition] = (told, until)
        return until

    async def _catch_up(self, shards: Sequence[Shard]) -> None:
        """Score again where very much was read meanwhile.

        The cut that follows would forget hours that are needed for those that are not scored yet.
        """
        for _ in range(_MOST_PASSES):
            for shard in shards:
                scored = self._watches[shard.partition].scored_until
                if scored is not None:
                    behind = _passed(shard.mentions.row.watermark) - scored
                    if behind >= FAR_BEHIND:
                        await self._score(shard)

    def tell(self) -> list[Outgoing]:
        """Return what is to be told of the rhythm, once what it was scored from is durable."""
        to_tell, self._to_tell = self._to_tell, {}
        return [
            message
            for partition, (told, until) in to_tell.items()
            for message in self._board.messages(
                partition, told, until, self._decided(), self._totals_topic
            )
        ]

    @property
    def resting(self) -> int:
        """How many brands are at rest in the owned partitions."""
        return sum(watch.resting for watch in self._watches.values())

    def standings(self, partition: int, brand: str) -> Mapping[Kind, Standing]:
        """Return where each alert of a brand stands."""
        watch = self._watches.get(partition)
        return {} if watch is None else watch.standings(brand)

    def _is_due(self, watch: Watch, until: int) -> bool:
        """Tell whether the hours before ``until`` are to be scored now.

        While a backlog is read every tick passes many; many at a time cost a fraction of it.
        """
        partition = watch.shard.partition
        before, self._until[partition] = self._until.get(partition), until
        scored = watch.scored_until
        return scored is None or until == before or until - scored >= BACKLOG_HOURS

    def _follow(self, shards: Sequence[Shard]) -> None:
        """Decode the alerts of partitions that came, and forget those of others."""
        known = self._watches
        self._watches = {
            shard.partition: watch
            if (watch := known.get(shard.partition)) is not None and watch.shard is shard
            else Watch(shard, self._book)
            for shard in shards
        }
        self._to_tell = {
            partition: each
            for partition, each in self._to_tell.items()
            if self._watches.get(partition) is known.get(partition)
        }


def _passed(watermark: int) -> int:
    """Return the first hour that a watermark has not passed whole."""
    return watermark // HOUR if watermark > NO_WATERMARK else 0


async def _with_pauses(work: Iterator[Item], deadline: float = math.inf) -> list[Item]:
    """Do one piece of work after the other, with pauses, until the deadline; returns the yields."""
    done = []
    turn = time.monotonic() + TURN_SECONDS
    for each in work:
        done.append(each)
        now = time.monotonic()
        if now > deadline:
            break
        if now > turn:
            await asyncio.sleep(0)
            turn = time.monotonic() + TURN_SECONDS
    return done
