"""What expires is found by when it does, and is what looking at every brand finds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.instants import DAY, HOUR, to_rfc3339
from pipeline.events.records import RawRecord
from pipeline.state import horizon, pane_table, tiers
from pipeline.state.mention_table import MentionTable
from pipeline.state.packed_block import Block
from pipeline.state.pane_keys import pane_key
from pipeline.state.pane_table import PaneTable
from pipeline.state.row import NO_WATERMARK
from pipeline.state.tiers import DAY_WINDOW, TIERS
from tests.unit.state.forgetting import drop_expired
from tests.unit.state.test_together import ADMISSIONS, NOW, Run, histories, mention, one_by_one


def visit_all(table: PaneTable) -> list[bytes]:
    """Forget what has expired by looking at every brand."""
    watermark = table.row.watermark
    table._expire_minutes(watermark)
    gone: list[bytes] = []
    for name, brand in table.by_brand.items():
        folded = brand.carry.folded_until
        panes, packed = drop_expired(brand, watermark, table.row.decided)
        for pane in panes:
            table._forget(pane, name, pane.tier, pane.index, gone)
        for index, held in packed.items():
            if not isinstance(held, Block):
                table._forget(held, name, tiers.HOUR, index, gone)
            elif held.hours not in table._blocks._new:
                gone.append(pane_key(name, tiers.HOUR, index))
        if brand.carry.folded_until != folded:
            table._dirty_carry.add(name)
    return gone


def visiting_all() -> Any:
    """Look at every brand."""
    return patch.object(PaneTable, "_drop_expired", visit_all)


def looked_at(table: MentionTable) -> list[Any]:
    """What is remembered of the hours of each brand, which must not outlive them."""
    hour = table.row.watermark // HOUR
    if table.row.watermark == NO_WATERMARK:
        return []
    return [
        (
            brand.first_hour,
            brand.hourly.total(range(hour - 1800, hour + 1)),
            brand.hourly.remembered,
            brand.past(DAY_WINDOW, hour).tally,
            [(index, pane.sample.k) for index, pane in brand.panes(tiers.HOUR).items()],
        )
        for brand in table.by_brand.values()
    ]


def played(
    records: Sequence[RawRecord],
    cuts: Sequence[int],
    crashes: set[int],
    limit: int | None,
    looks: set[int],
    undecided: int,
) -> list[Any]:
    """Take records, with cuts, crashes and looks after some; returns all that is to be seen."""
    run = Run(ADMISSIONS[0], routed=True, cap=9)
    run.undecided = undecided
    seen: list[Any] = []
    start = 0
    for end in sorted({*cuts, *crashes, len(records)}):
        if not start < end <= len(records):
            continue
        run.take(records[start:end])
        changes = run.cut(limit)
        seen.append((dict(changes.values), sorted(changes.expired), changes.row))
        if end in crashes:
            run._start()
        if end in looks:
            seen.append(looked_at(run.table))
        start = run.table.row.applied + 1
    seen += [run.content(), looked_at(run.table)]
    return seen


STEPS = st.sampled_from(
    [0, 1, HOUR, HOUR, 47 * HOUR, 48 * HOUR, 20 * DAY, 70 * DAY - HOUR, 70 * DAY, 330 * DAY]
)
EVENTS = st.tuples(
    STEPS,
    st.sampled_from([0, 0, 0, HOUR, 69 * DAY]),
    st.integers(0, 3),
    st.sampled_from([None, 0.5, 0.5, -1.0]),
)
"""How far time goes on, how late the mention is, its brand, and its polarity if it has one."""


def world(events: Sequence[tuple[int, int, int, float | None]]) -> list[RawRecord]:
    """Mentions by themselves, or together in their hour, that grow old and expire."""
    moment = NOW - 1500 * DAY
    records = []
    for offset, (step, late, brand, polarity) in enumerate(events):
        moment = min(moment + step, NOW)
        event = {
            "id": str(offset),
            "brand": f"b-{brand}",
            "author": f"a-{offset}",
            "source": f"s-{offset % 2}",
            "occurred_at": to_rfc3339(moment - late),
            "sentiment": polarity,
        }
        value = json.dumps({name: each for name, each in event.items() if each is not None})
        records.append(RawRecord(offset, value.encode(), f"b-{brand}".encode()))
    return records


HISTORIES = st.lists(EVENTS, min_size=1, max_size=40).map(world)


@given(
    HISTORIES | histories(),
    st.lists(st.integers(1, 40), max_size=20),
    st.sets(st.integers(1, 40), max_size=3),
    st.sampled_from([None, None, 0, 300]),
    st.sets(st.integers(1, 40), max_size=20),
    st.sampled_from([0, 0, 24, 36 * 24, 100 * 24, 999 * 24]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_expires_is_what_a_look_at_every_brand_finds(
    records: list[RawRecord],
    cuts: list[int],
    crashes: set[int],
    limit: int | None,
    looks: set[int],
    undecided: int,
    together: bool,
) -> None:
    def run() -> list[Any]:
        with patch.object(pane_table, "LEAST_SHARE", 0.01):
            if together:
                return played(records, cuts, crashes, limit, looks, undecided)
            with one_by_one():
                return played(records, cuts, crashes, limit, looks, undecided)

    with visiting_all():
        expected = run()
    assert run() == expected


@given(HISTORIES, st.lists(st.integers(1, 40), max_size=8), st.booleans())
@settings(max_examples=50, deadline=None)
def test_when_a_brand_is_visited_depends_on_what_is_known_of_it(
    records: list[RawRecord], cuts: list[int], together: bool
) -> None:
    """And so it is the same after a recovery."""
    run = Run(ADMISSIONS[0], routed=True, cap=9)
    start = 0
    for end in sorted({*cuts, len(records)}):
        if start < end <= len(records):
            if together:
                run.take(records[start:end])
            else:
                with one_by_one():
                    run.take(records[start:end])
            run.cut()
            start = end
            assert_scheduled(run.table)
    before = [scheduled(run.table, tier) for tier in TIERS]
    run._start()
    assert_scheduled(run.table)
    assert [scheduled(run.table, tier) for tier in TIERS] == before


def scheduled(table: MentionTable, tier: tiers.Tier) -> Counter[tuple[int, str]]:
    """Return of which index of which brand it is known when it expires."""
    known = [(i, name) for i, names in table._expiries[tier].items() for name in names]
    if tier is tiers.HOUR:
        for first, its in table._blocks._expiries.items():
            for hours in its:
                left = hours.index >= first
                assert hours.index[left].min() == first
                places = zip(hours.index[left].tolist(), hours.brand[left].tolist(), strict=True)
                known += [(hour, hours.brands[code]) for hour, code in places]
    return Counter(known)


def assert_scheduled(table: MentionTable) -> None:
    """Hold who is to be visited against what there is: all of it, and each once."""
    for tier in TIERS:
        held = Counter(
            (index, name) for name, brand in table.by_brand.items() for index in brand.whole(tier)
        )
        assert held == scheduled(table, tier)
    mentions: dict[int, int] = {}
    for brand in table.by_brand.values():
        for day, pane in brand.day.items():
            mentions[day] = mentions.get(day, 0) + pane.mentions
    assert table.mentions_by_day(range(NOW // DAY + 1)) == mentions
    assert list(table.mentions_by_day(range(NOW // DAY + 1))) == sorted(mentions)


@pytest.mark.parametrize("way", [nullcontext, one_by_one])
def test_mentions_of_a_day_are_added_up_again_once_there_are_more(way: Any) -> None:
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    newest = NOW // DAY
    with way():
        for number, sums in enumerate(({newest: 1}, {newest: 2}, {newest - 3: 1, newest: 2})):
            run.take([mention(number, number, NOW - 3 * DAY if number == 2 else NOW)])
            found = run.table.mentions_by_day(range(newest - 9, newest + 1))
            assert found == sums
            found[newest] = 0


def test_brands_of_which_nothing_expires_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    run.take([mention(0, 0, NOW - 100 * DAY)])
    run.cut()
    run.table.by_brand["b-1"].panes(tiers.HOUR)
    for name in ("trim_hour", "forget_hours", "fold_until"):
        monkeypatch.setattr(
            f"pipeline.state.brand.BrandMentions.{name}", lambda *_: pytest.fail("visited")
        )
    # Until it is old, which this hour is 48 hours after its end.
    for hours in range(49):
        run.table.row.watermark = NOW - 100 * DAY + hours * HOUR
        run.cut()
    run.table.row.watermark += HOUR
    with pytest.raises(pytest.fail.Exception, match="visited"):
        run.cut()


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_a_pane_expires_with_the_watermark_that_passes_it(tier: tiers.Tier) -> None:
    at = NOW - 800 * DAY
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    run.take([mention(0, 0, at)])
    run.cut()
    brand = run.table.by_brand["b-1"]
    last = (at // tier.size + 1) * tier.size + tier.retention - 1
    for watermark, kept in ((last, 1), (last + 1, 0)):
        run.table.row.watermark = watermark
        run.cut()
        assert len(brand.panes(tier)) == kept


def test_an_hour_waits_until_alerts_that_look_at_it_are_decided() -> None:
    at = NOW - 100 * DAY
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    run.take([mention(0, 0, at), mention(1, 2, NOW)])
    hours = run.table.by_brand["b-1"].hour
    decided = at // HOUR + horizon.LOOKED_BACK
    for run.undecided, kept in ((NOW // HOUR - decided, True), (NOW // HOUR - decided - 1, False)):
        run.cut()
        assert (at // HOUR in hours) == kept


def test_an_hour_does_not_wait_for_ever() -> None:
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    run.undecided = NOW // HOUR
    at = (NOW - 300 * DAY) // HOUR * HOUR
    run.take([mention(0, 0, at)])
    hours = run.table.by_brand["b-1"].hour
    last = at + HOUR + 70 * DAY + horizon.MOST_WAITING * HOUR - 1
    for run.table.row.watermark, kept in ((last, True), (last + 1, False)):
        run.cut()
        assert (at // HOUR in hours) == kept


def test_nothing_is_deleted_that_was_never_written() -> None:
    """In a backlog most minutes pass between two cuts: each would be a tombstone."""
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    run.take([mention(0, 0, NOW - DAY)])
    written = {key for key, _ in run.cut().values if b"|m|" in key}
    assert len(written) == 1
    expired: list[bytes] = []
    for hours in (4, 8, 12):
        run.take([mention(hours, hours, NOW - DAY + hours * HOUR)])
    for offset in (20, 21):
        cut = run.cut()
        expired += cut.expired
        # Nor is what has passed by now written.
        assert len([key for key, _ in cut.values if b"|m|" in key]) == 1
        run.take([mention(offset, offset, NOW)])
    assert set(expired) == written
