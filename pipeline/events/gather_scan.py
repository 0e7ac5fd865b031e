"""Parts of a buffer put one behind another, in any order (compiled)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import PADDING, borrowed, eight, entry, item, put_eight
from pipeline.events.records import Places
from pipeline.events.text_scan import Bytes


def gathered(raw: Bytes, starts: Places, stops: Places) -> tuple[Bytes, Places]:
    """Return parts of a buffer one behind another, and where each begins and the last ends.

    :data:`~pipeline.compiled.PADDING` bytes that belong to none of them follow.

    Args:
        raw: The buffer, of which nothing but the parts is read.
        starts: Where each part begins in it.
        stops: Where each ends, not before it begins.
    """
    bounds = np.zeros(starts.size + 1, np.int64)
    np.cumsum(stops - starts, out=bounds[1:])
    together = np.empty(int(bounds[-1]) + PADDING, np.uint8)
    together[-PADDING:] = 0
    _gather(raw, starts, bounds, together)
    return together, bounds


@entry("void(uint8[::1], int64[::1], int64[::1], uint8[::1])")
def _gather(raw: Any, starts: Any, bounds: Any, together: Any) -> None:
    raw, starts, bounds = borrowed(raw), borrowed(starts), borrowed(bounds)
    together = borrowed(together)
    for part in range(starts.size):
        at, to, stop = item(starts, part), item(bounds, part), item(bounds, part + 1)
        while to + 8 <= stop:
            put_eight(together, to, eight(raw, at))
            at += 8
            to += 8
        while to < stop:
            together[to] = item(raw, at)
            at += 1
            to += 1
