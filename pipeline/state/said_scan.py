"""What the few authors of many samples said, added up sample by sample (compiled)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, entry, inner
from pipeline.state.pairwise import pairwise_sum
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
def add_author(author: Any, p: Any, q: Any, authors: Any, words: Any, count: Any) -> Any:
    """Take in an author's word among ascending ones; return how many there are then.

    One more than :data:`~pipeline.state.sample.FEW_WORDS` where there is no room.
    """
    place = count
    while place > 0 and authors[place - 1] >= author:
        place -= 1
    if place < count and authors[place] == author:
        words[0, place] = max(words[0, place], p)
        words[1, place] = max(words[1, place], q)
        return count
    if count < FEW_WORDS:
        for later in range(count, place, -1):
            authors[later] = authors[later - 1]
            words[0, later], words[1, later] = words[0, later - 1], words[1, later - 1]
        authors[place], words[0, place], words[1, place] = author, p, q
    return count + 1


@inner
def put_sums(words: Any, count: Any, sums: Any, n: Any) -> None:
    """Write the sums of so many p (row 0 of ``words``) and q; its other rows are filled in."""
    for place in range(count):
        p, q = words[0, place], words[1, place]
        words[2, place] = p * p
        words[3, place] = (p + q) * (p + q)
    for row in range(4):
        sums[row, n] = pairwise_sum(words[row], 0, count)


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
            count = add_author(author, p, q, authors, values, count)
        put_sums(values, count, sums, n)
        start = stops[n]
