"""What is left of two rows of days, added up (compiled)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import borrowed, entry
from pipeline.state.pairwise import ROOM, long_sum

_DAYS = "Array(int64, 1, 'C', readonly=True)"
_NUMBERS = "Array(float64, 1, 'C', readonly=True)"


@entry(f"UniTuple(float64, 2)({_DAYS}, {_NUMBERS}, {_NUMBERS}, {_NUMBERS}, int64)")
def add_up_decayed(days: Any, one: Any, other: Any, weights: Any, first: Any) -> Any:
    """Add up the products of two rows with the weights of their days.

    Args:
        days: The days of both rows.
        one: Numbers of the one, an entry a day.
        other: Numbers of the other.
        weights: The weights of all days from ``first`` on.
        first: A day that is not after any of the days.

    Returns:
        The two sums, to the last digit as NumPy adds up.
    """
    days, one, other, weights = borrowed(days), borrowed(one), borrowed(other), borrowed(weights)
    products, room = np.empty((2, days.size)), np.empty(ROOM)
    for place in range(days.size):
        weight = weights[days[place] - first]
        products[0, place] = weight * one[place]
        products[1, place] = weight * other[place]
    sums = np.empty(2)
    for row in range(2):
        sums[row] = long_sum(products[row], days.size, room)
    return sums[0], sums[1]
