"""A batch that is written of columns is the one that the client writes by calls."""

from __future__ import annotations

import numpy as np
import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.text_scan import Bytes, Places
from pipeline.state.entries import Columns, Entries, Entry
from pipeline.transport.client_records import fill
from pipeline.transport.record_writer import written

NOW = 1_780_000_000_000
SIZES = st.sampled_from([0, 1, 7, 8, 9, 63, 64, 65, 200, 8_191, 8_192])
RECORDS = st.lists(st.tuples(SIZES, SIZES), min_size=1, max_size=30)


def columns_of(records: list[Entry]) -> Columns:
    """The same as columns, which need not lie in their order."""
    return Columns(*_placed([key for key, _ in records]), *_placed([value for _, value in records]))


def _placed(texts: list[bytes]) -> tuple[Bytes, Places]:
    """Texts in a buffer, the last one first, and where each is."""
    stops = np.cumsum([0, *map(len, reversed(texts))])
    places = np.ascontiguousarray(np.stack((stops[:-1], stops[1:]))[:, ::-1])
    return np.frombuffer(b"".join(reversed(texts)), np.uint8), places


def records_of(sizes: list[tuple[int, int]]) -> list[Entry]:
    """Records of some sizes, no two alike."""
    return [
        (bytes([n % 251]) * key, bytes([(n + 7) % 251]) * value)
        for n, (key, value) in enumerate(sizes)
    ]


@given(RECORDS, st.sampled_from([100, 300, 20_000, 1 << 20]), st.booleans())
def test_the_bytes_are_the_clients(
    sizes: list[tuple[int, int]], most: int, is_idempotent: bool
) -> None:
    records = records_of(sizes)
    columns = columns_of(records)
    start = 0
    while start < len(records):
        ours, theirs = written(columns, start, NOW, most), BatchBuilder(most, 0)
        took = fill(theirs, records[start:], (), NOW)
        assert ours.record_count() == took > 0
        assert ours.closed()
        if is_idempotent:
            for each in (ours, theirs):
                each._set_producer_state(7, 3, start)
        size = ours.size()
        assert bytes(ours._build()) == bytes(theirs._build())
        assert ours.size() == size == len(theirs._build())
        start += took


@pytest.mark.parametrize("count", [63, 64, 65, 8_191, 8_192, 8_193, 20_000])
def test_many_records_are_the_clients(count: int) -> None:
    records = records_of([(3, n % 5) for n in range(count)])
    theirs = BatchBuilder(1 << 20, 0)
    fill(theirs, records, (), NOW)
    ours = written(columns_of(records), 0, NOW, 1 << 20)
    assert bytes(ours._build()) == bytes(theirs._build())


def test_entries_are_the_columns_and_then_the_others() -> None:
    records = records_of([(1, 2), (3, 4), (5, 0)])
    others = [(b"k", b"v")]
    entries = Entries(others, columns_of(records))
    assert list(entries) == records + others
    assert (len(entries), entries[0], entries[-1]) == (4, records[0], others[0])
    assert list(entries[2:]) == [records[2], *others]
    assert not Entries([])
