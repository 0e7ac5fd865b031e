"""Which partitions are ours, and their decoded state, under one assignment generation.

Decoded state never outlives a generation, not even for partitions that stay: while a rebalance ran,
another worker may have owned them. Everything is dropped when a rebalance starts and decoded again
from tables that are recovered anew when it is over.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Mapping

from pipeline.events.records import Topic
from pipeline.state.shard import Shard
from pipeline.transport.store import StateStore

logger = logging.getLogger(__name__)


class Ownership:
    """The shards of the current assignment.

    Args:
        stores: The recovered store of each source topic.
        equip: Gives a freshly loaded shard its intakes.
        partitions: Partition count of every topic.
    """

    def __init__(
        self,
        stores: Callable[[Topic], StateStore],
        equip: Callable[[Shard], None],
        partitions: int,
    ) -> None:
        self._stores = stores
        self._equip = equip
        self._partitions = partitions
        self._ready = asyncio.Event()
        self._changing = threading.Lock()
        self.epoch = 0
        self.generation = -1
        self.shards: Mapping[int, Shard] = {}

    @property
    def ready(self) -> bool:
        """Whether recovery of the current assignment is over."""
        return self._ready.is_set()

    def drop(self) -> None:
        """Forget all decoded state, and with it everything pending. May be called by any thread."""
        with self._changing:
            self.epoch += 1
            self.shards = {}
            self._ready.clear()

    def take_over(self, generation: int, owned: Iterable[int], epoch: int) -> bool:
        """Decode the recovered state of the partitions that are ours now.

        Returns False, and takes nothing, where everything was dropped since ``epoch``.

        Raises:
            Stop: The state does not fit (another format or partition count), or was not recovered.
        """
        shards = {}
        for partition in sorted(owned):
            shard = Shard(partition)
            for table in shard.tables:
                table.load(self._stores(table.topic).take(partition))
            shard.check_partitions(self._partitions)
            self._equip(shard)
            shards[partition] = shard
        with self._changing:
            if self.epoch != epoch:
                return False
            self.shards = shards
            self.generation = generation
            self._ready.set()
        logger.info("owns partitions %s in generation %d", sorted(shards), generation)
        return True

    async def shard(self, partition: int, generation: int) -> Shard | None:
        """Return the shard for records read under ``generation``; None where that has passed."""
        await self._ready.wait()
        if generation != self.generation:
            return None
        return self.shards.get(partition)
