"""Evaluation at a tick: which brands are due, and what is published of each.

Every brand of a tick is evaluated at the same instant. A brand is due when something was applied to
it, and all are due once in a refresh period: windows move on without events too. Only as many are
evaluated as the time of a tick allows, those that have waited longest first. While a backlog is
read that is little: what they show would be overtaken at once, and the backlog would last longer.
A tick comes in turns, between which records are read and what was evaluated is published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.agents.shown_alerts import Shown, ShownAlerts
from pipeline.alerting.kinds import Kind
from pipeline.alerting.standing import Standing
from pipeline.clock import Clock
from pipeline.events.brands import BrandBook
from pipeline.events.instants import day_of
from pipeline.metrics.influence_index import STANDARD, Judgements
from pipeline.metrics.share_of_voice import Totals, days_before
from pipeline.metrics.snapshot import evaluate
from pipeline.sinks.publication import Publication
from pipeline.state.shard import Shard
from pipeline.state.tiers import DAY, current_pane

TOTALS_PAUSE = 5.0
"""Seconds between two looks at the totals, which change all the time while history is read."""

TICK_SECONDS = 1.0
"""How long the turns of a tick may take; what is left is due at the next one."""

BACKLOG_SECONDS = 0.01
"""How long they may take while a backlog is read."""

TURN_SECONDS = 0.005
"""How long brands are evaluated until others get their turn: less than a batch takes. Three turns
come before each batch that waits, and more before the answer to a round trip to Redis."""


Standings = Callable[[int, str], Mapping[Kind, Standing]]


@dataclass(frozen=True, slots=True)
class Tick:
    """What a turn of an evaluation yields.

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
        is_behind: Tells whether a backlog is read.
        standings: Gives where the alerts of a partition's brand stand.
        monotonic: A steady clock, in seconds.
        judgements: What the influence index holds for important.
    """

    def __init__(
        self,
        clock: Clock,
        book: BrandBook,
        refresh_seconds: float,
        is_behind: Callable[[], bool],
        standings: Standings,
        monotonic: Callable[[], float] = time.monotonic,
        judgements: Judgements = STANDARD,
    ) -> None:
        self._clock = clock
        self._book = book
        self._refresh = refresh_seconds
        self._is_behind = is_behind
        self._judgements = judgements
        self._standings = standings
        self._monotonic = monotonic
        self._refreshed: dict[int, tuple[Shard, float]] = {}
        self._shares: tuple[dict[int, int], float] = ({}, 0.0)
        self._due: dict[tuple[int, str], None] = {}
        self._alerts: dict[tuple[int, str], ShownAlerts] = {}

    def refresh_all(self) -> None:
        """Make every brand due at the next tick."""
        self._refreshed.clear()

    def tick(
        self, shards: Sequence[Shard], totals: Totals | None, incarnation: int
    ) -> Iterator[Tick]:
        """Evaluate what is due, in turns; at least one.

        Each brand is evaluated in the state in which its turn finds it. Whoever lets others go on
        between turns has to see that the shards are still owned.
        """
        t, now = self._clock.now(), self._monotonic()
        owned = {shard.partition: shard for shard in shards}
        self._follow_totals(totals, t, now)
        taken = self._follow(owned, now)
        left = BACKLOG_SECONDS if self._is_behind() else TICK_SECONDS
        waiting = iter(list(self._due))
        while True:
            turn, taken = Tick([], {}, incarnation, taken), []
            until = now + min(left, TURN_SECONDS)
            for due in waiting:
                self._evaluate(turn, owned[due[0]], due[1], totals, t)
                del self._due[due]
                if self._monotonic() > until:
                    break
            else:
                left = 0.0
            left -= self._monotonic() - now
            yield turn
            if left <= 0.0:
                return
            now = self._monotonic()

    def _evaluate(
        self, turn: Tick, shard: Shard, brand: str, totals: Totals | None, t: int
    ) -> None:
        shown = self._alerts.setdefault((shard.partition, brand), ShownAlerts())
        alerts = shown.at(self._standings(shard.partition, brand), t)
        turn.publications.append(
            publication(
                shard, brand, self._book, totals, turn.incarnation, t, alerts, self._judgements
            )
        )
        mentions = shard.mentions.by_brand.get(brand)
        if mentions is not None:
            turn.sources[brand] = mentions.newest_by_source(day_of(t))

    def _follow(self, owned: Mapping[int, Shard], now: float) -> list[tuple[int, int]]:
        """Note what has become due, and forget what is not owned; returns the batches taken."""
        self._refreshed = {p: each for p, each in self._refreshed.items() if p in owned}
        self._due = {due: None for due in self._due if due[0] in owned}
        self._alerts = {due: each for due, each in self._alerts.items() if due[0] in owned}
        batches: list[tuple[int, int]] = []
        for partition, shard in owned.items():
            self._due.update(dict.fromkeys((partition, b) for b in self._called(shard, now)))
            for intake in shard.intakes.values():
                taken, intake.taken = intake.taken, []
                batches.extend(taken)
        return batches

    def _follow_totals(self, totals: Totals | None, t: int, now: float) -> None:
        """Make everything due when the days that shares of voice cover have changed."""
        if totals is None:
            return
        known, at = self._shares
        days = {day: totals.mentions.get(day, 0) for day in days_before(current_pane(t, DAY))}
        if days != known and now - at >= TOTALS_PAUSE:
            self._shares = (days, now)
            self.refresh_all()

    def _called(self, shard: Shard, now: float) -> list[str]:
        """Return the brands of a shard that have become due."""
        touched: set[str] = set()
        for intake in shard.intakes.values():
            touched |= intake.touched
            intake.touched = set()
        known, at = self._refreshed.get(shard.partition, (None, 0.0))
        if known is not shard or now - at >= self._refresh:
            self._refreshed[shard.partition] = (shard, now)
            touched = shard.brands
        return sorted(touched)


def publication(
    shard: Shard,
    brand: str,
    book: BrandBook,
    totals: Totals | None,
    incarnation: int,
    t: int,
    alerts: Shown,
    judgements: Judgements = STANDARD,
) -> Publication:
    """Evaluate one brand at ``t`` (microseconds); ``alerts`` are its alerts as they are shown."""
    snapshot = evaluate(shard.brand(brand), book.get(brand), totals, t, judgements)
    return Publication(
        brand=brand,
        partition=shard.partition,
        incarnation=incarnation,
        offsets=shard.offsets,
        as_of=t,
        fields=snapshot.fields,
        ledger=snapshot.ledger,
        launches=snapshot.launches,
        campaigns=snapshot.campaigns,
        alerts=alerts,
    )
