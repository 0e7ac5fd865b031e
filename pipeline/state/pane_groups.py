"""The mentions of a batch, sorted so that those of one pane lie together.

Sorted by brand and time once, they lie together for the panes of every tier. For panes that are
packed that is all; for others they are grouped by source as well, and what each group adds to its
pane's counters is summed for all groups at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from pipeline.events.admitted_columns import AdmittedMentions, Codes, Counts, Strengths, selected
from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.state.accepted_ids import ID_BYTES, AcceptedIds, Offsets
from pipeline.state.pane import MICRO, RARE
from pipeline.state.sample import WORD_BYTES, AuthorSample, words_of
from pipeline.state.tiers import Tier

Group = tuple[int, int, int, int, int, int, Sequence[int] | None, int, int, int]
"""The mentions of one brand from one source that belong into one pane.

In order: codes of brand and source, index of the pane; earned creates and their summed strengths
for and against in millionths; what there is of :data:`RARE` counters, if there is any; the newest
event time; the entries, from a start to an end. A plain tuple, because there are many.
"""


@dataclass(frozen=True, slots=True, eq=False)
class PaneRuns:
    """Which sorted mentions belong to which pane.

    ``bounds`` is where those of each begin, and where the last ones end. ``brand`` is the code of
    each pane's brand, ``index`` its index.
    """

    bounds: Codes
    brand: Codes
    index: Instants


@dataclass(frozen=True, slots=True, eq=False)
class SortedMentions:
    """Accepted mentions by brand and time, or by brand, source and time.

    ``brands`` and ``sources`` name what the codes stand for. ``key`` tells ids of brands apart,
    ``offset`` is the record's. ``counted`` marks earned creates, ``in_hour_tier`` those that the
    hour tier kept when they came, ``remembered`` those whose ids are to be known. ``strengths``
    holds p (row 0) and q; ``usual`` and ``rare`` what each mention adds to the counters of a
    :data:`Group`.
    """

    brands: Sequence[str]
    sources: Sequence[str]
    brand: Codes
    source: Codes
    at: Instants
    key: Hashes
    id_hash: Hashes
    offset: Offsets
    author: Hashes
    strengths: Strengths
    counted: Flags
    usual: Counts
    rare: Counts
    in_hour_tier: Flags
    remembered: Flags

    @classmethod
    def of(
        cls,
        mentions: AdmittedMentions,
        accepted: Flags,
        key: Hashes,
        offset: Offsets,
        in_hour_tier: Flags,
        remembered: Flags,
    ) -> SortedMentions:
        """Sort those mentions that are accepted, by brand and time."""
        order = np.flatnonzero(accepted)
        order = order[np.lexsort((mentions.at[order], _small(mentions.brand[order])))]
        mentions = mentions.where(order)
        counted = mentions.earned & ~mentions.retraction
        strengths = np.stack((mentions.p, mentions.q))
        usual = np.empty((3, len(mentions)), np.int64)
        usual[0] = counted
        usual[1:] = (strengths * MICRO + 0.5) * counted
        rare = np.zeros((len(RARE), len(mentions)), np.int64)
        rare[0] = counted & ~mentions.scored
        rare[1] = mentions.retraction
        rare[2] = ~mentions.earned & ~mentions.retraction
        np.multiply(mentions.vanity, counted, out=rare[3:])
        return cls(
            mentions.brands,
            mentions.sources,
            mentions.brand,
            mentions.source,
            mentions.at,
            key[order],
            mentions.id_hash,
            offset[order],
            mentions.author_hash,
            strengths,
            counted,
            usual,
            rare,
            in_hour_tier[order],
            remembered[order],
        )

    def where(self, wanted: Flags) -> SortedMentions:
        """Return those that a mask selects."""
        if wanted.all():
            return self
        return selected(self, wanted)

    def by_source(self, wanted: Flags) -> SortedMentions:
        """Return those that a mask selects, by brand, source and time."""
        if not wanted.any():
            return selected(self, slice(0))
        order = np.lexsort((_small(self.source), _small(self.brand)))
        return selected(self, order[wanted[order]])

    def by_brand(self) -> Iterator[tuple[int, int, int]]:
        """Yield the code of each brand, the number of its mentions and its oldest event time."""
        starts = np.flatnonzero(np.diff(self.brand, prepend=-1))
        counts = np.diff(starts, append=self.brand.size)
        oldest = np.minimum.reduceat(self.at, starts)
        return zip(self.brand[starts].tolist(), counts.tolist(), oldest.tolist(), strict=True)

    def _begins(self, index: Instants) -> Flags:
        """Mark the first mention of each group; ``index`` is that of its pane, for each mention."""
        return _differs(self.brand) | _differs(self.source) | _differs(index)

    def runs(self, tier: Tier) -> PaneRuns:
        """Return which of the mentions, by brand and time, belong to which pane of a tier."""
        index = self.at // tier.size
        starts = np.flatnonzero(_differs(self.brand) | _differs(index))
        return PaneRuns(np.append(starts, self.at.size), self.brand[starts], index[starts])

    def groups(self, tier: Tier) -> Iterator[Group]:
        """Yield the groups of the panes of a tier; of mentions by brand, source and time."""
        n = self.at.size
        if not n:
            return iter(())
        index = self.at // tier.size
        starts = np.flatnonzero(self._begins(index))
        usual = np.add.reduceat(self.usual, starts, axis=1)
        rares = np.add.reduceat(self.rare, starts, axis=1)
        ends = np.append(starts[1:], n)
        rare: Iterable[Sequence[int] | None] = repeat(None)
        if rares.any():
            rare = rares.T.tolist()
        return zip(
            self.brand[starts].tolist(),
            self.source[starts].tolist(),
            index[starts].tolist(),
            *usual.tolist(),
            rare,
            self.at[ends - 1].tolist(),
            starts.tolist(),
            ends.tolist(),
            strict=False,
        )


def _small(codes: Codes) -> NDArray[np.int16]:
    """Return codes of a batch as small integers, which NumPy sorts much faster."""
    return codes.astype(np.int16)


def _differs(values: NDArray[np.int64]) -> Flags:
    """Mark the values that are not as the one before."""
    differs = np.ones(values.size, np.bool_)
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs


class Authors:
    """The authors of the earned creates among sorted mentions."""

    def __init__(self, mentions: SortedMentions) -> None:
        counted = mentions.counted
        self._words = words_of(mentions.author[counted], mentions.strengths[:, counted])
        self._before = np.concatenate(([0], np.cumsum(counted) * WORD_BYTES)).tolist()

    def add_to(self, sample: AuthorSample, start: int, end: int) -> None:
        """Add the authors of the entries from ``start`` to ``end`` to a sample."""
        sample.add_all(self._words[self._before[start] : self._before[end]])


class Ids:
    """The ids to remember among sorted mentions."""

    def __init__(self, mentions: SortedMentions) -> None:
        remembered = mentions.remembered
        self._hashes = mentions.id_hash[remembered].tobytes()
        self._offsets = mentions.offset[remembered].tobytes()
        self._before = np.concatenate(([0], np.cumsum(remembered) * ID_BYTES)).tolist()

    def add_to(self, ids: AcceptedIds, start: int, end: int) -> None:
        """Add the ids of the entries from ``start`` to ``end`` to those of a minute."""
        some = slice(self._before[start], self._before[end])
        ids.add_all(self._hashes[some], self._offsets[some])
