"""Blocks of hours are written once, in time, and forgotten hour by hour."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events.instants import DAY, HOUR
from pipeline.events.records import RawRecord
from pipeline.state import source
from pipeline.state.packed_block import Block
from pipeline.state.pane import counters_of
from pipeline.state.pane_keys import pane_key
from pipeline.state.tiers import HOUR as HOURS
from tests.unit.state.test_together import ADMISSIONS, NOW, Run, mention, one_by_one

START = NOW - 200 * DAY
RETENTION = HOURS.retention


def mentions(first: int, moments: Sequence[int]) -> list[RawRecord]:
    """A mention each of one brand, from an offset on."""
    return [mention(offset, offset, moment) for offset, moment in enumerate(moments, first)]


def started() -> Run:
    """Three hours, which are a block."""
    run = Run(ADMISSIONS[0], routed=False, cap=9)
    run.take(mentions(0, [START, START + HOUR, START + 2 * HOUR]))
    kept = list(run.table.by_brand["b-1"].hour.values())
    assert len(kept) == 3
    assert all(isinstance(each, Block) for each in kept)
    assert len(set(kept)) == 1
    return run


def taken_apart() -> Run:
    """One of the hours has been merged with, and one is a pane: neither is the block's any more."""
    run = started()
    run.cut()
    run.take(mentions(3, [START + HOUR]))
    with one_by_one():
        run.take(mentions(4, [START + 2 * HOUR]))
    return run


def key(hours: int) -> bytes:
    return pane_key("b-1", HOURS, START // HOUR + hours)


def hour_values(changes: source.Changes) -> list[tuple[bytes, int]]:
    """Keys of hours as they are written, in order, and their mentions."""
    return [(k, counters_of(v)[0]) for k, v in changes.values if b"|h|" in k]


def passed(run: Run, hours: int) -> None:
    """Have the watermark pass so many of the hours."""
    last = (START // HOUR + hours) * HOUR + RETENTION
    run.take(mentions(run.table.row.applied + 1, [last]))


def test_of_what_is_merged_later_the_newest_is_written() -> None:
    run = started()
    run.take(mentions(3, [START + HOUR, START + 2 * HOUR, START + 2 * HOUR]))
    assert hour_values(run.cut()) == [(key(0), 1), (key(1), 2), (key(2), 3)]
    assert hour_values(run.cut()) == []


def test_what_becomes_a_pane_later_is_written_after_the_block() -> None:
    run = started()
    with one_by_one():
        run.take(mentions(3, [START + HOUR]))
    assert hour_values(run.cut()) == [(key(0), 1), (key(1), 1), (key(2), 1), (key(1), 2)]


def test_a_block_is_written_once() -> None:
    run = started()
    assert hour_values(run.cut()) == [(key(0), 1), (key(1), 1), (key(2), 1)]
    run.take(mentions(3, [START + 2 * HOUR]))
    assert hour_values(run.cut()) == [(key(2), 2)]


def test_what_was_read_or_changed_by_itself_is_written_all_the_same() -> None:
    run = started()
    brand = run.table.by_brand["b-1"]
    assert brand.pane(HOURS, START // HOUR) is not None
    held = brand.held(HOURS, START // HOUR + 1)
    assert held is not None
    assert brand.held(HOURS, START // HOUR + 1) is held
    with one_by_one():
        run.take(mentions(3, [START + 2 * HOUR]))
    assert dict(hour_values(run.cut())) == {key(0): 1, key(1): 1, key(2): 2}


def test_hours_of_a_block_expire_one_after_the_other() -> None:
    run = taken_apart()
    run.cut()
    expired: list[bytes] = []
    for hours in (1, 2, 3):
        passed(run, hours)
        expired += run.cut().expired
        left = list(run.table.by_brand["b-1"].hour)
        assert left[: 3 - hours] == [START // HOUR + n for n in range(hours, 3)]
    # Deleted one cut later.
    passed(run, 4)
    expired += run.cut().expired
    assert sorted(k for k in expired if b"|h|" in k) == sorted([key(0), key(1), key(2)])


def test_changes_of_what_has_passed_are_not_written() -> None:
    run = taken_apart()
    passed(run, 3)
    assert {key(0), key(1), key(2)}.isdisjoint(k for k, _ in run.cut().values)


def test_a_block_that_passes_before_a_cut_leaves_no_trace() -> None:
    run = started()
    passed(run, 3)
    cuts = [run.cut()]
    for hours in (4, 5):
        passed(run, hours)
        cuts.append(run.cut())
    ours = {key(0), key(1), key(2)}
    for changes in cuts:
        assert ours.isdisjoint(k for k, _ in changes.values)
        assert ours.isdisjoint(changes.expired)


def test_of_a_block_that_passes_in_part_the_rest_is_written() -> None:
    run = started()
    passed(run, 2)
    cut = run.cut()
    assert key(2) in dict(cut.values)
    assert {key(0), key(1)}.isdisjoint(k for k, _ in cut.values)
    passed(run, 3)
    expired = [*run.cut().expired]
    passed(run, 4)
    expired += run.cut().expired
    assert [k for k in expired if b"|h|" in k] == [key(2)]
