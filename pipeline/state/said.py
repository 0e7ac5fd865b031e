"""What was said in many panes, each by itself, without a reading of each.

Most panes have a handful of authors: packed, or words that wait to be merged. All such panes are
added up at once; others are read. Each sum is the same to the last digit as that of the pane's
reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.state.days import Sums
from pipeline.state.packed import Held, Packed, authors_of, sums_of
from pipeline.state.pane import Pane
from pipeline.state.reading import Reading, union
from pipeline.state.said_scan import add_up
from pipeline.state.sample import read_words
from pipeline.state.strongest import strongest


class Said(NamedTuple):
    """Sums over the authors of panes, an entry a pane.

    Of their strongest words for (``advocacy``) and against (``detraction``), and of the squares of
    p (``pro``) and of p + q (``both``).
    """

    advocacy: Sums
    detraction: Sums
    pro: Sums
    both: Sums


def said_in(held: Sequence[Held]) -> Said:
    """Return what was said in panes of one tier.

    >>> from pipeline.state.tiers import DAY
    >>> panes = [Pane(DAY, 1), Pane(DAY, 2)]
    >>> for author, p in ((1, 0.25), (1, 0.5), (2, 1.0)):
    ...     panes[0].sample.add(author, p, 0.0)
    >>> [sums.tolist() for sums in said_in(panes)]
    [[1.5, 0.0], [0.0, 0.0], [1.25, 0.0], [1.25, 0.0]]
    """
    packed = [each.value for each in held if isinstance(each, Packed)]
    if len(packed) == len(held):
        return Said(*sums_of(packed))
    panes = [each for each in held if isinstance(each, Pane)]
    words = [pane.sample.few for pane in panes]
    sums = add_up(words)
    for entry, (pane, few) in enumerate(zip(panes, words, strict=True)):
        if not few:
            reading = pane.sample.glance(pane.tier.k)
            sums[:2, entry] = reading.sums[:2]
            sums[2:, entry] = reading.squares
    if not packed:
        return Said(*sums)
    is_pane = np.array([isinstance(each, Pane) for each in held])
    together = np.empty((len(sums), len(held)))
    together[:, is_pane], together[:, ~is_pane] = sums, sums_of(packed)
    return Said(*together)


def together(held: Iterable[Held], k: int) -> Reading:
    """Return the reading of all authors of some panes of one tier, at most ``k`` of them."""
    packed, few, readings = [], [], []
    for each in held:
        if isinstance(each, Packed):
            packed.append(each.value)
        elif words := each.sample.few:
            few.append(words)
        else:
            readings.append(each.reading)
    for hashes, strengths in (authors_of(packed), read_words(b"".join(few))):
        if hashes.size:
            readings.append(Reading(*strongest(hashes, strengths), None))
    return union(readings, k)
