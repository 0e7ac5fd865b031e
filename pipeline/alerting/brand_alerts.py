"""The alerts of one brand that its mentions decide, hour after hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from pipeline.alerting import evidence, impairment
from pipeline.alerting.baseline import DAY_HOURS, WEEK
from pipeline.alerting.fit import LEAST_VOLUME, LEAST_WEEKS, LONGEST_BLOCK, MOST_WEEKS
from pipeline.alerting.heard import Heard
from pipeline.alerting.hours import Maintenance, Spoken, ends, lasts_into, stretches, touched_hours
from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.machine import Alert, Patience, Sign, run, stays
from pipeline.alerting.rhythm import Bins, Rhythm
from pipeline.alerting.silence import MISSED, Lesson, Quiet, Silence, learn
from pipeline.alerting.standing import Readings, Standing, Transition
from pipeline.alerting.watched import Change, Watched, WatchedValue
from pipeline.events.instants import HOUR
from pipeline.state.brand import BrandMentions

_SOURCE_PATIENCE = Patience(fire=1, resolve=3)
_OTHERS = {Kind.SOURCE_SILENT: _SOURCE_PATIENCE, Kind.GOODWILL_IMPAIRMENT: impairment.PATIENCE}
_HIDDEN = -1
_SOON = 4 * WEEK
"""Hours that wait no longer are there until they are decided: all are kept for ten weeks."""
DIP_HOURS = 6
"""Hours in a row at which all brands go down together until a source is said to have failed."""


class BrandValue(msgspec.Struct, array_like=True):
    """A brand's alerts, written down."""

    first: int
    watched: dict[Kind, WatchedValue]
    silence: Silence
    dips: int
    standings: dict[Kind, Standing]


