"""Day scalars: what is kept of each day as numbers, one entry a day without gaps.

Some definitions look further back than panes are kept; for them the scalars of the last days that
were folded stay with the carry row.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.float64]
Counts = NDArray[np.int64]
Number = TypeVar("Number", np.float64, np.int64)


class Days:
    """Advocacy and detraction (advocate-days) and mentions of consecutive days from ``first`` on.

    Never changes. Days before ``first`` and from ``end`` on are silent.
    """

    __slots__ = ("advocacy", "detraction", "first", "mentions")

    def __init__(self, first: int, advocacy: Sums, detraction: Sums, mentions: Counts) -> None:
        self.first = first
        self.advocacy = advocacy
        self.detraction = detraction
        self.mentions = mentions

    @classmethod
    def empty(cls, first: int) -> Days:
        """Return no days, to which those from ``first`` on can be added."""
        return cls(first, np.zeros(0), np.zeros(0), np.zeros(0, np.int64))

    @property
    def end(self) -> int:
        """The day after the last one."""
        return self.first + self.advocacy.size

    def between(self, first: int, end: int) -> Days:
        """Return the days from ``first`` to the one before ``end``; those not here are silent.

        >>> Days(5, np.ones(2), np.zeros(2), np.ones(2, np.int64)).between(4, 8).advocacy.tolist()
        [0.0, 1.0, 1.0, 0.0]
        """
        size = max(0, end - first)
        result = Days(first, np.zeros(size), np.zeros(size), np.zeros(size, np.int64))
        low, high = max(first, self.first), min(end, self.end)
        if low < high:
            into = slice(low - first, high - first)
            out_of = slice(low - self.first, high - self.first)
            result.advocacy[into] = self.advocacy[out_of]
            result.detraction[into] = self.detraction[out_of]
            result.mentions[into] = self.mentions[out_of]
        return result

    def and_then(self, day: int, advocacy: float, detraction: float, mentions: int) -> Days:
        """Return these days, silent ones up to ``day``, and ``day``."""
        result = self.between(self.first, day + 1)
        result.advocacy[-1] = advocacy
        result.detraction[-1] = detraction
        result.mentions[-1] = mentions
        return result


def trailing(values: NDArray[Number], days: int) -> NDArray[Number]:
    """Return, for each day that has ``days - 1`` before it, the sum over it and them.

    The order of additions is the same for each day however many days there are, so that a day's sum
    is the same to the last digit wherever it is taken. Sums over 1, 2, 4 and so on days are made of
    each other, and the rest of those that ``days`` consists of.

    >>> trailing(np.array([1, 2, 3, 4]), 3).tolist()
    [6, 9]
    """
    count = max(0, values.size - days + 1)
    result = np.zeros(count, values.dtype)
    if not count:
        return result
    sums, span, left = values, 1, days
    while left:
        if left & span:
            left -= span
            result += sums[left : left + count]
        if left:
            sums = sums[span:] + sums[:-span]
            span *= 2
    return result
