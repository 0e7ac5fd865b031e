"""What sorted mentions add to panes, a row for each source of a pane (compiled)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import borrowed, entry
from pipeline.state.pane import RARE

# Rows of what is filled in.
BRAND, SOURCE, INDEX, USUAL = 0, 1, 2, 3
NEWEST = USUAL + 3
WORDS, IDS = NEWEST + 1, NEWEST + 2
FIRST_RARE = NEWEST + 3
ROWS = FIRST_RARE + len(RARE)


@entry(
    "int64(int64[::1], boolean[::1], int64, int64[::1], int64[::1], int64[::1],"
    "int64[:, ::1], int64[:, ::1], uint64[::1], float64[:, ::1], boolean[::1], uint64[::1],"
    "int64[::1], int64[:, ::1], uint64[:, ::1], float64[:, ::1], uint64[::1], int64[::1])"
)
def put_groups(
    order: Any,
    wanted: Any,
    size: Any,
    brand: Any,
    source: Any,
    at: Any,
    usual: Any,
    rare: Any,
    author: Any,
    strengths: Any,
    remembered: Any,
    id_hash: Any,
    offset: Any,
    groups: Any,
    hashes: Any,
    values: Any,
    ids: Any,
    offsets: Any,
) -> Any:
    """Add up the mentions of each brand from one source that belong into one pane.

    Args:
        order: The mentions by brand, source and time.
        wanted: Which of them to add up.
        size: Width of the panes.
        brand: Of the mentions, as the next, those of a batch
            (:class:`~pipeline.state.pane_groups.SortedMentions`).
        source: As there.
        at: As there.
        usual: As there.
        rare: As there.
        author: As there.
        strengths: As there.
        remembered: As there.
        id_hash: As there.
        offset: As there.
        groups: Filled in, a column a group: the rows are named above; ``WORDS`` and ``IDS`` are
            where the words of its authors and its ids end, which begin where those of the group
            before end.
        hashes: Filled in with the words of authors: the hash, and the bits of p and q.
        values: The same as numbers.
        ids: Filled in with the hashes of ids that are to be remembered.
        offsets: Filled in with the offsets of their records.

    Returns:
        How many groups there are.
    """
    order, wanted, brand, source = (
        borrowed(order),
        borrowed(wanted),
        borrowed(brand),
        borrowed(source),
    )
    at, usual, rare, author = borrowed(at), borrowed(usual), borrowed(rare), borrowed(author)
    strengths, remembered = borrowed(strengths), borrowed(remembered)
    id_hash, offset, groups = borrowed(id_hash), borrowed(offset), borrowed(groups)
    hashes, values, ids, offsets = (
        borrowed(hashes),
        borrowed(values),
        borrowed(ids),
        borrowed(offsets),
    )
    group, words, known = -1, 0, 0
    for mention in order:
        if not wanted[mention]:
            continue
        index = at[mention] // size
        if (
            group < 0
            or groups[BRAND, group] != brand[mention]
            or groups[SOURCE, group] != source[mention]
            or groups[INDEX, group] != index
        ):
            group += 1
            groups[BRAND, group], groups[SOURCE, group] = brand[mention], source[mention]
            groups[INDEX, group] = index
            groups[USUAL:, group] = 0
        for row in range(3):
            groups[USUAL + row, group] += usual[row, mention]
        for row in range(len(RARE)):
            groups[FIRST_RARE + row, group] += rare[row, mention]
        groups[NEWEST, group] = at[mention]
        if usual[0, mention]:
            hashes[words, 0] = author[mention]
            values[words, 1], values[words, 2] = strengths[0, mention], strengths[1, mention]
            words += 1
        if remembered[mention]:
            ids[known], offsets[known] = id_hash[mention], offset[mention]
            known += 1
        groups[WORDS, group], groups[IDS, group] = words, known
    return np.int64(group + 1)
