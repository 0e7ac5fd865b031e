"""The flush: makes state durable, then acknowledges, then lets the rest of the world see it.

The order is what exactness rests on, and each step waits for the broker to confirm the one before:

1. dead letters, rerouted records and every changed value, stamped with the applied offset;
2. the partition rows, which thereby speak only for values that are durable;
3. only then are the source offsets acknowledged, and a later commit may write them.

A crash between any two steps leaves values ahead of their row; the records after the row come again
and are skipped for the values that contain them. On any error nothing is acknowledged and the
worker stops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.agents.ownership import Ownership
from pipeline.agents.pulse import Pulse
from pipeline.errors import Stop
from pipeline.events.records import Topic
from pipeline.sinks import topics
from pipeline.sinks.topics import Kind, Outgoing
from pipeline.state.row import ROW_KEY
from pipeline.state.shard import Shard
from pipeline.state.source import Changes
from pipeline.transport.store import StateStore, deletion_headers

logger = logging.getLogger(__name__)

View = TypeVar("View")

Send = Callable[[Outgoing], Awaitable["asyncio.Future[object]"]]
"""Queues a message and returns the future of the broker's acknowledgement."""

Ends = Mapping[tuple[Topic, int], int]
"""For each source partition, the offset of the next record to read."""


async def _nothing(kind: Kind, acknowledgement: Awaitable[object] | None) -> None:
    """Do nothing at a stage; fault tests put something else here."""


@dataclass(frozen=True, slots=True)
class Names:
    """Full names of the topics that a flush writes to."""

    sources: Mapping[Topic, str]
    changelogs: Mapping[Topic, str]
    dead_letters: str


@dataclass(frozen=True, slots=True)
class _Cut:
    topic: Topic
    partition: int
    changes: Changes


class Flush:
    """Runs flushes, one at a time.

    Args:
        ownership: The shards to flush.
        stores: The table store of each topic.
        names: Where everything goes.
        partitions: Partition count of every topic.
        partition_of: Maps a brand's key to its partition.
        send: Sends one message.
        acknowledge: Acknowledges source offsets under a generation.
        pulse: Notices a standstill before anything is sent.
        reached: Called after each message is queued, and with no future after each step.
    """

    def __init__(
        self,
        ownership: Ownership,
        stores: Callable[[Topic], StateStore],
        names: Names,
        partitions: int,
        partition_of: Callable[[bytes], int],
        send: Send,
        acknowledge: Callable[[Ends, int], bool],
        pulse: Pulse,
        reached: Callable[[Kind, Awaitable[object] | None], Awaitable[None]] = _nothing,
    ) -> None:
        self._ownership = ownership
        self._stores = stores
        self._names = names
        self._partitions = partitions
        self._partition_of = partition_of
        self._send = send
        self._acknowledge = acknowledge
        self._pulse = pulse
        self._reached = reached
        self._running = asyncio.Lock()

    async def run(self, view: Callable[[Sequence[Shard]], View]) -> View | None:
        """Flush everything owned; returns ``view`` of the shards as of the flushed offsets.

        ``view`` is called at the cut, so that others get to see exactly what became durable.
        Returns None where nothing is owned or the assignment changed meanwhile: then nothing was
        acknowledged, and whoever owns the partitions now reads the records again.

        Raises:
            Stop: The broker did not confirm a write.
        """
        async with self._running:
            try:
                return await self._run(view)
            except BaseException:
                # What was cut is marked as written and may not have been. A later flush would write
                # rows that speak for values which are nowhere.
                self._ownership.drop()
                raise

    async def _run(self, view: Callable[[Sequence[Shard]], View]) -> View | None:
        ownership = self._ownership
        epoch = ownership.epoch
        if not ownership.ready:
            return None
        generation = ownership.generation
        shards = list(ownership.shards.values())
        cuts: list[_Cut] = []
        first: list[Outgoing] = []
        rows: list[Outgoing] = []
        for shard in shards:
            first.extend(self._effects(shard))
            for table in shard.tables:
                changes = table.cut(self._partitions)
                cuts.append(_Cut(table.topic, shard.partition, changes))
                first.extend(self._changelog(cuts[-1]))
                if changes.row is not None:
                    rows.append(self._value(Kind.ROW, cuts[-1], *changes.row))
        seen = view(shards)

        for step in (first, rows):
            await self._deliver(step)
            if ownership.epoch != epoch:
                logger.info("the assignment changed during a flush; nothing was acknowledged")
                return None
        ends = {(cut.topic, cut.partition): cut.changes.applied + 1 for cut in cuts}
        for cut in cuts:
            self._remember(cut)
        acknowledged = {source: end for source, end in ends.items() if end > 0}
        return seen if self._acknowledge(acknowledged, generation) else None

    def _effects(self, shard: Shard) -> list[Outgoing]:
        """Take what the intakes want to send: dead letters and reroutes."""
        messages: list[Outgoing] = []
        for topic, intake in shard.intakes.items():
            letters, intake.dead_letters = intake.dead_letters, []
            misplaced, intake.reroutes = intake.reroutes, []
            messages.extend(
                topics.dead_letter(letter, self._names.dead_letters) for letter in letters
            )
            messages.extend(
                topics.reroute(
                    record, self._names.sources[topic], self._partition_of(record.brand.encode())
                )
                for record in misplaced
            )
        return messages

    def _changelog(self, cut: _Cut) -> list[Outgoing]:
        changes = cut.changes
        messages = [self._value(Kind.VALUE, cut, key, value) for key, value in changes.values]
        headers = deletion_headers(changes.applied)
        name = self._names.changelogs[cut.topic]
        messages.extend(
            Outgoing(Kind.EXPIRED, name, key, None, cut.partition, headers)
            for key in changes.expired
        )
        return messages

    def _value(self, kind: Kind, cut: _Cut, key: bytes, value: bytes) -> Outgoing:
        return Outgoing(kind, self._names.changelogs[cut.topic], key, value, cut.partition)

    async def _deliver(self, messages: Sequence[Outgoing]) -> None:
        """Send messages and wait for the acknowledgement of every one."""
        if not messages:
            return
        acknowledgements = []
        try:
            for message in messages:
                self._pulse.beat()
                acknowledgement = await self._send(message)
                acknowledgements.append(acknowledgement)
                await self._reached(message.kind, acknowledgement)
            await asyncio.gather(*acknowledgements)
        except Stop:
            raise
        except Exception as error:
            # Whatever the client raised: without the acknowledgement nothing may be committed.
            raise Stop(f"the broker did not confirm a flush: {error!r}") from error
        await self._reached(messages[-1].kind, None)

    def _remember(self, cut: _Cut) -> None:
        changes = cut.changes
        written: list[tuple[bytes, bytes | None]] = [*changes.values]
        written.extend((key, None) for key in changes.expired)
        if changes.row is not None:
            written.append((ROW_KEY, changes.row[1]))
        self._stores(cut.topic).written(cut.partition, written)
