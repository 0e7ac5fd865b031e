"""Recovery keeps the value that contains most, whoever wrote it and whenever."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faust.types import TP, EventT
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Stop
from pipeline.events.records import RawRecord
from pipeline.state import encoding
from pipeline.transport.store import StateStore, deletion_headers


def store() -> StateStore:
    made = StateStore.__new__(StateStore)
    made.data = {}
    made.table_name = "mentions"
    StateStore.__post_init__(made)
    made.begin(0)
    return made


def value(applied: int) -> bytes:
    return encoding.header(applied) + b"body"


def record(key: bytes, applied: int, *, deleted: bool = False) -> RawRecord:
    if deleted:
        return RawRecord(0, None, key, headers=deletion_headers(applied))
    return RawRecord(0, value(applied), key)


def test_a_regressing_value_is_left_aside_and_remembered() -> None:
    state = store()
    state.apply(0, [record(b"a", 5), record(b"a", 9), record(b"a", 7)])
    assert state.take(0) == {b"a": value(9)}
    assert state.regressed(0) == {b"a": value(9)}


def test_a_newer_value_ends_the_regression() -> None:
    state = store()
    state.apply(0, [record(b"a", 9), record(b"a", 7), record(b"a", 10)])
    assert state.take(0) == {b"a": value(10)}
    assert state.regressed(0) == {}


def test_a_deletion_is_compared_like_a_value() -> None:
    state = store()
    state.apply(0, [record(b"a", 9, deleted=True), record(b"a", 7)])
    assert state.take(0) == {}
    assert state.regressed(0) == {b"a": encoding.tombstone(9)}
    state.begin(1)
    state.apply(1, [record(b"a", 9), record(b"a", 7, deleted=True)])
    assert state.take(1) == {b"a": value(9)}


def test_a_deletion_that_is_not_ours_deletes_nothing() -> None:
    state = store()
    state.apply(0, [record(b"a", 3), RawRecord(0, None, b"a")])
    assert state.take(0) == {b"a": value(3)}


@given(st.permutations([1, 2, 3, 4, 5]))
def test_the_order_of_writes_does_not_matter(order: list[int]) -> None:
    state = store()
    state.apply(0, [record(b"a", applied) for applied in order])
    assert state.take(0) == {b"a": value(5)}
    assert (b"a" in state.regressed(0)) == (order[-1] != 5)


def test_what_was_written_is_regressed_no_more() -> None:
    state = store()
    state.apply(0, [record(b"a", 9), record(b"b", 9), record(b"a", 7), record(b"b", 7)])
    state.written(0, [b"b", b"c"])
    assert state.regressed(0) == {b"a": value(9)}


def test_values_are_handed_over_once_and_what_comes_late_is_read_next_time() -> None:
    state = store()
    state.apply(0, [record(b"a", 9), record(b"a", 7)])
    assert state.value(0, b"a") == value(9)
    assert state.take(0) == {b"a": value(9)}
    state.apply(0, [record(b"b", 10)])
    assert state.value(0, b"b") is None
    assert state.regressed(0) == {b"a": value(9)}
    with pytest.raises(Stop, match="partition 0 of mentions was not recovered"):
        state.take(0)


def test_a_changelog_that_was_not_read_to_its_end_is_not_taken_for_whole() -> None:
    """Faust counts by events that go another way than the values."""
    state = store()
    state.check_read(0, -1)
    for offset in (3, 6):
        state.apply(0, [RawRecord(offset, value(9), b"a")])
        with pytest.raises(Stop, match=f"partition 0, was read to offset {offset + 1}, and 7"):
            state.check_read(0, 7)
    state.apply(0, [RawRecord(7, value(10), b"a")])
    state.check_read(0, 7)
    state.begin(0)
    with pytest.raises(Stop, match="was read to offset 0, and 7"):
        state.check_read(0, 7)


def test_a_changelog_is_read_on_only_where_nothing_of_it_is_gone() -> None:
    changelog = TP("changelog", 1)
    state = store()
    assert state.persisted_offset(changelog) == -1
    state.apply(1, [record(b"a", 9)])
    assert state.persisted_offset(changelog) is None
    assert state.take(1) == {b"a": value(9)}
    assert state.persisted_offset(changelog) == -1
    state.apply(1, [record(b"a", 9)])
    asyncio.run(state.on_rebalance(set(), {changelog}, set()))
    assert state.persisted_offset(changelog) == -1
    assert state.take(1) == {}


def test_what_faust_applies_a_second_time_and_later_changes_nothing() -> None:
    """Of every fetch it applies the last record again, when the next ones are applied already."""
    state = store()
    state.apply(0, [record(b"a", 9)])
    state.apply(0, [record(b"a", 7)])
    message = SimpleNamespace(partition=0, key=b"a", value=value(9), headers=())
    event = cast("EventT[Any]", SimpleNamespace(message=message))
    state.apply_changelog_batch([event], lambda key: key, lambda value: value)
    assert state.regressed(0) == {b"a": value(9)}
