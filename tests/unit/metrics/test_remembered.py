"""What an evaluation remembers of earlier ones changes nothing of what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.clock import FixedClock
from pipeline.events.brands import Brand, BrandBook, Weekday
from pipeline.events.instants import DAY, HOUR, MINUTE, SECOND, day_of, to_rfc3339
from pipeline.events.records import RawRecord, RecordBatch, Topic
from pipeline.metrics.share_of_voice import Totals
from pipeline.metrics.snapshot import evaluate
from pipeline.settings import Settings
from pipeline.state import tiers
from pipeline.state.intake import Intake
from pipeline.state.shard import Shard
from pipeline.wiring import admission_of

START = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z"""

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
BOOK = BrandBook(
    [
        Brand(
            id="acme",
            sla_first_reply_seconds=1800.0,
            timezone="Europe/Berlin",
            business_hours=dict.fromkeys(WEEKDAYS, ("09:00-17:00",)),
            customers=50,
        ),
        Brand(id="other"),
    ]
)
ADMISSION = admission_of(Settings(), BOOK, FixedClock(START + 9_000 * DAY))

LATE = [0, 0, 0, 20 * SECOND, 70 * SECOND, 50 * MINUTE, 5 * HOUR, DAY, 3 * DAY, 30 * DAY, 200 * DAY]
PASSES = [0, SECOND, 40 * SECOND, 10 * MINUTE, HOUR, 9 * HOUR, DAY, 8 * DAY, 40 * DAY, 250 * DAY]
BACK = [0, 0, 0, HOUR, 5 * HOUR // 2, DAY + HOUR, 50 * HOUR, 70 * DAY, 395 * DAY]
TICKET_TYPES = ("opened", "opened", "replied", "solved", "reopened", "waiting", "touched", "rated")

Event = tuple[Topic, dict[str, Any], int]
"""An event without id and time, and how late it comes."""


def events_of(rng: Random, count: int) -> list[Event]:
    """Draw events of two brands, few authors and few tickets."""
    events: list[Event] = []
    for _ in range(count):
        brand = rng.choice(("acme", "acme", "other"))
        topic = rng.choices(list(Topic), (8, 4, 1))[0]
        if topic is Topic.MENTIONS:
            more = {
                "author": str(rng.randrange(30)),
                "source": rng.choice("xy"),
                "sentiment": rng.choice((-1.0, -0.3, 0.0, 0.1, 0.7)),
                "likes": rng.randrange(3),
                "relation": rng.choice(("earned", "earned", "earned", "paid")),
                "op": rng.choice(("create", "create", "create", "delete")),
            }
        elif topic is Topic.TICKETS:
            more = {
                "ticket": str(rng.randrange(7)),
                "type": rng.choice(TICKET_TYPES),
                "actor": "agent",
                "csat": rng.choice((0.0, 0.3, 1.0)),
                "handle_seconds": rng.choice((60.0, 4000.0)),
            }
        else:
            more = {"type": rng.choice(("launch", "campaign")), "name": rng.choice(("one", "two"))}
        events.append((topic, {"brand": brand, **more}, rng.choice(LATE)))
    return events


FOLDED = [(250 * DAY, 5), (250 * DAY, 0), (10 * MINUTE, 1), (DAY, 5)]
"""Passing time and events after which a launch's days are folded and its windows forgotten."""

OLD = 50 * HOUR
"""So far back hour panes are read as days are, and so is one that is made by a late event."""

STEPS = st.tuples(
    st.sampled_from(PASSES), st.sampled_from((0, 0, 1, 5, 40)), st.booleans(), st.sampled_from(BACK)
)
"""Time that passes, how many events then come, whether many at a time, and how far back from then
is looked."""


class World:
    """A partition as a worker has it, and what was stored of it."""

    def __init__(self) -> None:
        self.shard = equipped(Shard(0))
        self.stored: dict[Topic, dict[bytes, bytes]] = {topic: {} for topic in Topic}
        self.now = START
        self._offsets = dict.fromkeys(Topic, 0)
        self._count = 0

    def take(self, events: list[Event], *, together: bool) -> None:
        """Take in events, those of each topic at once."""
        for topic in Topic:
            records = []
            for event, late in [each[1:] for each in events if each[0] is topic]:
                self._count += 1
                at = to_rfc3339(self.now - late)
                document = event | {"id": str(self._count), "occurred_at": at}
                records.append(RawRecord(self._offsets[topic], json.dumps(document).encode()))
                self._offsets[topic] += 1
            if records:
                with one_by_one() if not together else nullcontext():
                    self.shard.intakes[topic].take(RecordBatch(topic, 0, records))

    def flush(self) -> None:
        """Write everything, and forget what has passed."""
        self.shard.settle()
        for table in self.shard.tables:
            stored = self.stored[table.topic]
            changes = table.cut(1)
            stored.update(changes.values)
            if changes.row is not None:
                stored.update([changes.row])
            for key in changes.expired:
                stored.pop(key, None)

    def anew(self) -> Shard:
        """Return the same state, of which nothing was ever looked at."""
        shard = Shard(0)
        for table in shard.tables:
            table.load(self.stored[table.topic])
        return shard


def equipped(shard: Shard) -> Shard:
    shard.intakes = {
        table.topic: Intake(table, ADMISSION, routing=None, brand_cap=9) for table in shard.tables
    }
    return shard


def look(shard: Shard, t: int) -> dict[str, Any]:
    """Return all that is published of both brands at ``t``."""
    found: dict[str, Any] = {}
    totals = Totals(dict.fromkeys(range(day_of(t) - 40, day_of(t) + 1), 5), t)
    for brand in sorted(shard.brands):
        snapshot = evaluate(shard.brand(brand), BOOK.get(brand), totals, t)
        mentions = shard.mentions.by_brand.get(brand)
        found[brand] = {
            "fields": snapshot.fields,
            "ledger": dict(snapshot.ledger),
            "results": (snapshot.launches, snapshot.campaigns),
            "sources": mentions and mentions.newest_by_source(day_of(t)),
        }
    return found


@contextmanager
def small_samples(k: int) -> Iterator[None]:
    """Sample authors where there are more than ``k``."""
    before = [(tier, tier.k) for tier in tiers.TIERS]
    try:
        for tier, old in before:
            object.__setattr__(tier, "k", k if old < 4096 else 2 * k)
        yield
    finally:
        for tier, old in before:
            object.__setattr__(tier, "k", old)


def one_by_one() -> AbstractContextManager[object]:
    """Take mentions one by one."""
    return patch.object(Intake, "_take_together", lambda *_: False)


@given(st.sampled_from([4, 1024]), st.integers(0, 2**32), st.lists(STEPS, min_size=1, max_size=12))
@example(4, 802, [(0, 40, False, 0), *[(passes, count, False, 0) for passes, count in FOLDED]])
@example(4, 591, [*[(0, count, False, 0) for count in (5, 5, 40, 5, 40, 40)], (0, 40, False, OLD)])
@example(4, 341, [(0, count, False, 0) for count in (5, 40, 40, 40, 1, 1, 40)])
@settings(max_examples=40, deadline=None)
def test_an_evaluation_says_what_one_from_nothing_says(
    k: int, seed: int, steps: list[tuple[int, int, bool, int]]
) -> None:
    rng = Random(seed)
    with small_samples(k):
        world = World()
        for passes, count, together, back in steps:
            world.now += passes
            t = world.now + 1 - back
            look(world.shard, t)
            world.take(events_of(rng, count), together=together)
            look(world.shard, t)
            world.flush()
            for later in (0, 1, SECOND, 30 * MINUTE):
                assert look(world.shard, t + later) == look(world.anew(), t + later)
