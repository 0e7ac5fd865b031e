"""What was said in many panes, each by itself, without a reading of each.

Most panes have a handful of authors whose words wait to be merged. Those of all such panes are put
in order at once and added up pane by pane; other panes are read. Each sum is the same to the last
digit as that of the pane's reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.state.days import Sums
from pipeline.state.pane import Pane
from pipeline.state.reading import Hashes, Reading, Strengths, merge, union
from pipeline.state.sample import WORD_BYTES, read_words

_IN_TURN = 8
"""So many values, and more, NumPy adds up in another order than one after another."""


class Said(NamedTuple):
    """Sums over the authors of panes, an entry a pane.

    Of their strongest words for (``advocacy``) and against (``detraction``), and of the squares of
    p (``pro``) and of p + q (``both``).
    """

    advocacy: Sums
    detraction: Sums
    pro: Sums
    both: Sums


def said_in(panes: Sequence[Pane]) -> Said:
    """Return what was said in panes of one tier.

    >>> from pipeline.state.tiers import DAY
    >>> panes = [Pane(DAY, 1), Pane(DAY, 2)]
    >>> for author, p in ((1, 0.25), (1, 0.5), (2, 1.0)):
    ...     panes[0].sample.add(author, p, 0.0)
    >>> [sums.tolist() for sums in said_in(panes)]
    [[1.5, 0.0], [0.0, 0.0], [1.25, 0.0], [1.25, 0.0]]
    """
    words = [pane.sample.few for pane in panes]
    sums = _few(words)
    for entry, (pane, few) in enumerate(zip(panes, words, strict=True)):
        if not few:
            reading = pane.sample.glance(pane.tier.k)
            sums[:2, entry] = reading.sums[:2]
            sums[2:, entry] = reading.squares
    return Said(*sums)


def together(panes: Iterable[Pane], k: int) -> Reading:
    """Return the reading of all authors of some panes, at most ``k`` of them."""
    few, readings = [], []
    for pane in panes:
        if words := pane.sample.few:
            few.append(words)
        else:
            readings.append(pane.reading)
    if few:
        readings.append(Reading(*merge(*read_words(b"".join(few))), None))
    return union(readings, k)


def _few(words: Sequence[bytes]) -> Sums:
    """Return the rows of :class:`Said` for samples of few authors, by the words of each."""
    hashes, strengths = read_words(b"".join(words))
    sizes = np.fromiter(map(len, words), np.int64, len(words)) // WORD_BYTES
    owner = np.repeat(np.arange(len(words)), sizes)
    owner, p, q = _strongest(owner, hashes, strengths)
    both = p + q
    values = np.stack((p, q, p * p, both * both))
    sums = np.empty((len(values), len(words)))
    for row, added in zip(values, sums, strict=True):
        added[:] = np.bincount(owner, row, len(words))
    counts = np.bincount(owner, minlength=len(words))
    ends = counts.cumsum()
    for entry in np.flatnonzero(counts >= _IN_TURN).tolist():
        end = ends[entry]
        sums[:, entry] = np.add.reduce(values[:, end - counts[entry] : end], axis=1)
    return sums


def _strongest(
    owner: NDArray[np.int64], hashes: Hashes, strengths: Strengths
) -> tuple[NDArray[np.int64], Sums, Sums]:
    """Return the strongest p and q of each owner's authors, by owner and then by hash."""
    order = np.lexsort((hashes, owner))
    owner, hashes, strengths = owner[order], hashes[order], strengths[:, order]
    first = np.ones(owner.size, np.bool_)
    first[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    if not first.all():
        strengths = np.maximum.reduceat(strengths, np.flatnonzero(first), axis=1)
        owner = owner[first]
    return owner, strengths[0], strengths[1]
