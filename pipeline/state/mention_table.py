"""Mentions of one partition: panes of every brand and tier, deduplicated, folded, flushed.

Keys in the changelog: ``brand|m|index``, ``brand|h|index``, ``brand|d|index`` for panes and
``brand|c`` for the carry row.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from hashlib import blake2b

import numpy as np

from pipeline.errors import Reject
from pipeline.events.admitted import AdmittedEvent, AdmittedMention
from pipeline.events.admitted_columns import AdmittedMentions
from pipeline.events.instant_columns import Flags
from pipeline.events.instants import to_rfc3339
from pipeline.events.records import Outcome, Topic
from pipeline.state.accepted_ids import MAX_IDS, Offsets, RecentIds
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import BrandCarry
from pipeline.state.duplicates import duplicates
from pipeline.state.encoding import NOTHING_APPLIED, applied_offset
from pipeline.state.pane import MAX_COUNT, Pane
from pipeline.state.pane_groups import Authors, Ids, SortedMentions
from pipeline.state.row import NO_WATERMARK
from pipeline.state.source import SourceTable
from pipeline.state.tiers import DAY, HOUR, MINUTE, Tier, first_kept, kept

_LETTERS = {MINUTE: "m", HOUR: "h", DAY: "d"}
_TIERS = {letter: tier for tier, letter in _LETTERS.items()}


LEAST_SHARE = 1 / 8
"""Share of the changed panes that a flush writes at least, so that none waits for long."""

MAX_TOGETHER = 8_192
"""Mentions that are applied together, at most."""


class MentionTable(SourceTable):
    """Decoded mention state of one partition."""

    topic = Topic.MENTIONS

    def __init__(self, partition: int) -> None:
        super().__init__(partition)
        self.by_brand: dict[str, BrandMentions] = {}
        self._recent = RecentIds()
        self._salts: dict[str, int] = {}
        self._crowded: set[tuple[str, int]] = set()
        self._ahead = NOTHING_APPLIED
        self._minutes: list[tuple[int, str]] = []
        # Brand, and the offset after which the pane changed; by the latter in ascending order.
        self._dirty: dict[Pane, tuple[str, int]] = {}
        self._dirty_carry: set[str] = set()
        self._expired_hour: int | None = None

    @property
    def brands(self) -> Collection[str]:
        """Brands that were ever mentioned here."""
        return self.by_brand.keys()

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
        key = event.id_hash ^ self._salt(event.brand)
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

    def _pane(self, brand: BrandMentions, name: str, tier: Tier, index: int) -> Pane:
        panes = brand.panes(tier)
        pane = panes.get(index)
        if pane is None:
            pane = panes[index] = Pane(tier, index)
            if tier is MINUTE:
                heapq.heappush(self._minutes, (index, name))
        return pane

    def _touch(self, pane: Pane, brand: str) -> None:
        self._dirty.setdefault(pane, (brand, self.row.applied))

    def _salt(self, brand: str) -> int:
        """Return what makes the same id of two brands two ids."""
        salt = self._salts.get(brand)
        if salt is None:
            digest = blake2b(brand.encode(), digest_size=8).digest()
            salt = self._salts[brand] = int.from_bytes(digest, "little")
        return salt

    def _note_crowd(self, brand: str, pane: Pane) -> None:
        """Remember a minute in which the next batch may bring too many ids."""
        if len(pane.ids) > MAX_IDS - MAX_TOGETHER:
            self._crowded.add((brand, pane.index))

    def _expire_minutes(self, watermark: int) -> None:
        """Forget minute panes, and the ids in them, as soon as the watermark passes them.

        At once, not at the next flush: otherwise what counts as a duplicate would depend on where
        batches end.
        """
        oldest = first_kept(MINUTE, watermark)
        minutes = self._minutes
        while minutes and minutes[0][0] < oldest:
            index, name = heapq.heappop(minutes)
            pane = self.by_brand[name].minute.pop(index, None)
            if pane is None:
                continue
            self._recent.forget(self._keys(name, pane), index)
            self._crowded.discard((name, index))
            self._forget(pane, pane_key(name, MINUTE, index), self._expiring)

    def _keys(self, brand: str, pane: Pane) -> list[int]:
        keys: list[int] = (pane.ids.hashes ^ np.uint64(self._salt(brand))).tolist()
        return keys

    # -- many at once

    def applies_together(self, first: int, mentions: AdmittedMentions) -> bool:
        """Tell whether mentions from offset ``first`` on may be applied all at once.

        Not in the replay of records that some value contains already, nor where so much is counted
        that sums could overflow.
        """
        most = max(
            (int(counts.max(initial=0)) for counts in mentions.vanity if counts is not None),
            default=0,
        )
        return bool(first > self._ahead and most <= MAX_COUNT // MAX_TOGETHER)

    def apply_together(
        self, mentions: AdmittedMentions, offsets: Offsets
    ) -> tuple[dict[int, Reject], set[str]]:
        """Apply mentions: what :meth:`apply` does of each of them, in a fraction of the time.

        Args:
            mentions: At most :data:`MAX_TOGETHER`, in the order of their records, and such that
                :meth:`applies_together`.
            offsets: Of their records.

        Returns:
            Why some are too late, by their entry, and the brands to which something was applied.
        """
        row = self.row
        at = mentions.at
        salts = np.array([self._salt(brand) for brand in mentions.brands], np.uint64)
        keys = mentions.id_hash ^ salts[mentions.brand]
        duplicate = duplicates(
            keys.tolist(),
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
        self._merge_together(
            SortedMentions.of(
                mentions.where(accepted),
                keys[accepted],
                offsets[accepted],
                in_hour_tier[accepted],
                remembered[accepted],
            )
        )
        return refused, {mentions.brands[code] for code in np.unique(mentions.brand[accepted])}

    def _has_room(self, mentions: AdmittedMentions, entry: int, duplicate: Flags) -> bool:
        """Tell whether an accepted entry's minute has room for its id; see :func:`duplicates`."""
        code, minute = int(mentions.brand[entry]), int(mentions.at[entry]) // MINUTE.size
        brand = mentions.brands[code]
        if (brand, minute) not in self._crowded:
            return True
        before = slice(entry)
        same = (mentions.brand[before] == code) & (mentions.at[before] // MINUTE.size == minute)
        room = self.by_brand[brand].minute[minute].ids.room
        return int(np.count_nonzero(same & ~duplicate[before])) < room

    def _turn_away(self, mentions: AdmittedMentions, remembered: Flags) -> None:
        """Unmark the mentions for whose ids their minute has no room."""
        if not self._crowded:
            return
        minutes = mentions.at // MINUTE.size
        for code, brand in enumerate(mentions.brands):
            for minute in [minute for name, minute in self._crowded if name == brand]:
                room = self.by_brand[brand].minute[minute].ids.room
                its = np.flatnonzero(remembered & (mentions.brand == code) & (minutes == minute))
                remembered[its[room:]] = False

    def _merge_together(self, batch: SortedMentions) -> None:
        """Merge accepted mentions into the panes of all tiers."""
        brands, sources = batch.brands, batch.sources
        change = [(brand, self.row.applied) for brand in brands]
        states = {}
        for code, oldest in batch.oldest_by_brand():
            brand = states[code] = self._brand(brands[code])
            if brand.carry.see(oldest):
                self._dirty_carry.add(brands[code])
        everyone = Authors(batch)
        in_minute_tier = batch.at // MINUTE.size >= first_kept(MINUTE, self.row.watermark)
        for tier, part in (
            (DAY, batch),
            (HOUR, batch.where(batch.in_hour_tier)),
            (MINUTE, batch.where(in_minute_tier)),
        ):
            authors = everyone if part is batch else Authors(part)
            ids = Ids(part) if tier is MINUTE else None
            panes = {code: brand.panes(tier) for code, brand in states.items()}
            for code, source, index, mentions, p, q, rare, newest, start, end in part.groups(tier):
                pane = panes[code].get(index)
                if pane is None:
                    pane = self._pane(states[code], brands[code], tier, index)
                pane.absorb(sources[source], mentions, p, q, rare, newest)
                authors.add_to(pane.sample, start, end)
                self._dirty.setdefault(pane, change[code])
                if ids is not None:
                    ids.add_to(pane.ids, start, end)
                    self._note_crowd(brands[code], pane)
            if ids is not None:
                self._recent.add_all(part.key[part.remembered], part.at[part.remembered])

    def _brand(self, name: str) -> BrandMentions:
        brand = self.by_brand.get(name)
        if brand is None:
            brand = self.by_brand[name] = BrandMentions()
        return brand

    # -- load and flush

    def _load_values(self, values: Mapping[bytes, bytes]) -> None:
        self._ahead = max(map(applied_offset, values.values()), default=NOTHING_APPLIED)
        for key, value in values.items():
            name, letter, *rest = key.decode().split("|")
            brand = self._brand(name)
            if letter == "c":
                brand.carry = BrandCarry.decode(value)
            else:
                self._load_pane(brand, name, Pane.decode(_TIERS[letter], int(rest[0]), value))

    def _load_pane(self, brand: BrandMentions, name: str, pane: Pane) -> None:
        brand.panes(pane.tier)[pane.index] = pane
        if pane.tier is MINUTE:
            heapq.heappush(self._minutes, (pane.index, name))
            salt = self._salt(name)
            for id_hash, offset in pane.ids:
                # What a value contains beyond the row is still to come again in the replay.
                if offset <= self.row.applied:
                    known = self._recent.minute(id_hash ^ salt)
                    if known is None or known < pane.index:
                        self._recent.add(id_hash ^ salt, pane.index)
            self._note_crowd(name, pane)

    def _mark_dirty(self, keys: Collection[bytes]) -> None:
        for key in keys:
            name, letter, *rest = key.decode().split("|")
            if letter == "c":
                self._dirty_carry.add(name)
            else:
                pane = self.by_brand[name].panes(_TIERS[letter]).get(int(rest[0]))
                if pane is not None:
                    self._touch(pane, name)

    def _unwritten_after(self) -> int | None:
        return next((after for _, after in self._dirty.values()), None)

    def _dirty_values(self, applied: int, limit: int | None, /) -> list[tuple[bytes, bytes]]:
        """Encode panes, those that changed first before the others; see :data:`LEAST_SHARE`."""
        carried, self._dirty_carry = self._dirty_carry, set()
        values = []
        size = 0
        written: list[Pane] = []
        least = len(self._dirty) * LEAST_SHARE
        for pane, (name, _) in self._dirty.items():
            if limit is not None and size >= limit and len(written) >= least:
                break
            value = pane.encode(applied)
            pane.applied = applied
            values.append((pane_key(name, pane.tier, pane.index), value))
            size += len(value)
            written.append(pane)
        if len(written) == len(self._dirty):
            self._dirty = {}
        else:
            for pane in written:
                del self._dirty[pane]
        values.extend(
            (carry_key(name), self.by_brand[name].carry.encode(applied)) for name in sorted(carried)
        )
        return values

    def _drop_expired(self) -> list[bytes]:
        """Fold days and forget hours that the watermark has passed.

        Both happen when the watermark enters another hour, hence nothing is looked at before.
        """
        watermark = self.row.watermark
        self._expire_minutes(watermark)
        gone: list[bytes] = []
        hour = watermark // HOUR.size
        if hour == self._expired_hour:
            return gone
        self._expired_hour = hour
        for name, brand in self.by_brand.items():
            folded = brand.carry.folded_until
            for tier, pane in brand.drop_expired(watermark):
                self._forget(pane, pane_key(name, tier, pane.index), gone)
            if brand.carry.folded_until != folded:
                self._dirty_carry.add(name)
        return gone

    def _forget(self, pane: Pane, key: bytes, gone: list[bytes]) -> None:
        """Let go of a pane; its key needs deleting only if it was ever written."""
        change = self._dirty.pop(pane, None)
        if change is not None:
            self._give_up_after(change[1])
        if pane.applied > NOTHING_APPLIED:
            gone.append(key)


def _too_late(at: int, watermark: int) -> Reject:
    return Reject(
        "too_late", f"{to_rfc3339(at)} is more than 400 days before {to_rfc3339(watermark)}"
    )


def pane_key(brand: str, tier: Tier, index: int) -> bytes:
    """Return the changelog key of a pane."""
    return f"{brand}|{_LETTERS[tier]}|{index}".encode()


def carry_key(brand: str) -> bytes:
    """Return the changelog key of a brand's carry row."""
    return f"{brand}|c".encode()
