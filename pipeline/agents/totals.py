"""Totals of all brands: what each partition contributes, and what every worker reads back.

Share of voice needs the mentions of brands that other workers own. Each owner writes the daily
totals of its partitions to one compacted topic, which every worker reads from its beginning.
The same topic holds the incarnation: a number written when the topics were made, raised when they
are made anew, so that what was published from older topics cannot block what comes now.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.events.instants import day_of
from pipeline.metrics.share_of_voice import Totals
from pipeline.sinks.topics import INCARNATION_KEY, Kind, Outgoing
from pipeline.state.mention_table import MentionTable
from pipeline.state.row import NO_WATERMARK

logger = logging.getLogger(__name__)

WRITE_SECONDS = 2.0
"""A partition's totals are written at most this often."""

DAYS = 30
"""Days kept of each partition's totals: the 28 that a share covers, and some for stragglers."""


_END_OF_TIME = 253_402_300_800_000_000
"""The year 10000, which has no name in RFC 3339; microseconds since the epoch."""

IsRead = Callable[[int], bool]
"""Tells whether a partition is known to have no mention that was not read."""


class PartitionTotals(msgspec.Struct, frozen=True):
    """Mentions of all brands of one partition, by UTC day (days since the epoch).

    ``is_left`` says of a partition of which no mention was accepted yet whether there may be some
    that were not read. ``decided`` is the first hour that whoever takes the partition over may have
    to decide.
    """

    partition: Annotated[int, Meta(ge=0)]
    applied: int
    watermark: Annotated[int, Meta(ge=NO_WATERMARK, lt=_END_OF_TIME)]
    mentions: dict[int, int]
    is_left: bool = False
    decided: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing to say, for all that is known."""
        return self.watermark == NO_WATERMARK and not self.is_left


def totals_of(table: MentionTable) -> PartitionTotals:
    """Add up a partition's daily mentions over the last :data:`DAYS` days before its watermark."""
    row = table.row
    sums: dict[int, int] = {}
    if row.watermark > NO_WATERMARK:
        newest = day_of(row.watermark)
        sums = table.mentions_by_day(range(newest - DAYS + 1, newest + 1))
    return PartitionTotals(table.partition, row.applied, row.watermark, sums, decided=table.decided)


class TotalsBoard:
    """The latest totals of every partition, as read from the topic."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._by_partition: dict[int, PartitionTotals] = {}
        self.incarnation = 0

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take one record of the topic; older totals than known ones are left aside."""
        if value is None:
            return
        try:
            if key == INCARNATION_KEY:
                self.incarnation = max(self.incarnation, _NUMBER.decode(value))
                return
            totals = _DECODER.decode(value)
            if totals.partition >= self._partitions:
                raise ValueError(f"there is no partition {totals.partition}")
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            logger.warning("left aside an unreadable record of the totals topic: %s", error)
            return
        known = self._by_partition.get(totals.partition)
        if known is None or known.applied <= totals.applied:
            self._by_partition[totals.partition] = totals

    def empty(self, owned: Mapping[int, MentionTable], is_read: IsRead) -> set[int]:
        """Return the partitions that have nothing to say; of those that are owned, as of now."""
        return {
            partition
            for partition, totals in self._by_partition.items()
            if totals.is_empty
            and (
                partition not in owned
                or (owned[partition].row.watermark == NO_WATERMARK and is_read(partition))
            )
        }

    @property
    def decided(self) -> int:
        """The first hour that some partition may have to decide; empty ones aside."""
        if len(self._by_partition) < self._partitions:
            return 0
        hours = [each.decided for each in self._by_partition.values() if not each.is_empty]
        return min(hours, default=0)

    def totals(self) -> Totals | None:
        """Return the totals over all partitions; None until every partition has spoken."""
        if len(self._by_partition) < self._partitions:
            return None
        return combine(self._by_partition.values())


def combine(parts: Iterable[PartitionTotals]) -> Totals | None:
    """Add the totals of partitions; None where nothing was ever mentioned."""
    sums: dict[int, int] = {}
    as_of = NO_WATERMARK
    for part in parts:
        as_of = max(as_of, part.watermark)
        for day, mentions in part.mentions.items():
            sums[day] = sums.get(day, 0) + mentions
    return Totals(sums, as_of) if as_of > NO_WATERMARK else None


class TotalsChanges:
    """Says which partitions' totals are worth writing again.

    Args:
        topic: Where they are written.
        is_read: Of each partition.
        monotonic: A steady clock, in seconds.
    """

    def __init__(
        self,
        topic: str,
        is_read: IsRead,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topic = topic
        self._is_read = is_read
        self._monotonic = monotonic
        self._written: dict[int, tuple[PartitionTotals, float]] = {}

    def messages(self, tables: Iterable[MentionTable]) -> list[Outgoing]:
        """Return a message for every owned partition whose totals moved, each every few seconds."""
        now = self._monotonic()
        before, self._written = self._written, {}
        changed = []
        for table in tables:
            written = before.get(table.partition)
            # Others do not wait for an empty one: that it is none any more is told at once.
            if written is None or written[0].is_empty or now - written[1] >= WRITE_SECONDS:
                current = totals_of(table)
                if current.is_empty and not self._is_read(table.partition):
                    current = msgspec.structs.replace(current, is_left=True)
                if written is None or _moved(written[0], current):
                    written = (current, now)
                    key = str(table.partition).encode()
                    changed.append(
                        Outgoing(Kind.TOTALS, self._topic, key, _ENCODER.encode(current))
                    )
            self._written[table.partition] = written
        return changed


def _moved(before: PartitionTotals, now: PartitionTotals) -> bool:
    return msgspec.structs.replace(before, applied=now.applied) != now


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(PartitionTotals)
_NUMBER = msgspec.json.Decoder(int)
