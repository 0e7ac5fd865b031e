"""Whether many records lie under the keys that they should, without a key being made."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, entry
from pipeline.events.records import PackedRecords


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
    names = b"".join(key or b"" for key in expected)
    stops = np.fromiter(accumulate(len(key or b"") for key in expected), np.int64, len(expected))
    lengths = [-1 if key is None else len(key) for key in expected]
    _compare(
        np.frombuffer(records.buffer or b"\0", np.uint8),
        records.keys[:, places],
        np.frombuffer(names or b"\0", np.uint8),
        stops,
        np.array(lengths, np.int64),
        code,
        same,
    )
    return same


@entry(
    "void(Array(uint8, 1, 'C', readonly=True), int64[:, :], Array(uint8, 1, 'C', readonly=True),"
    "int64[::1], int64[::1], int64[::1], boolean[::1])"
)
def _compare(
    raw: Any, keys: Any, names: Any, stops: Any, lengths: Any, code: Any, same: Any
) -> None:
    raw, keys, names = borrowed(raw), borrowed(keys), borrowed(names)
    for n in range(code.size):
        start, length = keys[0, n], lengths[code[n]]
        if start < 0 or keys[1, n] - start != length:
            continue
        first = stops[code[n]] - length
        same[n] = True
        for place in range(length):
            if raw[start + place] != names[first + place]:
                same[n] = False
                break
