"""The words of the authors of two readings together, ready to be added up (compiled)."""

from __future__ import annotations

from typing import Any

from pipeline.compiled import borrowed, entry, item

ROWS = 5
"""What is written down of each author: p, q, p p, q q and p q."""

EXACT_ROWS = 2
"""Those of them that count where every author is known."""

_HASHES = "Array(uint64, 1, 'C', readonly=True)"
_STRENGTHS = "Array(float64, 2, 'A', readonly=True)"


@entry(
    f"Tuple((int64, int64, uint64))({_HASHES}, {_STRENGTHS}, {_HASHES}, {_STRENGTHS},"
    "float64[:, ::1])"
)
def put_union(hashes: Any, strengths: Any, later: Any, theirs: Any, words: Any) -> Any:
    """Write down the strongest words of each author of two sets, in the order of their hashes.

    Args:
        hashes: Those of one set, ascending.
        strengths: Its words.
        later: Hashes of the other.
        theirs: Its words.
        words: Filled in, a row for each of :data:`ROWS`, as far as there is room.

    Returns:
        How many authors are written down, how many of them have p > 0, and the hash of the first
        for whom there was no room; 0 where there was room for all.
    """
    hashes, strengths, later = borrowed(hashes), borrowed(strengths), borrowed(later)
    theirs, words = borrowed(theirs), borrowed(words)
    room = words.shape[1]
    first = second = count = advocates = 0
    while first < hashes.size and second < later.size and count < room:
        # Whose author comes next nobody foresees, a processor neither: there is no branch here.
        mine, other = item(hashes, first), item(later, second)
        for row in range(2):
            one, another = strengths[row, first], theirs[row, second]
            most = one if one > another else another  # noqa: FURB136 - max() branches
            most = one if mine < other else most
            words[row, count] = another if other < mine else most
        first += mine <= other
        second += other <= mine
        count += 1
    while first < hashes.size and count < room:
        words[0, count], words[1, count] = strengths[0, first], strengths[1, first]
        first += 1
        count += 1
    while second < later.size and count < room:
        words[0, count], words[1, count] = theirs[0, second], theirs[1, second]
        second += 1
        count += 1
    for place in range(count):
        p, q = words[0, place], words[1, place]
        words[2, place], words[3, place], words[4, place] = p * p, q * q, p * q
        advocates += p > 0.0
    if first < hashes.size and second < later.size:
        return count, advocates, min(hashes[first], later[second])
    if first < hashes.size:
        return count, advocates, hashes[first]
    return count, advocates, later[second] if second < later.size else 0
