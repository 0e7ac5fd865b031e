"""One statistical alert of one brand: fits week by week, residuals, decisions, transitions.

Two steps, because the rhythm of all brands lies between them: :meth:`Watched.score` takes in
complete hours and says how unusual they are, :meth:`Watched.decide` takes what all brands said and
goes on to the alert. Both may cover an hour or a year at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import WEEK, Values
from pipeline.alerting.calibration import BARS
from pipeline.alerting.detector import Remembered, Series, Stretch, signs
from pipeline.alerting.fit import (
    LEAST_VOLUME,
    LEAST_WEEKS,
    LONGEST_BLOCK,
    MOST_WEEKS,
    Fit,
    fit,
)
from pipeline.alerting.gauge import Gauge, gauge_of
from pipeline.alerting.hours import History, ends, stretches
from pipeline.alerting.kinds import Kind
from pipeline.alerting.machine import Alert, Patience, Sign, pass_quietly, run, stays
from pipeline.alerting.residuals import DROP, SURGE
from pipeline.alerting.rhythm import Bins, Rhythm
from pipeline.alerting.rhythm_scan import shared
from pipeline.alerting.score_scan import is_any_high, residuals_and_bins

SIDES = {Kind.INFLUENCE_DROP: DROP, Kind.DETRACTION_SURGE: SURGE}
PATIENCE = Patience()


class WatchedValue(msgspec.Struct, array_like=True):
    """A watched series, written down as of ``hour``, the first that is not decided."""

    hour: int
    next_fit: int
    fit: Fit | None
    memory: Remembered | None
    alert: Alert


@dataclass(slots=True)
class _Scored:
    """Hours with their residuals, all under one fit; without one they have none.

    ``excuse`` is what all brands share of them, of the first so many that this is known of.
    """

    hours: range
    fit: Fit | None
    residuals: Values
    bins: Bins
    excuse: Values

    def split(self, hour: int) -> tuple[_Scored, _Scored]:
        """Return the hours before one, and those from it on."""
        count = hour - self.hours.start
        return self._some(slice(count)), self._some(slice(count, None))

    def _some(self, some: slice) -> _Scored:
        return _Scored(
            self.hours[some], self.fit, self.residuals[some], self.bins[some], self.excuse[some]
        )


_NO_VALUES: Values = np.empty(0)
_NO_BINS: Bins = np.empty(0, np.int64)


def _unknown(hours: range) -> _Scored:
    """Return hours of which nothing can be told."""
    return _Scored(hours, None, _NO_VALUES, _NO_BINS, _NO_VALUES)


@dataclass(frozen=True, slots=True)
class Change:
    """The alert changed its state at ``hour``, the evaluation time in hours since the epoch."""

    hour: int
    alert: Alert
    gauge: Gauge | None


class Watched:
    """A statistical alert of one brand.

    Args:
        kind: What it is about.
        first: First hour that is known whole.
    """

    def __init__(self, kind: Kind, first: int) -> None:
        self.kind = kind
        self.side = SIDES[kind]
        self.alert = Alert(since=first)
        # The first hour that is not decided, and the first that is not scored.
        self.hour = self.scored_until = first + LEAST_WEEKS * WEEK
        self.gauge: Gauge | None = None
        # The stretch with the latest hour, which one of it that is, the hour itself, and the bar.
        self._latest: tuple[Stretch, int, int, float] | None = None
        # It is fitted at this hour of the week, of the weeks since the epoch.
        self._turn = self.hour % WEEK
        self._fit: Fit | None = None
        self._series: Series | None = None
        self._scored: list[_Scored] = []
        # The fit that is scored with, and the hour from which on another one has to be.
        self._scoring: tuple[Fit | None, int] = (None, self.hour)

    def score(
        self, until: int, history: History, first: int, *, asleep: bool = False
    ) -> list[tuple[range, Bins]]:
        """Take in the complete hours before ``until``; returns the bins that they fall into.

        Hours of which nothing can be told fall into none.

        Args:
            until: First hour that is not taken in.
            history: What the series brought.
            first: First hour that is known whole.
            asleep: It is known that no fit before ``until`` would find enough to look at.
        """
        told = []
        while self.scored_until < until:
            hour = self.scored_until
            current, again = self._scoring
            if hour >= again:
                current = None if asleep else self._fitted(hour, history, first)
                again = hour + WEEK
            self._scoring = (current, again)
            if asleep and self.sleep(until):
                break
            hours = range(hour, min(until, again))
            if current is None:
                self._pass_over(hours.stop)
                continue
            before = current.look.block - 1
            hourly = history(range(hours.start - before, hours.stop))
            residuals, bins = residuals_and_bins(current, hourly, hours)
            told.append((hours, bins))
            self._scored.append(_Scored(hours, current, residuals, bins, _NO_VALUES))
            self.scored_until = hours.stop
        return told

    def sleep(self, until: int) -> bool:
        """Score the hours before ``until``, which are known to find no fit, if none is in force.

        Tells whether none was.
        """
        if self._scoring[0] is not None:
            return False
        if self.scored_until < until:
            self._scoring = (None, self._fits_at(until))
            self._pass_over(until)
        return True

    def _pass_over(self, until: int) -> None:
        """Score the hours before ``until``, of which nothing can be told."""
        start = self.scored_until
        if self._scored and self._scored[-1].fit is None:
            start = self._scored.pop().hours.start
        self._scored.append(_unknown(range(start, until)))
        self.scored_until = until

    def _fitted(self, hour: int, history: History, first: int) -> Fit | None:
        """Return the fit for the week that begins at an hour; None without enough to look at."""
        weeks = min(MOST_WEEKS, (hour - first) // WEEK)
        span = range(hour - weeks * WEEK - LONGEST_BLOCK + 1, hour)
        enough = history.at_most(span[LONGEST_BLOCK - 1 :]) >= LEAST_VOLUME
        return fit(history(span), hour, self.side) if enough else None

    def _fits_at(self, hour: int) -> int:
        """Return the first hour from one on at which a fit is due."""
        return hour + (self._turn - hour) % WEEK

    def hear(self, until: int, rhythm: Rhythm) -> set[int]:
        """Take in what all brands said in the scored hours before ``until``.

        Returns those at which all went down together.
        """
        together: set[int] = set()
        for scored in self._scored:
            if scored.fit is None:
                continue
            hours = range(scored.hours.start, min(until, scored.hours.stop))
            if hours:
                crowd, bins = rhythm.crowd(hours), scored.bins[: len(hours)]
                scored.excuse, flags = shared(crowd, bins, self.side)
                # Not any(), which takes as long as all else here.
                [at] = flags.nonzero()
                if at.size:
                    together.update((at + hours.start).tolist())
        return together

    def decide(self, until: int, overrides: Mapping[int, Sign], history: History) -> list[Change]:
        """Decide the scored hours before ``until``, once it was heard what all brands said.

        Args:
            until: First hour that is not decided; what is not scored yet is left.
            overrides: Hours at whose end nothing can be known, or that are muted, and which.
            history: As for :meth:`score`.
        """
        changes: list[Change] = []
        while self._scored and self._scored[0].hours.start < until:
            scored = self._scored.pop(0)
            if scored.hours.stop > until:
                scored, left = scored.split(until)
                self._scored.insert(0, left)
            series = self._adopt(scored)
            if series is None:
                self._know_nothing(scored.hours, overrides, changes)
            else:
                self._decide(series, scored, overrides, history, changes)
            self.hour = scored.hours.stop
        if self._latest is not None and self._series is not None:
            self.gauge = gauge_of(self._series, *self._latest, history)
            self._latest = None
        return changes

    @property
    def has_fit(self) -> bool:
        """Whether hours are scored with a fit by now."""
        return self._scoring[0] is not None

    @property
    def can_rest(self) -> bool:
        """Whether nothing is known now, nor of any hour that is scored."""
        if self._fit is not None or not stays(self.alert, Sign.UNKNOWN):
            return False
        return self._scoring[0] is None and all(scored.fit is None for scored in self._scored)

    def rest(self, until: int) -> None:
        """Decide the scored hours before ``until``, of which nothing is known, as none was."""
        left = [scored.hours for scored in self._scored if scored.hours.stop > until]
        self._scored = [_unknown(range(max(until, hours.start), hours.stop)) for hours in left]
        self.hour = until

    def _know_nothing(
        self, hours: range, overrides: Mapping[int, Sign], changes: list[Change]
    ) -> None:
        self.gauge = self._latest = None
        for sign, alike in stretches(hours, overrides, Sign.UNKNOWN):
            changes.extend(
                Change(end, msgspec.structs.replace(self.alert), None)
                for end in run(self.alert, ends(alike), sign, PATIENCE)
            )

    def _adopt(self, scored: _Scored) -> Series | None:
        """Go over to the fit under which hours were scored."""
        if scored.fit is not self._fit:
            self._fit = scored.fit
            if scored.fit is None:
                self._series = None
            elif self._series is None:
                self._series = Series(scored.fit, self.side)
            else:
                self._series.refit(scored.fit)
        return self._series

    def _decide(
        self,
        series: Series,
        scored: _Scored,
        overrides: Mapping[int, Sign],
        history: History,
        changes: list[Change],
    ) -> None:
        hours, residuals, excuse = scored.hours, scored.residuals, scored.excuse
        silenced = [hour - hours.start for hour in overrides if hour in hours]
        if silenced:
            residuals = residuals.copy()
            residuals[silenced] = np.nan
        bar = BARS[self.kind][series.fit.resolution]
        done = 0
        while done < len(hours):
            before = series.memory
            stretch = series.advance(residuals[done:], excuse[done:])
            if (
                not done
                and not silenced
                and not is_any_high(stretch, residuals, bar)
                and pass_quietly(self.alert, len(hours))
            ):
                self._latest = (stretch, len(hours) - 1, hours[-1], bar)
                return
            said = signs(stretch, bar)
            for n in np.flatnonzero(~np.isfinite(residuals[done:])).tolist():
                said[n] = overrides.get(hours[done + n], Sign.BETWEEN)
            resolved = None
            for end in _run(self.alert, hours.start + done, said):
                at = end - 1 - hours.start
                gauge = gauge_of(series, stretch, at - done, hours[at], bar, history)
                changes.append(Change(end, msgspec.structs.replace(self.alert), gauge))
                if self.alert.resolved_at == end:
                    resolved = at
                    break
            last = len(hours) - 1 if resolved is None else resolved
            self._latest = (stretch, last - done, hours[last], bar)
            if resolved is not None:
                # Its bad hours are accounted for: another alert needs new ones.
                series.memory = before
                series.advance(residuals[done : last + 1], excuse[done : last + 1])
                series.calm()
            done = last + 1

    def value(self) -> WatchedValue:
        """Return what must outlive this worker, as of the last decision."""
        memory = None if self._series is None else self._series.remember()
        return WatchedValue(self.hour, self._fits_at(self.hour), self._fit, memory, self.alert)

    @classmethod
    def of(cls, kind: Kind, value: WatchedValue) -> Watched:
        """Return the alert that a value was written of."""
        watched = cls(kind, 0)
        watched.alert = value.alert
        watched.hour = watched.scored_until = value.hour
        watched._turn = value.next_fit % WEEK
        watched._fit = value.fit
        watched._scoring = (value.fit, value.next_fit)
        if value.fit is not None and value.memory is not None:
            watched._series = Series.recall(value.fit, watched.side, value.memory)
        return watched


def _run(alert: Alert, hour: int, signs: NDArray[np.int64]) -> Iterator[int]:
    """Take the signs of an hour and those after it; yields evaluation times as :func:`run` does."""
    turns = np.flatnonzero(signs[1:] != signs[:-1]) + 1
    start = 0
    for stop in (*turns.tolist(), len(signs)):
        alike = range(hour + start, hour + stop)
        yield from run(alert, ends(alike), Sign(signs[start]), PATIENCE)
        start = stop
