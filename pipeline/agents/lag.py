"""How far behind the end of the source topics we are, and whether that still changes."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pipeline.agents.ownership import Ownership
from pipeline.events.records import Topic

logger = logging.getLogger(__name__)

Source = tuple[Topic, int]

AskOffsets = Callable[[Sequence[Source]], Awaitable[Mapping[Source, int]]]

BACKLOG_RECORDS = 100_000
"""Lag that takes a worker about a second."""

STALL_SECONDS = 60.0
"""Without progress for this long while there is lag, the worker is not live."""


class LagWatch:
    """Polls end offsets; the client's own lag freezes when fetching stalls.

    Args:
        ownership: The shards, whose applied offsets are the position that counts.
        end_offsets: Asks the broker for the end of each source partition.
        first_offsets: Asks it for the offset before which all records are gone.
        monotonic: A steady clock, in seconds.
    """

    def __init__(
        self,
        ownership: Ownership,
        end_offsets: AskOffsets,
        first_offsets: AskOffsets,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ownership = ownership
        self._end_offsets = end_offsets
        self._first_offsets = first_offsets
        self._monotonic = monotonic
        self._progressed = monotonic()
        self._applied: dict[Source, int] = {}
        self._epoch = -1
        self.records: Mapping[Source, int] = {}

    async def look(self) -> None:
        """Ask the broker once, and note whether anything moved.

        While state is recovered nothing is asked, and nothing can move.
        """
        if not self._ownership.ready:
            self._progressed = self._monotonic()
            return
        epoch = self._ownership.epoch
        applied = {
            (table.topic, shard.partition): table.row.applied
            for shard in self._ownership.shards.values()
            for table in shard.tables
        }
        ends = await self._end_offsets(list(applied)) if applied else {}
        records = {
            source: max(0, ends[source] - 1 - offset)
            for source, offset in applied.items()
            if source in ends
        }
        # What is gone is not left to read. Where something is being read nobody needs to ask.
        still = [n for n, lag in records.items() if lag and applied[n] == self._applied.get(n)]
        for source, first in (await self._first_offsets(still) if still else {}).items():
            records[source] = min(records[source], max(0, ends[source] - first))
        self.records, self._epoch = records, epoch
        if applied != self._applied or not any(self.records.values()):
            self._applied = applied
            self._progressed = self._monotonic()

    def is_behind(self) -> bool:
        """Tell whether there is a backlog, not just what came in since the last flush."""
        return sum(self.records.values()) > BACKLOG_RECORDS

    def is_read(self, source: Source) -> bool:
        """Tell whether nothing was left to read of a source partition at the last look.

        False where there was none since the assignment changed: another may have owned it.
        """
        return self._epoch == self._ownership.epoch and self.records.get(source) == 0

    def is_live(self) -> tuple[bool, str]:
        """Tell whether offsets progress while there is lag."""
        if not self._ownership.ready:
            return True, "recovers state"
        behind = sum(self.records.values())
        still = self._monotonic() - self._progressed
        if behind and still > STALL_SECONDS:
            return False, f"{behind} records behind, no progress for {still:.0f} s"
        return True, f"{behind} records behind"
