"""Replay: the same functions as the worker's, over files, without a broker.

All input is read first and applied in the order of event time, so the order of lines and files does
not matter. One partition holds every brand. What the worker would send to the dead-letter topic is
counted by its reason.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pipeline.agents.publish import publication
from pipeline.agents.totals import combine, totals_of
from pipeline.alerting.rhythm import Rhythm
from pipeline.alerting.standing import Transition
from pipeline.alerting.watch import Watch
from pipeline.clock import Clock
from pipeline.errors import Reject
from pipeline.events.admit import Admission
from pipeline.events.brands import BrandBook
from pipeline.events.instants import HOUR, to_rfc3339
from pipeline.events.records import Outcome, PackedRecords, RecordBatch, Topic
from pipeline.metrics.influence_index import STANDARD, Judgements
from pipeline.sinks.publication import Publication
from pipeline.sources.ndjson_blocks import Events
from pipeline.sources.timeline import Timeline
from pipeline.state.intake import Intake
from pipeline.state.row import NO_WATERMARK
from pipeline.state.shard import Shard

BATCH = 15_000
"""Records taken together: more than a worker does, since nobody waits and all brands are in one
partition, and fewer than the ids that a minute remembers, which are counted where they may not fit.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of input: the topic it names and the event without that field, or why not."""

    topic: Topic | None
    value: bytes
    reject: Reject | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """The state after a replay, and the time at which it is looked at (microseconds)."""

    shard: Shard
    book: BrandBook
    as_of: int
    outcomes: Counter[str]
    dead_letters: Counter[str]
    judgements: Judgements = STANDARD
    transitions: Sequence[Transition] = ()

    def publications(self) -> list[Publication]:
        """Return what a worker with this state would publish, by brand."""
        totals = combine([totals_of(self.shard.mentions)])
        return [
            publication(self.shard, brand, self.book, totals, 0, self.as_of, {}, self.judgements)
            for brand in sorted(self.shard.brands)
        ]

    def document(self) -> dict[str, Any]:
        """Return what ``influence replay --json`` prints."""
        return {
            "as_of": to_rfc3339(self.as_of),
            "brands": {each.brand: dict(each.fields) for each in self.publications()},
            "alerts": episodes(self.transitions),
            "records": {outcome: self.outcomes[outcome] for outcome in Outcome},
            "dead_letters": dict(sorted(self.dead_letters.items())),
        }


def replay(
    lines: Iterable[Line | Events],
    book: BrandBook,
    admission: Admission,
    clock: Clock,
    *,
    as_of: int | None = None,
    brand_cap: int = 10_000,
    shuffle: random.Random | None = None,
    judgements: Judgements = STANDARD,
) -> Replay:
    """Apply every line and return the state.

    Args:
        lines: The input, in any order, one by one or many at once.
        book: What is known of brands beside their events.
        admission: As the worker's; its clock decides what lies in the future.
        clock: Evaluation time where nothing was applied.
        as_of: Evaluation time; None: the largest watermark of all topics.
        brand_cap: Most brands admitted.
        shuffle: Permutes the events within the dedup horizon where given.
        judgements: What the influence index holds for important.
    """
    shard = Shard(0, together=BATCH)
    shard.intakes = {
        table.topic: Intake(table, admission, routing=None, brand_cap=brand_cap)
        for table in shard.tables
    }
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    timelines = {topic: Timeline(topic) for topic in Topic}
    for line in lines:
        if isinstance(line, Events):
            timelines[line.topic].add_events(line)
        elif line.topic is None:
            outcomes[Outcome.DEAD_LETTER] += 1
            reasons[line.reject.reason if line.reject else "malformed_line"] += 1
        else:
            timelines[line.topic].add(line.value)
    for topic in Topic:
        _apply(shard.intakes[topic], timelines.pop(topic).in_event_time(BATCH, shuffle))
    newest = max(table.row.watermark for table in shard.tables)
    if as_of is None:
        as_of = newest if newest > NO_WATERMARK else clock.now()
    # Before anything is cut: the first hours are looked at with all the panes that they had.
    transitions = alerts(shard, book, as_of)
    shard.settle()
    for table in shard.tables:
        table.forget_expired()
        outcomes.update(table.row.outcomes)
        reasons.update(table.row.dead_letters)
    return Replay(shard, book, as_of, outcomes, reasons, judgements, transitions)


def alerts(shard: Shard, book: BrandBook, as_of: int) -> list[Transition]:
    """Evaluate alerts at every hour boundary up to ``as_of``; returns all transitions, by time.

    An hour of which no record tells that it is over is complete all the same if ``as_of`` has
    passed it. Beyond that a watermark stands still, and nothing is known.
    """
    watch = Watch(shard, book)
    until = _complete(shard.mentions.row.watermark, as_of)
    for _ in watch.score(until):
        pass
    rhythms = {kind: Rhythm.of(counted) for kind, counted in watch.told().items()}
    burdens = watch.decide_burdens(_complete(shard.tickets.row.watermark, as_of))
    by_brand = chain(watch.decide(until, rhythms), burdens)
    return sorted(chain.from_iterable(by_brand), key=lambda each: each.order)


def episodes(transitions: Iterable[Transition]) -> list[dict[str, Any]]:
    """Return an object for each time that an alert began to fire, in the order of ``started_at``.

    Numbers and evidence are those of its beginning; its state is the last that it was in.
    """
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for each in transitions:
        started = each.standing.alert.started_at
        if started is None:
            continue
        key = (each.brand, each.standing.kind, started)
        if each.begins:
            found[key] = each.standing.document(each.brand)
        elif found[key]["resolved_at"] is None:
            latest = each.standing.document(each.brand)
            found[key] |= {name: latest[name] for name in ("state", "resolved_at")}
    return sorted(
        found.values(), key=lambda each: (each["started_at"], each["brand"], each["kind"])
    )


def _complete(watermark: int, as_of: int) -> int:
    """Return the first hour that is not complete."""
    if watermark == NO_WATERMARK:
        return 0
    return min(as_of // HOUR, -(-watermark // HOUR))


def _apply(intake: Intake, batches: Iterable[PackedRecords]) -> None:
    for records in batches:
        intake.take(RecordBatch(intake.topic, intake.table.partition, records))
        intake.dead_letters.clear()
        intake.table.forget_changes()
