"""Panes of one partition, and how all that a batch of mentions brings is merged with them at once.

What is there once a brand, and once a pane, is looked up in one go; panes of few authors are merged
in one compiled pass, and what comes of them is put in its place in one more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.events.instant_columns import Flags
from pipeline.state.brand import BrandMentions
from pipeline.state.packed import Made, Packed, merged
from pipeline.state.packed_block import Block, Kept, streaks
from pipeline.state.pane import Pane
from pipeline.state.pane_groups import SortedMentions
from pipeline.state.pane_table import PaneTable
from pipeline.state.tiers import DAY, HOUR, MINUTE, Tier, first_kept

Panes = Sequence[dict[int, Kept]]
"""What is kept of one tier by index, of each brand by its code."""


class MergingTable(PaneTable):
    """What :class:`PaneTable` keeps, and how many mentions are merged into it."""

    def _merge_together(self, batch: SortedMentions) -> None:
        """Merge accepted mentions into the panes of all tiers."""
        brands = [self._brand(name) for name in batch.brands]
        news = self._news
        for brand, (name, count, oldest) in zip(brands, batch.by_brand(), strict=True):
            news[name] += count
            brand.changed(oldest)
            if brand.carry.see(oldest):
                self._dirty_carry.add(name)
        days = batch.at // DAY.size
        first = days.min()
        for day in (np.bincount(days - first).nonzero()[0] + first).tolist():
            self._of_day.pop(day, None)
        in_minute_tier = batch.at // MINUTE.size >= first_kept(MINUTE, self.row.watermark)
        for tier, part in (
            (DAY, batch),
            (HOUR, batch.where(batch.in_hour_tier)),
            (MINUTE, batch.where(in_minute_tier)),
        ):
            if part.at.size:
                panes = [brand.whole(tier) for brand in brands]
                left = self._merge_packed(tier, part, panes)
                self._merge_panes(tier, part, left, brands, panes)
        known = batch.remembered & in_minute_tier
        self._recent.add_all(batch.key[known], batch.at[known])

    def _merge_panes(
        self,
        tier: Tier,
        batch: SortedMentions,
        left: Flags,
        brands: Sequence[BrandMentions],
        panes: Panes,
    ) -> None:
        """Merge the mentions that are ``left`` with panes that are not packed, or no longer."""
        applied, dirty = self.row.applied, self._dirty
        groups = batch.groups(tier, left)
        for code, source, index, mentions, p, q, newest, rare, words, ids, seen in groups:
            name, heard = batch.brands[code], batch.sources[source]
            pane = panes[code].get(index)
            if pane is not None and not isinstance(pane, Pane):
                pane = brands[code].pane(tier, index)
            if pane is None:
                pane = Pane.of(tier, index, heard, mentions, p, q, rare, newest)
                brands[code].put(pane)
                self._schedule(name, tier, index)
            else:
                pane.absorb(heard, mentions, p, q, rare, newest)
            pane.sample.add_all(words)
            if pane not in dirty:
                dirty[pane] = (name, applied)
            if tier is MINUTE:
                pane.ids.add_all(ids, seen)
                self._note_crowd(name, pane)

    def _merge_packed(self, tier: Tier, batch: SortedMentions, panes: Panes) -> Flags:
        """Merge mentions with packed panes; returns for which that was not possible."""
        if not self._packs(tier):
            return np.ones(batch.at.size, np.bool_)
        runs = batch.runs(tier)
        codes, indexes = runs.brand.tolist(), runs.index.tolist()
        kept = [panes[code].get(index) for code, index in zip(codes, indexes, strict=True)]
        is_new = np.array([each is None for each in kept], np.bool_)
        wanted, values = np.ones(len(kept), np.bool_), [b""] * len(kept)
        for n in np.flatnonzero(~is_new).tolist():
            each = kept[n]
            if isinstance(each, Packed):
                values[n] = each.value
            elif isinstance(each, Block):
                values[n] = each.packed(indexes[n]).value
            else:
                wanted[n] = False
        ks = self._horizon.ks_of(runs.index) if tier is HOUR else np.full(len(kept), tier.k)
        made = merged(tier, batch, runs, values, ks, wanted)
        self._fresh.add(tier, made)
        left = np.repeat(~wanted, np.diff(runs.bounds))
        if tier is HOUR:
            wanted &= ~self._put_blocks(made, wanted & is_new, panes)
        self._put_packed(tier, made, wanted, is_new, panes)
        return left

    def _put_blocks(self, made: Made, is_new: Flags, panes: Panes) -> Flags:
        """Keep several new hours of a brand that follow one another as a block; mark those."""
        beside, starts = streaks(is_new, made.brand)
        if starts.size:
            hours = made.where(beside)
            self._blocks.add(hours)
            codes, indexes = hours.brand[starts].tolist(), hours.index.tolist()
            stops = [*starts[1:].tolist(), len(indexes)]
            for code, start, stop in zip(codes, starts.tolist(), stops, strict=True):
                block = Block(hours, start, stop)
                panes[code].update(dict.fromkeys(indexes[start:stop], block))
        return beside

    def _put_packed(
        self, tier: Tier, made: Made, wanted: Flags, is_new: Flags, panes: Panes
    ) -> None:
        """Keep the panes that are ``wanted`` each by itself; the new ones are to expire."""
        codes, indexes = made.brand[wanted].tolist(), made.index[wanted].tolist()
        for code, index, pane in zip(codes, indexes, made.packed(wanted), strict=True):
            panes[code][index] = pane
        schedule, brands = self._expiries[tier], made.brands
        is_new = is_new & wanted
        codes, indexes = made.brand[is_new].tolist(), made.index[is_new].tolist()
        for code, index in zip(codes, indexes, strict=True):
            schedule[index].append(brands[code])
