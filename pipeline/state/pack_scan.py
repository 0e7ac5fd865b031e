"""Packed panes, merged with mentions many at a time (compiled).

What is anything but a pane of few authors and sources is told apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import borrowed, eight, entry, inner, put_eight
from pipeline.events.text_scan import is_same
from pipeline.state.accepted_ids import ID_BYTES
from pipeline.state.encoding import FORMAT, HEADER_BYTES
from pipeline.state.pane import MAX_COUNT, MAX_SOURCES
from pipeline.state.said_scan import add_author
from pipeline.state.sample import FEW_WORDS, WORD_BYTES
from pipeline.state.value_scan import (
    AUTHORS,
    BYTES,
    COUNTERS,
    FEW_TALLIES,
    FIRST_COUNTER,
    FIRST_VANITY,
    MANY_TALLIES,
    MOST_FEW,
    SHAPE,
    TALLY,
    parts_of,
    put_number,
    put_text,
)

PANE_BYTES = AUTHORS + 3
"""What a pane takes without anything in it, at most."""

MOST_BYTES = 2_048
"""A packed pane takes no more: each is written by every flush that it changed before."""

GROWTH_BYTES = MAX_SOURCES * 4 * 8
"""By how much its integers may grow."""

MENTION_BYTES = WORD_BYTES + 2 * ID_BYTES + 1 + 3 + 4 * 9
"""How much a mention adds, at most, and the name of its source."""

MOST_IDS = MOST_BYTES // (2 * ID_BYTES)
"""A packed minute remembers fewer ids."""


@inner
def _tally_of(
    code: Any, count: Any, raw: Any, names: Any, bounds: Any, spots: Any, codes: Any
) -> Any:
    """Return which tally is that of a source; ``count`` where it has none yet.

    The code of a tally that was read is not known before its name was found to be the source's.
    """
    for tally in range(count):
        if codes[tally] == code:
            return tally
    start, length = bounds[code], bounds[code + 1] - bounds[code]
    for tally in range(count):
        if (
            codes[tally] < 0
            and spots[1, tally] - spots[0, tally] == length
            and is_same(raw, spots[0, tally], names, start, length)
        ):
            codes[tally] = code
            return tally
    return count


@inner
def _open(raw: Any, start: Any, stop: Any, rooms: Any) -> Any:
    """Read a value; return how many authors, ids and tallies it has, or -1 three times."""
    spots, codes, tallies, counters, authors, _, bits = rooms
    spoke, seen, count = parts_of(raw, start, stop, spots, tallies)
    if count < 0:
        return spoke, seen, count
    place = start + AUTHORS
    codes[:count] = -1
    for row in range(COUNTERS):
        counters[row] = np.int64(eight(raw, start + FIRST_COUNTER + 8 * row))
    for each in range(spoke):
        authors[each] = eight(raw, place + 8 * each)
        bits[0, each] = eight(raw, place + 8 * (spoke + each))
        bits[1, each] = eight(raw, place + 8 * (2 * spoke + each))
    return spoke, seen, count


@inner
def _add(mention: Any, columns: Any, tally: Any, spoke: Any, rooms: Any) -> Any:
    """Take in a mention; return how many authors there are then."""
    _, at, author, strengths, usual, rare, _, _, _ = columns
    _, _, tallies, counters, authors, words, _ = rooms
    tallies[3, tally] = max(tallies[3, tally], at[mention])
    for row in range(3):
        tallies[row, tally] += usual[row, mention]
    counters[0] += usual[0, mention]
    for row in range(1, COUNTERS):
        counters[row] += rare[row - 1, mention]
        if row >= FIRST_VANITY and counters[row] < 0:
            # Beyond the largest number: capped sums do not depend on their order.
            counters[row] = MAX_COUNT
    if not usual[0, mention]:
        return spoke
    p, q = strengths[0, mention], strengths[1, mention]
    return add_author(author[mention], p, q, authors, words, spoke)


@inner
def _add_all(mentions: Any, columns: Any, raw: Any, known: Any, most: Any, rooms: Any) -> Any:
    """Take in mentions; return how many authors and tallies there are then, or -1 twice."""
    source, at, _, _, _, _, _, _, _ = columns
    names, bounds, spoke, count = known
    spots, codes, tallies, _, _, _, _ = rooms
    for mention in mentions:
        tally = _tally_of(source[mention], count, raw, names, bounds, spots, codes)
        if tally == MAX_SOURCES:
            return -1, -1
        if tally == count:
            count += 1
            codes[tally] = source[mention]
            spots[0, tally] = -1
            tallies[:3, tally] = 0
            tallies[3, tally] = at[mention]
        spoke = _add(mention, columns, tally, spoke, rooms)
        if spoke > most:
            return -1, -1
    return spoke, count


@inner
def _put_ids(
    out: Any, to: Any, raw: Any, start: Any, seen: Any, mentions: Any, columns: Any
) -> Any:
    """Write the ids that were there and those of mentions; return how many there are then."""
    _, _, _, _, _, _, remembered, id_hash, offset = columns
    count = seen
    for mention in mentions:
        if remembered[mention]:
            put_eight(out, to + ID_BYTES * count, id_hash[mention])
            count += 1
    place = to + ID_BYTES * count
    for each in range(seen):
        put_eight(out, to + ID_BYTES * each, eight(raw, start + ID_BYTES * each))
        put_eight(out, place + ID_BYTES * each, eight(raw, start + ID_BYTES * (seen + each)))
    place += ID_BYTES * seen
    for mention in mentions:
        if remembered[mention]:
            put_eight(out, place, np.uint64(offset[mention]))
            place += ID_BYTES
    return count


@inner
def _close(
    out: Any, to: Any, applied: Any, k: Any, raw: Any, known: Any, rooms: Any, ids: Any
) -> Any:
    """Write a value; return where the next goes."""
    names, bounds, spoke, count = known
    spots, codes, tallies, counters, authors, _, bits = rooms
    out[to] = FORMAT
    put_eight(out, to + 1, np.uint64(applied))
    for place in range(to + HEADER_BYTES, to + FIRST_COUNTER):
        out[place] = 0
    for row in range(COUNTERS):
        put_eight(out, to + FIRST_COUNTER + 8 * row, np.uint64(counters[row]))
    put_eight(out, to + SHAPE, np.uint64(k) | np.uint64(spoke) << np.uint64(32))
    place = to + AUTHORS
    for each in range(spoke):
        put_eight(out, place + 8 * each, authors[each])
        put_eight(out, place + 8 * (spoke + each), bits[0, each])
        put_eight(out, place + 8 * (2 * spoke + each), bits[1, each])
    start, seen, mentions, columns = ids
    place += WORD_BYTES * spoke
    seen = _put_ids(out, place, raw, start, seen, mentions, columns)
    place = begin = place + 2 * ID_BYTES * seen
    if count < MOST_FEW:
        out[place] = FEW_TALLIES | count
        place += 1
    else:
        out[place], out[place + 1], out[place + 2] = MANY_TALLIES, 0, count
        place += 3
    for tally in range(count):
        out[place] = TALLY
        if spots[0, tally] < 0:
            code = codes[tally]
            place = put_text(out, place + 1, names, bounds[code], bounds[code + 1])
        else:
            place = put_text(out, place + 1, raw, spots[0, tally], spots[1, tally])
        for row in range(4):
            place = put_number(out, place, tallies[row, tally])
    put_eight(out, to + SHAPE - 8, np.uint64(seen) | np.uint64(place - begin) << np.uint64(32))
    return place


@entry(
    f"void({BYTES}, int64[::1], int64[::1], int64[::1], int64, boolean[::1],"
    "int64[::1], int64[::1], uint64[::1], float64[:, ::1], int64[:, ::1], int64[:, ::1],"
    f"boolean[::1], uint64[::1], int64[::1], {BYTES}, int64[::1], int64[:, ::1],"
    "int64[::1], int64[:, ::1], int64[::1], uint64[::1],"
    "float64[:, ::1], uint64[:, ::1], uint8[::1], int64[::1], int64[::1])"
)
def pack(
    raw: Any,
    stops: Any,
    begins: Any,
    ks: Any,
    applied: Any,
    wanted: Any,
    source: Any,
    at: Any,
    author: Any,
    strengths: Any,
    usual: Any,
    rare: Any,
    remembered: Any,
    id_hash: Any,
    offset: Any,
    names: Any,
    bounds: Any,
    spots: Any,
    codes: Any,
    tallies: Any,
    counters: Any,
    authors: Any,
    words: Any,
    bits: Any,
    out: Any,
    ends: Any,
    counts: Any,
) -> None:
    """Merge mentions into values.

    Args:
        raw: The values as they were, one behind another, padded; one that is empty is made anew.
        stops: Where each ends.
        begins: Where the mentions of each value begin, and where the last ones end.
        ks: At what k each pane is read.
        applied: The applied offset of what is made.
        wanted: Which values to merge into; those are unmarked that are or become no packed pane.
        source: Of the mentions, as the next, those of a batch
            (:class:`~pipeline.state.pane_groups.SortedMentions`).
        at: As there.
        author: As there.
        strengths: As there.
        usual: As there.
        rare: As there.
        remembered: As there, in a minute; nowhere else anything is.
        id_hash: As there.
        offset: As there.
        names: The names of the sources, one behind another.
        bounds: Where each begins, and the last one ends.
        spots: Room for where names of tallies are.
        codes: Room for the sources of tallies.
        tallies: Room for tallies.
        counters: Room for counters.
        authors: Room for authors.
        words: Room for strengths.
        bits: The same as bits.
        out: Filled in with what is made, one behind another.
        ends: Filled in: where each value begins, and where the last one ends; one that is not
            wanted is empty.
        counts: Filled in: the mentions of each.
    """
    raw, stops, begins = borrowed(raw), borrowed(stops), borrowed(begins)
    ks, wanted, names, bounds = borrowed(ks), borrowed(wanted), borrowed(names), borrowed(bounds)
    out, ends, counts = borrowed(out), borrowed(ends), borrowed(counts)
    counters = borrowed(counters)
    columns = (
        borrowed(source),
        borrowed(at),
        borrowed(author),
        borrowed(strengths),
        borrowed(usual),
        borrowed(rare),
        borrowed(remembered),
        borrowed(id_hash),
        borrowed(offset),
    )
    rooms = (
        borrowed(spots),
        borrowed(codes),
        borrowed(tallies),
        counters,
        borrowed(authors),
        borrowed(words),
        borrowed(bits),
    )
    to = start = 0
    for n in range(wanted.size):
        ends[n] = to
        spoke = seen = count = 0
        old = start + AUTHORS
        mentions = range(begins[n], begins[n + 1])
        if wanted[n]:
            counters[:] = 0
            if start < stops[n]:
                spoke, seen, count = _open(raw, start, stops[n], rooms)
                old += WORD_BYTES * spoke
            if count >= 0:
                known = (names, bounds, spoke, count)
                most = min(FEW_WORDS, ks[n])
                spoke, count = _add_all(mentions, columns, raw, known, most, rooms)
            wanted[n] = count >= 0
        if wanted[n]:
            counts[n] = counters[0]
            known = (names, bounds, spoke, count)
            ids = (old, seen, mentions, columns)
            end = _close(out, to, applied, ks[n], raw, known, rooms, ids)
            wanted[n] = end - to <= MOST_BYTES
            if wanted[n]:
                to = end
        start = stops[n]
    ends[wanted.size] = to
