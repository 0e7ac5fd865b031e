"""Parts of stored panes, read and written where they lie (inner functions of compiled passes).

The layout is that of :mod:`pipeline.state.pane`, which alone says what it means. Nothing is read
beyond a value's end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import eight, inner
from pipeline.state.accepted_ids import ID_BYTES
from pipeline.state.encoding import FORMAT
from pipeline.state.pane import HEAD, RARE
from pipeline.state.sample import FEW_WORDS, SHAPE_BYTES, WORD_BYTES

COUNTERS = 1 + len(RARE)
FIRST_VANITY = 1 + RARE.index("likes")
SHAPE = HEAD.size
FIRST_COUNTER = SHAPE - 8 - 8 * COUNTERS
AUTHORS = SHAPE + SHAPE_BYTES

# MessagePack: a list of lists of five, each a text and four integers.
FEW_TALLIES, MANY_TALLIES, TALLY = 0x90, 0xDC, 0x95
_SHORT, _TEXT_8, _TEXT_16 = 0xA0, 0xD9, 0xDA
_UNSIGNED, _SIGNED = 0xCC, 0xD0
MOST_FEW = 0x10

BYTES = "Array(uint8, 1, 'C', readonly=True)"
"""Numba's type of what is only read."""


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
def put_number(out: Any, at: Any, number: Any) -> Any:
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
def put_text(out: Any, at: Any, raw: Any, start: Any, stop: Any) -> Any:
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
    at, count = start + 1, kind - FEW_TALLIES
    if kind == MANY_TALLIES and start + 3 <= stop:
        at, count = start + 3, np.int64(raw[start + 1]) << 8 | np.int64(raw[start + 2])
    if not 0 <= count <= tallies.shape[1]:
        return -1
    for tally in range(count):
        if at >= stop or raw[at] != TALLY:
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
def parts_of(raw: Any, start: Any, stop: Any, spots: Any, tallies: Any) -> Any:
    """Read a value's tallies, as :func:`_tallies_in` does.

    Returns how many authors, ids and tallies it has; -1 three times where it is not of this format
    or holds too many of them.
    """
    nothing = -1, -1, -1
    if stop - start < AUTHORS or raw[start] != FORMAT:
        return nothing
    sizes, shape = eight(raw, start + SHAPE - 8), eight(raw, start + SHAPE)
    spoke, seen = _high(shape), _low(sizes)
    if spoke > FEW_WORDS or spoke > _low(shape):
        return nothing
    first = start + AUTHORS + WORD_BYTES * spoke + 2 * ID_BYTES * seen
    if first + _high(sizes) != stop:
        return nothing
    count = _tallies_in(raw, first, stop, spots, tallies)
    if count < 0:
        return nothing
    return spoke, seen, count
