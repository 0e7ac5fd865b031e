"""All that is remembered of one brand's mentions, and how metrics look at it.

Metrics evaluate every brand every second or so, while little but its current panes changed. What is
derived from the panes before those is therefore kept until one of them changes: whoever merges an
event says so (:meth:`BrandMentions.changed`), and what expires is known here. All further results
are remembered with the objects they were derived from, which never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from pipeline.events.joined import joined
from pipeline.state import tiers
from pipeline.state.audience import AUDIENCE_DAYS, FINAL_AFTER, WINDOW_DAYS, Window, matched, window
from pipeline.state.carry import BrandCarry
from pipeline.state.days import Days
from pipeline.state.horizon import Horizon
from pipeline.state.hourly import Hourly
from pipeline.state.memory import Memory
from pipeline.state.packed import Held, Packed, look_at
from pipeline.state.packed_block import Block, Kept
from pipeline.state.pane import Pane, among
from pipeline.state.past import NO_DAYS, NOT_LOOKED, DaySeries, Past, Seen
from pipeline.state.reading import NOBODY, Reading
from pipeline.state.tiers import DAY, HOUR, MINUTE, TIERS, Tier
from pipeline.state.weekly import Weekly

T = TypeVar("T")

WINDOWS_KEPT = 500
"""Days for which windows are kept: launches are for 400, and are compared with 56 days before."""

OTHER_SOURCES = "other"
"""Name under which sources beyond those that a pane tells apart are reported."""


class BrandMentions:
    """Panes of the three tiers by index, and the carry row.

    Panes of few authors are packed (see :mod:`pipeline.state.packed`) until somebody asks for a
    pane; metrics do not. ``memory`` is for what metrics derive from readings and the like.

    Args:
        horizon: How far back hours go; that of the partition, if it is one of its brands.
    """

    __slots__ = (
        "_horizon",
        "_hourly",
        "_looked",
        "_looked_until",
        "_past",
        "_series",
        "carry",
        "day",
        "hour",
        "memory",
        "minute",
        "weekly",
    )

    def __init__(self, horizon: Horizon | None = None) -> None:
        self.minute: dict[int, Held] = {}
        self.hour: dict[int, Kept] = {}
        self.day: dict[int, Held] = {}
        self.carry = BrandCarry()
        self._horizon = horizon or Horizon()
        self.memory = Memory()
        # What was derived from the panes of a tier before the index ``_looked``.
        self._past = {tier: Memory() for tier in TIERS}
        self._looked = dict.fromkeys(TIERS, NOT_LOOKED)
        self._looked_until = NOT_LOOKED
        self._hourly: Hourly | None = None
        self._series: DaySeries | None = None
        self.weekly = Weekly(self.day)

    @property
    def hourly(self) -> Hourly:
        """What the hours say, side by side."""
        if self._hourly is None:
            self._hourly = Hourly(self.hour)
        return self._hourly

    def whole(self, tier: Tier) -> dict[int, Kept]:
        """Return what is kept of a tier by index, packed panes as they are."""
        kept: dict[int, Kept] = getattr(self, tier.name)
        return kept

    def held(self, tier: Tier, index: int) -> Held | None:
        """Return what is held of an index; it is by itself from then on."""
        kept = self.whole(tier).get(index)
        if isinstance(kept, Block):
            # Of an index that is there already: whoever goes through them is not disturbed.
            kept = self.whole(tier)[index] = kept.packed(index)
        return kept

    def panes(self, tier: Tier) -> Mapping[int, Pane]:
        """Return the panes of a tier by index."""
        return {index: self._unpacked(tier, index) for index in self.whole(tier)}

    def pane(self, tier: Tier, index: int) -> Pane | None:
        """Return one pane, if there is one."""
        return self._unpacked(tier, index) if index in self.whole(tier) else None

    def _unpacked(self, tier: Tier, index: int) -> Pane:
        held = self.held(tier, index)
        if held is None:
            raise KeyError(index)
        # Of an index that is there already: whoever goes through them is not disturbed.
        return held if isinstance(held, Pane) else self.put(held.unpacked(tier, index))

    def put(self, pane: Pane) -> Pane:
        """Take over a pane, and return it."""
        self.whole(pane.tier)[pane.index] = pane
        if pane.tier is HOUR:
            pane.sample.trim(self._horizon.k_of(pane.index))
            self._horizon.watch(pane.index, self)
        return pane

    def held_in(self, tier: Tier, indexes: range) -> list[Held]:
        """Return the panes that exist among ``indexes``, ascending, packed ones as they are."""
        held = [self.held(tier, index) for index in among(self.whole(tier), indexes)]
        return [each for each in held if each is not None]

    @property
    def first_hour(self) -> int | None:
        """The first hour whose pane would be here; None where nothing has expired yet."""
        return self._horizon.first_hour

    def mentions_of(self, days: range) -> int:
        """Return how many mentions there are on days that are not folded, without reading any."""
        return self.weekly.mentions(days)

    def mentions_before(self, day: int, days: int) -> int:
        """Return how many mentions there are on so many whole days before one, remembered."""
        return self._of_past(
            DAY, f"mentions {days}", day, lambda: self.mentions_of(range(day - days, day))
        )

    def mentions_since(self, day: int) -> int:
        """Return how many mentions there are from a day on, as :meth:`mentions_of`."""
        return sum([pane.mentions for index, pane in self.day.items() if index >= day])

    def reading(self, tier: Tier, index: int) -> Reading:
        """Return the authors of one pane; nobody where there is none.

        Of the pane that was asked for last, the same object until an author's word changes.
        """
        held = self.held(tier, index)
        if held is None:
            return NOBODY
        if isinstance(held, Pane):
            return held.reading
        return self.memory.remember(f"reading {tier.name}", held, lambda: held.reading)

    def changed(self, at: int) -> None:
        """Take note that an event of time ``at`` (microseconds) was merged into the panes.

        Of many events, the earliest time.
        """
        if self._hourly is not None:
            self._hourly.forget_from(at // HOUR.size)
        self.weekly.forget_from(at // DAY.size)
        if self._series is not None and at < self._series.current * DAY.size:
            self._series = self._series.between(self._series.folded, at // DAY.size)
        if at < self._looked_until:
            for tier in TIERS:
                if at // tier.size < self._looked[tier]:
                    self._forget_past(tier)

    def _forget_past(self, tier: Tier) -> None:
        if self._looked[tier] != NOT_LOOKED:
            self._past[tier] = Memory()
            self._looked[tier] = NOT_LOOKED

    def _of_past(self, tier: Tier, name: str, current: int, compute: Callable[[], T]) -> T:
        """Return what depends on the panes of a tier before ``current`` alone."""
        if current > self._looked[tier]:
            self._looked[tier] = current
            self._looked_until = max(self._looked_until, current * tier.size)
        return self._past[tier].remember(name, current, compute)

    def past(self, over: tiers.Window, current: int) -> Past:
        """Return the panes of a window before ``current``, its last."""
        return self._of_past(over.tier, over.name, current, lambda: self._before(over, current))

    def _before(self, over: tiers.Window, current: int) -> Past:
        indexes = range(current - over.panes + 1, current)
        return Past(self.held_in(over.tier, indexes), over.tier.k)

    def look(self, over: tiers.Window, t: int) -> Seen:
        """Return what there is of a window at ``t`` (microseconds); valid until an event comes."""
        tier = over.tier
        current = tiers.current_pane(t, tier)
        return Seen(over, current, self.past(over, current), self.held(tier, current))

    def day_series(self, current: int) -> DaySeries:
        """Return the unfolded days before ``current``; the same object until one changes.

        Of the latest day asked for, that is.
        """
        before = NO_DAYS if self._series is None else self._series
        # A day can be contained in the carry row and still be here: after a crash, until the
        # watermark passes it again.
        after = self.carry.folded_until
        if (before.folded, before.current) == (after, current):
            return before
        if current < before.current:
            return before.between(after, current)
        known = before.between(after, before.current)
        days = among(self.day, range(max(after + 1, before.current), current))
        self._series = series = known.and_then(days, [self.day[day] for day in days], current)
        return series

    def days(self, series: DaySeries) -> Days:
        """Return day scalars without gaps, from the oldest that are kept to the series' end."""
        kept = self.carry.days
        first = series.current
        if kept.advocacy.size:
            first = kept.first
        elif series.days.size:
            first = int(series.days[0])
        result = kept.between(first, series.current)
        into = series.days - result.first
        result.advocacy[into] = series.advocacy
        result.detraction[into] = series.detraction
        result.mentions[into] = series.mentions
        return result

    def window(self, start: int) -> Window | None:
        """Return what the window from day ``start`` on shows, once it is final or as of now.

        None where days of its audience were folded before it was settled.
        """
        final = self.carry.windows.get(start)
        if final is not None:
            return final
        before = range(start - AUDIENCE_DAYS, start)
        if before.start <= self.carry.folded_until:
            return None
        during = range(start, start + WINDOW_DAYS)
        return window(
            [each.reading for each in self.held_in(DAY, before)],
            [each.reading for each in self.held_in(DAY, during)],
        )

    def settle(self, launches: Iterable[int], watermark: int) -> bool:
        """Keep what the windows of launches show, once they are final; tell whether that changed.

        Later events of their days change them no more, and they outlive their days, for as long as
        a launch is compared with them. Nothing is forgotten because a launch is unknown: after a
        crash this row can be ahead of the launches.

        Args:
            launches: The days of the brand's launches.
            watermark: The partition's.
        """
        oldest = watermark // DAY.size - WINDOWS_KEPT
        windows = {start: kept for start, kept in self.carry.windows.items() if start >= oldest}
        for launch in launches:
            if (launch + FINAL_AFTER) * DAY.size <= watermark:
                for start in (launch, *matched(launch)):
                    shown = self.window(start)
                    if shown is not None and start >= oldest:
                        windows[start] = shown
        changed = windows != self.carry.windows
        self.carry.windows = windows
        return changed

    def newest_by_source(self, today: int) -> dict[str, int]:
        """Return the latest event time of each source, in microseconds, over the days kept.

        ``today`` is the day from which on panes are likely to change.
        """
        before, days = self._of_past(DAY, "newest", today, lambda: self._newest_before(today))
        if days + (today in self.day) == len(self.day):
            later = [self.day[today]] if today in self.day else []
        else:
            later = [each for day, each in self.day.items() if day >= today]
        return _newest(later, before)

    def _newest_before(self, today: int) -> tuple[dict[str, int], int]:
        """Return the latest event time of each source before a day, and of how many days."""
        before = [each for day, each in self.day.items() if day < today]
        return _newest(before), len(before)

    def drop_minute(self, index: int) -> Held | None:
        """Let go of what there is of a minute that is not kept any longer, and return it."""
        held = self.minute.pop(index, None)
        self._forget_past(MINUTE)
        return held

    def fold_until(self, day: int) -> list[Pane]:
        """Fold all days up to and including ``day`` into the carry row; return their panes.

        A day that the carry row contains already is dropped without being folded again.
        """
        gone = sorted([index for index in self.day if index <= day])
        folded = [self._unpacked(DAY, index) for index in gone]
        for index in gone:
            del self.day[index]
        self._forget_past(DAY)
        for pane in folded:
            if pane.index > self.carry.folded_until:
                self.carry.fold(pane.index, pane)
        return folded

    def trim_hour(self, index: int) -> None:
        """Shed the part of an old hour's sample that no reading uses any more."""
        pane = self.hour.get(index)
        if isinstance(pane, Pane):
            pane.sample.trim(self._horizon.k_of(index))
            self._forget_past(HOUR)

    def forget_hours(self) -> None:
        """Forget what is remembered of hours, some of which are not kept any longer."""
        self._forget_past(HOUR)
        if self._hourly is not None and self.first_hour is not None:
            self._hourly.expire(self.first_hour)


def _newest(held: Iterable[Held], before: Mapping[str, int] = {}) -> dict[str, int]:
    """Return the latest event time of each source, ``before`` among them."""
    newest = dict(before)
    packed = []
    for pane in held:
        if isinstance(pane, Packed):
            packed.append(pane.value)
            continue
        for tally in pane.tallies:
            if tally.newest > newest.get(tally.source, -1):
                newest[tally.source] = tally.newest
        if pane.other is not None:
            newest[OTHER_SOURCES] = max(newest.get(OTHER_SOURCES, -1), pane.other.newest)
    if packed:
        look = look_at(*joined(packed))
        for code, at in zip(look.source.tolist(), look.newest.tolist(), strict=True):
            source = look.sources[code]
            if at > newest.get(source, -1):
                newest[source] = at
    return newest
