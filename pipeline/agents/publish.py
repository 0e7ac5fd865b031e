"""Evaluation at a tick: which brands are due, and what is published of each.

Every brand of a tick is evaluated at the same instant. A brand is due when something was applied to
it, and all are due once in a refresh period: windows move on without events too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.clock import Clock
from pipeline.events.brands import BrandBook
from pipeline.events.instants import SECOND
from pipeline.metrics.share_of_voice import Totals, days_before
from pipeline.metrics.snapshot import evaluate
from pipeline.sinks.publication import Publication
from pipeline.state.shard import Shard
from pipeline.state.tiers import DAY, current_pane

TOTALS_PAUSE = 5 * SECOND
"""While history is read the totals change all the time; shares follow them this often."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What one evaluation yields.

    ``sources`` holds the newest event time of each source a brand; ``taken`` the production time in
    milliseconds and the size of every batch that it contains for the first time.
    """

    publications: list[Publication]
    sources: dict[str, dict[str, int]]
    incarnation: int
    taken: list[tuple[int, int]]


class Evaluator:
    """Evaluates the brands that are due.

    Args:
        clock: Gives the evaluation time.
        book: What is known of brands beside their events.
        refresh_seconds: All brands are due this often.
    """

    def __init__(self, clock: Clock, book: BrandBook, refresh_seconds: float) -> None:
        self._clock = clock
        self._book = book
        self._refresh = int(refresh_seconds * SECOND)
        self._refreshed: dict[int, tuple[Shard, int]] = {}
        self._shares: tuple[dict[int, int], int] = ({}, 0)

    def refresh_all(self) -> None:
        """Make every brand due at the next tick."""
        self._refreshed.clear()

    def tick(
        self, shards: Sequence[Shard], totals: Totals | None, incarnation: int, monotonic: int
    ) -> Tick:
        """Evaluate what is due. ``monotonic`` is a steady time in microseconds, for the refresh."""
        t = self._clock.now()
        self._follow_totals(totals, t, monotonic)
        owned = {shard.partition for shard in shards}
        self._refreshed = {p: each for p, each in self._refreshed.items() if p in owned}
        publications: list[Publication] = []
        sources: dict[str, dict[str, int]] = {}
        batches: list[tuple[int, int]] = []
        for shard in shards:
            for brand in sorted(self._due(shard, monotonic)):
                publications.append(publication(shard, brand, self._book, totals, incarnation, t))
                mentions = shard.mentions.by_brand.get(brand)
                if mentions is not None:
                    sources[brand] = mentions.newest_by_source()
            for intake in shard.intakes.values():
                taken, intake.taken = intake.taken, []
                batches.extend(taken)
        return Tick(publications, sources, incarnation, batches)

    def _follow_totals(self, totals: Totals | None, t: int, monotonic: int) -> None:
        """Make everything due when the days that shares of voice cover have changed."""
        if totals is None:
            return
        known, at = self._shares
        days = {day: totals.mentions.get(day, 0) for day in days_before(current_pane(t, DAY))}
        if days != known and monotonic - at >= TOTALS_PAUSE:
            self._shares = (days, monotonic)
            self.refresh_all()

    def _due(self, shard: Shard, monotonic: int) -> set[str]:
        touched: set[str] = set()
        for intake in shard.intakes.values():
            touched |= intake.touched
            intake.touched = set()
        known, at = self._refreshed.get(shard.partition, (None, 0))
        if known is not shard or monotonic - at >= self._refresh:
            self._refreshed[shard.partition] = (shard, monotonic)
            return shard.brands
        return touched


def publication(
    shard: Shard, brand: str, book: BrandBook, totals: Totals | None, incarnation: int, t: int
) -> Publication:
    """Evaluate one brand at ``t`` (microseconds)."""
    state = shard.brand(brand)
    snapshot = evaluate(state, book.get(brand), totals, t)
    activity = state.activity
    return Publication(
        brand=brand,
        partition=shard.partition,
        incarnation=incarnation,
        offsets=shard.offsets,
        as_of=t,
        fields=snapshot.fields,
        ledger=snapshot.ledger,
        launches=activity.windows("launch") if activity is not None else (),
        campaigns=activity.windows("campaign") if activity is not None else (),
    )
