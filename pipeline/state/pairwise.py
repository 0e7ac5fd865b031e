"""Sums in NumPy's order, for compiled loops whose results are those of NumPy to the last digit."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import inner

LANES = 8
"""Sums that NumPy takes side by side where there are so many numbers."""

MOST = 128
"""Numbers that NumPy adds up without halving them."""

ROOM = (3, 64)
"""Shape of the numbers that :func:`long_sum` needs room for."""


@inner
def pairwise_sum(values: Any, start: Any, stop: Any) -> Any:
    """Add up the numbers of a row from ``start`` to ``stop``, at most :data:`MOST` of them.

    Source: NumPy's pairwise summation, which halves only what is longer.
    """
    whole = start + (stop - start) // LANES * LANES
    total = 0.0
    if whole > start:
        a, b, c, d = values[start], values[start + 1], values[start + 2], values[start + 3]
        e, f, g, h = values[start + 4], values[start + 5], values[start + 6], values[start + 7]
        for at in range(start + LANES, whole, LANES):
            a, b, c, d = a + values[at], b + values[at + 1], c + values[at + 2], d + values[at + 3]
            e, f = e + values[at + 4], f + values[at + 5]
            g, h = g + values[at + 6], h + values[at + 7]
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for at in range(whole, stop):
        total += values[at]
    return total


@inner
def long_sum(values: Any, count: Any, room: Any) -> Any:
    """Add up the first numbers of a row, as many as there are.

    Source: as above. Written for few instructions, since they are many to compile where they are
    written out; ``room`` is of the shape :data:`ROOM`.
    """
    lanes, halves, stops = room[0], room[1], room[2]
    # What is halved, from outside inwards: where it ends, what its first half came to, and a bit
    # where that is known and the second half is being added up.
    stops[0] = count
    at = depth = known = np.int64(0)
    while True:
        while stops[depth] - at > MOST:
            half = np.int64(stops[depth] - at) // 2
            depth += 1
            stops[depth] = at + half // LANES * LANES
            known &= ~(1 << depth)
        stop = np.int64(stops[depth])
        total = 0.0
        if stop - at >= LANES:
            for lane in range(LANES):
                lanes[lane] = 0.0
            while stop - at >= LANES:
                for lane in range(LANES):
                    lanes[lane] += values[at + lane]
                at += LANES
            total = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + (
                (lanes[4] + lanes[5]) + (lanes[6] + lanes[7])
            )
        while at < stop:
            total += values[at]
            at += 1
        while known >> depth & 1:
            total += halves[depth]
            depth -= 1
        if depth == 0:
            return total
        halves[depth], stops[depth] = total, stops[depth - 1]
        known |= 1 << depth
