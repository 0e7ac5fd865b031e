"""Panes of one partition: every brand's, of every tier, as they are loaded, written and forgotten.

Keys in the changelog: ``brand|m|index``, ``brand|h|index``, ``brand|d|index`` for panes and
``brand|c`` for the carry row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice
from sys import intern

import numpy as np

from pipeline.events.records import Topic
from pipeline.state.accepted_ids import MAX_IDS, brand_salt
from pipeline.state.blocks import Blocks, hour_keys
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import BrandCarry
from pipeline.state.encoding import NOTHING_APPLIED, applied_offset
from pipeline.state.entries import Entries, Entry
from pipeline.state.fresh import Fresh
from pipeline.state.horizon import Horizon, first_needed
from pipeline.state.pack_scan import MOST_IDS
from pipeline.state.packed import Held, held_of
from pipeline.state.packed_block import Block
from pipeline.state.pane import Pane, among
from pipeline.state.pane_keys import TIER_OF, carry_key, pane_key
from pipeline.state.past import NOT_LOOKED
from pipeline.state.recent_ids import RecentIds
from pipeline.state.sample import encode_few
from pipeline.state.source import SourceTable
from pipeline.state.tiers import DAY, HOUR, MINUTE, TIERS, Tier, first_kept

_READ_TOGETHER = 4_096
"""Panes that are looked at together when they are loaded."""

_ENCODED_TOGETHER = 4_096
"""Panes whose authors are sorted together when they are written, at most 65,536."""

LEAST_SHARE = 1 / 8
"""Share of the changed panes that a flush writes at least, so that none waits for long."""


class PaneTable(SourceTable):
    """Panes and carry rows of one partition, and the ids by which duplicates are told."""

    topic = Topic.MENTIONS

    def __init__(self, partition: int) -> None:
        super().__init__(partition)
        self.by_brand: dict[str, BrandMentions] = {}
        self._recent = RecentIds()
        # Minutes in which the next batch may bring more ids than there is room for.
        self._crowded: dict[str, set[int]] = {}
        self._ahead = NOTHING_APPLIED
        # Who has anything in a minute, in an hour, and on a day: what expires is found by when that
        # is, however many brands there are. Names are interned, or every batch would bring its own.
        self._expiries: dict[Tier, defaultdict[int, list[str]]] = {
            tier: defaultdict(list) for tier in TIERS
        }
        self._horizon = Horizon()
        # Brand, and the offset after which the pane changed; by the latter in ascending order.
        self._dirty: dict[Pane, tuple[str, int]] = {}
        self._dirty_carry: set[str] = set()
        self._blocks = Blocks()
        self._fresh = Fresh()
        # Of how many brands, of those that have anything in a minute, a cut has written it: in a
        # backlog most pass between two cuts.
        self._written: dict[int, int] = {}
        self._expired_minute: int | None = None
        self._expired_hours: tuple[int, int] | None = None
        self._news: defaultdict[str, int] = defaultdict(int)
        # Mentions of all brands of a day, as long as none is added.
        self._of_day: dict[int, int] = {}

    @property
    def brands(self) -> Collection[str]:
        """Brands that were ever mentioned here."""
        return self.by_brand.keys()

    def _brand(self, name: str) -> BrandMentions:
        brand = self.by_brand.get(name)
        if brand is None:
            brand = self.by_brand[name] = BrandMentions(self._horizon)
        return brand

    def take_news(self) -> Mapping[str, int]:
        """Return how many records were merged of each brand since this was last asked."""
        news, self._news = self._news, defaultdict(int)
        return news

    def mentions_by_day(self, days: range) -> dict[int, int]:
        """Return how many mentions there are of all brands on those of some days that any are of.

        Of days that are not folded.
        """
        by_brand, names, known = self.by_brand, self._expiries[DAY], self._of_day
        self._of_day = {
            day: known[day]
            if day in known
            else sum([by_brand[name].day[day].mentions for name in names[day]])
            for day in among(names, days)
        }
        return self._of_day.copy()

    def settle(self, brand: str, launches: Iterable[int]) -> None:
        """Keep what the windows of a brand's launches show; see :meth:`BrandMentions.settle`."""
        mentions = self.by_brand.get(brand)
        if mentions is not None and mentions.settle(launches, self.row.watermark):
            self._dirty_carry.add(brand)

    def _pane(self, brand: BrandMentions, name: str, tier: Tier, index: int) -> Pane:
        pane = brand.pane(tier, index)
        if pane is None:
            pane = brand.put(Pane(tier, index))
            self._schedule(name, tier, index)
        return pane

    def _schedule(self, name: str, tier: Tier, index: int) -> None:
        """Take note of when a pane expires."""
        self._expiries[tier][index].append(intern(name))

    def _touch(self, pane: Pane, brand: str) -> None:
        self._dirty.setdefault(pane, (brand, self.row.applied))

    def _packs(self, tier: Tier) -> bool:
        """Tell whether panes of a tier may be packed: no minute that could be crowded."""
        return tier is not MINUTE or MAX_IDS - self.together >= MOST_IDS

    def _note_crowd(self, brand: str, pane: Pane) -> None:
        if len(pane.ids) > MAX_IDS - self.together:
            self._crowded.setdefault(brand, set()).add(pane.index)

    def _expire_minutes(self, watermark: int) -> None:
        """Forget minute panes, and the ids in them, as soon as the watermark passes them.

        At once, not at the next flush: otherwise what counts as a duplicate would depend on where
        batches end.
        """
        oldest = first_kept(MINUTE, watermark)
        if oldest == self._expired_minute:
            return
        self._expired_minute = oldest
        self._recent.forget_before(oldest)
        for index, names in self._passed(MINUTE, oldest):
            written = self._written.pop(index, 0)
            for place, name in enumerate(names):
                held = self.by_brand[name].drop_minute(index)
                if name in self._crowded:
                    self._crowded[name].discard(index)
                # One that became a pane may hold changes that a row waits for.
                if isinstance(held, Pane) or (held is not None and place < written):
                    self._forget(held, name, MINUTE, index, self._expiring)

    def _passed(self, tier: Tier, first: int) -> Iterator[tuple[int, list[str]]]:
        """Yield indexes before the first that is kept, and who has anything there, but once."""
        expiries = self._expiries[tier]
        for index in among(expiries, range(NOT_LOOKED, first)):
            yield index, expiries.pop(index)

    def _load_values(self, values: Mapping[bytes, bytes]) -> None:
        self._ahead = max(map(applied_offset, values.values()), default=NOTHING_APPLIED)
        panes: dict[Tier, list[tuple[str, int, bytes]]] = {tier: [] for tier in TIERS}
        for key, value in values.items():
            name, letter, *rest = key.decode().split("|")
            brand = self._brand(name)
            if letter == "c":
                brand.carry = BrandCarry.decode(value)
            else:
                panes[TIER_OF[letter]].append((name, int(rest[0]), value))
        for name, index, value in panes[MINUTE]:
            self._load_minute(name, Pane.decode(MINUTE, index, value))
        for tier in (HOUR, DAY):
            for start in range(0, len(panes[tier]), _READ_TOGETHER):
                some = panes[tier][start : start + _READ_TOGETHER]
                held = held_of(tier, [(index, value) for _, index, value in some])
                for (name, index, _), each in zip(some, held, strict=True):
                    brand = self.by_brand[name]
                    if isinstance(each, Pane):
                        brand.put(each)
                    else:
                        brand.whole(tier)[index] = each
                    self._schedule(name, tier, index)

    def _load_minute(self, name: str, pane: Pane) -> None:
        self.by_brand[name].put(pane)
        self._schedule(name, MINUTE, pane.index)
        # What a value contains beyond the row is still to come again in the replay.
        hashes = pane.ids.accepted_until(self.row.applied)
        self._recent.add_latest(hashes ^ np.uint64(brand_salt(name)), pane.index)
        self._note_crowd(name, pane)

    def _unwritten_after(self) -> int | None:
        return next((after for _, after in self._dirty.values()), None)

    def _dirty_values(self, applied: int, limit: int | None, /) -> Entries:
        """Encode panes, those that changed first before the others; see :data:`LEAST_SHARE`."""
        carried, self._dirty_carry = self._dirty_carry, set()
        # None of them waits for another flush: they are small.
        row = self.row
        packed = self._fresh.take(row.watermark, first_needed(row.watermark, row.decided))
        self._blocks.were_written()
        self._written = {index: len(names) for index, names in self._expiries[MINUTE].items()}
        values: list[Entry] = []
        size = packed.size
        written: list[Pane] = []
        least = len(self._dirty) * LEAST_SHARE
        for pane, name, sample in self._changed():
            if limit is not None and size >= limit and len(written) >= least:
                break
            value = pane.encode(applied, sample)
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
        return Entries(values, packed)

    def _changed(self) -> Iterator[tuple[Pane, str, bytes | None]]:
        """Yield panes that changed, their brands, and their encoded samples where those are few."""
        changed = iter(self._dirty.items())
        while some := list(islice(changed, _ENCODED_TOGETHER)):
            samples = encode_few([pane.sample for pane, _ in some])
            for (pane, (name, _)), sample in zip(some, samples, strict=True):
                yield pane, name, sample

    def _drop_expired(self) -> list[bytes]:
        """Fold days and forget hours that the watermark has passed.

        Both happen when the watermark enters another hour, or hours are decided that waited for it,
        hence nothing is looked at before.
        """
        watermark = self.row.watermark
        self._expire_minutes(watermark)
        gone: list[bytes] = []
        first = first_needed(watermark, self.row.decided)
        if (watermark // HOUR.size, first) != self._expired_hours:
            self._expired_hours = (watermark // HOUR.size, first)
            self._fold_days(first_kept(DAY, watermark), gone)
            self._drop_hours(watermark, first, gone)
        return gone

    def forget_changes(self) -> None:
        """Forget what the next cut would write of packed panes, where nothing is ever written."""
        self._fresh.clear()

    def _fold_days(self, first: int, gone: list[bytes]) -> None:
        """Fold the days before the first that is kept."""
        for name in dict.fromkeys(
            chain.from_iterable(names for _, names in self._passed(DAY, first))
        ):
            brand = self.by_brand[name]
            folded = brand.carry.folded_until
            for pane in brand.fold_until(first - 1):
                self._forget(pane, name, DAY, pane.index, gone)
            if brand.carry.folded_until != folded:
                self._dirty_carry.add(name)

    def _drop_hours(self, watermark: int, first: int, gone: list[bytes]) -> None:
        """Forget the hours before the first, and trim those that have become old."""
        self._horizon.move(watermark, first)
        changed: dict[str, None] = {}
        brands = self.by_brand
        for index, its in self._passed(HOUR, first):
            changed.update(dict.fromkeys(its))
            for name in its:
                held = brands[name].hour.pop(index, None)
                if held is not None and not isinstance(held, Block):
                    self._forget(held, name, HOUR, index, gone)
        for hours, places, is_written in self._blocks.passed(first):
            codes, indexes = hours.brand[places].tolist(), hours.index[places].tolist()
            names = {code: hours.brands[code] for code in dict.fromkeys(codes)}
            changed.update(dict.fromkeys(names.values()))
            panes = {code: brands[name].hour for code, name in names.items()}
            in_block = np.ones(places.size, np.bool_)
            for n, (code, index) in enumerate(zip(codes, indexes, strict=True)):
                each = panes[code].pop(index)
                if not isinstance(each, Block):
                    in_block[n] = False
                    self._forget(each, names[code], HOUR, index, gone)
            if is_written:
                gone.extend(hour_keys(hours, places[in_block]))
        for name in changed:
            self.by_brand[name].forget_hours()

    def _forget(self, held: Held, brand: str, tier: Tier, index: int, gone: list[bytes]) -> None:
        """Let go of a pane; its key needs deleting if it may have been written."""
        if isinstance(held, Pane):
            change = self._dirty.pop(held, None)
            if change is not None:
                self._give_up_after(change[1])
            if held.applied == NOTHING_APPLIED:
                return
        gone.append(pane_key(brand, tier, index))
