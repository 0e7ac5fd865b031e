"""What packed panes say, many at a time (compiled)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import borrowed, eight, entry
from pipeline.state.said_scan import put_sums
from pipeline.state.value_scan import AUTHORS, BYTES, FIRST_COUNTER, parts_of

NOT_PACKED = -1
"""Count of mentions of a value that is not a packed pane."""


@entry(
    f"int64({BYTES}, int64[::1], int64[:, ::1], int64[:, ::1],"
    "float64[:, ::1], uint64[:, ::1], int64[::1], float64[:, ::1], int64[:, ::1])"
)
def look(
    raw: Any,
    stops: Any,
    spots: Any,
    tallies: Any,
    values: Any,
    bits: Any,
    mentions: Any,
    sums: Any,
    heard: Any,
) -> Any:
    """Read values that lie one behind another, padded; return how many tallies they have together.

    Args:
        raw: The values.
        stops: Where each ends.
        spots: Room for names of tallies.
        tallies: Room for tallies.
        values: Room for strengths.
        bits: The same as bits.
        mentions: Filled in; :data:`NOT_PACKED` where a value is not a packed pane.
        sums: Filled in: the sums of p, of q, of the squares of p, and of the squares of p + q;
            those of a reading to the last digit. Not numbers where authors were left out.
        heard: Filled in, an entry a tally: the number of its value, where its name begins and ends,
            its mentions, strengths p and q in millionths, and its newest event time.
    """
    raw, stops, spots, tallies = borrowed(raw), borrowed(stops), borrowed(spots), borrowed(tallies)
    values, bits = borrowed(values), borrowed(bits)
    mentions, sums, heard = borrowed(mentions), borrowed(sums), borrowed(heard)
    found = start = 0
    for n in range(stops.size):
        mentions[n] = NOT_PACKED
        stop = stops[n]
        authors, _, count = parts_of(raw, start, stop, spots, tallies)
        if count >= 0:
            mentions[n] = np.int64(eight(raw, start + FIRST_COUNTER))
            if mentions[n] and not authors:
                sums[:, n] = np.nan
            else:
                at = start + AUTHORS + 8 * authors
                for place in range(authors):
                    bits[0, place] = eight(raw, at + 8 * place)
                    bits[1, place] = eight(raw, at + 8 * (authors + place))
                put_sums(values, authors, sums, n)
            for tally in range(count):
                heard[0, found] = n
                heard[1, found], heard[2, found] = spots[0, tally], spots[1, tally]
                for row in range(4):
                    heard[3 + row, found] = tallies[row, tally]
                found += 1
        start = stop
    return found
