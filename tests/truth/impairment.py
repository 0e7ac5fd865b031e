"""Impairment: is nothing booked while nothing changes, and a fall of the share booked once?

Praise and complaints have shocks of their own, so that the share moves even where nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.state.days import Days
from pipeline.state.impairment import START, Booking, follow
from tests.truth.findings import Finding, Place
from tests.truth.processes import PROCESSES, WEEK, Process, generator, spoken

METRIC = "Impairment of goodwill"
FIRST = 20_000
YEAR = 365
BEFORE = 28 + 26 * 7
"""Days that a brand has been known for when its year begins."""
POLAR = 0.7
"""Share of mentions that are for or against."""
FELL_TO = 0.5 / 0.85
"""What is left of the share after a fall."""
AFTER = 120
"""Days after a fall in which its booking is looked for; what comes later is not about it."""


@dataclass(frozen=True)
class Kind:
    """How much a brand is spoken of a day, its share of advocacy, and how days differ."""

    mentions: float
    share: float
    process: Process

    def days(self, rng: np.random.Generator, count: int, falls: int) -> Days:
        """Return days of which the share falls from day number ``falls`` on."""
        week = WEEK[np.arange(FIRST, FIRST + count) % 7] * self.mentions
        share = np.where(np.arange(count) < falls, self.share, self.share * FELL_TO)
        praise, complaints = (self.process.levels(rng, count) for _ in range(2))
        advocacy, people_for = spoken(rng, POLAR * share * week * praise)
        detraction, people_against = spoken(rng, POLAR * (1 - share) * week * complaints)
        others = rng.poisson((1 - POLAR) * week)
        return Days(FIRST, advocacy, detraction, people_for + people_against + others)


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield how often a quiet year has a booking, and how often a fall is booked just once.

    The definition promises it for a share of .85. No limit is set to smaller shares, whose noise is
    larger against a fifth of them.
    """
    for share, mentions in ((0.85, 40.0), (0.85, 5.0), (0.7, 40.0), (0.7, 5.0), (0.55, 5.0)):
        for process in (PROCESSES[0], PROCESSES[3]):
            kind = Kind(mentions, share, process)
            promised = share == 0.85
            place = Place(METRIC, f"{process.name}; share {share:g}, {mentions:g} mentions a day")
            quiet = [len(_booked(seed, kind, BEFORE + YEAR, falls=False)) for seed in seeds]
            fallen = [_booked(seed, kind, BEFORE + AFTER, falls=True) for seed in seeds]
            yield place.share(
                "quiet years with a booking",
                [count > 0 for count in quiet],
                high=0.0 if promised else np.inf,
            )
            yield place.share(
                "falls booked once",
                [len(booked) == 1 for booked in fallen],
                1.0 if promised else -np.inf,
            )
            # The share of 28 days is a fifth lower after 14, and has to stay so for 14.
            after = [booked[0].day - FIRST - BEFORE for booked in fallen if booked]
            limits = (23.0, 31.0) if promised else (-np.inf, np.inf)
            yield place.mean("days until it is", after, *limits)


def _booked(seed: int, kind: Kind, count: int, *, falls: bool) -> tuple[Booking, ...]:
    rng = generator(seed, kind, count)
    days = kind.days(rng, count, BEFORE if falls else count)
    return follow(days, FIRST, days.end, START, _worth)[0]


def _worth(_day: int, _booked: Sequence[Booking]) -> float:
    """Return what there is to be impaired."""
    return 1000.0
