"""All alerts of one partition: scored and decided hour by hour, and kept in the partition's tables.

What mentions decide is kept with the mentions, what tickets decide with the tickets, so that it is
recovered with the state that it was decided from. An hour is decided once; a worker that takes over
goes on with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import TypeVar

import msgspec

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.brand_alerts import BrandAlerts, BrandValue, look_ahead
from pipeline.alerting.burden import Burden, Load
from pipeline.alerting.fit import MOST_WEEKS
from pipeline.alerting.hours import Maintenance, in_maintenance, lasts_into
from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.machine import Alert
from pipeline.alerting.resting import Resting
from pipeline.alerting.rhythm import Counted, Rhythm, Tally
from pipeline.alerting.standing import Readings, Standing, Transition
from pipeline.errors import Stop
from pipeline.events.brands import BrandBook
from pipeline.events.instants import HOUR
from pipeline.state.encoding import NOTHING_APPLIED
from pipeline.state.shard import Shard

Value = TypeVar("Value")

_TOGETHER = 32
"""Brands that are looked at together: few enough for a pause between."""

Told = dict[Kind, Counted]
"""How many brands fell into each bin, hour by hour."""


class BurdenValue(msgspec.Struct, array_like=True):
    """A brand's burden alert, written down."""

    first: int
    burden: Burden
    standing: Standing

    def __post_init__(self) -> None:
        # One alert, seen from two sides; written down they are two.
        self.standing.alert = self.burden.alert


