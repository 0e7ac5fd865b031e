"""What the few authors of many samples said, added up sample by sample (compiled).

All that is compiled together stands in one file, see :mod:`pipeline.compiled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, entry, inner
from pipeline.state.sample import FEW_WORDS, WORD_BYTES

Sums = NDArray[np.float64]


def add_up(words: Sequence[bytes]) -> Sums:
    """Add up the words of samples, an entry a sample.

    Args:
        words: At most :data:`~pipeline.state.sample.FEW_WORDS` of each sample, in any order; of an
            author that speaks more than once the strongest p and q count.

    Returns:
        Rows: the sums of p, of q, of the squares of p, and of the squares of p + q; to the last
        digit those of a reading, for which NumPy adds up in the order of the authors.
    """
    sums = np.zeros((4, len(words)))
    together = b"".join(words)
    stops = np.cumsum(np.fromiter(map(len, words), np.int64, len(words))) // WORD_BYTES
    _add_up(
        np.frombuffer(together, np.uint64).reshape(-1, 3),
        np.frombuffer(together, np.float64).reshape(-1, 3),
        stops,
        np.zeros(FEW_WORDS, np.uint64),
        np.zeros((4, FEW_WORDS)),
        sums,
    )
    return sums


@inner
def _place(authors: Any, count: int, author: Any) -> Any:
    """Return where an author belongs among ascending ones."""
    place = count
    while place > 0 and authors[place - 1] >= author:
        place -= 1
    return place


@inner
def _sum(values: Any, row: int, count: int) -> Any:
    """Add up as NumPy does: eight sums side by side where there are so many values."""
    done = 0
    total = 0.0
    if count >= 8:
        done = count - count % 8
        for start in range(8, done, 8):
            for lane in range(8):
                values[row, lane] += values[row, start + lane]
        total = ((values[row, 0] + values[row, 1]) + (values[row, 2] + values[row, 3])) + (
            (values[row, 4] + values[row, 5]) + (values[row, 6] + values[row, 7])
        )
    for place in range(done, count):
        total += values[row, place]
    return total


@entry(
    "void(Array(uint64, 2, 'C', readonly=True), Array(float64, 2, 'C', readonly=True),"
    "int64[::1], uint64[::1], float64[:, ::1], float64[:, ::1])"
)
def _add_up(hashes: Any, strengths: Any, stops: Any, authors: Any, values: Any, sums: Any) -> None:
    hashes, strengths, stops = borrowed(hashes), borrowed(strengths), borrowed(stops)
    authors, values, sums = borrowed(authors), borrowed(values), borrowed(sums)
    start = 0
    for n in range(stops.size):
        count = 0
        for word in range(start, stops[n]):
            author, p, q = hashes[word, 0], strengths[word, 1], strengths[word, 2]
            place = _place(authors, count, author)
            if place < count and authors[place] == author:
                values[0, place] = max(values[0, place], p)
                values[1, place] = max(values[1, place], q)
                continue
            for later in range(count, place, -1):
                authors[later] = authors[later - 1]
                values[0, later], values[1, later] = values[0, later - 1], values[1, later - 1]
            authors[place], values[0, place], values[1, place] = author, p, q
            count += 1
        for place in range(count):
            p, q = values[0, place], values[1, place]
            values[2, place] = p * p
            values[3, place] = (p + q) * (p + q)
        for row in range(4):
            sums[row, n] = _sum(values, row, count)
        start = stops[n]
