"""Activities first: what was planned is known before what was said meanwhile is judged.

A maintenance mutes the hours that are decided after it was read, and a launch is final only so long
after its window. In a backlog, and after a takeover, the topic of activities and those of mentions
and tickets are read in any order. So the latter wait until the activities are applied that are
there when a partition comes, as a replay reads everything before it judges.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from pipeline.agents.lag import AskOffsets
from pipeline.agents.ownership import Ownership
from pipeline.events.records import Topic
from pipeline.state.shard import Shard

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 10.0
"""How long a partition is waited for. Activities are few; where none come something else is amiss,
and mentions must not stand still for it."""

_LOOK_SECONDS = 0.02


class PlansFirst:
    """Tells when the activities of a partition are read.

    Args:
        ownership: The shards; an assignment that ends ends the waiting.
        ends: Asks the broker for the end of each source partition.
        monotonic: A steady clock, in seconds.
    """

    def __init__(
        self,
        ownership: Ownership,
        ends: AskOffsets,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ownership = ownership
        self._ends = ends
        self._monotonic = monotonic
        self._epoch = -1
        self._read: set[int] = set()

    async def wait(self, shard: Shard) -> bool:
        """Wait for the activities of a partition; tells whether the assignment is still the same.

        They are those that the broker had when this was first asked under the assignment.
        """
        epoch = self._ownership.epoch
        if epoch != self._epoch:
            self._epoch, self._read = epoch, set()
        if shard.partition in self._read:
            return True
        source = (Topic.ACTIVITY, shard.partition)
        end = (await self._ends([source])).get(source, 0)
        deadline = self._monotonic() + LONGEST_SECONDS
        row = shard.activity.row
        while row.applied + 1 < end and self._ownership.epoch == epoch:
            if self._monotonic() > deadline:
                left = end - row.applied - 1
                logger.warning("%d activities of partition %d do not come", left, shard.partition)
                break
            await asyncio.sleep(_LOOK_SECONDS)
        if self._ownership.epoch != epoch:
            return False
        self._read.add(shard.partition)
        return True
