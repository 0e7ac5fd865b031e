"""Launches, campaigns and maintenance of a brand: any order, duplicates, replay and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Reject, Stop
from pipeline.events.admitted import AdmittedActivity
from pipeline.events.instants import DAY
from pipeline.state.activities import BrandActivity
from pipeline.state.encoding import FORMAT

T0 = 20_000 * DAY


def launch(at: int, id_hash: int, kind: str = "launch") -> AdmittedActivity:
    """Return an activity at T0 plus ``at``."""
    return AdmittedActivity("acme", T0 + at, id_hash, kind, f"n{id_hash}", ends_at=T0 + at + 1)


def stored_again(activity: BrandActivity, applied: int) -> BrandActivity:
    """Return the activities as they are after they were written and read back."""
    return BrandActivity.decode(activity.brand, activity.encode(applied))


def rows(activity: BrandActivity) -> list[tuple[int, int]]:
    """Return start and id of what is kept."""
    return [(each.at - T0, each.id_hash) for each in activity.log]


@given(st.permutations(range(8)), st.integers(0, 7))
def test_any_order_keeps_the_same_latest_ones(order: list[int], reload_after: int) -> None:
    activity = BrandActivity("acme", limit=5)
    for offset, n in enumerate(order):
        assert activity.apply(launch(n // 2, n), offset, T0)
        if offset == reload_after:
            value = activity.encode(offset)
            activity = BrandActivity.decode("acme", value, limit=5)
    assert rows(activity) == [(n // 2, n) for n in range(3, 8)]
    assert activity.first_seen == T0


def test_a_repeat_is_a_duplicate() -> None:
    activity = BrandActivity("acme")
    assert activity.apply(launch(0, 1), 0, T0)
    activity.dirty = False
    assert not activity.apply(launch(5, 1), 1, T0)
    assert not activity.dirty
    assert rows(activity) == [(0, 1)]


def test_replay_has_the_outcomes_of_the_first_time_and_changes_nothing() -> None:
    records = [launch(0, 1), launch(0, 1), launch(3, 2)]
    activity = BrandActivity("acme")
    first = [activity.apply(each, offset, T0) for offset, each in enumerate(records)]
    assert first == [True, False, True]
    again = stored_again(activity, 2)
    assert [again.apply(each, offset, T0) for offset, each in enumerate(records)] == first
    assert not again.dirty
    assert again.encode(2) == activity.encode(2)
    assert not again.apply(records[0], 3, T0)


def test_replay_of_one_that_was_crowded_out_changes_nothing() -> None:
    activity = BrandActivity("acme", limit=1)
    activity.apply(launch(0, 1), 0, T0)
    activity.apply(launch(1, 2), 1, T0)
    again = BrandActivity.decode("acme", activity.encode(1), limit=1)
    assert again.apply(launch(0, 1), 0, T0)
    assert rows(again) == [(1, 2)]
    assert not again.dirty


def test_what_is_400_days_old_is_too_late_or_forgotten() -> None:
    activity = BrandActivity("acme")
    with pytest.raises(Reject, match="too_late"):
        activity.apply(launch(-400 * DAY, 1), 0, T0)
    assert activity.apply(launch(1 - 400 * DAY, 1), 1, T0)
    assert activity.drop_expired(T0) == 0
    assert activity.drop_expired(T0 + 1) == 1
    assert rows(activity) == []
    assert activity.first_seen == T0 + 1 - 400 * DAY


@pytest.mark.parametrize("dropped_before", [False, True])
def test_when_they_are_forgotten_makes_no_difference(dropped_before: bool) -> None:
    activity = BrandActivity("acme")
    activity.apply(launch(0, 1), 0, T0)
    if dropped_before:
        activity.drop_expired(T0 + 400 * DAY)
    assert activity.apply(launch(DAY, 1), 1, T0 + 400 * DAY)
    assert rows(activity) == [(DAY, 1)]


def test_windows_are_by_kind_and_start() -> None:
    activity = BrandActivity("acme")
    for offset, (at, kind) in enumerate([(5, "launch"), (3, "maintenance"), (1, "launch")]):
        activity.apply(launch(at, offset, kind), offset, T0)
    assert activity.windows("launch") == [("n2", T0 + 1, T0 + 2), ("n0", T0 + 5, T0 + 6)]
    assert activity.windows("maintenance") == [("n1", T0 + 3, T0 + 4)]
    assert activity.windows("campaign") == []


@pytest.mark.parametrize(
    "value", [b"", bytes([FORMAT + 1]) + bytes(9), bytes([FORMAT]) + bytes(8) + b"\xc1"]
)
def test_what_cannot_be_read_stops_the_process(value: bytes) -> None:
    with pytest.raises(Stop):
        BrandActivity.decode("acme", value)
