"""How much is said and asked, hour by hour: a function of the seed and the day.

The mean of an hour is the brand's own, times the shape of the day and the week, times the level of
the day, times what episodes do to it. The level is ``exp(s z - s²/2)``, so its mean is 1, with z a
stationary Gaussian AR(1) process, written as the weighted sum of the independent innovations of the
days before: no day needs the state of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import exp, floor, log, sqrt
from random import Random
from typing import NamedTuple

from pipeline.events.instants import DAY, HOUR
from pipeline.sources.simulation.profile import BrandProfile, Calendar

THURSDAY = 3
"""1970-01-01, day 0, was one; with Monday as 0."""

_SHAPE = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 12, 13, 12, 12, 12, 13, 14, 15, 16, 15, 12, 8, 4)
HOURS = tuple(hour / sum(_SHAPE) for hour in _SHAPE)
"""Share of each hour of the day (UTC)."""

WEEKDAYS = (1.0, 1.05, 1.05, 1.1, 1.1, 0.85, 0.85)
"""Relative activity from Monday to Sunday; the mean is 1."""

_FORGOTTEN = 1e-3
"""Innovations that weigh less than this are left out of a level."""


class Hourly(NamedTuple):
    """Mean numbers of mentions in each of the 24 hours of a day.

    ``complaints`` are those of detractors, ``outcries`` those that an episode brings from anyone.
    """

    praise: Sequence[float]
    complaints: Sequence[float]
    outcries: Sequence[float]
    remarks: Sequence[float]


class Rhythm:
    """The means of one brand."""

    def __init__(self, profile: BrandProfile, seed: int) -> None:
        self._profile = profile
        self._seed = f"{seed}/{profile.id}"
        terms = floor(log(_FORGOTTEN) / log(max(profile.persistence, _FORGOTTEN)))
        weights = [profile.persistence**age for age in range(terms + 1)]
        size = sqrt(sum(weight * weight for weight in weights))
        self._weights = [profile.shocks * weight / size for weight in weights]
        self._innovation = lru_cache(maxsize=4 * len(weights) + 1000)(self._draw_innovation)

    def _draw_innovation(self, day: int, what: str) -> float:
        return Random(f"{self._seed}/{what}/{day}").gauss(0.0, 1.0)

    def level(self, day: int, what: str = "mentions") -> float:
        """Return the level of a day: of mentions, or of tickets, which has shocks of its own."""
        if not self._profile.shocks:
            return 1.0
        shock = sum(
            weight * self._innovation(day - age, what) for age, weight in enumerate(self._weights)
        )
        return exp(shock - self._profile.shocks**2 / 2)

    def mentions(self, day: int) -> Hourly:
        """Return how much is said on a day in the mean."""
        profile = self._profile
        usual = profile.mentions * WEEKDAYS[weekday(day)] * self.level(day)
        praise = profile.advocates * usual
        complaints = profile.detractors * usual
        hours = [(share, *self._factors(24 * day + hour)) for hour, share in enumerate(HOURS)]
        return Hourly(
            [share * praise * pro for share, pro, _, _ in hours],
            [share * complaints * min(1.0, con) for share, _, con, _ in hours],
            [share * complaints * max(0.0, con - 1.0) for share, _, con, _ in hours],
            [share * (usual - praise - complaints) for share, _, _, _ in hours],
        )

    def tickets(self, day: int) -> list[float]:
        """Return the mean number of tickets opened in each hour of a day."""
        support = self._profile.support
        if support is None:
            return [0.0] * 24
        usual = support.tickets * WEEKDAYS[weekday(day)] * self.level(day, "tickets")
        return [share * usual * self._factors(24 * day + h)[2] for h, share in enumerate(HOURS)]

    def _factors(self, hour: int) -> tuple[float, float, float]:
        """Return what episodes do to advocacy, detraction and tickets in an hour since 1970."""
        advocacy = detraction = tickets = 1.0
        for episode in self._profile.episodes:
            if started(episode, episode.hour, episode.hours, hour) is not None:
                advocacy *= episode.advocacy
                detraction *= episode.detraction
                tickets *= episode.tickets
        return advocacy, detraction, tickets


def started(calendar: Calendar, at_hour: int, hours: int, hour: int) -> int | None:
    """Return the day on which what covers an hour began, None where nothing does.

    It begins at ``at_hour`` of the days of the calendar and lasts so many ``hours``.
    """
    day, since = divmod(hour - at_hour, 24)
    begun = calendar.days_since(day)
    return day - begun if 24 * begun + since < hours else None


def weekday(day: int) -> int:
    """Return the weekday of a UTC day since the epoch, Monday as 0."""
    return (day + THURSDAY) % 7


def instants(random: Random, day: int, means: Sequence[float]) -> Iterator[int]:
    """Yield the instants of a Poisson process with these means for the hours of a day."""
    for hour, mean in enumerate(means):
        if mean <= 0.0:
            continue
        at = random.expovariate(mean)
        while at < 1.0:
            # Whole milliseconds, as platforms have them.
            yield day * DAY + hour * HOUR + int(at * 3_600_000) * 1_000
            at += random.expovariate(mean)
