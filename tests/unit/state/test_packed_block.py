"""A block says of each of its hours what the pane would that is there by itself."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.joined import Named, Places, parted
from pipeline.state.packed import Made, Packed
from pipeline.state.packed_block import Block, Kept, streaks, values_of
from pipeline.state.pane import Pane
from pipeline.state.tiers import HOUR

MARKS = st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=12)
VALUES = st.lists(st.binary(max_size=9), min_size=1, max_size=8)


def made_of(values: list[bytes], indexes: Places | None = None) -> Made:
    """What a merge makes of one brand, with as many mentions as there are bytes."""
    ends = np.cumsum([0, *map(len, values)])
    if indexes is None:
        indexes = np.arange(len(values))
    lengths = np.array([len(value) for value in values])
    codes = np.zeros(len(values), np.int64)
    return Made(["b"], Named.of(["b"]), codes, indexes, b"".join(values), ends, lengths)


@given(MARKS)
def test_streaks_are_runs_of_marked_entries_of_one_code(marks: list[tuple[bool, int]]) -> None:
    expected, starts, place = [False] * len(marks), [], 0
    for (marked, _), group in groupby(marks):
        count = len(list(group))
        if marked and count > 1:
            starts.append(sum(expected))
            expected[place : place + count] = [True] * count
        place += count
    is_marked = np.array([mark for mark, _ in marks], np.bool_)
    codes = np.array([code for _, code in marks], np.int64)
    beside, firsts = streaks(is_marked, codes)
    assert (beside.tolist(), firsts.tolist()) == (expected, starts)


@given(st.lists(st.tuples(st.binary(max_size=3), st.booleans()), max_size=9))
def test_of_what_was_made_some_is_selected(entries: list[tuple[bytes, bool]]) -> None:
    wanted = np.array([marked for _, marked in entries], np.bool_)
    its = made_of([value for value, _ in entries]).where(wanted)
    expected = [(n, value) for n, (value, marked) in enumerate(entries) if marked]
    assert its.index.tolist() == [n for n, _ in expected]
    assert its.mentions.tolist() == [len(value) for _, value in expected]
    assert parted(its.values, its.ends) == [value for _, value in expected]


@given(VALUES, st.data())
def test_a_block_holds_some_of_what_was_made(values: list[bytes], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    indexes = np.cumsum(data.draw(st.lists(st.integers(1, 9), min_size=8, max_size=8)))
    block = Block(made_of(values, indexes[: len(values)]), start, stop)
    its = values[start:stop]
    assert len(block) == len(its)
    assert block.indexes.tolist() == indexes[start:stop].tolist()
    for index, value in zip(block.indexes.tolist(), its, strict=True):
        packed = block.packed(index)
        assert (packed.value, packed.mentions) == (value, len(value))
    first = data.draw(st.integers(0, len(its) - 1))
    last = data.draw(st.integers(first + 1, len(its)))
    part, ends = block.part(first, last)
    assert part == b"".join(its[first:last])
    assert ends.tolist() == np.cumsum([len(value) for value in its[first:last]]).tolist()
    after = data.draw(st.integers(0, 80))
    assert block.until(after) == sum(index < after for index in block.indexes.tolist())


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(min_size=1, max_size=9)), max_size=12))
def test_values_are_those_of_each_hour_by_itself(hours: list[tuple[int, bytes]]) -> None:
    """Hours of two blocks, of which others have taken some places, and panes."""
    values = [value for _, value in hours]
    panes: dict[int, Kept] = {}
    for number in (0, 1):
        places = [n for n, (kind, _) in enumerate(hours) if kind == number]
        if places:
            made = made_of([values[n] for n in places], np.array(places))
            block = Block(made, 0, len(places))
            panes.update(dict.fromkeys(places, block))
    for n, (kind, value) in enumerate(hours):
        if kind == 2:
            panes[n] = Packed(value, 1)
        elif kind == 3:
            panes[n] = Pane(HOUR, n)
            values[n] = Pane(HOUR, n).outline()
    raw, stops = values_of(panes, sorted(panes))
    assert stops.tolist() == np.cumsum([len(value) for value in values]).tolist()
    assert raw.tobytes().startswith(b"".join(values))


def test_what_takes_a_place_in_a_block_is_read_there() -> None:
    values = [b"a", b"bb", b"ccc"]
    panes: dict[int, Kept] = dict.fromkeys(range(3), Block(made_of(values), 0, 3))
    panes[1] = Packed(b"other", 1)
    raw, stops = values_of(panes, range(3))
    assert (raw[:9].tobytes(), stops.tolist()) == (b"aotherccc", [1, 6, 9])
