"""Measures: how often it fires for nothing, how often and how soon it fires for something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline.alerting.baseline import WEEK, Values
from pipeline.alerting.kinds import Kind
from pipeline.alerting.watched import Watched
from tests.detection.fleets import DAY, thinned
from tests.detection.watching import Fleet, Given, decide, score, starts

MONTH = 30.0
QUIET = 6
"""Hours without the rule's condition after which it would fire anew, as with our alerts."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Events in so many brand-days, with the exact 90 % interval of their Poisson mean."""

    events: int
    days: float

    def a_month(self) -> tuple[float, float, float]:
        """Return events a brand-month: estimate, low, high."""
        low = float(stats.chi2.ppf(0.05, 2 * self.events)) / 2 if self.events else 0.0
        high = float(stats.chi2.ppf(0.95, 2 * self.events + 2)) / 2
        return tuple(MONTH * each / self.days for each in (self.events, low, high))  # type: ignore[return-value]  # three of them

    def mean_days(self) -> float:
        """Return the mean time between events, in brand-days."""
        return self.days / self.events if self.events else float("inf")

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.events + other.events, self.days)


@dataclass(frozen=True, slots=True)
class Found:
    """How many of some drops were found, and the delays of those in hours."""

    drops: int
    delays: Sequence[int]

    def share(self) -> tuple[float, float, float]:
        """Return the share found, with its 90 % interval (Clopper and Pearson 1934)."""
        interval = stats.binomtest(len(self.delays), self.drops).proportion_ci(0.9)
        return len(self.delays) / self.drops, float(interval.low), float(interval.high)

    def delay(self) -> float:
        """Return the median delay in hours."""
        return float(np.median(self.delays)) if self.delays else float("nan")

    def __add__(self, other: Found) -> Found:
        return Found(self.drops + other.drops, [*self.delays, *other.delays])


def false_alarms(hourly: Values, kind: Kind) -> Rate:
    """Return how often a kind fires on brands that nothing happens to."""
    fleet = Fleet.scored(hourly, kind)
    events = sum(len(starts(changes)) for changes in fleet.decided())
    days = hourly.shape[0] * (hourly.shape[1] - 4 * WEEK) / DAY
    return Rate(events, days)


def false_alarms_by_weeks(hourly: Values, kind: Kind) -> list[Rate]:
    """Return how often a kind fires for nothing, by whole weeks of history, from none on."""
    events = np.zeros(hourly.shape[1] // WEEK, np.int64)
    for changes in Fleet.scored(hourly, kind).decided():
        np.add.at(events, [(hour - 1) // WEEK for hour in starts(changes)], 1)
    return [Rate(count, hourly.shape[0] * WEEK / DAY) for count in events.tolist()]


def drops_found(
    hourly: Values,
    depth: float,
    hours: int,
    random: np.random.Generator,
    *,
    onsets: Sequence[int] | None = None,
    whole: bool = True,
) -> Found:
    """Return how many drops are found, a brand each, or one a brand and onset given.

    A drop is found if the alert begins to fire while it lasts.

    Args:
        hourly: A quiet fleet.
        depth: Share of the words that go missing.
        hours: For how long.
        random: Chooses onsets and words.
        onsets: When it begins; None: somewhere in the last weeks.
        whole: Whether words are dropped one by one; else the counts are scaled.
    """
    rhythm = Fleet.scored(hourly, Kind.INFLUENCE_DROP).rhythm
    found = Found(0, [])
    said = [bins(row) for row in hourly]
    for number, changed, lasting in _drops(hourly, depth, hours, random, onsets, whole=whole):
        before, now = said[number], bins(changed[: lasting.stop])
        # What all brands say is what they say with this one's drop in it.
        for hour in lasting:
            rhythm.add(hour, {before[hour]: -1})
            rhythm.add(hour, {now[hour]: 1})
        brand = Watched(Kind.INFLUENCE_DROP, 0)
        score(brand, changed, lasting.stop)
        fired = starts(decide(brand, changed, lasting.stop, rhythm))
        for hour in lasting:
            rhythm.add(hour, {now[hour]: -1})
            rhythm.add(hour, {before[hour]: 1})
        delays = [hour - lasting.start for hour in fired if hour > lasting.start]
        found += Found(1, delays[:1])
    return found


def _drops(
    hourly: Values,
    depth: float,
    hours: int,
    random: np.random.Generator,
    onsets: Sequence[int] | None,
    *,
    whole: bool,
) -> Iterator[tuple[int, Values, range]]:
    """Yield a brand's number, its hours with a drop in them, and while which that lasts."""
    for number, row in enumerate(hourly):
        for onset in onsets or [int(random.integers(9 * WEEK, row.size - hours))]:
            changed = row.copy()
            span = slice(onset, onset + hours)
            changed[span] = thinned(row[span], depth, random) if whole else row[span] * (1 - depth)
            yield number, changed, range(onset, onset + hours)


def bins(hourly: Values) -> dict[int, int]:
    """Return the bin of the rhythm that each hour of a brand falls into."""
    told = Watched(Kind.INFLUENCE_DROP, 0).score(hourly.size, Given(hourly), 0)
    return {hour: n for hours, those in told for hour, n in zip(hours, those.tolist(), strict=True)}


# -- what an operations team would write first


def rule(hourly: Values) -> NDArray[np.bool_]:
    """``avg_over_time(x[6h]) < 0.5 * avg_over_time(x[6h] offset 1w)``, an entry an hour."""
    sums = np.convolve(hourly, np.ones(6))[: hourly.size]
    fires = np.zeros(hourly.size, np.bool_)
    fires[WEEK + 6 :] = sums[WEEK + 6 :] < 0.5 * sums[6:-WEEK]
    return fires


def rule_starts(hourly: Values) -> list[int]:
    """Return the hours at whose end the rule begins to fire."""
    begun = []
    quiet = QUIET
    for hour, fires in enumerate(rule(hourly).tolist()):
        if fires and quiet >= QUIET:
            begun.append(hour + 1)
        quiet = 0 if fires else quiet + 1
    return begun


def rule_false_alarms(hourly: Values) -> Rate:
    """Return how often the rule fires on brands that nothing happens to."""
    events = sum(1 for row in hourly for hour in rule_starts(row) if hour > 4 * WEEK)
    return Rate(events, hourly.shape[0] * (hourly.shape[1] - 4 * WEEK) / DAY)


def rule_found(
    hourly: Values,
    depth: float,
    hours: int,
    random: np.random.Generator,
    *,
    onsets: Sequence[int] | None = None,
    whole: bool = True,
) -> Found:
    """Return how many drops the rule finds; see :func:`drops_found`."""
    found = Found(0, [])
    for _, changed, lasting in _drops(hourly, depth, hours, random, onsets, whole=whole):
        delays = [h - lasting.start for h in rule_starts(changed) if h - 1 in lasting]
        found += Found(1, delays[:1])
    return found