class Watch:
    """The alerts of one partition.

    Args:
        shard: Its decoded state.
        book: Gives the agents that a brand is staffed with.
    """

    def __init__(self, shard: Shard, book: BrandBook) -> None:
        self.shard = shard
        self._book = book
        self._brands: dict[str, BrandAlerts] = {}
        self._resting = Resting()
        # In the order in which they came; which brand is looked at first must not be chance.
        self._mentioned: dict[str, None] = {}
        self._activity = NOTHING_APPLIED
        self._burdens: dict[str, BurdenValue] = {}
        self._told = {kind: Tally() for kind in STATISTICAL}
        self.scored_until: int | None = None
        decided = shard.mentions.row.decided
        for brand, mentions in shard.mentions.by_brand.items():
            body = shard.mentions.notes.get(brand)
            if body is None:
                self._mentioned[brand] = None
                continue
            alerts = BrandAlerts.of(brand, mentions, _decoded(_BRANDS, body, brand))
            if alerts.hour < decided:
                # Nothing was noted since, because it was at rest.
                alerts.rest_until(decided, decided)
            self._brands[brand] = alerts
        # What was decided had been told, also what some brands were too late to be decided in.
        self._told_until = max((alerts.hour for alerts in self._brands.values()), default=0)
        for brand, body in shard.tickets.notes.items():
            self._burdens[brand] = _decoded(_BURDENS, body, brand)

    def standings(self, brand: str) -> dict[Kind, Standing]:
        """Return where each alert of a brand stands; unknown where nothing was decided yet."""
        alerts = self._brands.get(brand) or self._resting.get(brand)
        burden = self._burdens.get(brand)
        known = {} if alerts is None else alerts.standings
        if burden is not None:
            known = known | {Kind.BURDEN_SURGE: burden.standing}
        return {kind: known.get(kind) or Standing(kind, Alert()) for kind in Kind}

    @property
    def resting(self) -> int:
        """How many brands are at rest."""
        return len(self._resting)

    @property
    def decided_until(self) -> int:
        """The first hour that is not decided for some brand."""
        hours = [alerts.hour for alerts in self._brands.values()]
        if self._resting:
            hours.append(self._resting.decided_until)
        return min(hours, default=self.scored_until or 0)

    def score(self, until: int) -> Iterator[None]:
        """Score the complete hours before ``until``; yields after each brand, for a pause."""
        if self.scored_until is not None and until <= self.scored_until:
            return
        since = self._told_until if self.scored_until is None else self.scored_until
        self._listen()
        self._resting.scored_until = until
        for brand in self._mentioned:
            if brand not in self._resting:
                self._know(brand)
        self._mentioned.clear()
        for brand, alerts in list(self._brands.items()):
            for kind, told in alerts.score(until, self._maintenance(brand)).items():
                for hours, bins in told:
                    # What was told before is not told again by one who comes late.
                    late = max(0, since - hours.start)
                    self._told[kind].add(hours[late:], bins[late:])
            yield
        self.scored_until = until

    def told(self) -> Told:
        """Return what was said in the hours that were scored, and forget it."""
        return {kind: tally.take() for kind, tally in self._told.items()}

    def decide(self, until: int, rhythms: Mapping[Kind, Rhythm]) -> Iterator[list[Transition]]:
        """Decide the scored hours before ``until``; yields the transitions of a brand."""
        scored = self.scored_until or 0
        until = min(until, scored)
        mentions = self.shard.mentions
        self._listen()
        self._resting.decided_until = max(self._resting.decided_until, until)
        for brand, alerts in self._due(until):
            maintenance = self._maintenance(brand)
            transitions = alerts.decide(until, rhythms, maintenance)
            mentions.note(brand, _writer_of(alerts))
            rest = alerts.rest_for(scored, maintenance)
            if rest >= 0:
                self._resting.take(self._brands.pop(brand), rest)
            yield transitions
        mentions.row.decided = max(mentions.row.decided, until)

    def _due(self, until: int) -> Iterator[tuple[str, BrandAlerts]]:
        """Give the brands to be decided; some at a time are looked at together."""
        due = iter([each for each in self._brands.items() if each[1].hour < until])
        while some := list(islice(due, _TOGETHER)):
            look_ahead([alerts for _, alerts in some], until)
            yield from some

    def decide_burdens(self, until: int) -> Iterator[list[Transition]]:
        """Decide the hours before ``until`` of what tickets decide, as :meth:`decide`."""
        for brand, book in self.shard.tickets.by_brand.items():
            value = self._burdens.get(brand)
            if value is None:
                if book.first_seen is None:
                    continue
                first = book.first_seen // HOUR + 1
                burden = Burden.begin(first)
                standing = Standing(Kind.BURDEN_SURGE, burden.alert)
                value = self._burdens[brand] = BurdenValue(first, burden, standing)
            burden, standing = value.burden, value.standing
            if burden.hour >= until:
                continue
            transitions: list[Transition] = []
            entry = self._book.get(brand)
            staffed = None if entry is None else entry.staffed_agents
            maintenance = self._maintenance(brand)
            columns = book.columns()
            while burden.hour < until:
                muted = in_maintenance(maintenance, burden.hour) is not None
                changed, load = burden.decide(columns, value.first, staffed, muted)
                standing.hour = burden.hour
                standing.readings = _readings(load)
                if changed:
                    if burden.alert.started_at == burden.hour and load is not None:
                        standing.evidence = {"measure": load.measure}
                    transitions.append(Transition(brand, standing.frozen()))
            self.shard.tickets.note(brand, _writer(value))
            yield transitions

    def _listen(self) -> None:
        """Look at who was mentioned since, and wake those of whom something may be known now."""
        news = self.shard.mentions.take_news()
        self._mentioned.update(dict.fromkeys(news))
        for alerts in self._resting.wake(news, self._disturbed(), self._left):
            self._brands[alerts.brand] = alerts

    def _left(self, alerts: BrandAlerts) -> int:
        """Return how many more mentions leave a brand at rest."""
        resting, maintenance = self._resting, self._maintenance(alerts.brand)
        return alerts.rest_on_for(resting.scored_until, resting.decided_until, maintenance)

    def _disturbed(self) -> Collection[str]:
        """Return the brands at rest of which a maintenance became known that is not long over."""
        resting, activity = self._resting, self.shard.activity
        if activity.row.applied == self._activity:
            return ()
        self._activity = activity.row.applied
        start = resting.scored_until - MOST_WEEKS * WEEK
        return [
            brand
            for brand in activity.by_brand
            if brand in resting and lasts_into(self._maintenance(brand), start)
        ]

    def _know(self, brand: str) -> None:
        """Begin to look at a brand that was mentioned for the first time."""
        mentions = self.shard.mentions.by_brand[brand]
        first_seen = mentions.carry.first_seen
        if first_seen is None:
            return
        alerts = self._brands.get(brand)
        # Until its first decision a brand may turn out to be older than it looked.
        if alerts is None or (first_seen // HOUR + 1 < alerts.first and alerts.is_fresh):
            self._brands[brand] = BrandAlerts(brand, mentions, first_seen)

    def _maintenance(self, brand: str) -> Maintenance:
        activity = self.shard.activity.by_brand.get(brand)
        return () if activity is None else activity.windows("maintenance")


def _readings(load: Load | None) -> Readings:
    return Readings() if load is None else Readings(load.observed, load.expected, load.limit)


def _writer(value: BurdenValue) -> Callable[[], bytes]:
    return lambda: _ENCODER.encode(value)


def _writer_of(alerts: BrandAlerts) -> Callable[[], bytes]:
    return lambda: _ENCODER.encode(alerts.value())


def _decoded(decoder: msgspec.msgpack.Decoder[Value], body: bytes, brand: str) -> Value:
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise Stop(f"the stored alerts of brand {brand!r} are damaged: {error}") from error


_ENCODER = msgspec.msgpack.Encoder()
_BRANDS = msgspec.msgpack.Decoder(BrandValue)
_BURDENS = msgspec.msgpack.Decoder(BurdenValue)
