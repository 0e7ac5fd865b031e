"""Packed panes: panes of few authors, kept as they are written.

Most brands hardly speak, and nearly every hour of theirs that says anything, and most of their
days, hold a handful of mentions. Such a pane is kept as its stored value, in a fraction of what its
objects would take to make and to keep. Mentions are merged into many of them at once, and metrics
read them as they are; it becomes a :class:`~pipeline.state.pane.Pane` when it holds too much, or
when an event comes by itself.

Its applied offset is that of the last mention of the batch that was merged with it last: as right
as that of a flush, since no record between the two belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.events.admitted_columns import Codes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.events.joined import Named, Places, joined
from pipeline.events.text_scan import Bytes, codes_in
from pipeline.state.look_scan import NOT_PACKED, look
from pipeline.state.pack_scan import (
    GROWTH_BYTES,
    MENTION_BYTES,
    MOST_BYTES,
    PANE_BYTES,
    pack,
)
from pipeline.state.pane import HEAD, MAX_SOURCES, RARE, Pane, counters_of
from pipeline.state.pane_groups import PaneRuns, SortedMentions
from pipeline.state.reading import Reading
from pipeline.state.sample import FEW_WORDS, read_shape
from pipeline.state.strongest import Hashes, Strengths
from pipeline.state.tiers import MINUTE, Tier
from pipeline.state.value_scan import AUTHORS


class Packed(msgspec.Struct, gc=False, eq=False):
    """The stored value of a pane that holds few authors and sources, and its mentions.

    It is never changed: another takes its place.
    """

    value: bytes
    mentions: int

    @property
    def counters(self) -> tuple[int, ...]:
        """See :attr:`Pane.counters`."""
        return counters_of(self.value)

    @property
    def reading(self) -> Reading:
        """The authors, all of them; another object each time."""
        return Reading(*authors_of([self.value]), None)

    def unpacked(self, tier: Tier, index: int) -> Pane:
        """Return the pane."""
        return Pane.decode(tier, index, self.value)


Held = Pane | Packed
"""What is kept of a stretch of time."""


class Look(NamedTuple):
    """What packed panes say.

    ``mentions`` and the rows of ``sums`` have an entry a pane: the sums of p, of q, of the squares
    of p, and of the squares of p + q over its authors; no numbers where a pane was written without
    them. The others have an entry for each time that a source was heard in a pane: the number of
    the pane, the source's code (what it stands for in ``sources``), its mentions, what they come
    to for and against (rows p and q, in millionths), and its newest event time in microseconds.
    """

    mentions: NDArray[np.int64]
    sums: NDArray[np.float64]
    sources: Sequence[str]
    panes: Places
    source: Places
    counts: NDArray[np.int64]
    strengths: NDArray[np.int64]
    newest: NDArray[np.int64]


def look_at(raw: Bytes, stops: Places) -> Look:
    """Read the values of packed panes, one behind another; ``stops`` is where each ends."""
    mentions, sums, heard = _look(raw, stops)
    sources, source = codes_in(raw, np.ascontiguousarray(heard[1:3]))
    return Look(mentions, sums, sources, heard[0], source, heard[3], heard[4:6], heard[6])


def sums_of(values: Sequence[bytes]) -> NDArray[np.float64]:
    """Return the sums of :class:`Look` alone."""
    _, sums, _ = _look(*joined(values))
    return sums


def held_of(tier: Tier, places: Sequence[tuple[int, bytes]]) -> list[Held]:
    """Return what is kept of stored panes: index and value of each."""
    values = [value if len(value) <= MOST_BYTES else b"" for _, value in places]
    mentions, *_ = _look(*joined(values))
    return [
        Pane.decode(tier, index, value) if count == NOT_PACKED else Packed(value, count)
        for (index, value), count in zip(places, mentions.tolist(), strict=True)
    ]


def authors_of(values: Sequence[bytes]) -> tuple[Hashes, Strengths]:
    """Return hashes and strengths (rows p and q) of the authors of packed panes, pane by pane."""
    columns: tuple[list[bytes], list[bytes], list[bytes]] = [], [], []
    for value in values:
        start = AUTHORS
        size = 8 * read_shape(value, HEAD.size)[1]
        for column in columns:
            column.append(value[start : start + size])
            start += size
    hashes, p, q = map(b"".join, columns)
    return np.frombuffer(hashes, np.uint64), np.frombuffer(p + q).reshape(2, -1)


def _look(
    raw: Bytes, stops: Places
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return what :func:`look_scan.look` fills in for values."""
    # A tally takes six bytes at least.
    heard = np.empty((7, raw.size // 6), np.int64)
    mentions, sums = np.empty(stops.size, np.int64), np.zeros((4, stops.size))
    strengths = np.empty((4, FEW_WORDS))
    found = look(
        raw,
        stops,
        np.empty((2, MAX_SOURCES), np.int64),
        np.empty((4, MAX_SOURCES), np.int64),
        strengths,
        strengths.view(np.uint64),
        mentions,
        sums,
        heard,
    )
    return mentions, sums, heard[:, :found]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Packed panes of one tier that a batch made, by brand and index; never changed.

    ``brands`` names what the codes in ``brand`` stand for, ``names`` are the same as bytes.
    ``values`` lie one behind another; ``ends`` is where each begins and the last one ends (one that
    is no packed pane is empty), ``mentions`` how many mentions each has.
    """

    brands: Sequence[str]
    names: Named
    brand: Codes
    index: Instants
    values: bytes
    ends: Places
    mentions: NDArray[np.int64]

    def packed(self, wanted: Flags) -> Iterator[Packed]:
        """Return those that a mask selects, each by itself."""
        values, starts, stops = self.values, self.ends[:-1][wanted], self.ends[1:][wanted]
        its = [values[at:end] for at, end in zip(starts.tolist(), stops.tolist(), strict=True)]
        return map(Packed, its, self.mentions[wanted].tolist())

    def where(self, wanted: Flags) -> Made:
        """Return those that a mask selects."""
        if wanted.all():
            return self
        differs = np.diff(wanted, prepend=False, append=False)
        parts = self.ends[differs].reshape(-1, 2).tolist()
        return Made(
            self.brands,
            self.names,
            self.brand[wanted],
            self.index[wanted],
            b"".join([self.values[start:stop] for start, stop in parts]),
            np.append(0, np.diff(self.ends)[wanted].cumsum()),
            self.mentions[wanted],
        )


def merged(
    tier: Tier,
    batch: SortedMentions,
    runs: PaneRuns,
    values: Sequence[bytes],
    ks: NDArray[np.int64],
    wanted: Flags,
) -> Made:
    """Merge mentions with packed panes.

    Args:
        tier: That of the panes.
        batch: The mentions.
        runs: Which of them belong to which pane.
        values: The panes as they were; empty ones are new.
        ks: At what k each is read.
        wanted: Which panes to merge with; those are unmarked that would hold too much.
    """
    raw, stops = joined(values)
    mentions = MENTION_BYTES + batch.source_names.longest
    room = PANE_BYTES * len(values) + mentions * batch.at.size
    room += raw.size + GROWTH_BYTES * int(np.count_nonzero(np.diff(stops, prepend=0)))
    out, ends = np.empty(room, np.uint8), np.empty(len(values) + 1, np.int64)
    counts = np.empty(len(values), np.int64)
    words = np.empty((2, FEW_WORDS))
    pack(
        raw,
        stops,
        runs.bounds,
        ks,
        int(batch.offset.max()),
        wanted,
        batch.source,
        batch.at,
        batch.author,
        batch.strengths,
        batch.usual,
        batch.rare,
        batch.remembered if tier is MINUTE else np.zeros_like(batch.remembered),
        batch.id_hash,
        batch.offset,
        batch.source_names.raw,
        batch.source_names.bounds,
        np.empty((2, MAX_SOURCES), np.int64),
        np.empty(MAX_SOURCES, np.int64),
        np.empty((4, MAX_SOURCES), np.int64),
        np.empty(1 + len(RARE), np.int64),
        np.empty(FEW_WORDS, np.uint64),
        words,
        words.view(np.uint64),
        out,
        ends,
        counts,
    )
    return Made(
        batch.brands,
        batch.brand_names,
        runs.brand,
        runs.index,
        out[: ends[-1]].tobytes(),
        ends,
        counts,
    )
