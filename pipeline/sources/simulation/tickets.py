"""The tickets of one brand, from opened to solved: replies, waiting, reopening, merging.

Where agents are few, tickets queue first in, first out. The queue is a fluid one: work comes in at
its mean rate, so that how long it takes to come to a new ticket is a function of the time alone.
Lindley's recursion gives the work that waits, ``B(t + 1) = max(0, B(t) + arrives - staff)``, hour
by hour; it looks back 26 weeks, before which nothing is taken to have waited.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import log
from random import Random
from typing import Any

import numpy as np

from pipeline.events.instants import DAY, HOUR, SECOND, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.record import SourceRecord
from pipeline.sources.simulation.occurrence import Job, Occurrence, record
from pipeline.sources.simulation.profile import BrandProfile, Support
from pipeline.sources.simulation.rhythm import Rhythm, instants

LONGEST = 14 * 86_400.0
"""No step of a simulated ticket takes longer, in seconds, what it waits for an agent aside."""
LOOK_BACK = 182
"""Days of which the work that waits is known."""

_SPREAD = 0.7
"""Standard deviation of the logarithm of a wait."""
_HANDLE_FROM, _HANDLE_TO = 0.6, 1.4
_HANDLE_FIRST = 1 / 3
"""Share of the work that the first reply takes."""
_HANDLE_AGAIN = 1 / 3
"""So much of it again where the ticket is reopened."""


class Tickets:
    """The tickets of one brand; those opened on any UTC day can be asked for."""

    def __init__(self, profile: BrandProfile, support: Support, seed: int) -> None:
        self._brand = profile.id
        self._support = support
        self._seed = f"{seed}/{profile.id}/tickets"
        self._rhythm = Rhythm(profile, seed)
        self._means = lru_cache(maxsize=2 * LOOK_BACK)(self._rhythm.tickets)

    def day(self, day: int) -> Iterator[Occurrence]:
        """Yield every event of the tickets opened on a day, ticket by ticket."""
        random = Random(f"{self._seed}/{day}")
        waits = self.waits(day)
        for number, at in enumerate(instants(random, day, self._means(day))):
            hour, within = divmod(at - day * DAY, HOUR)
            wait = waits[hour] + (waits[hour + 1] - waits[hour]) * within / HOUR
            yield from self.ticket(random, f"{self._brand}-{day}-t{number}", at, wait)

    def ticket(
        self, random: Random, name: str, opened: int, wait: float = 0.0, haste: float = 1.0
    ) -> Iterator[Occurrence]:
        """Yield the events of one ticket, in order; the truth comes with the first.

        Args:
            random: Drawn from.
            name: Id of the ticket; events add their number to it.
            opened: When it was opened, in microseconds.
            wait: Seconds until an agent is free.
            haste: All waits are divided by it.
        """
        story = _Story(self._brand, self._support, random, name, opened, haste)
        story.tell(wait)
        for number, (at, told) in enumerate(story.told):
            yield Occurrence(at, told, None if number else story.truth())

    def load(self, day: int) -> float:
        """Return the offered load of a day: agents busy in the mean, if there are enough."""
        return sum(self._means(day)) * mean_work(self._support) / 86_400

    def waits(self, day: int) -> list[float]:
        """Return how many seconds a new ticket waits for an agent, at each hour from 0 to 24."""
        staff = self._support.staff
        if staff is None:
            return [0.0] * 25
        days = range(day - LOOK_BACK, day + 1)
        hourly = np.array([self._means(each) for each in days]).ravel()
        surplus = np.cumsum(hourly * mean_work(self._support) - staff * 3_600.0)
        surplus = np.concatenate(([0.0], surplus))
        waiting = surplus - np.minimum.accumulate(surplus)
        return [float(work) / staff for work in waiting[-25:]]


class _Story:
    """What happens to one ticket, as events."""

    def __init__(
        self, brand: str, support: Support, random: Random, name: str, opened: int, haste: float
    ) -> None:
        self.told: list[tuple[int, SourceRecord]] = []
        self._brand = brand
        self._support = support
        self._random = random
        self._name = name
        self._opened = self._at = opened
        self._haste = haste
        self._work = 0.0
        self._reply: int | None = None
        self._solved: int | None = None

    def tell(self, wait: float) -> None:
        """Make up the story; it takes ``wait`` seconds until an agent is free."""
        random, support = self._random, self._support
        agent = f"agent{random.randrange(40)}"
        targets = {
            "sla_first_reply_seconds": support.target_reply_seconds,
            "sla_resolution_seconds": support.target_resolution_seconds,
        }
        promised = {name: target for name, target in targets.items() if target is not None}
        self._event("opened", actor="customer", customer=f"c{random.randrange(5_000)}", **promised)
        fate = random.random()
        if fate < support.merged:
            self._pass(support.reply_seconds)
            self._event("merged", merged_into=f"{self._name}-other")
            return
        # Events of one instant would have no order.
        if fate < support.merged + 0.15:
            self._at += SECOND
            self._event("replied", actor="bot")
        self._at += int(wait / self._haste * SECOND)
        self._pass(support.reply_seconds)
        work = support.handle_seconds * random.uniform(_HANDLE_FROM, _HANDLE_TO)
        self._event("replied", actor="agent", agent=agent, **self._works(work * _HANDLE_FIRST))
        self._reply = self._at
        if random.random() < 0.2:
            self._at += SECOND
            self._event("waiting", waiting_on="customer")
            self._pass(2 * support.reply_seconds)
            self._event("replied", actor="customer")
        self._pass(support.resolution_seconds)
        self._solve(work * (1 - _HANDLE_FIRST), agent)
        if random.random() < support.reopened:
            self._pass(support.resolution_seconds)
            self._event("reopened", actor="customer")
            self._pass(support.resolution_seconds)
            self._solve(work * _HANDLE_AGAIN, agent)
        elif random.random() < 0.2:
            self._pass(3_600)
            self._event("rated", csat=round(random.uniform(0.2, 1.0), 2))

    def truth(self) -> Job:
        """Return what it came to."""
        return Job(self._opened, self._work, self._since(self._reply), self._since(self._solved))

    def _since(self, at: int | None) -> float | None:
        return None if at is None else (at - self._opened) / SECOND

    def _solve(self, work: float, agent: str) -> None:
        self._solved = self._at
        self._event("solved", actor="agent", agent=agent, **self._works(work))

    def _works(self, work: float) -> dict[str, float]:
        """Book work, and return how an event says so."""
        seconds = round(work, 1)
        self._work += seconds
        return {"handle_seconds": seconds}

    def _pass(self, median: float) -> None:
        """Let a log-normal time pass."""
        scale = max(1.0, median / self._haste)
        seconds = min(self._random.lognormvariate(log(scale), _SPREAD), LONGEST)
        self._at += int(seconds * SECOND)

    def _event(self, kind: str, **more: Any) -> None:
        content = {
            "id": f"{self._name}-{len(self.told) + 1}",
            "ticket": self._name,
            "brand": self._brand,
            "occurred_at": to_rfc3339(self._at),
            "type": kind,
            **more,
        }
        self.told.append((self._at, record(Topic.TICKETS, content)))


def mean_work(support: Support) -> float:
    """Return the mean of all work on a ticket, in seconds; merged ones need none."""
    once = support.handle_seconds * (1 + support.reopened * _HANDLE_AGAIN)
    return (1 - support.merged) * once
