"""Values one behind another: how compiled passes take and give many of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import PADDING
from pipeline.events.text_scan import Bytes

Places = NDArray[np.int64]


def joined(values: Sequence[bytes]) -> tuple[Bytes, Places]:
    """Return values one behind another, padded, and where each ends."""
    raw = np.frombuffer(b"".join((*values, bytes(PADDING))), np.uint8)
    return raw, np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))


class Named(NamedTuple):
    """Names one behind another, padded; where each begins and the last ends, and the longest."""

    raw: Bytes
    bounds: Places
    longest: int

    @classmethod
    def of(cls, names: Sequence[str]) -> Named:
        """Return names as their bytes."""
        raw, stops = joined([name.encode() for name in names])
        bounds = np.append(0, stops)
        return cls(raw, bounds, int(np.diff(bounds).max(initial=0)))


def parted(values: NDArray[np.generic] | bytes, bounds: Places) -> list[bytes]:
    """Return the bytes of values in parts: where each begins, and the last one ends."""
    together = values if isinstance(values, bytes) else values.tobytes()
    return [together[start:end] for start, end in pairwise(bounds.tolist())]
