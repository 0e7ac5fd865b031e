"""The flush: makes state durable, then acknowledges it.

The order is what exactness rests on, and each step waits for the broker to confirm the one before:

1. dead letters, rerouted records and every changed value, stamped with the applied offset;
2. the partition rows, which thereby speak only for values that are durable;
3. only then are the source offsets acknowledged, and a later commit may write them.

Where more has changed than a flush should write, some of it is left for later ones, and the rows
and acknowledgements that need it wait (:meth:`pipeline.state.source.SourceTable.cut`).

A crash between any two steps leaves values ahead of their row; the records after the row come again
and are skipped for the values that contain them. On any error nothing is acknowledged and the
worker stops.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from pipeline.agents.ownership import Ownership
from pipeline.agents.pulse import Pulse
from pipeline.errors import Stop
from pipeline.events.records import Headers, Topic
from pipeline.sinks import topics
from pipeline.sinks.topics import Bulk, Entry, Kind, Outgoing
from pipeline.state import encoding
from pipeline.state.shard import Shard
from pipeline.state.source import Changes, SourceTable
from pipeline.transport.store import StateStore, deletion_headers

logger = logging.getLogger(__name__)

View = TypeVar("View")

Send = Callable[[Outgoing], Awaitable["asyncio.Future[object]"]]
"""Queues a message and returns the future of the broker's acknowledgement."""

SendBatch = Callable[[Bulk, int], Awaitable[tuple[int, "asyncio.Future[object]"]]]
"""Queues as many records of a bulk as one record batch takes, from an index on; returns the index
of the first that is left, and the future of the broker's acknowledgement."""

FLUSH_BYTES = 32 * 1024 * 1024
"""About how much a flush writes. Panes of busy brands come to much more a second, and to write each
of them every few seconds is as good."""

FLUSH_SECONDS = 2.0
"""A flush that comes later after the one before writes more, in proportion: while a backlog is read
few come. Those of live events come sooner, however busy, and must not get longer by being long."""

Ends = Mapping[tuple[Topic, int], int]
"""For each source partition, the offset of the next record to read."""


Prepare = Callable[[Sequence[Shard]], Awaitable[Sequence[Outgoing]]]
"""Derives from the shards what is to be kept with them; returns messages that tell of it."""


async def _prepare_nothing(_: Sequence[Shard]) -> Sequence[Outgoing]:
    """Derive nothing."""
    return ()


async def reach_nothing(kind: Kind, acknowledgement: Awaitable[object] | None) -> None:
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
    regressed: Mapping[bytes, bytes]


