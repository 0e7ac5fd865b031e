"""Mentions of one partition: panes of every brand and tier, deduplicated, folded, flushed.

Keys in the changelog: ``brand|m|index``, ``brand|h|index``, ``brand|d|index`` for panes and
``brand|c`` for the carry row.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping

from pipeline.errors import Reject
from pipeline.events.admitted import AdmittedEvent, AdmittedMention
from pipeline.events.instants import to_rfc3339
from pipeline.events.records import Outcome, Topic
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import BrandCarry
from pipeline.state.encoding import NOTHING_APPLIED
from pipeline.state.pane import MAX_IDS, Pane
from pipeline.state.source import SourceTable
from pipeline.state.tiers import DAY, HOUR, MINUTE, Tier, first_kept, kept

_LETTERS = {MINUTE: "m", HOUR: "h", DAY: "d"}
_TIERS = {letter: tier for tier, letter in _LETTERS.items()}


class MentionTable(SourceTable):
    """Decoded mention state of one partition."""

    topic = Topic.MENTIONS

    def __init__(self, partition: int) -> None:
        super().__init__(partition)
        self.by_brand: dict[str, BrandMentions] = {}
        self._accepted: dict[str, dict[int, tuple[int, int]]] = {}
        self._minutes: list[tuple[int, str]] = []
        self._dirty: dict[Pane, bytes] = {}
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
            raise Reject(
                "too_late",
                f"{to_rfc3339(event.at)} is more than 400 days before {to_rfc3339(watermark)}",
            )
        brand = self.by_brand.get(event.brand)
        if brand is None:
            brand = self.by_brand[event.brand] = BrandMentions()
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
        accepted = self._accepted.get(event.brand)
        if accepted is None:
            accepted = self._accepted[event.brand] = {}
        first = accepted.get(event.id_hash)
        if first is not None and kept(MINUTE, first[1], watermark):
            return False
        self._expire_minutes(watermark)
        pane = self._pane(brand, event.brand, MINUTE, minute)
        if event.id_hash in pane.ids or len(pane.ids) < MAX_IDS:
            # In a replay a pane that was written ahead of the row has the id already, with this
            # offset: what decided the first time decides again.
            accepted[event.id_hash] = (offset, minute)
            pane.ids[event.id_hash] = offset
        else:
            self.row.dedup_skipped += 1
        if offset > pane.applied:
            pane.add(event)
            self._touch(pane, event.brand, MINUTE)
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
                self._touch(pane, event.brand, tier)

    def _pane(self, brand: BrandMentions, name: str, tier: Tier, index: int) -> Pane:
        panes = brand.panes(tier)
        pane = panes.get(index)
        if pane is None:
            pane = panes[index] = Pane(tier, index)
            if tier is MINUTE:
                heapq.heappush(self._minutes, (index, name))
        return pane

    def _touch(self, pane: Pane, brand: str, tier: Tier) -> None:
        if pane not in self._dirty:
            self._dirty[pane] = pane_key(brand, tier, pane.index)

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
            accepted = self._accepted[name]
            for id_hash, offset in pane.ids.items():
                if accepted.get(id_hash) == (offset, index):
                    del accepted[id_hash]
            self._forget(pane, pane_key(name, MINUTE, index), self._expiring)

    # -- load and flush

    def _load_values(self, values: Mapping[bytes, bytes]) -> None:
        for key, value in values.items():
            name, letter, *rest = key.decode().split("|")
            brand = self.by_brand.get(name)
            if brand is None:
                brand = self.by_brand[name] = BrandMentions()
            if letter == "c":
                brand.carry = BrandCarry.decode(value)
            else:
                self._load_pane(brand, name, Pane.decode(_TIERS[letter], int(rest[0]), value))

    def _load_pane(self, brand: BrandMentions, name: str, pane: Pane) -> None:
        brand.panes(pane.tier)[pane.index] = pane
        if pane.tier is MINUTE:
            heapq.heappush(self._minutes, (pane.index, name))
            accepted = self._accepted.setdefault(name, {})
            for id_hash, offset in pane.ids.items():
                # What a value contains beyond the row is still to come again in the replay.
                known = accepted.get(id_hash, (NOTHING_APPLIED, 0))[0]
                if known < offset <= self.row.applied:
                    accepted[id_hash] = (offset, pane.index)

    def _mark_dirty(self, keys: Collection[bytes]) -> None:
        for key in keys:
            name, letter, *rest = key.decode().split("|")
            if letter == "c":
                self._dirty_carry.add(name)
            else:
                pane = self.by_brand[name].panes(_TIERS[letter]).get(int(rest[0]))
                if pane is not None:
                    self._dirty[pane] = key

    def _dirty_values(self, applied: int) -> list[tuple[bytes, bytes]]:
        dirty, self._dirty = self._dirty, {}
        carried, self._dirty_carry = self._dirty_carry, set()
        values = []
        for pane, key in dirty.items():
            values.append((key, pane.encode(applied)))
            pane.applied = applied
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
        self._dirty.pop(pane, None)
        if pane.applied > NOTHING_APPLIED:
            gone.append(key)


def pane_key(brand: str, tier: Tier, index: int) -> bytes:
    """Return the changelog key of a pane."""
    return f"{brand}|{_LETTERS[tier]}|{index}".encode()


def carry_key(brand: str) -> bytes:
    """Return the changelog key of a brand's carry row."""
    return f"{brand}|c".encode()
