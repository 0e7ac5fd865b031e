"""A fleet under the eyes of the detectors: their own code, fed from arrays instead of panes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.alerting.baseline import Values
from pipeline.alerting.kinds import Kind
from pipeline.alerting.rhythm import Rhythm
from pipeline.alerting.watched import Change, Watched


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """One brand's hours; what lies before them is not known."""

    hourly: Values

    def __call__(self, hours: range) -> Values:
        """Return what hours brought."""
        values = np.full(len(hours), np.nan)
        start = max(0, hours.start)
        values[start - hours.start :] = self.hourly[start : hours.stop]
        return values

    def at_most(self, _: range) -> float:
        """Say nothing beforehand."""
        return math.inf


@dataclass(slots=True)
class Fleet:
    """All brands of a fleet, scored, with the rhythm that they make together."""

    hourly: Values
    rhythm: Rhythm
    brands: list[Watched]

    @classmethod
    def scored(cls, hourly: Values, kind: Kind) -> Fleet:
        """Score every hour of every brand."""
        rhythm = Rhythm()
        brands = []
        for row in hourly:
            brand = Watched(kind, 0)
            score(brand, row, row.size, rhythm)
            brands.append(brand)
        return cls(hourly, rhythm, brands)

    def decided(self) -> list[list[Change]]:
        """Decide every hour of every brand."""
        return [
            decide(brand, row, row.size, self.rhythm)
            for brand, row in zip(self.brands, self.hourly, strict=True)
        ]


def score(brand: Watched, hourly: Values, until: int, rhythm: Rhythm | None = None) -> None:
    """Score a brand's hours, and add them to a rhythm where one is given."""
    for hours, bins in brand.score(until, Given(hourly), 0):
        if rhythm is not None:
            for hour, number in zip(hours, bins.tolist(), strict=True):
                if number >= 0:
                    rhythm.add(hour, {number: 1})


def decide(brand: Watched, hourly: Values, until: int, rhythm: Rhythm) -> list[Change]:
    """Decide a brand's scored hours."""
    brand.hear(until, rhythm)
    return brand.decide(until, {}, Given(hourly))


def starts(changes: Sequence[Change]) -> list[int]:
    """Return the hours at which an alert began to fire."""
    return [each.hour for each in changes if each.alert.started_at == each.hour]
