"""Sums in NumPy's order, for compiled loops whose results are those of NumPy to the last digit."""

from __future__ import annotations

from typing import Any

from pipeline.compiled import inner

LANES = 8
"""Sums that NumPy takes side by side where there are so many numbers."""


@inner
def pairwise_sum(values: Any, start: Any, stop: Any) -> Any:
    """Add up the numbers of a row from ``start`` to ``stop``, at most 128 of them.

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
