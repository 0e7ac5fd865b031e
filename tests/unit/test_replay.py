"""Replay against the oracle: an independent recount of the same events."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipeline.clock import FixedClock
from pipeline.events.brands import Brand, BrandBook
from pipeline.events.records import RawRecord, RecordBatch, Topic
from pipeline.events.sentiment.scorer import LexiconScorer
from pipeline.replay import Line, Replay, replay
from pipeline.settings import Settings
from pipeline.state.intake import Intake
from pipeline.state.shard import Shard
from pipeline.wiring import admission_of
from tests.oracle.calendar import DAY, parse
from tests.oracle.compare import activity_differences, differences, ledger_differences
from tests.oracle.recount import World, recount
from tests.oracle.worlds import Event, Rates, shuffled_within_horizon, with_duplicates, world
from tests.unit.events.judge import judge, load

_SCORER = LexiconScorer()


def score(text: str, brand: str) -> float:
    """Score as the product does; polarity is not what the oracle checks."""
    return _SCORER.score(text, frozenset({brand}))


def lines(events: Sequence[Event]) -> list[Line]:
    """Return events as replay reads them."""
    result = []
    for event in events:
        rest = {name: value for name, value in event.items() if name != "topic"}
        result.append(Line(Topic(event["topic"]), json.dumps(rest).encode()))
    return result


def played(
    events: Sequence[Event], as_of: int, book: Mapping[str, Any] | None = None, **more: Any
) -> Replay:
    """Replay events at an evaluation time, with a brand book as parsed from TOML."""
    clock = FixedClock(as_of)
    brands = BrandBook(msgspec.convert((book or {"brands": ()})["brands"], tuple[Brand, ...]))
    return replay(
        lines(events),
        brands,
        admission_of(Settings(), brands, clock),
        clock,
        as_of=as_of,
        **more,
    )


def end_of(events: Sequence[Event]) -> int:
    """Return the time of the newest event."""
    return max(parse(event["occurred_at"]) for event in events)


def assert_equal(expected: World, actual: Replay) -> None:
    """Compare snapshots, ledgers and outcomes."""
    document = actual.document()
    assert differences(expected, document["brands"]) == []
    for each in actual.publications():
        lines = {day: json.loads(line) for day, line in each.ledger.items()}
        assert ledger_differences(expected.ledger.get(each.brand, {}), lines) == []
        for schema, of_world, results in (
            ("launch.v1", expected.launches, each.launches),
            ("campaign.v1", expected.campaigns, each.campaigns),
        ):
            for result in results:
                judge(load(schema)).validate(dict(result.fields))
            fields = {result.name: dict(result.fields) for result in results}
            assert activity_differences(of_world.get(each.brand, {}), fields) == []
    assert document["records"] == dict(expected.outcomes)


@pytest.mark.parametrize("seed", range(4))
def test_replay_equals_the_oracle(seed: int) -> None:
    events = world(seed, days=60, rates=Rates(text_only=0.05, very_late=0.02))
    for as_of in (end_of(events), parse("2026-04-20T12:00:00Z"), parse("2026-03-07T00:00:00Z")):
        kept = [event for event in events if parse(event["occurred_at"]) <= as_of]
        assert_equal(recount(kept, as_of, score=score, assume_valid=True), played(kept, as_of))


WEEK = {day: ["08:30-12:00", "11:30-17:15"] for day in ("mon", "tue", "wed", "thu", "fri")}
BOOK = {
    "brands": [
        {
            "id": "acme",
            "customers": 1200,
            "staffed_agents": 4,
            "sla_first_reply_seconds": 4 * 3600,
            "sla_resolution_seconds": 3 * 86400.0,
            "timezone": "Europe/Berlin",
            "business_hours": WEEK | {"sat": ["00:00-24:00"]},
            "holidays": ["2026-02-16", "2026-03-17"],
        },
        {
            "id": "b2b.tools",
            "customers": 0,
            "sla_resolution_seconds": 8 * 3600,
            "timezone": "Asia/Kathmandu",
            "business_hours": {"sun": ["09:00-18:00"], "mon": ["22:00-23:45"]},
        },
        {"id": "cafe_noir", "sla_first_reply_seconds": 60, "business_hours": {"mon": []}},
    ]
}


@pytest.mark.parametrize("seed", range(20, 22))
def test_the_brand_book_gives_scales_and_hours(seed: int) -> None:
    events = world(seed, days=45, mentions_a_day=5, tickets_a_day=6, start="2026-02-16T00:00:00Z")
    # The clocks of Berlin change on the 29th of March.
    for as_of in (end_of(events), parse("2026-03-29T01:30:00Z")):
        kept = [event for event in events if parse(event["occurred_at"]) <= as_of]
        expected = recount(kept, as_of, book=BOOK, score=score, assume_valid=True)
        assert "sla_breach_business_ratio_28d" in expected.brands["acme"]
        assert_equal(expected, played(kept, as_of, BOOK))


def long_world(seed: int, turns: int) -> list[Event]:
    """A world of 520 days, so that many are folded, in which the mood turns."""
    return world(
        seed, brands=2, days=520, mentions_a_day=7, tickets_a_day=0.3, authors=40, turns=turns
    )


def test_nothing_is_kept_for_a_cut_that_never_comes() -> None:
    """Of packed panes, that is, of which each batch would leave a value."""
    events = world(3, days=20)
    table = played(events, end_of(events)).shard.mentions
    assert table.by_brand
    assert table._fresh.take(table.row.watermark, 0).length == 0


@pytest.mark.parametrize("turns", [97, 98, 340])
def test_days_older_than_400_days_live_on_in_the_carry_row(turns: int) -> None:
    events = long_world(9, turns)
    as_of = end_of(events)
    expected = recount(events, as_of, score=score, assume_valid=True)
    result = played(events, as_of)
    assert_equal(expected, result)

    # That the world has in it what it is to test: nothing is compared with nothing.
    carry = result.shard.mentions.by_brand["acme"].carry
    assert carry.folded_until > 0
    impaired = {day for day, line in expected.ledger["acme"].items() if line["impairment"]}
    # It is booked on a day that is folded, a few days after the last one, or long after it.
    assert carry.watch.low == {97: 15, 98: 9, 340: 0}[turns]
    assert (carry.impairment > 0) == (turns == 97)
    assert len(impaired) == (turns != 97)
    fields = expected.brands["acme"]
    assert fields["influence_index_basis"] == "goodwill+consistency+activation"
    launches = expected.launches["acme"].values()
    folded = (carry.folded_until + 85) * DAY
    old = [each for each in launches if parse(str(each["start"])) < folded]
    assert any("activation" in each for each in old), "no launch outlives its days"
    campaigns = [each for brand in expected.campaigns.values() for each in brand.values()]
    assert any("contribution_28d" in each for each in campaigns)
    assert any("jointly_with_28d" in each for each in campaigns)


def test_shuffling_and_repeating_within_the_horizon_changes_nothing() -> None:
    events = world(3, days=20, rates=Rates(duplicate=0.0, far_repeat=0.0))
    as_of = end_of(events)
    once = played(events, as_of).document()
    for seed in range(3):
        repeated = shuffled_within_horizon(with_duplicates(events, seed), seed)
        again = played(repeated, as_of, shuffle=random.Random(seed)).document()
        assert again["brands"] == once["brands"]
        assert again["records"]["duplicate"] > 0


def test_a_record_that_is_nested_too_deeply_is_a_dead_letter() -> None:
    nested = b"[" * 2_000 + b"]" * 2_000
    value = b'{"id":"1","occurred_at":"2026-01-01T00:00:00Z","url":%s}' % nested
    clock, book = FixedClock(1_767_225_600_000_000), BrandBook()
    admission = admission_of(Settings(), book, clock)
    result = replay([Line(Topic.MENTIONS, value)], book, admission, clock)
    assert result.dead_letters == {"too_deep": 1}


def _taken(events: Sequence[Event], as_of: int, cuts: Sequence[int]) -> dict[str, Any]:
    """Apply events in the given order, in batches that end where ``cuts`` say."""
    shard = Shard(0)
    admission = admission_of(Settings(), BrandBook(), FixedClock(as_of))
    for table in shard.tables:
        intake = Intake(table, admission, routing=None, brand_cap=100)
        values = [line.value for line in lines(events) if line.topic == table.topic]
        start = 0
        for end in [*sorted(cut % (len(values) + 1) for cut in cuts), len(values)]:
            if end > start:
                records = [RawRecord(offset, values[offset]) for offset in range(start, end)]
                intake.take(RecordBatch(table.topic, 0, records))
                table.cut(1)
                start = end
    result = Replay(shard, BrandBook(), as_of, Counter(), Counter())
    return {each.brand: dict(each.fields) for each in result.publications()}


@examples(max_examples=10)
@given(st.integers(0, 1000), st.lists(st.integers(0, 10_000), max_size=30))
def test_where_batches_and_flushes_end_changes_nothing(seed: int, cuts: list[int]) -> None:
    events = world(seed, brands=2, days=4, mentions_a_day=60, rates=Rates(very_late=0.05))
    as_of = end_of(events)
    assert _taken(events, as_of, cuts) == _taken(events, as_of, [])


class Restarting:
    """A worker without a broker: flushes at random, and is killed between the steps of some."""

    def __init__(self, as_of: int, random_: random.Random) -> None:
        self._admission = admission_of(Settings(), BrandBook(), FixedClock(as_of))
        self._random = random_
        self._stored: dict[Topic, dict[bytes, bytes]] = {topic: {} for topic in Topic}
        self.kills = 0
        self.shard = self._start()

    def _start(self) -> Shard:
        shard = Shard(0)
        shard.intakes = {
            table.topic: Intake(table, self._admission, routing=None, brand_cap=100)
            for table in shard.tables
        }
        for table in shard.tables:
            table.load(self._stored[table.topic])
        return shard

    def read(self, log: dict[Topic, list[bytes]], until: dict[Topic, int]) -> None:
        """Read each topic up to an offset, with flushes and kills on the way."""
        while any(table.row.applied + 1 < until[table.topic] for table in self.shard.tables):
            for table in self._random.sample(self.shard.tables, 3):
                start = table.row.applied + 1
                end = min(until[table.topic], start + self._random.randrange(400))
                values = log[table.topic][start:end]
                if values:
                    records = [RawRecord(start + n, value) for n, value in enumerate(values)]
                    self.shard.intakes[table.topic].take(RecordBatch(table.topic, 0, records))
            if self._random.random() < 0.3:
                self._flush()

    def _flush(self) -> None:
        self.shard.settle()
        survives = self._random.choice(("everything", "values", "some values", "everything"))
        rows = []
        for table in self.shard.tables:
            changes = table.cut(1)
            for key, value in changes.values:
                if survives != "some values" or self._random.random() < 0.5:
                    self._stored[table.topic][key] = value
            if changes.row is not None:
                rows.append((table.topic, changes.row))
            if survives == "everything":
                for key in changes.expired:
                    self._stored[table.topic].pop(key, None)
        if survives == "everything":
            for topic, (key, value) in rows:
                self._stored[topic][key] = value
        else:
            self.kills += 1
            self.shard = self._start()


@pytest.mark.parametrize("seed", range(3))
def test_restarts_in_the_middle_of_flushes_change_nothing(seed: int) -> None:
    events = long_world(seed, turns=85)
    as_of = end_of(events)
    log: dict[Topic, list[bytes]] = {topic: [] for topic in Topic}
    for line in lines(sorted(events, key=lambda event: parse(event["occurred_at"]))):
        assert line.topic is not None
        log[line.topic].append(line.value)
    worker = Restarting(as_of, random.Random(seed))
    # Topics are read at their own pace, none more than half a year ahead of the others.
    for part in range(1, 6):
        worker.read(log, {topic: len(values) * part // 5 for topic, values in log.items()})
    assert worker.kills > 3
    expected = played(events, as_of)
    worker.shard.settle()
    for table in worker.shard.tables:
        table.cut(1)
    result = Replay(worker.shard, BrandBook(), as_of, expected.outcomes, expected.dead_letters)
    for one, other in zip(result.publications(), expected.publications(), strict=True):
        assert (one.brand, one.fields) == (other.brand, other.fields)
        assert (one.ledger, one.launches) == (other.ledger, other.launches)
        assert one.campaigns == other.campaigns
