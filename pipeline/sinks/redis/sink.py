"""The sink: takes publications without blocking or raising, and brings them to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterable, Sequence

from redis import exceptions

from pipeline.clock import Clock, WallClock
from pipeline.sinks.publication import Offsets, Publication
from pipeline.sinks.redis.acknowledged import Acknowledged
from pipeline.sinks.redis.address import DRIVER_ERRORS, RedisAddress, mapped
from pipeline.sinks.redis.heartbeat import Heartbeat
from pipeline.sinks.redis.keys import Keys
from pipeline.sinks.redis.link import Link, RedisObserver
from pipeline.sinks.redis.round_trip import Reply, run_calls
from pipeline.sinks.redis.scripts import Call, change_call, publish_call, retire_call

logger = logging.getLogger(__name__)

BATCH = 256
"""Brands a round trip: enough to hide its latency - on a busy event loop some turns of others, in
which hundreds are evaluated - and few enough not to hold up the loop."""

_LATER = (exceptions.OutOfMemoryError, exceptions.ReadOnlyError, exceptions.MasterDownError)
"""Refusals of single calls that concern all, and pass."""

_Census = tuple[frozenset[str], int, Offsets]


class RedisSink:
    """Keeps Redis at the latest publication of each brand.

    Every method but :meth:`run`, :meth:`settle` and :meth:`close` returns at once, never raises for
    the server's sake, and is called from the event loop in which :meth:`run` runs. While the server
    is away the latest publication of each brand waits.

    Args:
        address: The server.
        observer: Takes the sink's measurements.
        on_republish: Called with a reason when Redis may have lost data; the owner then offers
            every brand of its partitions again.
        clock: The wall clock, for heartbeats.
        heartbeat_seconds: Time between heartbeats.
        updates_length: Entries that the stream of updates keeps, about.
        history_length: Entries that a brand's history keeps, about; 9,600 are 400 days.

    Raises:
        Usage: The address cannot be used.
    """

    def __init__(
        self,
        address: RedisAddress,
        observer: RedisObserver,
        on_republish: Callable[[str], None],
        clock: Clock | None = None,
        heartbeat_seconds: float = 5.0,
        updates_length: int = 100_000,
        history_length: int = 9_600,
    ) -> None:
        self._address = address
        self._observer = observer
        self._on_republish = on_republish
        self._lengths = (updates_length, history_length)
        self._every = heartbeat_seconds
        self._keys = Keys(address.prefix)
        self._client = address.client()
        self._heartbeat = Heartbeat(self._keys, clock or WallClock())
        self._link = Link(address, observer, lambda: self.republish("the server was away"))
        self._acknowledged = Acknowledged()
        self._pending: dict[str, Publication] = {}
        self._censuses: dict[int, _Census] = {}
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._released: set[int] = set()
        self._warned: set[int] = set()
        self.rejected_writes = 0
        observer.set_redis_rejected_writes(0)

    @property
    def up(self) -> bool:
        """Whether the server answered last."""
        return self._link.up

    @property
    def waiting(self) -> int:
        """How many brands wait to be written."""
        return len(self._pending)

    def own(self, partition: int) -> None:
        """Begin to send the heartbeat of a partition."""
        self._heartbeat.partitions.add(partition)
        self._released.discard(partition)
        self._warned.discard(partition)

    def release(self, partition: int) -> None:
        """Forget what waits of a partition that went to another worker; its brands stay."""
        self._heartbeat.release(partition)
        self._released.add(partition)
        self._censuses.pop(partition, None)
        self._acknowledged.forget_partition(partition)
        for brand in [b for b, each in self._pending.items() if each.partition == partition]:
            del self._pending[brand]

    def offer(self, publications: Iterable[Publication]) -> None:
        """Take publications to be written; a later one of a brand replaces what still waits."""
        for publication in publications:
            self._pending[publication.brand] = publication
        self._start()

    def retain(
        self, partition: int, brands: Collection[str], incarnation: int, offsets: Offsets
    ) -> None:
        """Take out of the partition's list, and out of Redis, the brands that are not given.

        ``brands`` are all that the owner has at ``offsets``; a brand that was published with later
        offsets since stays.
        """
        self._censuses[partition] = (frozenset(brands), incarnation, offsets)
        self._start()

    def republish(self, reason: str) -> None:
        """Trust nothing that was written so far, and ask the owner for everything."""
        logger.info("publishing everything to Redis anew: %s", reason)
        self._acknowledged.clear()
        self._on_republish(reason)

    async def run(self) -> None:
        """Write and send heartbeats until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write())
            group.create_task(self._beat())

    async def settle(self, seconds: float) -> bool:
        """Wait until nothing waits, at most so long; returns whether that came about."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._settled.wait()
        return self._settled.is_set()

    async def close(self) -> None:
        """Close the connections; :meth:`run` must have ended."""
        await self._client.aclose()

    def _start(self) -> None:
        if self._pending or self._censuses:
            self._settled.clear()
            self._wake.set()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending or self._censuses:
                try:
                    if self._pending:
                        await self._publish_some()
                    else:
                        await self._retire_some()
                except DRIVER_ERRORS as error:
                    await asyncio.sleep(self._link.failed(error))
                else:
                    self._link.succeeded()
            self._settled.set()

    async def _beat(self) -> None:
        while True:
            try:
                reason = await self._heartbeat.beat(self._client)
            except DRIVER_ERRORS as error:
                await asyncio.sleep(min(self._every, self._link.failed(error)))
                continue
            returned = not self._link.up
            self._link.succeeded()
            # A return to service has asked for everything already.
            if reason and not returned:
                self.republish(reason)
            if self._heartbeat.evicted_keys is not None:
                self._observer.set_redis_evicted_keys(self._heartbeat.evicted_keys)
            await asyncio.sleep(self._every)

    async def _publish_some(self) -> None:
        taken = [self._pending.pop(brand) for brand in list(self._pending)[:BATCH]]
        done = 0
        try:
            calls = [self._call(each) for each in taken]
            for publication, reply in zip(taken, await run_calls(self._client, calls), strict=True):
                self._take_reply(publication, reply)
                done += 1
        finally:
            # Whatever has no answer goes back, unless a later publication came meanwhile.
            for publication in taken[done:]:
                self._put_back(publication)

    def _call(self, publication: Publication) -> Call:
        change = self._acknowledged.change(publication)
        if change is None:
            return publish_call(publication, self._keys, *self._lengths)
        return change_call(publication, change, self._keys, *self._lengths)

    def _put_back(self, publication: Publication) -> None:
        if publication.partition not in self._released:
            self._pending.setdefault(publication.brand, publication)

    def _take_reply(self, publication: Publication, reply: Reply) -> None:
        brand = publication.brand
        if isinstance(reply, _LATER):
            raise reply
        if isinstance(reply, Exception):
            # This one brand cannot be written; the others can, and the next publication tries.
            logger.warning("%s is not published: %s", brand, mapped(reply, self._address))
            self._acknowledged.forget(brand)
            return
        outcome, version = reply
        if outcome == "published":
            self._acknowledged.acknowledge(version, publication)
            return
        self._acknowledged.forget(brand)
        if outcome == "base":
            self._put_back(publication)
            return
        self.rejected_writes += 1
        self._observer.set_redis_rejected_writes(self.rejected_writes)
        if publication.partition not in self._warned:
            self._warned.add(publication.partition)
            logger.warning(
                "Redis holds a newer publication of %s (partition %d): %s",
                brand,
                publication.partition,
                version,
            )

    async def _retire_some(self) -> None:
        partition, census = next(iter(self._censuses.items()))
        brands, incarnation, offsets = census
        listed = await self._client.smembers(self._keys.brands(partition))
        gone = sorted({str(brand) for brand in listed} - brands)
        for first in range(0, len(gone), BATCH):
            await self._retire(gone[first : first + BATCH], partition, incarnation, offsets)
        if self._censuses.get(partition) is census:
            del self._censuses[partition]

    async def _retire(
        self, brands: Sequence[str], partition: int, incarnation: int, offsets: Offsets
    ) -> None:
        calls = [retire_call(each, partition, incarnation, offsets, self._keys) for each in brands]
        for brand, reply in zip(brands, await run_calls(self._client, calls), strict=True):
            if isinstance(reply, _LATER):
                raise reply
            if isinstance(reply, Exception):
                logger.warning("%s is not taken out: %s", brand, mapped(reply, self._address))
            else:
                self._acknowledged.forget(brand)
