"""Whether many records lie under the keys that they should, without a key being made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import PADDING, borrowed, entry, inner
from pipeline.events.joined import joined
from pipeline.events.records import NOWHERE, PackedRecords
from pipeline.events.text_scan import is_same


def have_keys(
    records: PackedRecords,
    places: NDArray[np.intp],
    expected: Sequence[bytes | None],
    code: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Tell of the records at some places whether each has the key that its code stands for.

    No record has the key None.
    """
    same = np.zeros(places.size, np.bool_)
    names, stops = joined([key or b"" for key in expected])
    _compare(
        np.frombuffer(records.buffer or b"\0", np.uint8),
        records.keys[:, places],
        names,
        stops,
        np.array([NOWHERE if key is None else len(key) for key in expected], np.int64),
        code,
        same,
    )
    return same


@inner
def _is_same_by_bytes(raw: Any, start: int, names: Any, first: int, length: int) -> Any:
    for place in range(length):  # noqa: SIM110 - a generator would not be compiled
        if raw[start + place] != names[first + place]:
            return False
    return True


@entry(
    "void(Array(uint8, 1, 'C', readonly=True), int64[:, :], Array(uint8, 1, 'C', readonly=True),"
    "int64[::1], int64[::1], int64[::1], boolean[::1])"
)
def _compare(
    raw: Any, keys: Any, names: Any, stops: Any, lengths: Any, code: Any, same: Any
) -> None:
    raw, keys, names, stops = borrowed(raw), borrowed(keys), borrowed(names), borrowed(stops)
    lengths, code, same = borrowed(lengths), borrowed(code), borrowed(same)
    for n in range(code.size):
        start, length = keys[0, n], lengths[code[n]]
        if start < 0 or keys[1, n] - start != length:
            continue
        first = stops[code[n]] - length
        # The buffer is not padded.
        same[n] = (
            is_same(raw, start, names, first, length)
            if start + length + PADDING <= raw.size
            else _is_same_by_bytes(raw, start, names, first, length)
        )
