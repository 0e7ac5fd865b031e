"""The feed of all brands of a scenario: a past and a present, in order of arrival.

Both are always the same for the same arguments; a day of the past is the same in any stretch that
holds it. Among good events there is what real feeds hold: events that arrive late, repeats, bots,
paid and owned posts, mentions with nothing to score, and text only.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from pipeline.events.instants import DAY, SECOND
from pipeline.sources.record import SourceRecord
from pipeline.sources.simulation.mentions import Mentions
from pipeline.sources.simulation.occurrence import Occurrence
from pipeline.sources.simulation.plans import plans
from pipeline.sources.simulation.profile import BrandProfile, Scenario
from pipeline.sources.simulation.tickets import Tickets
from pipeline.sources.simulation.witness import Witness

WEEK = 7 * DAY
LIVE_TICKETS = 0.15
"""Share of the live events that open a ticket, of a brand that has any."""
LIVE_RESOLUTION = 60.0
"""Seconds that a ticket takes in the median where it is watched."""


class Arrival(NamedTuple):
    """An event and when it arrives (microseconds); it may have occurred earlier.

    A tuple because a heap compares them by the million; numbers differ, so records never are.
    """

    at: int
    number: int
    record: SourceRecord


def history(
    scenario: Scenario, seed: int, weeks: int, until: int, witness: Witness | None = None
) -> Iterator[Arrival]:
    """Yield all that begins in the ``weeks`` before ``until`` (microseconds), in order of arrival.

    It begins at the midnight before; what would arrive at ``until`` or later is cut off. The
    ``witness`` is told what truly occurred before ``until``, whether or not it had arrived.
    """
    start = (until - weeks * WEEK) // DAY
    waiting: list[Arrival] = []
    number = 0
    brands = [_Brand(profile, seed) for profile in scenario.brands]
    for day in range(start, -(-until // DAY)):
        for brand in brands:
            for occurrence in brand.day(day):
                if witness is not None and occurrence.truth is not None:
                    witness.see(brand.profile.id, occurrence.truth)
                if occurrence.arrives < until:
                    arrival = Arrival(occurrence.arrives, number, occurrence.record)
                    heapq.heappush(waiting, arrival)
                    number += 1
            if witness is not None:
                witness.close(brand.profile.id, day)
        # Nothing of a later day can arrive before that day begins.
        while waiting and waiting[0].at < (day + 1) * DAY:
            yield heapq.heappop(waiting)
    while waiting:
        yield heapq.heappop(waiting)


def live(scenario: Scenario, seed: int, start: int, rate: float = 5.0) -> Iterator[Arrival]:
    """Yield arrivals from ``start`` (microseconds) on without end, ``rate`` a second on average.

    Tickets live fast here, seconds instead of hours, so that a watcher sees them come and go.
    """
    random = Random(f"{seed}/live/{start}")
    brands = [_Brand(profile, seed) for profile in scenario.brands]
    shares = [brand.profile.mentions for brand in brands]
    waiting: list[Arrival] = []
    at, number = start, 0
    while True:
        at += int(random.expovariate(rate) * SECOND)
        while waiting and waiting[0].at <= at:
            yield heapq.heappop(waiting)
        brand = random.choices(brands, shares)[0]
        name = f"{brand.profile.id}-live-{start}-{number}"
        for occurrence in brand.live(random, name, at):
            number += 1
            heapq.heappush(waiting, Arrival(occurrence.arrives, number, occurrence.record))


class _Brand:
    """One brand's events."""

    def __init__(self, profile: BrandProfile, seed: int) -> None:
        self.profile = profile
        self._seed = seed
        self._mentions = Mentions(profile, seed)
        self._tickets = Tickets(profile, profile.support, seed) if profile.support else None

    def day(self, day: int) -> Iterator[Occurrence]:
        """Yield everything that begins on a UTC day, in no order."""
        yield from plans(self.profile, self._seed, day)
        yield from self._mentions.day(day)
        if self._tickets is not None:
            yield from self._tickets.day(day)

    def live(self, random: Random, name: str, at: int) -> Iterator[Occurrence]:
        """Yield a mention, or a ticket with all that becomes of it."""
        support = self.profile.support
        if self._tickets is not None and support and random.random() < LIVE_TICKETS:
            haste = support.resolution_seconds / LIVE_RESOLUTION
            yield from self._tickets.ticket(random, name, at, haste=haste)
        else:
            yield self._mentions.some(random, name, at)
