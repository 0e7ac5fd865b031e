"""The owner's heartbeat, and what it tells about the server.

The heartbeat expires by itself after :data:`LIFETIME`. One that vanished earlier, or a server that
is another process than at the last beat, means that data was lost and has to be published anew.
"""

from __future__ import annotations

import time
from typing import Final

import redis.asyncio as redis
from redis import exceptions

from pipeline.clock import Clock
from pipeline.events.instants import to_rfc3339
from pipeline.sinks.redis.keys import Keys

LIFETIME: Final = 30
"""Seconds after which a heartbeat that was not renewed is gone and readers take data as stale."""


class Heartbeat:
    """Writes ``heartbeat:{partition}`` for owned partitions.

    Args:
        keys: Names of the keys.
        clock: The wall clock: readers compare the heartbeat with theirs.
    """

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._beaten: dict[int, float] = {}
        self._run: str | None = None
        self.partitions: set[int] = set()
        self.evicted_keys: int | None = None

    def release(self, partition: int) -> None:
        """Stop beating for a partition; the new owner goes on, or the key expires."""
        self.partitions.discard(partition)
        self._beaten.pop(partition, None)

    async def beat(self, client: redis.Redis) -> str | None:
        """Beat once; returns why everything has to be published anew, if it has to be.

        Raises:
            redis.exceptions.RedisError: The server doesn't answer or denies the writes.
        """
        reason = await self._look(client)
        owned = sorted(self.partitions)
        async with client.pipeline(transaction=False) as pipeline:
            for partition in owned:
                pipeline.set(
                    self._keys.heartbeat(partition),
                    to_rfc3339(self._clock.now()),
                    ex=LIFETIME,
                    get=True,
                )
            before: list[str | None] = await pipeline.execute()
        now = time.monotonic()
        for partition, value in zip(owned, before, strict=True):
            last = self._beaten.get(partition)
            if partition not in self.partitions:
                continue  # released while the server answered
            self._beaten[partition] = now
            # Two seconds, because the server's clock and this one don't tick as one.
            if value is None and last is not None and now - last < LIFETIME - 2:
                reason = reason or "the heartbeat vanished before its time"
        return reason

    async def _look(self, client: redis.Redis) -> str | None:
        try:
            info = await client.info()
        except exceptions.NoPermissionError:
            # Without this right, evictions stay unknown and the heartbeat alone tells of losses.
            await client.ping()
            return None
        self.evicted_keys = int(info.get("evicted_keys", 0))
        run = str(info.get("run_id", ""))
        known, self._run = self._run, run
        if known is not None and known != run:
            return "the server was started anew"
        return None
