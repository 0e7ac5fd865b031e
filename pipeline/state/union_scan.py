"""What the authors of two readings together said, added up (compiled)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import borrowed, entry
from pipeline.state.pairwise import ROOM, long_sum

_HASHES = "Array(uint64, 1, 'C', readonly=True)"
_STRENGTHS = "Array(float64, 2, 'A', readonly=True)"
_SUMS = ", ".join(["float64"] * 6)


@entry(
    f"Tuple((uint64, {_SUMS}))({_HASHES}, {_STRENGTHS}, {_HASHES}, {_STRENGTHS}, int64, boolean)"
)
def add_up_union(hashes: Any, strengths: Any, later: Any, theirs: Any, k: Any, sampled: Any) -> Any:
    """Add up the strongest words of each author of two sets, in the order of their hashes.

    Args:
        hashes: Those of one set, ascending.
        strengths: Its words: rows p and q.
        later: Hashes of the other.
        theirs: Its words.
        k: How many authors count at most.
        sampled: Whether there are authors that are in neither set.

    Returns:
        The hash of the first author that does not count, 0 where all do; how many of those that do
        have p > 0; and the sums of p, of q, of p p, of q q and of p q, to the last digit as NumPy
        adds up. The last three are 0 where all authors are known and count.
    """
    hashes, strengths, later = borrowed(hashes), borrowed(strengths), borrowed(later)
    theirs = borrowed(theirs)
    words = np.empty((5, min(k, hashes.size + later.size)))
    first = second = count = 0
    while first < hashes.size and second < later.size and count < k:
        # Whose author comes next nobody foresees, a processor neither: there is no branch here.
        mine, other = hashes[first], later[second]
        for row in range(2):
            one, another = strengths[row, first], theirs[row, second]
            most = one if one > another else another  # noqa: FURB136 - max() branches
            most = one if mine < other else most
            words[row, count] = another if other < mine else most
        first += mine <= other
        second += other <= mine
        count += 1
    while first < hashes.size and count < k:
        words[0, count], words[1, count] = strengths[0, first], strengths[1, first]
        first += 1
        count += 1
    while second < later.size and count < k:
        words[0, count], words[1, count] = theirs[0, second], theirs[1, second]
        second += 1
        count += 1
    left_out = np.uint64(0)
    if first < hashes.size:
        left_out = hashes[first]
    if second < later.size and (left_out == 0 or later[second] < left_out):
        left_out = later[second]
    advocates, rows = 0, 2
    for place in range(count):
        advocates += words[0, place] > 0.0
    if sampled or left_out > 0:
        rows = 5
        for place in range(count):
            p, q = words[0, place], words[1, place]
            words[2, place], words[3, place], words[4, place] = p * p, q * q, p * q
    sums, room = np.empty(5), np.empty(ROOM)
    for row in range(5):
        sums[row] = long_sum(words[row], count if row < rows else 0, room)
    return left_out, float(advocates), sums[0], sums[1], sums[2], sums[3], sums[4]
