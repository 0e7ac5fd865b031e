"""One partition number across the three source topics: where a brand lives whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import Stop
from pipeline.events.instants import day_of
from pipeline.events.records import Topic
from pipeline.state.activities import BrandActivity
from pipeline.state.activity_table import ActivityTable
from pipeline.state.brand import BrandMentions
from pipeline.state.intake import Intake
from pipeline.state.mention_table import MentionTable
from pipeline.state.source import TOGETHER, SourceTable
from pipeline.state.ticket_table import TicketTable
from pipeline.state.tickets import TicketBook


@dataclass(frozen=True, slots=True)
class BrandState:
    """All that is remembered of one brand; a part is None where nothing was ever applied to it."""

    brand: str
    mentions: BrandMentions | None = None
    tickets: TicketBook | None = None
    activity: BrandActivity | None = None

    @property
    def first_seen(self) -> int | None:
        """The time of the brand's earliest event of any topic (microseconds), None without any."""
        first = None if self.mentions is None else self.mentions.carry.first_seen
        for other in (self.tickets, self.activity):
            seen = None if other is None else other.first_seen
            if seen is not None and (first is None or seen < first):
                first = seen
        return first

    def activities(self, kind: str) -> list[tuple[str, int, int | None]]:
        """Return name, start and end of each activity of a kind; see BrandActivity.windows."""
        return [] if self.activity is None else self.activity.windows(kind)


class Shard:
    """The decoded state of one partition number: mentions, tickets and activity.

    ``together``: how many records of a topic are applied together, at most; at most as many as a
    minute remembers ids.
    """

    def __init__(self, partition: int, together: int = TOGETHER) -> None:
        self.partition = partition
        self.mentions = MentionTable(partition)
        self.tickets = TicketTable(partition)
        self.activity = ActivityTable(partition)
        for table in self.tables:
            table.together = together
        self.intakes: Mapping[Topic, Intake] = {}
        self._settled: tuple[int, int] | None = None

    @property
    def tables(self) -> tuple[SourceTable, SourceTable, SourceTable]:
        """The three tables, in the order of their topics."""
        return (self.mentions, self.tickets, self.activity)

    @property
    def brands(self) -> set[str]:
        """Every brand with state in this partition."""
        return {brand for table in self.tables for brand in table.brands}

    def brand(self, brand: str) -> BrandState:
        """Return the state of one brand."""
        return BrandState(
            brand,
            self.mentions.by_brand.get(brand),
            self.tickets.by_brand.get(brand),
            self.activity.by_brand.get(brand),
        )

    def settle(self) -> None:
        """Keep what the windows of launches show that have become final; to be called before a cut.

        The one thing in which a value of one topic depends on another topic. Which launches are
        known at an offset of the mentions is not a function of the mentions; what their windows
        show is, but for events later than two days that come in the same flush as their end.
        """
        reached = (day_of(self.mentions.row.watermark), self.activity.row.applied)
        if reached != self._settled:
            self._settled = reached
            for brand, activity in self.activity.by_brand.items():
                launches = [day_of(start) for _, start, _ in activity.windows("launch")]
                self.mentions.settle(brand, launches)

    @property
    def offsets(self) -> tuple[int, int, int]:
        """Applied offsets of mentions, tickets and activity."""
        return (self.mentions.row.applied, self.tickets.row.applied, self.activity.row.applied)

    def check_partitions(self, partitions: int) -> None:
        """Refuse state that was built under another partition count.

        Raises:
            Stop: A brand's history would be in a partition that its key no longer maps to.
        """
        for table in self.tables:
            if table.row.partitions not in (0, partitions):
                raise Stop(
                    f"the state of {table.topic} was built with {table.row.partitions} partitions, "
                    f"the topic has {partitions}; restore the count, or make all topics anew"
                )
