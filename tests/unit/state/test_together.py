"""Taking mentions together comes to exactly what taking them one by one comes to."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipeline.clock import FixedClock
from pipeline.events.admit import Admission
from pipeline.events.brands import Brand, BrandBook
from pipeline.events.hashing import Hasher
from pipeline.events.instants import DAY, HOUR, MINUTE, SECOND, to_rfc3339
from pipeline.events.records import Origin, RawRecord, RecordBatch, Topic
from pipeline.settings import Settings
from pipeline.state import accepted_ids, pane_table, source, tiers
from pipeline.state.intake import Intake, Routing
from pipeline.state.mention_table import MentionTable
from pipeline.state.packed import Packed
from pipeline.state.pane import Pane
from pipeline.state.row import ROW_KEY
from pipeline.state.tiers import TIERS
from pipeline.wiring import admission_of

NOW = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z"""

BOOK = BrandBook(
    [
        Brand(id="b-0", aliases=("zero",), owned=frozenset({"author-1"})),
        Brand(id="b-1", employees=frozenset({"s-1:author-2"})),
        Brand(id="b-2"),
        Brand(id="b-3"),
    ]
)


class Length:
    """A scorer whose answers depend on the text."""

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return a polarity between -1 and 1."""
        return ((len(text) + len(masked)) % 5 - 2) / 2

    def score_all(self, texts: Sequence[str], masked: Sequence[frozenset[str]]) -> list[float]:
        """Return a polarity for each text."""
        return [self.score(text, names) for text, names in zip(texts, masked, strict=True)]


ADMISSIONS = (
    admission_of(Settings(), BrandBook(), FixedClock(NOW)),
    Admission(BOOK, Hasher("key"), Length(), FixedClock(NOW)),
)

STEPS = st.sampled_from(
    [0, 0, 0, SECOND, 40 * SECOND, 3 * MINUTE, HOUR, 4 * HOUR, 3 * DAY, 71 * DAY, 401 * DAY]
)
MENTIONS = st.fixed_dictionaries(
    {
        "id": st.integers(0, 9).map(lambda n: f"id-{n}"),
        "brand": st.sampled_from(["b-0", "b-1", "b-2", "b-3", "zero", "b-4", "Not A Brand"]),
        "author": st.integers(0, 5).map(lambda n: f"author-{n}"),
        "source": st.integers(0, 2).map(lambda n: f"s-{n}"),
        "back": STEPS,
    },
    optional={
        "sentiment": st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]),
        "rating": st.sampled_from([1.0, 3.0, 4.5]),
        "text": st.sampled_from(["", "good", "bad bad", "so so so"]),
        "op": st.sampled_from(["create", "edit", "delete"]),
        "relation": st.sampled_from(["earned", "owned", "paid"]),
        "bot_probability": st.sampled_from([0.0, 0.5, 1.0]),
        "likes": st.sampled_from([0, 3]),
        "clicks": st.integers(0, 3),
    },
)
ODD = st.sampled_from(
    [
        b"",
        b"{",
        b"{}",
        b'{"id":"x","brand":"b-0","author":"a","source":"s","occurred_at":"2025-12-31 23:00:00Z"}',
        b'{"id":"x","brand":"b-0","author":"a","source":"s","occurred_at":"2025-12-31T22:00:00z"}',
        b'{"id":"x","brand":"b-1","author":"a","source":"s","occurred_at":"2025-12-31T22:00:00Z",'
        b'"likes":2.0}',
        b'{"id":"x","brand":"b-2","author":"a","source":"s","occurred_at":"2026-01-01T02:00:00Z"}',
    ]
)
PLACES = st.sampled_from(["home", "home", "home", "home", "key", "partition", "arrived"])


@st.composite
def histories(draw: st.DrawFn) -> list[RawRecord]:
    """Records of one partition: mostly forward in time, some back, some odd, some misplaced."""
    moment = NOW - 900 * DAY
    # One mention with so many is enough for its batch not to be taken together.
    likes = draw(st.sampled_from([3, 3, 3, 2**53 - 1]))
    records = []
    for offset in range(draw(st.integers(1, 60))):
        moment = min(moment + draw(STEPS), NOW)
        value = draw(ODD) if draw(st.integers(0, 9)) == 0 else None
        brand = "b-0"
        if value is None:
            event: dict[str, Any] = draw(MENTIONS)
            event["occurred_at"] = to_rfc3339(moment - event.pop("back"))
            if event.get("likes"):
                event["likes"] = likes
            brand = "b-0" if event["brand"] == "zero" else event["brand"]
            value = json.dumps(event).encode()
        place = draw(PLACES)
        key = {"key": b"other", "partition": b"elsewhere"}.get(place, brand.encode())
        headers: tuple[tuple[str, bytes], ...] = ()
        if place == "arrived":
            partition, origin = draw(st.sampled_from([b"0", b"1", b"2"])), draw(st.integers(0, 30))
            headers = (("origin-partition", partition), ("origin-offset", str(origin).encode()))
        records.append(RawRecord(offset, value, key, 1000 + offset, headers))
    return records


class Run:
    """One way of taking records, with cuts and a crash in between."""

    def __init__(self, admission: Admission, *, routed: bool, cap: int) -> None:
        self._admission = admission
        self._routing = Routing(lambda key: int(key == b"b-3"), 2) if routed else None
        self._cap = cap
        self.stored: dict[bytes, bytes] = {}
        self.rows: list[bytes] = []
        self.letters: list[Any] = []
        self.reroutes: list[Any] = []
        self.touched: set[str] = set()
        # How many hours alerts have not decided, of those that have passed.
        self.undecided = 0
        self._start()

    def _start(self) -> None:
        self.table = MentionTable(0)
        self.table.load(self.stored)
        self.intake = Intake(
            self.table, self._admission, routing=self._routing, brand_cap=self._cap
        )

    def take(self, records: Sequence[RawRecord]) -> None:
        """Take a batch, and collect what it brings about."""
        self.intake.take(RecordBatch(Topic.MENTIONS, 0, records))
        self.letters.extend(self.intake.dead_letters)
        self.reroutes.extend(self.intake.reroutes)
        self.touched |= self.intake.touched
        self.intake.dead_letters, self.intake.reroutes, self.intake.touched = [], [], set()

    def cut(self, limit: int | None = None) -> source.Changes:
        """Flush, as much as a limit allows; returns what was written."""
        row = self.table.row
        row.decided = max(row.decided, row.watermark // HOUR - self.undecided)
        changes = self.table.cut(1, limit)
        self.stored.update(changes.values)
        for key in changes.expired:
            self.stored.pop(key, None)
        if changes.row is not None:
            self.stored[ROW_KEY] = changes.row[1]
            self.rows.append(changes.row[1])
        return changes

    def crash(self) -> int:
        """Lose everything but the stored values, and the last row too; returns where to go on."""
        self.table.cut(1)
        if len(self.rows) > 1:
            self.stored[ROW_KEY] = self.rows[-2]
        self._start()
        return self.table.row.applied + 1

    def content(self) -> dict[str, Any]:
        """Everything that is known, in a form that compares."""
        return {
            "letters": self.letters,
            "reroutes": self.reroutes,
            "touched": self.touched,
            "row": msgspec.to_builtins(self.table.row),
            "brands": {
                name: {
                    "carry": brand.carry.encode(0),
                    **{tier.name: panes_of(brand.panes(tier)) for tier in TIERS},
                }
                for name, brand in self.table.by_brand.items()
            },
            "recent": dict(self.table._recent),
            "dirty": {
                (pane.tier.name, pane.index, name) for pane, name in self.table._dirty.items()
            },
        }


def panes_of(panes: Mapping[int, Pane]) -> dict[int, Any]:
    """Panes in a form that compares."""
    return {
        index: (
            [getattr(pane, name) for name in ("mentions", "unscored", "retracted", "non_earned")],
            [getattr(pane, name) for name in ("likes", "shares", "followers", "clicks")],
            {name: msgspec.to_builtins(tally) for name, tally in pane.sources.items()},
            sorted(pane.ids),
            pane.reading.hashes.tolist(),
            pane.reading.strengths.tolist(),
            pane.applied,
        )
        for index, pane in panes.items()
    }


@contextmanager
def small_limits() -> Iterator[None]:
    """Few ids a minute and small batches, so that both limits are met."""
    with (
        patch.object(accepted_ids, "MAX_IDS", 5),
        patch.object(pane_table, "MAX_IDS", 5),
        patch.object(source, "TOGETHER", 3),
    ):
        yield


def played(
    run: Run, records: Sequence[RawRecord], cuts: Sequence[int], crash: int | None
) -> dict[str, Any]:
    """Take all records, cutting and crashing where told."""
    start = 0
    for end in sorted({*cuts, len(records)}):
        if start < end <= len(records):
            run.take(records[start:end])
            if end == crash:
                start = run.crash()
                if start < end:
                    run.take(records[start:end])
            run.cut()
            start = end
    return run.content()


def without_offsets(content: dict[str, Any]) -> dict[str, Any]:
    """Everything but the applied offsets of panes.

    A packed pane is as of the last mention that was merged with it, another as of its last flush.
    """
    brands = {
        name: {
            "carry": brand["carry"],
            **{tier.name: {i: pane[:-1] for i, pane in brand[tier.name].items()} for tier in TIERS},
        }
        for name, brand in content["brands"].items()
    }
    return {**content, "brands": brands}


def known(content: dict[str, Any]) -> dict[str, Any]:
    """What is known apart from how it came to be so: offsets of stored values differ."""
    return {name: without_offsets(content)[name] for name in ("row", "brands", "recent")}


@given(
    histories(),
    st.lists(st.integers(1, 60), max_size=8),
    st.sets(st.integers(1, 60), max_size=3),
    st.sampled_from([0, 1, 300, 1000]),
)
@settings(max_examples=60, deadline=None)
def test_flushes_that_leave_some_for_later_survive_crashes(
    records: list[RawRecord], cuts: list[int], crashes: set[int], limit: int
) -> None:
    with one_by_one():
        expected = known(played(Run(ADMISSIONS[0], routed=True, cap=9), records, cuts, None))
    run = Run(ADMISSIONS[0], routed=True, cap=9)
    start = 0
    with patch.object(pane_table, "LEAST_SHARE", 0.01):
        for end in sorted({*cuts, *crashes, len(records)}):
            if start < end <= len(records):
                run.take(records[start:end])
                run.cut(limit)
                start = end
                if end in crashes:
                    run._start()
                    applied = run.table.row.applied
                    assert applied < end
                    start = applied + 1
                    if start < end:
                        run.take(records[start:end])
                        start = end
    run.cut()
    assert run.table._durable == len(records) - 1
    assert known(run.content()) == expected
    run._start()
    run.table._expire_minutes(run.table.row.watermark)
    assert known(run.content()) == expected


def one_by_one() -> Any:
    """Switch the fast way off."""
    return patch.object(Intake, "_take_together", lambda *_: False)


@given(
    histories(),
    st.lists(st.integers(1, 60), max_size=5),
    st.none() | st.integers(1, 60),
    st.sampled_from(ADMISSIONS),
    st.booleans(),
    st.sampled_from([1, 2, 100]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_together_comes_to_the_same(
    records: list[RawRecord],
    cuts: list[int],
    crash: int | None,
    admission: Admission,
    routed: bool,
    cap: int,
    small: bool,
) -> None:
    if crash is not None:
        cuts = [*cuts, crash]

    def run() -> dict[str, Any]:
        return played(Run(admission, routed=routed, cap=cap), records, cuts, crash)

    limits = small_limits if small else nullcontext
    with one_by_one(), limits():
        expected = without_offsets(run())
    with limits():
        assert without_offsets(run()) == expected


def mention(offset: int, number: int, moment: int) -> RawRecord:
    """A mention of one brand by its id."""
    event = {
        "id": str(number),
        "brand": "b-1",
        "author": "a",
        "source": f"s-{number % 2}",
        "occurred_at": to_rfc3339(moment),
    }
    return RawRecord(offset, json.dumps(event).encode(), b"b-1")


@given(st.lists(st.integers(0, 7), max_size=30), st.lists(st.integers(0, 1), min_size=30))
@example([0, 1, 2, 3, 4, 7, 7, 7, 4], [0] * 30)
@example([0, 1, 2, 3, 7, 4, 7, 4, 4], [0] * 30)
def test_a_crowded_minute_remembers_the_same_ids(ids: list[int], minutes: list[int]) -> None:
    records = [
        mention(offset, number, NOW - HOUR + minutes[offset] * MINUTE)
        for offset, number in enumerate(ids)
    ]

    def run() -> dict[str, Any]:
        return played(Run(ADMISSIONS[0], routed=False, cap=10), records, [5, 9, 20], None)

    with small_limits():
        with one_by_one():
            expected = without_offsets(run())
        assert without_offsets(run()) == expected


@pytest.mark.parametrize("spoiled", [False, True])
def test_mentions_are_taken_together(monkeypatch: pytest.MonkeyPatch, spoiled: bool) -> None:
    """Also where a record is malformed, a duplicate, misplaced or has come from elsewhere."""
    monkeypatch.setattr(Intake, "_take_one_by_one", lambda *_: pytest.fail("one by one"))
    records = [mention(n, n % 90 if spoiled else n, NOW - HOUR) for n in range(100)]
    if spoiled:
        records[7] = RawRecord(7, b"{")
        records[50] = replace(records[50], key=b"other")
    run = Run(ADMISSIONS[1], routed=True, cap=10)
    run.take(records)
    outcomes = run.table.row.outcomes
    assert sum(outcomes.values()) == 100
    assert (outcomes["dead_letter"], outcomes["rerouted"]) == (int(spoiled), int(spoiled))
    assert outcomes["duplicate"] == (9 if spoiled else 0)


def test_what_comes_to_a_packed_hour_later_is_merged_with_it() -> None:
    def polar(offset: int) -> RawRecord:
        record = mention(offset, 2 * offset, NOW - HOUR)
        return replace(record, value=(record.value or b"")[:-1] + b',"sentiment":0.5}')

    run = Run(ADMISSIONS[0], routed=False, cap=9)
    for offset in range(3):
        run.take([polar(offset)])
        assert [type(each) for each in run.table.by_brand["b-1"].hour.values()] == [Packed]
    [pane] = run.table.by_brand["b-1"].panes(tiers.HOUR).values()
    assert pane.mentions == 3


@pytest.mark.parametrize("authors", [20, 50])
@pytest.mark.parametrize("sources", [3, 45])
@pytest.mark.parametrize("crashes", [{7}, {35, 36}, {90}, {20, 60, 100}])
def test_packed_panes_that_become_panes_survive_crashes(
    authors: int, sources: int, crashes: set[int]
) -> None:
    draw = random.Random(authors + sources)
    records = []
    for offset in range(120):
        event = {
            "id": str(offset),
            "brand": f"b-{draw.randrange(2)}",
            "author": f"a-{draw.randrange(authors)}",
            "source": f"s-{draw.randrange(sources)}",
            "occurred_at": to_rfc3339(NOW - 30 * DAY + offset * MINUTE // 2),
            "sentiment": draw.choice([-1.0, 0.25, 1.0]),
        }
        key = str(event["brand"]).encode()
        records.append(RawRecord(offset, json.dumps(event).encode(), key, 1000 + offset))
    ends = {*crashes, *range(11, 120, 11), 120}

    def run(limit: int | None, crashes: set[int]) -> dict[str, Any]:
        run = Run(ADMISSIONS[0], routed=True, cap=9)
        start = 0
        for end in sorted(ends):
            run.take(records[start:end])
            if end in crashes:
                start = run.crash()
                run.take(records[start:end])
            run.cut(limit)
            start = end
        run.cut()
        run._start()
        return known(run.content())

    with one_by_one():
        expected = run(None, set())
    with patch.object(pane_table, "LEAST_SHARE", 0.01):
        assert run(0, crashes) == expected


def test_what_was_left_is_written_at_once_when_nothing_more_comes() -> None:
    """What keeps changing would be written again and again; this does not change any more."""
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    with patch.object(pane_table, "LEAST_SHARE", 0.01), one_by_one():
        for offset in range(2):
            run.take([mention(offset, offset, NOW - 2 * HOUR + offset * HOUR)])
            assert run.cut(0).row is None
        assert run.cut(0).durable == 1
    assert run.table._unwritten_after() is None


def test_rows_go_on_though_panes_expire_before_they_are_written() -> None:
    """Hour panes are kept for 70 days of event time, which pass in a moment while history is read.

    Each record here opens panes, and a flush writes one of them.
    """
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    with patch.object(pane_table, "LEAST_SHARE", 0.01):
        for offset in range(20):
            run.take([mention(offset, offset, NOW - 800 * DAY + offset * 40 * DAY)])
            run.cut(0)
            assert run.table._durable >= offset - 4


def test_no_row_needs_a_minute_that_expired_unwritten() -> None:
    """Its ids decide what is a duplicate when the records after the row are read again."""
    moment = NOW - DAY
    other = replace(mention(1, 7, moment), key=b"b-2")
    other = replace(other, value=(other.value or b"").replace(b"b-1", b"b-2"))
    batches = [
        [mention(0, 5, moment)],
        [other, mention(2, 5, moment)],
        [mention(3, 6, moment + 4 * HOUR)],
    ]
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    with patch.object(pane_table, "LEAST_SHARE", 0.01):
        for batch in batches:
            run.take(batch)
            run.cut(0)
    run._start()
    for batch in batches:
        run.take(batch)
    assert run.table.row.outcomes["duplicate"] == 1
    assert sum(pane.mentions for pane in run.table.by_brand["b-1"].panes(tiers.HOUR).values()) == 2


def test_ids_are_remembered_with_the_offsets_of_their_records() -> None:
    event = {"brand": "b-2", "author": "a", "source": "s", "occurred_at": to_rfc3339(NOW)}
    records = [
        RawRecord(offset, json.dumps({"id": str(offset), **event}).encode(), b"b-2")
        for offset in (3, 4, 9)
    ]
    together, apart = (Run(ADMISSIONS[0], routed=True, cap=9) for _ in range(2))
    together.take(records)
    for record in records:
        apart.take([record])
    assert together.content() == apart.content()
    [pane] = together.table.by_brand["b-2"].panes(tiers.MINUTE).values()
    assert [offset for _, offset in pane.ids] == [3, 4, 9]


def from_origin(partition: int, offset: int) -> tuple[tuple[str, bytes], ...]:
    """Headers of a record that was rerouted."""
    return (
        ("origin-partition", str(partition).encode()),
        ("origin-offset", str(offset).encode()),
    )


@pytest.mark.parametrize("alone", [False, True])
def test_origins_are_partitions_that_the_topic_has(alone: bool) -> None:
    """So a row keeps no more of them, whatever headers say; others change no outcome."""
    origins = [0, 1, 2, 3, 2**31]
    records = [
        replace(mention(offset, offset, NOW - HOUR), headers=from_origin(origins[offset % 5], 7))
        for offset in range(10)
    ]
    through, crashed = (Run(ADMISSIONS[0], routed=True, cap=9) for _ in range(2))
    with one_by_one() if alone else nullcontext():
        through.take(records)
        for start in (0, 3, 6):
            crashed.take(records[start : start + 3])
            crashed.cut()
        crashed.take(records[crashed.crash() :])
    for run in (through, crashed):
        assert run.table.row.origins == {0: 7, 1: 7}
        assert run.table.row.outcomes["applied"] == 8
        assert run.table.row.outcomes["duplicate"] == 2


@pytest.mark.parametrize("partition", [1, 2])
@pytest.mark.parametrize("alone", [False, True])
def test_a_misplaced_record_keeps_the_origin_that_it_can_have(alone: bool, partition: int) -> None:
    run = Run(ADMISSIONS[0], routed=True, cap=9)
    headers = from_origin(partition, 7)
    with one_by_one() if alone else nullcontext():
        run.take([replace(mention(5, 0, NOW - HOUR), key=b"elsewhere", headers=headers)])
    [reroute] = run.reroutes
    assert reroute.origin == (Origin(1, 7) if partition == 1 else Origin(0, 5))


@pytest.mark.parametrize("number", ["-1", str(2**63), str(10**30), "9" * 5_000, "1.0", ""])
@pytest.mark.parametrize("name", ["origin-partition", "origin-offset"])
@pytest.mark.parametrize("alone", [False, True])
def test_headers_that_are_not_ours_change_nothing(name: str, number: str, alone: bool) -> None:
    numbers = {"origin-partition": "1", "origin-offset": "7", name: number}
    headers = tuple((each, numbers[each].encode()) for each in numbers)
    run = Run(ADMISSIONS[0], routed=True, cap=9)
    with one_by_one() if alone else nullcontext():
        run.take([replace(mention(0, 0, NOW - HOUR), headers=headers)])
    run.cut()
    assert run.table.row.outcomes["applied"] == 1
    assert not run.table.row.origins
