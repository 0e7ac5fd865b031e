"""Panes of few authors as they are written: merged with mentions, and looked at, many at a time.

The layout is that of :mod:`pipeline.state.pane`, which alone says what it means; what is anything
but a pane of few authors and sources is told apart. Nothing is read beyond a value's
end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import borrowed, eight, entry, inner, put_eight
from pipeline.events.text_scan import is_same
from pipeline.state.accepted_ids import ID_BYTES
from pipeline.state.encoding import FORMAT, HEADER_BYTES
from pipeline.state.pane import HEAD, MAX_COUNT, MAX_SOURCES, RARE
from pipeline.state.said_scan import add_author, put_sums
from pipeline.state.sample import FEW_WORDS, SHAPE_BYTES, WORD_BYTES

_COUNTERS = 1 + len(RARE)
_FIRST_VANITY = 1 + RARE.index("likes")
_SHAPE = HEAD.size
_FIRST_COUNTER = _SHAPE - 8 - 8 * _COUNTERS
AUTHORS = _SHAPE + SHAPE_BYTES

NOT_PACKED = -1
"""Count of mentions of a value that is not a packed pane."""

# MessagePack: a list of lists of five, each a text and four integers.
_FEW_TALLIES, _MANY_TALLIES, _TALLY = 0x90, 0xDC, 0x95
_SHORT, _TEXT_8, _TEXT_16 = 0xA0, 0xD9, 0xDA
_UNSIGNED, _SIGNED = 0xCC, 0xD0
_MOST_FEW = 0x10

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
def _low(word: Any) -> Any:
    return np.int64(word & np.uint64(0xFFFFFFFF))


@inner
def _high(word: Any) -> Any:
    return np.int64(word >> np.uint64(32))


@inner
def _number(raw: Any, at: Any, stop: Any) -> Any:
    """Read an integer; return it and where it ended, or -1 where there is none."""
    nothing = 0, -1
    if at >= stop:
        return nothing
    kind = np.int64(raw[at])
    if kind < 0x80:
        return kind, at + 1
    if kind >= 0xE0:
        return kind - 0x100, at + 1
    size = 1 << (kind & 3)
    if not _UNSIGNED <= kind < _SIGNED + 4 or at + 1 + size > stop:
        return nothing
    number: Any = 0
    for place in range(at + 1, at + 1 + size):
        number = number << 8 | np.int64(raw[place])
    if kind >= _SIGNED:
        number = number << (64 - 8 * size) >> (64 - 8 * size)
    return number, at + 1 + size


@inner
def _put_number(out: Any, at: Any, number: Any) -> Any:
    """Write an integer in as few bytes as it needs; return where the next goes."""
    if -0x20 <= number < 0x80:
        out[at] = number & 0xFF
        return at + 1
    kind, size = _UNSIGNED, 1
    if number < 0:
        kind = _SIGNED
        while size < 8 and number < -(np.int64(1) << (8 * size - 1)):
            kind += 1
            size *= 2
    else:
        while size < 8 and number >= np.int64(1) << (8 * size):
            kind += 1
            size *= 2
    out[at] = kind
    for place in range(size):
        out[at + 1 + place] = number >> 8 * (size - 1 - place) & 0xFF
    return at + 1 + size


@inner
def _text(raw: Any, at: Any, stop: Any) -> Any:
    """Find a text; return where it begins and ends, or -1 twice where there is none."""
    nothing = -1, -1
    if at + 3 > stop:
        return nothing
    kind = np.int64(raw[at])
    if _SHORT <= kind < _SHORT + 0x20:
        start, length = at + 1, kind - _SHORT
    elif kind == _TEXT_8:
        start, length = at + 2, np.int64(raw[at + 1])
    elif kind == _TEXT_16:
        start, length = at + 3, np.int64(raw[at + 1]) << 8 | np.int64(raw[at + 2])
    else:
        return nothing
    if start + length > stop:
        return nothing
    return start, start + length


@inner
def _put_text(out: Any, at: Any, raw: Any, start: Any, stop: Any) -> Any:
    """Write a text; return where the next thing goes."""
    length = stop - start
    if length < 0x20:
        out[at] = _SHORT | length
        at += 1
    elif length < 0x100:
        out[at], out[at + 1] = _TEXT_8, length
        at += 2
    else:
        out[at], out[at + 1], out[at + 2] = _TEXT_16, length >> 8, length & 0xFF
        at += 3
    for place in range(length):
        out[at + place] = raw[start + place]
    return at + length


@inner
def _tallies_in(raw: Any, start: Any, stop: Any, spots: Any, tallies: Any) -> Any:
    """Read tallies: where their names are, and their numbers; return how many, or -1."""
    if start >= stop:
        return -1
    kind = np.int64(raw[start])
    at, count = start + 1, kind - _FEW_TALLIES
    if kind == _MANY_TALLIES and start + 3 <= stop:
        at, count = start + 3, np.int64(raw[start + 1]) << 8 | np.int64(raw[start + 2])
    if not 0 <= count <= tallies.shape[1]:
        return -1
    for tally in range(count):
        if at >= stop or raw[at] != _TALLY:
            return -1
        spots[0, tally], spots[1, tally] = _text(raw, at + 1, stop)
        at = spots[1, tally]
        # What sources beyond the most are counted as has no name.
        if at <= spots[0, tally]:
            return -1
        for row in range(4):
            tallies[row, tally], at = _number(raw, at, stop)
            if at < 0:
                return -1
    return count if at == stop else -1


@inner
def _sizes_of(raw: Any, start: Any, stop: Any) -> Any:
    """Return how many authors and ids a value holds, if it is of this format and long enough.

    Else -1 twice, and where it holds too many authors.
    """
    nothing = -1, -1
    if stop - start < AUTHORS or raw[start] != FORMAT:
        return nothing
    sizes, shape = eight(raw, start + _SHAPE - 8), eight(raw, start + _SHAPE)
    spoke, seen = _high(shape), _low(sizes)
    if spoke > FEW_WORDS or spoke > _low(shape):
        return nothing
    length = AUTHORS + WORD_BYTES * spoke + 2 * ID_BYTES * seen + _high(sizes)
    if start + length != stop:
        return nothing
    return spoke, seen


_BYTES = "Array(uint8, 1, 'C', readonly=True)"


@entry(
    f"int64({_BYTES}, int64[::1], int64[:, ::1], int64[:, ::1],"
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
            its mentions, and its newest event time.
    """
    raw, stops, spots, tallies = borrowed(raw), borrowed(stops), borrowed(spots), borrowed(tallies)
    values, bits = borrowed(values), borrowed(bits)
    mentions, sums, heard = borrowed(mentions), borrowed(sums), borrowed(heard)
    found = start = 0
    for n in range(stops.size):
        mentions[n] = NOT_PACKED
        stop = stops[n]
        authors, seen = _sizes_of(raw, start, stop)
        if authors >= 0:
            at = start + AUTHORS + 8 * authors
            last = at + 16 * authors + 2 * ID_BYTES * seen
            count = _tallies_in(raw, last, stop, spots, tallies)
            if count >= 0:
                mentions[n] = np.int64(eight(raw, start + _FIRST_COUNTER))
                if mentions[n] and not authors:
                    sums[:, n] = np.nan
                else:
                    for place in range(authors):
                        bits[0, place] = eight(raw, at + 8 * place)
                        bits[1, place] = eight(raw, at + 8 * (authors + place))
                    put_sums(values, authors, sums, n)
                for tally in range(count):
                    heard[0, found] = n
                    heard[1, found], heard[2, found] = spots[0, tally], spots[1, tally]
                    heard[3, found], heard[4, found] = tallies[0, tally], tallies[3, tally]
                    found += 1
        start = stop
    return found


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
    nothing = -1, -1, -1
    spoke, seen = _sizes_of(raw, start, stop)
    if spoke < 0:
        return nothing
    place = start + AUTHORS
    last = place + WORD_BYTES * spoke + 2 * ID_BYTES * seen
    count = _tallies_in(raw, last, stop, spots, tallies)
    if count < 0:
        return nothing
    codes[:count] = -1
    for row in range(_COUNTERS):
        counters[row] = np.int64(eight(raw, start + _FIRST_COUNTER + 8 * row))
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
    for row in range(1, _COUNTERS):
        counters[row] += rare[row - 1, mention]
        if row >= _FIRST_VANITY and counters[row] < 0:
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
    for place in range(to + HEADER_BYTES, to + _FIRST_COUNTER):
        out[place] = 0
    for row in range(_COUNTERS):
        put_eight(out, to + _FIRST_COUNTER + 8 * row, np.uint64(counters[row]))
    put_eight(out, to + _SHAPE, np.uint64(k) | np.uint64(spoke) << np.uint64(32))
    place = to + AUTHORS
    for each in range(spoke):
        put_eight(out, place + 8 * each, authors[each])
        put_eight(out, place + 8 * (spoke + each), bits[0, each])
        put_eight(out, place + 8 * (2 * spoke + each), bits[1, each])
    start, seen, mentions, columns = ids
    place += WORD_BYTES * spoke
    seen = _put_ids(out, place, raw, start, seen, mentions, columns)
    place = begin = place + 2 * ID_BYTES * seen
    if count < _MOST_FEW:
        out[place] = _FEW_TALLIES | count
        place += 1
    else:
        out[place], out[place + 1], out[place + 2] = _MANY_TALLIES, 0, count
        place += 3
    for tally in range(count):
        out[place] = _TALLY
        if spots[0, tally] < 0:
            code = codes[tally]
            place = _put_text(out, place + 1, names, bounds[code], bounds[code + 1])
        else:
            place = _put_text(out, place + 1, raw, spots[0, tally], spots[1, tally])
        for row in range(4):
            place = _put_number(out, place, tallies[row, tally])
    put_eight(out, to + _SHAPE - 8, np.uint64(seen) | np.uint64(place - begin) << np.uint64(32))
    return place


