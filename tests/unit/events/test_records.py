"""Packed records are what they were packed from, however they are looked at."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.records import PackedRecords, RawRecord

PART = st.none() | st.binary(max_size=5)
HEADERS = st.just(()) | st.just((("origin-partition", b"1"),))


@st.composite
def records(draw: st.DrawFn) -> list[RawRecord]:
    offsets = sorted(draw(st.sets(st.integers(0, 50), max_size=8)))
    return [
        RawRecord(offset, draw(PART), draw(PART), draw(st.integers(0, 9)), draw(HEADERS))
        for offset in offsets
    ]


@given(records(), st.integers(0, 9), st.integers(0, 9))
def test_records_come_out_as_they_went_in(each: list[RawRecord], start: int, stop: int) -> None:
    packed = PackedRecords.of(each)
    assert list(packed) == each
    assert [packed[place] for place in range(len(packed))] == each
    some = packed[start:stop]
    assert list(some) == each[start:stop]
    assert [some[place] for place in range(len(some))] == each[start:stop]
    assert PackedRecords.of(some) is some


@given(st.lists(st.binary(max_size=5)), st.integers(0, 99))
def test_values_become_records_of_successive_offsets(values: list[bytes], first: int) -> None:
    bounds = np.cumsum([0, *map(len, values)])
    packed = PackedRecords.from_values(b"".join(values), bounds, first)
    assert list(packed) == [RawRecord(first + at, value) for at, value in enumerate(values)]
