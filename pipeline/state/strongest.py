"""The strongest word of each author among many words, in one compiled pass.

All that is compiled together stands in one file, see :mod:`pipeline.compiled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, entry

Hashes = NDArray[np.uint64]
Strengths = NDArray[np.float64]


def strongest(hashes: Hashes, strengths: Strengths) -> tuple[Hashes, Strengths]:
    """Sort by hash and keep one column a hash, with the maximum of each strength."""
    # A stable sort recognises the ascending runs that merged samples consist of.
    return added(hashes[:0], strengths[:, :0], hashes, strengths, hashes.argsort(kind="stable"))


def added(
    hashes: Hashes,
    strengths: Strengths,
    later: Hashes,
    theirs: Strengths,
    order: NDArray[np.intp] | None = None,
) -> tuple[Hashes, Strengths]:
    """Do what :func:`strongest` does for authors that ascend already, and later words.

    ``order`` is that of the later ones by hash, where it is known.
    """
    if order is None:
        order = later.argsort()
    authors = np.empty(hashes.size + later.size, np.uint64)
    words = np.empty((2, authors.size))
    count = _merge(hashes, strengths, later, theirs, order, authors, words)
    if count < authors.size:
        # Copies, so that what is left over does not stay.
        return authors[:count].copy(), words[:, :count].copy()
    return authors, words


_HASHES = "Array(uint64, 1, 'A', readonly=True)"
_STRENGTHS = "Array(float64, 2, 'A', readonly=True)"


@entry(
    f"int64({_HASHES}, {_STRENGTHS}, {_HASHES}, {_STRENGTHS}, int64[::1], uint64[::1],"
    "float64[:, ::1])"
)
def _merge(
    hashes: Any, strengths: Any, later: Any, theirs: Any, order: Any, authors: Any, words: Any
) -> Any:
    hashes, strengths, later = borrowed(hashes), borrowed(strengths), borrowed(later)
    theirs, order = borrowed(theirs), borrowed(order)
    authors, words = borrowed(authors), borrowed(words)
    first = second = 0
    last = -1
    while first < hashes.size or second < order.size:
        if second == order.size or (first < hashes.size and hashes[first] <= later[order[second]]):
            author, p, q = hashes[first], strengths[0, first], strengths[1, first]
            first += 1
        else:
            word = order[second]
            author, p, q = later[word], theirs[0, word], theirs[1, word]
            second += 1
        if last >= 0 and authors[last] == author:
            words[0, last] = max(words[0, last], p)
            words[1, last] = max(words[1, last], q)
        else:
            last += 1
            authors[last], words[0, last], words[1, last] = author, p, q
    return last + 1
