"""One beat of the worker: cut what is to be flushed, and publish while the broker confirms it."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from pipeline.agents.flush import Flush, Send, SendBatch
from pipeline.agents.publish import Evaluator, Tick
from pipeline.agents.totals import TotalsBoard, TotalsChanges
from pipeline.errors import Stop
from pipeline.sinks import topics
from pipeline.sinks.publication import Publication
from pipeline.sinks.topics import Bulk, Entry, Kind, Outgoing
from pipeline.state.shard import Shard

logger = logging.getLogger(__name__)

END_SECONDS = 5.0
"""How long after a beat in which a backlog was read others are at its end: then all brands are due,
and its last records are to be made durable first."""

BEAT_SECONDS = 1.0
"""How long a beat may last for evaluating at the end of a backlog."""

LEAST_SECONDS = 0.25
"""How long is evaluated even then, however long a flush took until its cut."""


class Sink(Protocol):
    """Takes what was evaluated. Must not block and must not raise."""

    def publish(self, shards: Sequence[Shard], tick: Tick) -> None:
        """Take the publications of a turn and the shards they come from."""


@dataclass(frozen=True, slots=True)
class _View:
    shards: list[Shard]
    epoch: int


class Checkpoint:
    """Flushes and publishes, again and again, and once more at the end.

    Args:
        flush: Makes state durable.
        epoch: Gives another number once partitions are not owned any more.
        evaluator: Decides what is due, and evaluates it.
        board: Totals over all partitions.
        totals: Decides whose totals are written.
        snapshots_topic: Where snapshots go.
        send: Sends a message.
        send_batch: Sends a record batch.
        commit: Commits acknowledged offsets now.
        settle: Waits, not for long, until the sinks have written what they took.
        sinks: Redis and Prometheus.
        tell: Gives what is to be told of the rhythm once a flush is durable.
        is_behind: Tells whether a backlog is read.
        monotonic: A steady clock, in seconds.
    """

    def __init__(
        self,
        flush: Flush,
        epoch: Callable[[], int],
        evaluator: Evaluator,
        board: TotalsBoard,
        totals: TotalsChanges,
        snapshots_topic: str,
        send: Send,
        send_batch: SendBatch,
        commit: Callable[[], Awaitable[object]],
        settle: Callable[[], Awaitable[object]],
        sinks: Sequence[Sink],
        tell: Callable[[], Sequence[Outgoing]],
        is_behind: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._flush = flush
        self._epoch = epoch
        self._evaluator = evaluator
        self._board = board
        self._totals = totals
        self._snapshots_topic = snapshots_topic
        self._send = send
        self._send_batch = send_batch
        self._commit = commit
        self._settle = settle
        self._sinks = sinks
        self._tell = tell
        self._is_behind = is_behind
        self._monotonic = monotonic
        self._behind_until = -math.inf
        self._published: dict[str, Mapping[str, str]] = {}
        self._seen: list[Shard] = []
        self._running = asyncio.Lock()

    async def run(self, *, whole: bool = False) -> None:
        """Flush, and publish; the ``whole`` of what changed, or as much as a flush should write.

        One at a time: a worker that is told to stop may be in the middle of one.

        Raises:
            Stop: The broker did not confirm a write.
        """
        async with self._running:
            await self._run(whole=whole)

    async def _run(self, *, whole: bool) -> None:
        began = self._monotonic()
        cut: asyncio.Future[_View] = asyncio.get_running_loop().create_future()
        flushing = asyncio.create_task(self._flush.run(partial(self._look, cut), whole=whole))
        try:
            await asyncio.wait((cut, flushing), return_when=asyncio.FIRST_COMPLETED)
            behind = self._is_behind()
            until = math.inf if whole else self._evaluate_until(began)
            snapshots = await self._publish(cut.result(), flushing, until) if cut.done() else {}
            view = await flushing
        except BaseException:
            flushing.cancel()
            raise
        if behind:
            self._behind_until = self._monotonic()
        if view is None or self._epoch() != view.epoch:
            self._published.clear()
            return
        await self._send_all(
            [*self._totals.messages(shard.mentions for shard in view.shards), *self._tell()]
        )
        await self._send_snapshots(snapshots)
        if view.shards != self._seen:
            self._seen = view.shards
            owned = {brand for shard in view.shards for brand in shard.brands}
            self._published = {b: f for b, f in self._published.items() if b in owned}

    def _evaluate_until(self, began: float) -> float:
        """Return when a beat that began at some time leaves it at what is evaluated by then."""
        if began - self._behind_until > END_SECONDS:
            return math.inf
        return max(began + BEAT_SECONDS, self._monotonic() + LEAST_SECONDS)

    async def finish(self) -> None:
        """Flush a last time and commit, so that the next owner has nothing to read again."""
        await self.run(whole=True)
        await self._commit()
        await self._settle()

    def _look(self, cut: asyncio.Future[_View], shards: Sequence[Shard]) -> _View:
        view = _View(list(shards), self._epoch())
        cut.set_result(view)
        return view

    async def _publish(
        self, view: _View, flushing: asyncio.Future[_View | None], until: float
    ) -> dict[int, list[Entry]]:
        """Evaluate what is due and hand it to the sinks; returns the snapshots by partition.

        Once the flush is over and a time has come the rest is left for the next beat.
        """
        snapshots: dict[int, list[Entry]] = {}
        # Without the incarnation Redis would take this worker for one from before the topics were
        # made anew; what is touched meanwhile stays due.
        evaluated = view.shards if self._board.incarnation else ()
        turns = self._evaluator.tick(evaluated, self._board.totals(), self._board.incarnation)
        while self._epoch() == view.epoch and (turn := next(turns, None)) is not None:
            for sink in self._sinks:
                sink.publish(view.shards, turn)
            self._put_snapshots(snapshots, turn.publications)
            # Records are read, and Kafka and Redis are written to, in between.
            await asyncio.sleep(0)
            if flushing.done() and self._monotonic() >= until:
                break
        return snapshots

    def _put_snapshots(
        self, snapshots: dict[int, list[Entry]], publications: Sequence[Publication]
    ) -> None:
        """Add a message for each brand of which more than the evaluation time changed."""
        for publication in publications:
            fields, known = publication.fields, self._published.get(publication.brand)
            # With the same time they are equal where nothing else has changed.
            if known is None or {**fields, "as_of": known["as_of"]} != known:
                self._published[publication.brand] = fields
                entry = topics.snapshot(publication.brand, fields)
                snapshots.setdefault(publication.partition, []).append(entry)

    async def _send_snapshots(self, snapshots: Mapping[int, Sequence[Entry]]) -> None:
        # The topic has as many partitions as those that the brands come from, and the same keys.
        await self._confirmed(
            [
                self._send_bulk(Bulk(Kind.SNAPSHOT, self._snapshots_topic, partition, entries))
                for partition, entries in snapshots.items()
            ]
        )

    async def _send_bulk(self, bulk: Bulk) -> None:
        acknowledgements = []
        end = 0
        while end < len(bulk.entries):
            end, acknowledgement = await self._send_batch(bulk, end)
            acknowledgements.append(acknowledgement)
        await asyncio.gather(*acknowledgements)

    async def _send_all(self, messages: Sequence[Outgoing]) -> None:
        await self._confirmed([self._send_one(message) for message in messages])

    async def _send_one(self, message: Outgoing) -> None:
        await (await self._send(message))

    async def _confirmed(self, sent: Sequence[Awaitable[object]]) -> None:
        try:
            await asyncio.gather(*sent)
        except Exception as error:
            # The client gave up after its own retries: the broker is gone for good.
            raise Stop(f"the broker did not take snapshots or totals: {error!r}") from error
