"""The mentions of a batch, sorted so that those of one pane lie together.

Sorted by brand and time once, they lie together for the panes of every tier. For panes that are
packed that is all; for others they are grouped by source as well, and what each group adds to its
pane's counters is summed for all groups at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from sys import intern

import numpy as np
from numpy.typing import NDArray

from pipeline.events.admitted_columns import AdmittedMentions, Codes, Counts, Strengths, selected
from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.events.joined import Named, parted
from pipeline.state.accepted_ids import ID_BYTES, Offsets
from pipeline.state.group_scan import FIRST_RARE, IDS, NEWEST, ROWS, WORDS, put_groups
from pipeline.state.pane import MICRO, RARE
from pipeline.state.sample import WORD_BYTES
from pipeline.state.tiers import MINUTE, Tier

_SHARED = ("brands", "sources", "brand_names", "source_names")

Group = tuple[int, int, int, int, int, int, int, Sequence[int] | None, bytes, bytes, bytes]
"""The mentions of one brand from one source that belong into one pane.

In order: codes of brand and source, index of the pane; earned creates and their summed strengths
for and against in millionths; the newest event time; what there is of :data:`RARE` counters, if
there is any; the words of the authors; in a minute, the hashes of the ids to remember and the
offsets of their records. A plain tuple, because there are many.
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


@dataclass(frozen=True, eq=False)
class SortedMentions:
    """Accepted mentions by brand and time.

    ``brands`` (interned) and ``sources`` name what the codes stand for; when they are sorted, each
    brand has mentions. ``brand_names`` and ``source_names`` are the same as bytes. ``key`` tells
    ids of brands apart, ``offset`` is the record's. ``in_hour_tier`` marks those that the hour tier
    kept when they came, ``remembered`` those whose ids are to be known. ``strengths`` holds p
    (row 0) and q; ``usual`` and ``rare`` what each mention adds to the counters of a :data:`Group`.
    """

    brands: Sequence[str]
    sources: Sequence[str]
    brand_names: Named
    source_names: Named
    brand: Codes
    source: Codes
    at: Instants
    key: Hashes
    id_hash: Hashes
    offset: Offsets
    author: Hashes
    strengths: Strengths
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
        is_first = _differs(mentions.brand)
        brands = [intern(mentions.brands[code]) for code in mentions.brand[is_first].tolist()]
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
            brands,
            mentions.sources,
            Named.of(brands),
            Named.of(mentions.sources),
            np.cumsum(is_first) - 1,
            mentions.source,
            mentions.at,
            key[order],
            mentions.id_hash,
            offset[order],
            mentions.author_hash,
            strengths,
            usual,
            rare,
            in_hour_tier[order],
            remembered[order],
        )

    def where(self, wanted: Flags) -> SortedMentions:
        """Return those that a mask selects."""
        if wanted.all():
            return self
        return selected(self, wanted, _SHARED)

    @cached_property
    def by_source(self) -> Codes:
        """Their order by brand, source and time."""
        return np.lexsort((_small(self.source), _small(self.brand)))

    def by_brand(self) -> Iterator[tuple[str, int, int]]:
        """Yield each brand, the number of its mentions and its oldest event time."""
        starts = np.flatnonzero(_differs(self.brand))
        counts = np.diff(starts, append=self.brand.size)
        return zip(self.brands, counts.tolist(), self.at[starts].tolist(), strict=True)

    def runs(self, tier: Tier) -> PaneRuns:
        """Return which of the mentions, by brand and time, belong to which pane of a tier."""
        index = self.at // tier.size
        starts = np.flatnonzero(_differs(self.brand) | _differs(index))
        return PaneRuns(np.append(starts, self.at.size), self.brand[starts], index[starts])

    def groups(self, tier: Tier, wanted: Flags) -> Iterator[Group]:
        """Yield what those that a mask selects add to the panes of a tier."""
        n = int(np.count_nonzero(wanted))
        if not n:
            return iter(())
        sums = np.empty((ROWS, n), np.int64)
        words = np.empty((n, 3), np.uint64)
        ids, offsets = np.empty(n, np.uint64), np.empty(n, np.int64)
        found = put_groups(
            self.by_source,
            wanted,
            tier.size,
            self.brand,
            self.source,
            self.at,
            self.usual,
            self.rare,
            self.author,
            self.strengths,
            self.remembered,
            self.id_hash,
            self.offset,
            sums,
            words,
            words.view(np.float64),
            ids,
            offsets,
        )
        sums = sums[:, :found]
        rare: Iterable[Sequence[int] | None] = repeat(None)
        if sums[FIRST_RARE:].any():
            rare = sums[FIRST_RARE:].T.tolist()
        known: tuple[Iterable[bytes], Iterable[bytes]] = repeat(b""), repeat(b"")
        if tier is MINUTE:
            ends = np.append(0, sums[IDS] * ID_BYTES)
            known = parted(ids, ends), parted(offsets, ends)
        said = parted(words, np.append(0, sums[WORDS] * WORD_BYTES))
        return zip(*sums[: NEWEST + 1].tolist(), rare, said, *known, strict=False)


def _small(codes: Codes) -> NDArray[np.int16]:
    """Return codes of a batch as small integers, which NumPy sorts much faster."""
    return codes.astype(np.int16)


def _differs(values: NDArray[np.int64]) -> Flags:
    """Mark the values that are not as the one before."""
    differs = np.ones(values.size, np.bool_)
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs
