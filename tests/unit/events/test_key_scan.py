"""Keys are told apart as comparing them one by one would, wherever in their buffer they lie."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.key_scan import have_keys
from pipeline.events.records import PackedRecords, RawRecord

KEYS = st.sampled_from([b"", b"a", b"brand-01", b"brand-02", b"brand-0001", b"y" * 40, b"y" * 41])


@given(
    st.lists(st.tuples(KEYS | st.none(), KEYS | st.none(), st.binary(max_size=60)), min_size=1),
    st.data(),
)
def test_they_are_compared_byte_by_byte(
    records: list[tuple[bytes | None, bytes | None, bytes]], data: st.DataObject
) -> None:
    expected = list(dict.fromkeys(key for _, key, _ in records))
    packed = PackedRecords.of([RawRecord(n, v, key) for n, (key, _, v) in enumerate(records)])
    places = np.array(data.draw(st.permutations(range(len(records)))))
    code = np.array([expected.index(records[place][1]) for place in places.tolist()])
    same = [records[n][0] == records[n][1] is not None for n in places.tolist()]
    assert have_keys(packed, places, expected, code).tolist() == same
