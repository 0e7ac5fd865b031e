"""Packed panes: panes of few authors, kept as they are written.

Most brands hardly speak, and nearly every hour of theirs that says anything holds a handful of
mentions. Such a pane is kept as its stored value, in a fraction of what its objects would take to
make and to keep. Mentions are merged into many of them at once; a pane becomes an object when
somebody looks at it, or when it holds too much.

Its applied offset is that of the last mention that was merged with it: as right as that of a flush,
since no later record belongs to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import PADDING
from pipeline.events.instant_columns import Flags
from pipeline.events.text_scan import Bytes, codes_in
from pipeline.state import packed_scan
from pipeline.state.packed_scan import GROWTH_BYTES, MENTION_BYTES, PANE_BYTES
from pipeline.state.pane import MAX_SOURCES, RARE
from pipeline.state.pane_groups import PaneRuns, SortedMentions
from pipeline.state.sample import FEW_WORDS

Places = NDArray[np.int64]

_LONGEST_INDEX = len(str(-(1 << 63)))


class Look(NamedTuple):
    """What packed panes say.

    ``mentions`` and the two rows of ``said``, advocacy and detraction, have an entry a pane; of one
    that was written without its authors the latter are no numbers. The others have one for each
    time that a source was heard in a pane: the entry of the pane, the source's code (what it stands
    for in ``sources``), and its mentions.
    """

    mentions: NDArray[np.int64]
    said: NDArray[np.float64]
    sources: Sequence[str]
    panes: Places
    source: Places
    counts: NDArray[np.int64]


def look_at(values: Sequence[bytes]) -> Look:
    """Read packed panes."""
    raw, mentions, said, heard = _look(values)
    sources, source = codes_in(raw, np.ascontiguousarray(heard[1:3]))
    return Look(mentions, said, sources, heard[0], source, heard[3])


def are_packed(values: Sequence[bytes]) -> list[bool]:
    """Tell which stored values of panes can be kept as they are; names are not looked into."""
    _, mentions, *_ = _look(values)
    flags: list[bool] = (mentions != packed_scan.NOT_PACKED).tolist()
    return flags


def _look(
    values: Sequence[bytes],
) -> tuple[Bytes, NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return values one behind another, and what :func:`packed_scan.look` fills in for them."""
    raw, stops = _joined(values)
    # A tally takes six bytes at least.
    heard = np.empty((4, raw.size // 6), np.int64)
    mentions, said = np.empty(len(values), np.int64), np.zeros((2, len(values)))
    strengths = np.empty(FEW_WORDS)
    found = packed_scan.look(
        raw,
        stops,
        np.empty((2, MAX_SOURCES), np.int64),
        np.empty((4, MAX_SOURCES), np.int64),
        strengths,
        strengths.view(np.uint64),
        mentions,
        said,
        heard,
    )
    return raw, mentions, said, heard[:, :found]


def merged(
    batch: SortedMentions,
    runs: PaneRuns,
    values: Sequence[bytes],
    ks: NDArray[np.int64],
    wanted: Flags,
) -> list[bytes]:
    """Merge mentions with packed panes.

    Args:
        batch: The mentions.
        runs: Which of them belong to which pane.
        values: The panes as they were; empty ones are new.
        ks: At what k each is read.
        wanted: Which panes to merge with; those are unmarked that would hold too much.

    Returns:
        The panes as they are then; nothing for those that are not marked.
    """
    raw, stops = _joined(values)
    names, bounds = _joined([source.encode() for source in batch.sources])
    bounds = np.append(0, bounds)
    mentions = MENTION_BYTES + int(np.diff(bounds).max(initial=0))
    room = PANE_BYTES * len(values) + mentions * batch.at.size
    room += raw.size + GROWTH_BYTES * int(np.count_nonzero(np.diff(stops, prepend=0)))
    out, ends = np.empty(room, np.uint8), np.empty(len(values) + 1, np.int64)
    words = np.empty((2, FEW_WORDS))
    packed_scan.pack(
        raw,
        stops,
        runs.order,
        runs.bounds,
        ks,
        int(batch.offset.max()),
        wanted,
        batch.source,
        batch.at,
        batch.author,
        np.ascontiguousarray(batch.strengths),
        np.ascontiguousarray(batch.usual),
        np.ascontiguousarray(batch.rare),
        names,
        bounds,
        np.empty((2, MAX_SOURCES), np.int64),
        np.empty(MAX_SOURCES, np.int64),
        np.empty((4, MAX_SOURCES), np.int64),
        np.empty(1 + len(RARE), np.int64),
        np.empty(FEW_WORDS, np.uint64),
        words,
        words.view(np.uint64),
        out,
        ends,
    )
    return _parted(out, ends)


def keys_of(brands: Sequence[str], runs: PaneRuns, letter: str) -> list[bytes]:
    """Return the changelog keys of panes; ``letter`` is that of their tier."""
    names, bounds = _joined([brand.encode() for brand in brands])
    bounds = np.append(0, bounds)
    longest = int(np.diff(bounds).max(initial=0)) + 2 + _LONGEST_INDEX
    out = np.empty(longest * runs.brand.size, np.uint8)
    ends = np.empty(runs.brand.size + 1, np.int64)
    packed_scan.put_keys(names, bounds, runs.brand, runs.index, ord(letter), out, ends)
    return _parted(out, ends)


def _joined(values: Sequence[bytes]) -> tuple[Bytes, Places]:
    """Return values one behind another, padded, and where each ends."""
    raw = np.frombuffer(b"".join((*values, bytes(PADDING))), np.uint8)
    return raw, np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))


def _parted(out: Bytes, ends: Places) -> list[bytes]:
    joined = out[: ends[-1]].tobytes()
    return [joined[start:end] for start, end in pairwise(ends.tolist())]