class BrandAlerts:
    """Drop, surge, silence and impairment of one brand.

    Args:
        brand: Its id.
        mentions: Its panes.
        first_seen: Earliest event time, microseconds.
    """

    def __init__(self, brand: str, mentions: BrandMentions, first_seen: int) -> None:
        self.brand = brand
        self.first = first_seen // HOUR + 1
        self.mentions = mentions
        self.watched = {kind: Watched(kind, self.first) for kind in STATISTICAL}
        self._silence = Silence.begin(self.first)
        self._lessons: dict[int, Lesson | None] = {}
        self._heard = Heard(mentions)
        self._dips = 0
        self.standings = {kind: Standing(kind, self.watched[kind].alert) for kind in STATISTICAL}
        for kind in _OTHERS:
            self.standings[kind] = Standing(kind, Alert(since=self.first))

    @property
    def hour(self) -> int:
        """The first hour that is not decided."""
        return self._silence.hour

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was scored or decided yet."""
        start = self.first + LEAST_WEEKS * WEEK
        return all(watched.scored_until == start for watched in self.watched.values())

    def score(self, until: int, maintenance: Maintenance) -> dict[Kind, list[tuple[range, Bins]]]:
        """Take in the complete hours before ``until``; see :meth:`Watched.score`."""
        if until <= self.first + LEAST_WEEKS * WEEK:
            return {}
        fits = self._fits(until)
        # One that was looked at until now hardly ever is.
        looked_at = any(watched.has_fit for watched in self.watched.values())
        asleep = not looked_at and self._is_asleep(fits, maintenance)
        if asleep:
            self._lessons.update(dict.fromkeys(fits))
            if all(watched.sleep(until) for watched in self.watched.values()):
                self._note(until)
                return {}
        start = min(watched.scored_until for watched in self.watched.values())
        if fits:
            start = min(start, fits[0] - MOST_WEEKS * WEEK)
        span = range(start - LONGEST_BLOCK + 1, until)
        hourly = self.mentions.hourly
        # All that is looked at below is looked at together.
        hourly.every(span)
        if not asleep:
            self._lessons.update({hour: learn(hourly, self.first, hour) for hour in fits})
        self._note(until)
        spoken = Spoken(self.mentions, self.first, touched_hours(maintenance), span)
        return {
            kind: watched.score(until, spoken.history(kind), self.first, asleep=asleep)
            for kind, watched in self.watched.items()
        }

    def _note(self, until: int) -> None:
        """Note who was heard in the hours before ``until``, if some source may be missed.

        Hours that are decided soon are there until then.
        """
        if until - self.hour > _SOON and not self._silence.can_rest(until, self._lessons):
            self._heard.note(range(self.hour, until))

    def _is_asleep(self, fits: range, maintenance: Maintenance) -> bool:
        """Tell quickly whether fits at some hours will find too few mentions; most brands' do."""
        if not fits:
            return True
        start = max(self.first, fits[0] - MOST_WEEKS * WEEK)
        if not self._all_count(start, maintenance):
            return False
        days = range(start // DAY_HOURS, (fits[-1] - 1) // DAY_HOURS + 1)
        return self.mentions.mentions_of(days) / (fits[0] - start) < LEAST_VOLUME

    def _all_count(self, start: int, maintenance: Maintenance) -> bool:
        """Tell whether every hour from one on is known and counts.

        Those that do not, or are gone, take nothing from the mean of the others.
        """
        brand = self.mentions
        if (brand.first_hour or start) > start or brand.carry.folded_until >= start // DAY_HOURS:
            return False
        return not lasts_into(maintenance, start)

    def decide(
        self, until: int, rhythms: Mapping[Kind, Rhythm], maintenance: Maintenance
    ) -> list[Transition]:
        """Decide the scored hours before ``until``."""
        start = self.hour
        if until <= start:
            return []
        if not lasts_into(maintenance, start):
            transitions = self._rest(range(start, until))
            if transitions is not None:
                return transitions
        hidden = touched_hours(maintenance)
        hourly = self.mentions.hourly
        quiets = self._silence.advance(until, hourly, self.first, self._lessons, self._heard)
        self._forget_lessons()
        self._heard.forget_before(until)
        down = {kind: each.hear(until, rhythms[kind]) for kind, each in self.watched.items()}
        together = down[Kind.INFLUENCE_DROP]
        transitions = self._decide_silence(range(start, until), quiets, hidden, together)
        transitions += self._decide_impairment(range(start, until), hidden)
        dark = {hour for hour, quiet in quiets.items() if quiet.dark} | together
        overrides = dict.fromkeys(dark, Sign.UNKNOWN) | dict.fromkeys(hidden, Sign.MUTED)
        # What is shown of the last hour; of others hardly ever.
        spoken = Spoken(self.mentions, self.first, hidden, range(until - WEEK, until))
        for kind, watched in self.watched.items():
            changes = watched.decide(until, overrides, spoken.history(kind))
            transitions.extend(self._transition(kind, change) for change in changes)
            standing = self.standings[kind]
            standing.hour = until
            standing.readings = _readings(watched)
        return transitions

    def _rest(self, hours: range) -> list[Transition] | None:
        """Decide hours of which nothing is known; None where something may be.

        What :meth:`decide` does, in a fraction of the time: most brands hardly speak.
        """
        if not self._can_rest(hours.stop) or impairment.booked(self.mentions, hours):
            return None
        return self._pass(hours)

    def _can_rest(self, until: int) -> bool:
        """Tell whether nothing is known of any hour before one; a booked impairment aside."""
        watched = self.watched.values()
        return all(each.can_rest for each in watched) and self._silence.can_rest(
            until, self._lessons
        )

    def _pass(self, hours: range) -> list[Transition]:
        """Decide hours of which nothing is known, and in which therefore nothing is amiss."""
        self._silence.rest(hours.stop)
        self._forget_lessons()
        for watched in self.watched.values():
            watched.rest(hours.stop)
        self._dips = 0
        transitions = []
        for kind, patience in _OTHERS.items():
            standing = self.standings[kind]
            alert, standing.readings = standing.alert, Readings()
            for standing.hour in run(alert, ends(hours), Sign.CLEAR, patience):
                transitions.append(Transition(self.brand, standing.frozen()))
        # The readings of all others are none since the hour from which on nothing is known.
        for standing in self.standings.values():
            standing.hour = hours.stop
        return transitions

    def rest_for(self, scored_until: int, maintenance: Maintenance) -> int:
        """Return how many more mentions leave the brand at rest, whenever they come.

        Negative where it is not at rest, or that is not known.
        """
        others = (self.standings[kind].alert for kind in _OTHERS)
        if not (all(stays(alert, Sign.CLEAR) for alert in others) and self._can_rest(scored_until)):
            return -1
        return self.rest_on_for(scored_until, self.hour, maintenance)

    def rest_on_for(self, scored_until: int, decided_until: int, maintenance: Maintenance) -> int:
        """Return the same of a brand at rest, which need not be scored and decided until then.

        Whatever weeks a fit is made of from ``scored_until`` on, the mentions in them are among
        those counted here; and so it is with the days that a booking depends on.
        """
        start = max(self.first, scored_until - MOST_WEEKS * WEEK)
        if not self._all_count(start, maintenance):
            return -1
        for_a_booking = impairment.out_of_reach_for(self.mentions, decided_until)
        if for_a_booking < 0:
            return -1
        enough = int((scored_until - start) * LEAST_VOLUME)
        for_a_fit = enough - 1 - self.mentions.mentions_since(start // DAY_HOURS)
        return min(for_a_fit, for_a_booking)

    def rest_until(self, scored: int, decided: int) -> None:
        """Score and decide hours in which the brand was at rest."""
        for fit in self._fits(scored):
            self._lessons[fit] = None
        for watched in self.watched.values():
            watched.sleep(scored)
        if self.hour < decided:
            self._pass(range(self.hour, decided))

    def _fits(self, until: int) -> range:
        """Return the hours before one at which a lesson is due."""
        begin = max(self._lessons, default=self._silence.next_fit - WEEK) + WEEK
        return range(begin, until, WEEK)

    def _forget_lessons(self) -> None:
        for hour in [hour for hour in self._lessons if hour < self._silence.next_fit]:
            del self._lessons[hour]

    def _transition(self, kind: Kind, change: Change) -> Transition:
        standing = self.standings[kind]
        gauge = change.gauge
        if change.alert.started_at == change.hour and gauge is not None:
            standing.evidence = evidence.of_gauge(gauge, kind, self.mentions, change.hour)
        readings = (
            Readings() if gauge is None else Readings(gauge.observed, gauge.expected, gauge.limit)
        )
        at_change = Standing(kind, change.alert, change.hour, readings, standing.evidence)
        return Transition(self.brand, at_change)

    def _decide_silence(
        self, hours: range, quiets: Mapping[int, Quiet], hidden: set[int], together: set[int]
    ) -> list[Transition]:
        standing = self.standings[Kind.SOURCE_SILENT]
        alert = standing.alert
        transitions = []
        # Each of them by itself, but for hidden ones.
        eventful = dict.fromkeys(hidden, _HIDDEN) | {hour: hour for hour in (*quiets, *together)}
        for _, alike in stretches(hours, eventful, None):
            hour = alike.start
            quiet = quiets.get(hour, Quiet())
            self._dips = self._dips + 1 if hour in together else 0
            dips = self._dips >= DIP_HOURS or (self._dips > 0 and alert.is_open)
            sign = Sign.MUTED if hour in hidden else _source_sign(quiet, dips)
            standing.readings = Readings()
            if quiet.silent:
                worst = max(quiet.silent, key=lambda each: each.expected)
                standing.readings = Readings(0.0, worst.expected, MISSED)
            for standing.hour in run(alert, ends(alike), sign, _SOURCE_PATIENCE):
                if alert.started_at == standing.hour:
                    standing.evidence = (
                        evidence.of_silence(quiet.silent, standing.hour)
                        if quiet.silent
                        else evidence.of_dip(self.mentions, standing.hour, self._dips)
                    )
                transitions.append(Transition(self.brand, standing.frozen()))
            standing.hour = alike.stop
        return transitions

    def _decide_impairment(self, hours: range, hidden: set[int]) -> list[Transition]:
        standing = self.standings[Kind.GOODWILL_IMPAIRMENT]
        alert = standing.alert
        booked = impairment.booked(self.mentions, hours)
        transitions = []
        said = {hour: (booked.get(hour), hour in hidden) for hour in (*booked, *hidden)}
        for (booking, is_hidden), alike in stretches(hours, said, (None, False)):
            sign = Sign.MUTED if is_hidden else impairment.sign(booking)
            standing.readings = impairment.readings(booking)
            for standing.hour in run(alert, ends(alike), sign, impairment.PATIENCE):
                if alert.started_at == standing.hour and booking is not None:
                    standing.evidence = impairment.evidence(booking)
                transitions.append(Transition(self.brand, standing.frozen()))
            standing.hour = alike.stop
        return transitions

    def value(self) -> BrandValue:
        """Return what must outlive this worker."""
        return BrandValue(
            self.first,
            {kind: watched.value() for kind, watched in self.watched.items()},
            self._silence,
            self._dips,
            self.standings,
        )

    @classmethod
    def of(cls, brand: str, mentions: BrandMentions, value: BrandValue) -> BrandAlerts:
        """Return the alerts that a value was written of."""
        alerts = cls(brand, mentions, 0)
        alerts.first = value.first
        alerts.watched = {kind: Watched.of(kind, each) for kind, each in value.watched.items()}
        alerts._silence = value.silence
        alerts._dips = value.dips
        alerts.standings = value.standings
        for kind, watched in alerts.watched.items():
            # One alert, seen from two sides.
            alerts.standings[kind].alert = watched.alert
        return alerts


def look_ahead(brands: Sequence[BrandAlerts], until: int) -> None:
    """Look at what :meth:`BrandAlerts.decide` is going to, together for many brands."""
    by_hour: dict[int, list[BrandMentions]] = {}
    for brand in brands:
        by_hour.setdefault(brand.hour, []).append(brand.mentions)
    for hour, mentions in by_hour.items():
        impairment.foresee(mentions, range(hour, until))


def _source_sign(quiet: Quiet, dips: bool) -> Sign:
    return Sign.HIGH if quiet.silent or dips else Sign.CLEAR


def _readings(watched: Watched) -> Readings:
    gauge = watched.gauge
    if gauge is None:
        return Readings()
    return Readings(gauge.observed, gauge.expected, gauge.limit)
