"""The mentions of a batch, sorted so that those of one pane lie together.

Sorted by brand, source and time once, they lie together for the panes of every tier; what each
group adds to its pane's counters is summed for all groups at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np

from pipeline.events.admitted_columns import AdmittedMentions, Codes, Counts, Strengths
from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.state.accepted_ids import Offsets
from pipeline.state.pane import COUNTS, MICRO
from pipeline.state.sample import AuthorSample
from pipeline.state.tiers import Tier

FEW = 4
"""Authors that are added to a sample one by one; from there on arrays are faster."""


class Group(NamedTuple):
    """The mentions of one brand from one source that belong into one pane.

    ``brand`` and ``source`` are codes of the batch, ``pane`` is the pane's index. ``counts`` as
    :meth:`pipeline.state.pane.Pane.absorb` takes them. ``oldest`` and ``newest`` are event times.
    The mentions are entries ``start`` to ``end``.
    """

    brand: int
    source: int
    pane: int
    counts: list[int]
    oldest: int
    newest: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class SortedMentions:
    """Accepted mentions by brand, source and time.

    ``brands`` and ``sources`` name what the codes stand for. ``key`` tells ids of brands apart,
    ``offset`` is the record's. ``counted`` marks earned creates, ``in_hour_tier`` those that the
    hour tier kept when they came, ``remembered`` those whose ids are to be known. ``counts`` holds
    what each mention adds to the counters, ``strengths`` its p (row 0) and q.
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
    counts: Counts
    in_hour_tier: Flags
    remembered: Flags

    @classmethod
    def of(
        cls,
        mentions: AdmittedMentions,
        key: Hashes,
        offset: Offsets,
        in_hour_tier: Flags,
        remembered: Flags,
    ) -> SortedMentions:
        """Sort accepted mentions."""
        order = np.lexsort((mentions.at, mentions.source, mentions.brand))
        mentions = mentions.where(order)
        counted = mentions.earned & ~mentions.retraction
        strengths = np.stack((mentions.p, mentions.q))
        counts = np.zeros((len(COUNTS), len(mentions)), np.int64)
        counts[0] = counted
        counts[1] = counted & ~mentions.scored
        counts[2] = mentions.retraction
        counts[3] = ~mentions.earned & ~mentions.retraction
        counts[4:6] = strengths * MICRO + 0.5
        for row, vanity in enumerate(mentions.vanity, 6):
            if vanity is not None:
                counts[row] = vanity
        counts[4:] *= counted
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
            counts,
            in_hour_tier[order],
            remembered[order],
        )

    def where(self, wanted: Flags) -> SortedMentions:
        """Return those that a mask selects."""
        if wanted.all():
            return self
        columns = {
            field.name: getattr(self, field.name)[..., wanted]
            for field in fields(self)
            if field.name not in ("brands", "sources")
        }
        return replace(self, **columns)

    def groups(self, tier: Tier) -> Iterator[Group]:
        """Yield the groups of the panes of a tier."""
        n = self.at.size
        if not n:
            return iter(())
        index = self.at // tier.size
        begins = np.ones(n, np.bool_)
        begins[1:] = np.diff(self.brand) != 0
        begins[1:] |= np.diff(self.source) != 0
        begins[1:] |= np.diff(index) != 0
        starts = np.flatnonzero(begins)
        ends = np.append(starts[1:], n)
        columns = (
            self.brand[starts],
            self.source[starts],
            index[starts],
            np.add.reduceat(self.counts, starts, axis=1).T,
            self.at[starts],
            self.at[ends - 1],
            starts,
            ends,
        )
        return map(Group._make, zip(*(column.tolist() for column in columns), strict=True))


class Authors:
    """The authors of the earned creates among sorted mentions."""

    def __init__(self, mentions: SortedMentions) -> None:
        counted = mentions.counted
        self._all = counted.all()
        self._hashes = mentions.author if self._all else mentions.author[counted]
        self._strengths = mentions.strengths if self._all else mentions.strengths[:, counted]
        self._before = np.concatenate(([0], np.cumsum(counted))).tolist()
        self._words = list(zip(self._hashes.tolist(), *self._strengths.tolist(), strict=True))

    def add_to(self, sample: AuthorSample, group: Group) -> None:
        """Add the authors of a group to a pane's sample."""
        first, last = self._before[group.start], self._before[group.end]
        if last - first <= FEW:
            for author, p, q in self._words[first:last]:
                sample.add(author, p, q)
        else:
            sample.add_all(self._hashes[first:last], self._strengths[:, first:last])
