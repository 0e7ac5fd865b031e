"""Gathered parts are the parts, whatever their order and wherever they lie."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.compiled import PADDING
from pipeline.events.gather_scan import gathered
from pipeline.events.joined import parted

PLACES = st.integers(0, 80)


@given(st.binary(min_size=80, max_size=80), st.lists(st.tuples(PLACES, PLACES).map(sorted)))
def test_parts_come_one_behind_another(raw: bytes, parts: list[list[int]]) -> None:
    starts, stops = np.array(parts, np.int64).reshape(-1, 2).T.copy()
    together, bounds = gathered(np.frombuffer(bytearray(raw), np.uint8), starts, stops)
    assert parted(together, bounds) == [raw[start:stop] for start, stop in parts]
    assert together[bounds[-1] :].tolist() == [0] * PADDING
