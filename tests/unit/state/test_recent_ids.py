"""Recent ids: what is known of an id does not depend on where it lies."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.instants import MINUTE
from pipeline.state import recent_ids, tiers
from pipeline.state.recent_ids import RecentIds
from pipeline.state.row import NO_WATERMARK
from pipeline.state.tiers import first_kept

IDS = st.integers(0, 40)
MINUTES = st.integers(0, 9)
ONE = st.tuples(st.just("one"), IDS, MINUTES)
MANY = st.tuples(st.just("many"), st.lists(st.tuples(IDS, MINUTES), max_size=12))
LATEST = st.tuples(st.just("latest"), st.lists(IDS, unique=True, max_size=12), MINUTES)
FORGET = st.tuples(st.just("forget"), MINUTES)

HIGH = 0xF000_0000_0000_0000
"""Ids use all 64 bits."""


@given(st.lists(st.one_of(ONE, MANY, LATEST, FORGET), max_size=30), st.sampled_from([1, 4, 64]))
def test_what_is_known_is_what_was_said_last(steps: list[tuple[Any, ...]], slots: int) -> None:
    with patch.object(recent_ids, "_FEWEST_SLOTS", slots):
        recent, oldest = RecentIds(), 0
        known: dict[int, int] = {}
        for what, *said in steps:
            if what == "one":
                recent.add(HIGH + said[0], said[1])
                known[HIGH + said[0]] = said[1]
            elif what == "many":
                # Of an id that comes twice the later minute counts.
                each = sorted(said[0], key=lambda one: one[1])
                recent.add_all(
                    np.array([HIGH + key for key, _ in each], np.uint64),
                    np.array([minute * MINUTE + 5 for _, minute in each], np.int64),
                )
                known |= {HIGH + key: minute for key, minute in each}
            elif what == "latest":
                recent.add_latest(np.array([HIGH + key for key in said[0]], np.uint64), said[1])
                for key in said[0]:
                    before = known.get(HIGH + key)
                    if before is None or before < oldest or before <= said[1]:
                        known[HIGH + key] = said[1]
            else:
                oldest = max(oldest, said[0])
                recent.forget_before(oldest)
            kept = {key: minute for key, minute in known.items() if minute >= oldest}
            assert dict(recent) == kept
            assert {key: recent.minute(HIGH + key) for key in range(41)} == {
                key: kept.get(HIGH + key) for key in range(41)
            }
            asked = np.array([HIGH + key for key in range(0, 41, 2)], np.uint64)
            found = set(asked[recent.known(asked)].tolist())
            assert found == kept.keys() & set(asked.tolist())


def test_nothing_is_known_before_anything_was_applied() -> None:
    recent = RecentIds()
    recent.forget_before(first_kept(tiers.MINUTE, NO_WATERMARK))
    keys = np.arange(5_000, dtype=np.uint64)
    assert not recent.known(keys).any()
    assert recent.minute(7) is None
    assert not list(recent)
    recent.add_all(keys, np.full(keys.size, 9 * MINUTE))
    assert len(list(recent)) == keys.size


def test_what_is_forgotten_takes_no_room_for_long() -> None:
    recent = RecentIds()
    random = np.random.default_rng(1)
    for minute in range(400):
        keys = random.integers(0, 1 << 64, 1_000, dtype=np.uint64)
        recent.add_all(keys, np.full(keys.size, minute * MINUTE))
        recent.forget_before(max(0, minute - 180))
    assert len(list(recent)) == 181_000
    assert recent._keys.size * 12 <= 181_000 * 40


@given(st.lists(IDS, max_size=40), st.lists(IDS, max_size=5))
def test_ids_that_are_known_or_come_again_are_marked(asked: list[int], before: list[int]) -> None:
    recent = RecentIds()
    for key in before:
        recent.add(HIGH + key, 1)
    keys = np.array([HIGH + key for key in asked], np.uint64)
    marks = recent.known_or_repeated(keys)
    assert marks.tolist() == [key in before or asked.count(key) > 1 for key in asked]