class Flush:
    """Runs flushes, one at a time.

    Args:
        ownership: The shards to flush.
        stores: The table store of each topic.
        names: Where everything goes.
        partitions: Partition count of every topic.
        partition_of: Maps a brand's key to its partition.
        send: Sends one message.
        send_batch: Sends a record batch to a changelog.
        acknowledge: Acknowledges source offsets under a generation.
        pulse: Notices a standstill before anything is sent.
        reached: Called after each message or batch is queued, and with no future after each step.
        prepare: Called before the cut. Its messages are confirmed before what it kept is written,
            so that a crash may send them twice, but never not at all.
        monotonic: A steady clock, in seconds.
    """

    def __init__(
        self,
        ownership: Ownership,
        stores: Callable[[Topic], StateStore],
        names: Names,
        partitions: int,
        partition_of: Callable[[bytes], int],
        send: Send,
        send_batch: SendBatch,
        acknowledge: Callable[[Ends, int], bool],
        pulse: Pulse,
        reached: Callable[[Kind, Awaitable[object] | None], Awaitable[None]] = reach_nothing,
        prepare: Prepare = _prepare_nothing,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ownership = ownership
        self._stores = stores
        self._names = names
        self._partitions = partitions
        self._partition_of = partition_of
        self._send = send
        self._send_batch = send_batch
        self._acknowledge = acknowledge
        self._pulse = pulse
        self._reached = reached
        self._prepare = prepare
        self._running = asyncio.Lock()
        self._monotonic = monotonic
        self._cut_at = monotonic()

    async def run(
        self, view: Callable[[Sequence[Shard]], View], *, whole: bool = True
    ) -> View | None:
        """Flush what is owned; returns ``view`` of the shards as of the cut.

        Unless the ``whole`` of it is wanted, no more than :data:`FLUSH_BYTES` or so are written,
        what changed first before the rest. Rows and acknowledgements lag behind accordingly.

        ``view`` is called at the cut, before anything of it is durable; see "Decisions" in
        ``pipeline/README.md``. Where alerts have changed it is called once all is: they are shown
        when nothing can take them back.
        Returns None where nothing is owned or the assignment changed meanwhile: then nothing was
        acknowledged, and whoever owns the partitions now reads the records again.

        Raises:
            Stop: The broker did not confirm a write.
        """
        async with self._running:
            try:
                return await self._run(view, whole=whole)
            except BaseException:
                # What was cut is marked as written and may not have been. A later flush would write
                # rows that speak for values which are nowhere.
                self._ownership.drop()
                raise

    async def _run(self, view: Callable[[Sequence[Shard]], View], *, whole: bool) -> View | None:
        ownership = self._ownership
        epoch = ownership.epoch
        if not ownership.ready:
            return None
        generation = ownership.generation
        shards = list(ownership.shards.values())
        news = await self._prepare(shards)
        if ownership.epoch != epoch:
            return None
        before, self._cut_at = self._cut_at, self._monotonic()
        some = FLUSH_BYTES * max(1.0, (self._cut_at - before) / FLUSH_SECONDS)
        limit = None if whole else int(some) // max(1, len(shards))
        cuts: list[_Cut] = []
        effects: list[Outgoing] = []
        values: list[Bulk] = []
        rows: list[Bulk] = []
        for shard in shards:
            if cuts:
                # Each partition is cut at an offset of its own, and others get their turn between.
                await asyncio.sleep(0)
                if ownership.epoch != epoch:
                    return None
            shard.settle()
            effects.extend(self._effects(shard))
            for table in shard.tables:
                cut = self._cut(table, shard.partition, limit)
                cuts.append(cut)
                values.extend(self._restored(cut))
                values.extend(self._changelog(cut))
                if cut.changes.row is not None:
                    rows.append(self._bulk(Kind.ROW, cut, [cut.changes.row]))
        seen = None if news else (view(shards),)

        for messages, bulks in ((news, ()), (effects, values), ((), rows)):
            await self._deliver(messages, bulks)
            if ownership.epoch != epoch:
                logger.info("the assignment changed during a flush; nothing was acknowledged")
                return None
        ends = {(cut.topic, cut.partition): cut.changes.durable + 1 for cut in cuts}
        for cut in cuts:
            self._remember(cut)
        acknowledged = {source: end for source, end in ends.items() if end > 0}
        if not self._acknowledge(acknowledged, generation):
            return None
        return view(shards) if seen is None else seen[0]

    def _cut(self, table: SourceTable, partition: int, limit: int | None) -> _Cut:
        changes = table.cut(self._partitions, limit)
        regressed = self._stores(table.topic).regressed(partition)
        if regressed:
            rewritten = {key for key, _ in changes.values}.union(changes.expired)
            regressed = {key: value for key, value in regressed.items() if key not in rewritten}
        return _Cut(table.topic, partition, changes, regressed)

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

    def _restored(self, cut: _Cut) -> Iterator[Bulk]:
        """Write once more, as it was, what a suspended worker wrote over."""
        deletions: dict[int, list[Entry]] = {}
        values: list[Entry] = []
        for key, value in cut.regressed.items():
            if encoding.is_tombstone(value):
                deletions.setdefault(encoding.applied_offset(value), []).append((key, None))
            else:
                values.append((key, value))
        if values:
            yield self._bulk(Kind.VALUE, cut, values)
        for applied, entries in deletions.items():
            yield self._bulk(Kind.EXPIRED, cut, entries, deletion_headers(applied))

    def _changelog(self, cut: _Cut) -> Iterator[Bulk]:
        changes = cut.changes
        if changes.values:
            yield self._bulk(Kind.VALUE, cut, changes.values)
        if changes.expired:
            entries = [(key, None) for key in changes.expired]
            yield self._bulk(Kind.EXPIRED, cut, entries, deletion_headers(changes.applied))

    def _bulk(self, kind: Kind, cut: _Cut, entries: Sequence[Entry], headers: Headers = ()) -> Bulk:
        return Bulk(kind, self._names.changelogs[cut.topic], cut.partition, entries, headers)

    async def _deliver(self, messages: Sequence[Outgoing], bulks: Sequence[Bulk]) -> None:
        """Send everything and wait for the acknowledgement of all of it."""
        acknowledgements: list[asyncio.Future[object]] = []
        kind: Kind | None = None
        try:
            for message in messages:
                self._pulse.beat()
                acknowledgements.append(await self._send(message))
                kind = message.kind
                await self._reached(kind, acknowledgements[-1])
            # One batch of each partition after the other: a second one of the same partition waits
            # until the first is on its way.
            left = [(bulk, 0) for bulk in bulks]
            while left:
                rest = []
                for bulk, start in left:
                    self._pulse.beat()
                    end, acknowledgement = await self._send_batch(bulk, start)
                    acknowledgements.append(acknowledgement)
                    kind = bulk.kind
                    await self._reached(kind, acknowledgement)
                    if end < len(bulk.entries):
                        rest.append((bulk, end))
                left = rest
            await asyncio.gather(*acknowledgements)
        except Stop:
            raise
        except Exception as error:
            # Whatever the client raised: without the acknowledgement nothing may be committed.
            raise Stop(f"the broker did not confirm a flush: {error!r}") from error
        if kind is not None:
            await self._reached(kind, None)

    def _remember(self, cut: _Cut) -> None:
        changes = cut.changes
        written = chain(cut.regressed, (key for key, _ in changes.values), changes.expired)
        self._stores(cut.topic).written(cut.partition, written)
