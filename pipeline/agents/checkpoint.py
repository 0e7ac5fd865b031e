"""One beat of the worker: flush, then publish the state that was cut."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.agents.flush import Flush, Send
from pipeline.agents.publish import Evaluator, Tick
from pipeline.agents.totals import PartitionTotals, TotalsBoard, TotalsChanges, totals_of
from pipeline.errors import Stop
from pipeline.sinks import topics
from pipeline.sinks.publication import Publication
from pipeline.sinks.topics import Outgoing
from pipeline.state.shard import Shard

logger = logging.getLogger(__name__)


class Sink(Protocol):
    """Takes what was evaluated, once the flush is over. Must not block and must not raise."""

    def publish(self, shards: Sequence[Shard], tick: Tick) -> None:
        """Take the publications of a tick and the shards they come from."""


@dataclass(frozen=True, slots=True)
class _View:
    shards: list[Shard]
    tick: Tick
    totals: dict[int, PartitionTotals]


class Checkpoint:
    """Flushes and publishes, again and again, and once more at the end.

    Args:
        flush: Makes state durable.
        evaluator: Decides what is due, and evaluates it.
        board: Totals over all partitions.
        totals: Decides whose totals are written.
        snapshots_topic: Where snapshots go.
        send: Sends a message.
        commit: Commits acknowledged offsets now.
        settle: Waits, not for long, until the sinks have written what they took.
        sinks: Redis and Prometheus.
        tell: Gives what is to be told of the rhythm once a flush is durable.
    """

    def __init__(
        self,
        flush: Flush,
        evaluator: Evaluator,
        board: TotalsBoard,
        totals: TotalsChanges,
        snapshots_topic: str,
        send: Send,
        commit: Callable[[], Awaitable[object]],
        settle: Callable[[], Awaitable[object]],
        sinks: Sequence[Sink],
        tell: Callable[[], Sequence[Outgoing]],
    ) -> None:
        self._flush = flush
        self._evaluator = evaluator
        self._board = board
        self._totals = totals
        self._snapshots_topic = snapshots_topic
        self._send = send
        self._commit = commit
        self._settle = settle
        self._sinks = sinks
        self._tell = tell
        self._published: dict[str, dict[str, str]] = {}
        self._seen: list[Shard] = []

    async def run(self, *, whole: bool = False) -> None:
        """Flush, and publish; the ``whole`` of what changed, or as much as a flush should write.

        Raises:
            Stop: The broker did not confirm a write.
        """
        view = await self._flush.run(self._evaluate, whole=whole)
        if view is None:
            return
        for sink in self._sinks:
            sink.publish(view.shards, view.tick)
        await self._send_all(
            [
                *self._totals.messages(view.totals),
                *self._tell(),
                *self._snapshots(view.tick.publications),
            ]
        )
        if view.shards != self._seen:
            self._seen = view.shards
            owned = {brand for shard in view.shards for brand in shard.brands}
            self._published = {b: f for b, f in self._published.items() if b in owned}

    async def finish(self) -> None:
        """Flush a last time and commit, so that the next owner has nothing to read again."""
        await self.run(whole=True)
        await self._commit()
        await self._settle()

    def _evaluate(self, shards: Sequence[Shard]) -> _View:
        # Without the incarnation Redis would take this worker for one from before the topics were
        # made anew; what is touched meanwhile stays due.
        evaluated = shards if self._board.incarnation else ()
        tick = self._evaluator.tick(evaluated, self._board.totals(), self._board.incarnation)
        totals = {shard.partition: totals_of(shard.mentions) for shard in shards}
        return _View(list(shards), tick, totals)

    def _snapshots(self, publications: Sequence[Publication]) -> list[Outgoing]:
        """Return a message for each brand of which more than the evaluation time changed."""
        messages = []
        for publication in publications:
            lasting = {k: v for k, v in publication.fields.items() if k != "as_of"}
            if self._published.get(publication.brand) != lasting:
                self._published[publication.brand] = lasting
                messages.append(
                    topics.snapshot(publication.brand, publication.fields, self._snapshots_topic)
                )
        return messages

    async def _send_all(self, messages: Sequence[Outgoing]) -> None:
        if not messages:
            return
        try:
            await asyncio.gather(*[await self._send(message) for message in messages])
        except Exception as error:
            # The client gave up after its own retries: the broker is gone for good.
            raise Stop(f"the broker did not take snapshots or totals: {error!r}") from error