@entry(
    f"void({_BYTES}, int64[::1], int64[::1], int64[::1], int64, boolean[::1],"
    "int64[::1], int64[::1], uint64[::1], float64[:, ::1], int64[:, ::1], int64[:, ::1],"
    f"boolean[::1], uint64[::1], int64[::1], {_BYTES}, int64[::1], int64[:, ::1],"
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


@entry(f"void({_BYTES}, int64[::1], int64[::1], int64[::1], int64, uint8[::1], int64[::1])")
def put_keys(
    names: Any, bounds: Any, codes: Any, indexes: Any, letter: Any, out: Any, ends: Any
) -> None:
    """Write the changelog keys of panes: the brand's name, the tier's letter and the index.

    Args:
        names: The names of brands, one behind another.
        bounds: Where each begins, and the last one ends.
        codes: The brand of each pane.
        indexes: Its index.
        letter: That of the tier.
        out: Filled in with the keys, one behind another.
        ends: Filled in: where each begins, and the last one ends.
    """
    names, bounds, codes = borrowed(names), borrowed(bounds), borrowed(codes)
    indexes, out, ends = borrowed(indexes), borrowed(out), borrowed(ends)
    to = 0
    for n in range(codes.size):
        ends[n] = to
        for place in range(bounds[codes[n]], bounds[codes[n] + 1]):
            out[to] = names[place]
            to += 1
        out[to], out[to + 1], out[to + 2] = ord("|"), letter, ord("|")
        to += 3
        index = indexes[n]
        if index < 0:
            out[to] = ord("-")
            to += 1
            index = -index
        digits = 1
        rest = index // 10
        while rest:
            digits += 1
            rest //= 10
        for place in range(to + digits - 1, to - 1, -1):
            out[place] = ord("0") + index % 10
            index //= 10
        to += digits
    ends[codes.size] = to
