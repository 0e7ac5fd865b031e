"""Mentions of one partition: how they are judged and merged, one by one and many at once."""

from __future__ import annotations

import numpy as np

from pipeline.errors import Reject
from pipeline.events.admitted import AdmittedEvent, AdmittedMention
from pipeline.events.admitted_columns import AdmittedMentions
from pipeline.events.instant_columns import Flags
from pipeline.events.instants import to_rfc3339
from pipeline.events.records import Outcome
from pipeline.state.accepted_ids import MAX_IDS, Offsets, brand_salt
from pipeline.state.brand import BrandMentions
from pipeline.state.duplicates import duplicates
from pipeline.state.merging_table import MergingTable
from pipeline.state.pane import MAX_COUNT
from pipeline.state.pane_groups import SortedMentions
from pipeline.state.row import NO_WATERMARK
from pipeline.state.tiers import DAY, HOUR, MINUTE, Tier, first_kept, kept


class MentionTable(MergingTable):
    """Decoded mention state of one partition: what is kept, and how it grows."""

    def apply(self, offset: int, event: AdmittedEvent) -> Outcome:
        """Merge a mention into the panes that keep its time.

        Raises:
            Reject: ``too_late``: its day has been folded into the carry row.
        """
        if not isinstance(event, AdmittedMention):
            raise TypeError(f"{type(event).__name__} among the mentions")
        # With the event's own time in it: what has passed when an event arrives must not depend on
        # how dense the events of other brands in its partition are.
        watermark = max(self.row.watermark, event.at)
        day = event.at // DAY.size
        if not kept(DAY, day, watermark):
            raise _too_late(event.at, watermark)
        brand = self._brand(event.brand)
        minute = event.at // MINUTE.size
        if kept(MINUTE, minute, watermark):
            if not self._accept(event, minute, offset, brand, watermark):
                return Outcome.DUPLICATE
        else:
            self.row.dedup_skipped += 1
        self._merge(brand, HOUR, event, offset, watermark)
        self._merge(brand, DAY, event, offset, watermark)
        self._news[event.brand] += 1
        brand.changed(event.at)
        if brand.carry.see(event.at):
            self._dirty_carry.add(event.brand)
        return Outcome.APPLIED

    def _accept(
        self,
        event: AdmittedMention,
        minute: int,
        offset: int,
        brand: BrandMentions,
        watermark: int,
    ) -> bool:
        """Merge into the minute pane unless the mention was accepted before; tell which.

        A duplicate changes nothing at all: panes expire only for a record that is accepted.
        """
        key = event.id_hash ^ brand_salt(event.brand)
        first = self._recent.minute(key)
        if first is not None and kept(MINUTE, first, watermark):
            return False
        self._expire_minutes(watermark)
        pane = self._pane(brand, event.brand, MINUTE, minute)
        if offset <= pane.applied:
            # In a replay of what the pane contains, what was remembered then is remembered now.
            remembered = pane.ids.holds(event.id_hash, offset)
        else:
            remembered = pane.ids.room > 0
            if remembered:
                pane.ids.add(event.id_hash, offset)
                self._note_crowd(event.brand, pane)
            pane.add(event)
            self._touch(pane, event.brand)
        if remembered:
            self._recent.add(key, minute)
        else:
            self.row.dedup_skipped += 1
        return True

    def _merge(
        self, brand: BrandMentions, tier: Tier, event: AdmittedMention, offset: int, watermark: int
    ) -> None:
        index = event.at // tier.size
        if tier is DAY and index <= brand.carry.folded_until:
            # Only in a replay: the carry row was written ahead of the partition row.
            return
        if kept(tier, index, watermark):
            pane = self._pane(brand, event.brand, tier, index)
            if offset > pane.applied:
                pane.add(event)
                self._touch(pane, event.brand)
                if tier is DAY:
                    self._of_day.pop(index, None)

    # -- many at once

    def applies_together(self, first: int, mentions: AdmittedMentions) -> bool:
        """Tell whether mentions from offset ``first`` on may be applied all at once.

        Not in the replay of records that some value contains already, nor where so much is counted
        that sums could overflow.
        """
        most = mentions.vanity.max(initial=0)
        return bool(first > self._ahead and most <= MAX_COUNT // self.together)

    def apply_together(
        self, mentions: AdmittedMentions, offsets: Offsets
    ) -> tuple[dict[int, Reject], set[str]]:
        """Apply mentions: what :meth:`apply` does of each of them, in a fraction of the time.

        Args:
            mentions: At most ``together``, in the order of their records, and such that
                :meth:`applies_together`.
            offsets: Of their records.

        Returns:
            Why some are too late, by their entry, and the brands to which something was applied.
        """
        row = self.row
        at = mentions.at
        salts = np.array([brand_salt(brand) for brand in mentions.brands], np.uint64)
        keys = mentions.id_hash ^ salts[mentions.brand]
        duplicate = duplicates(
            keys,
            at,
            row.watermark,
            self._recent,
            lambda entry, before: self._has_room(mentions, entry, before),
        )
        # The watermark that applies to each mention, its own time included.
        watermarks = np.maximum.accumulate(np.where(duplicate, NO_WATERMARK, at))
        watermarks = np.maximum(watermarks, row.watermark)
        late = at // DAY.size < first_kept(DAY, watermarks)
        accepted = ~duplicate & ~late
        remembered = accepted & (at // MINUTE.size >= first_kept(MINUTE, watermarks))
        self._turn_away(mentions, remembered)
        row.dedup_skipped += int(np.count_nonzero(accepted & ~remembered))
        row.outcomes[Outcome.DUPLICATE] += int(np.count_nonzero(duplicate))
        row.outcomes[Outcome.APPLIED] += int(np.count_nonzero(accepted))
        refused = {
            entry: _too_late(int(at[entry]), int(watermarks[entry]))
            for entry in np.flatnonzero(late).tolist()
        }
        if not accepted.any():
            return refused, set()
        row.watermark = int(watermarks[-1])
        self._expire_minutes(row.watermark)
        in_hour_tier = at // HOUR.size >= first_kept(HOUR, watermarks)
        batch = SortedMentions.of(mentions, accepted, keys, offsets, in_hour_tier, remembered)
        self._merge_together(batch)
        return refused, set(batch.brands)

    def _has_room(self, mentions: AdmittedMentions, entry: int, duplicate: Flags) -> bool:
        """Tell whether an accepted entry's minute has room for its id; see :func:`duplicates`."""
        code, minute = int(mentions.brand[entry]), int(mentions.at[entry]) // MINUTE.size
        brand = mentions.brands[code]
        if minute not in self._crowded.get(brand, ()):
            return True
        before = slice(entry)
        same = (mentions.brand[before] == code) & (mentions.at[before] // MINUTE.size == minute)
        room = self._room(brand, minute)
        return int(np.count_nonzero(same & ~duplicate[before])) < room

    def _room(self, brand: str, minute: int) -> int:
        """Return for how many more ids a minute has room."""
        pane = self.by_brand[brand].pane(MINUTE, minute)
        return MAX_IDS if pane is None else pane.ids.room

    def _turn_away(self, mentions: AdmittedMentions, remembered: Flags) -> None:
        """Unmark the mentions for whose ids their minute has no room."""
        if self._crowded.keys().isdisjoint(mentions.brands):
            return
        minutes = mentions.at // MINUTE.size
        for code, brand in enumerate(mentions.brands):
            crowded = self._crowded.get(brand)
            if not crowded:
                continue
            its = remembered & (mentions.brand == code)
            for minute in crowded.intersection(minutes[its].tolist()):
                room = self._room(brand, minute)
                remembered[np.flatnonzero(its & (minutes == minute))[room:]] = False


def _too_late(at: int, watermark: int) -> Reject:
    return Reject(
        "too_late", f"{to_rfc3339(at)} is more than 400 days before {to_rfc3339(watermark)}"
    )
