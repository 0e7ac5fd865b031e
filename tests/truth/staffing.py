"""Staffing: do the required agents answer as many tickets in time as they are required for?

The need is found without Erlang's formula, by letting agents work through a long queue: tickets
come at random, take an exponential time of work, and whoever is free takes the oldest.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from math import ceil

import numpy as np

from pipeline.events.instants import DAY, SECOND
from pipeline.metrics.offered_load import OfferedLoad, offered_load
from pipeline.metrics.staffing import required_agents
from pipeline.sources.simulation.rhythm import HOURS
from tests.truth.findings import Finding, Numbers, Place
from tests.truth.processes import generator

METRIC = "Required agents"
T = 20_500 * DAY
DAYS = 28
WITHIN = 3_600.0
SERVED = 0.80
OCCUPIED = 0.85

LOADS = ((0.486, 3_500.0), (2.0, 1_200.0), (5.0, 3_600.0), (10.0, 14_400.0), (25.0, 34_000.0))
"""Offered load in agents, mean handle time in seconds."""
LONG_RUN = 2_000_000


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield how near the need of steady loads is met, and how loads with a daily peak fare."""
    for load, handle in LOADS:
        need = _need(load, handle, LONG_RUN if len(seeds) >= 1000 else LONG_RUN // 10)
        place = Place(METRIC, f"{load:g} agents busy, {handle:,.0f} s a ticket: {need} needed")
        near, served = [], []
        for seed in seeds:
            opened, work = _month(generator(seed, load, handle), load, handle)
            agents = required_agents(*_measured(opened, work))
            near.append(abs(agents - need) <= max(1.0, 0.1 * need))
            served.append(_served(opened, work, agents))
        yield place.share("within one agent or a tenth", near, 0.95)
        yield place.mean("answered within 60 min", served, SERVED)
    yield from _by_hour(seeds)


def _by_hour(seeds: Sequence[int]) -> Iterator[Finding]:
    """Tickets come as people are awake."""
    load, handle = 8.0, 1_800.0
    place = Place(METRIC, f"{load:g} agents busy, {handle:,.0f} s a ticket, by the hour of day")
    steady, peak = [], []
    for seed in seeds:
        opened, work = _month(generator(seed, "by hour"), load, handle, HOURS)
        measured = _loads(opened, work)
        assert measured.agents is not None
        assert measured.peak_agents is not None
        assert measured.mean_handle is not None
        enough = required_agents(measured.agents, measured.mean_handle)
        steady.append(_served(opened, work, enough))
        enough = required_agents(measured.peak_agents, measured.mean_handle)
        peak.append(_served(opened, work, enough))
    yield place.mean("answered within 60 min", steady)
    yield place.mean("by those required at the peak", peak, SERVED)


def _month(
    rng: np.random.Generator, load: float, handle: float, hours: Sequence[float] = (1 / 24,) * 24
) -> tuple[Numbers, Numbers]:
    """Return when tickets of 28 days are opened, in seconds from their start, and their work."""
    means = np.tile(np.array(hours) * load * 86_400 / handle, DAYS)
    counts = rng.poisson(means)
    hour = np.repeat(np.arange(counts.size), counts)
    opened = np.sort((hour + rng.random(hour.size)) * 3_600)
    return opened, rng.exponential(handle, opened.size)


def _loads(opened: Numbers, work: Numbers) -> OfferedLoad:
    start = T - DAYS * DAY
    at = start + (opened * SECOND).astype(np.int64)
    return offered_load(at, (work * SECOND).astype(np.int64), start, T)


def _measured(opened: Numbers, work: Numbers) -> tuple[float, float]:
    measured = _loads(opened, work)
    return measured.agents or 0.0, measured.mean_handle or 0.0


def _served(opened: Numbers, work: Numbers, agents: int) -> float:
    """Return the share of tickets that one of so many agents begins within 60 minutes."""
    free = [0.0] * agents
    served = 0
    for at, takes in zip(opened.tolist(), work.tolist(), strict=True):
        begins = max(at, free[0])
        heapq.heapreplace(free, begins + takes)
        served += begins - at <= WITHIN
    return served / opened.size


def _need(load: float, handle: float, tickets: int) -> int:
    """Return the least number of agents that serve enough in a long run, and are not too busy."""
    rng = generator(0, load, handle, "need")
    opened = rng.exponential(handle / load, tickets).cumsum()
    work = rng.exponential(handle, tickets)
    agents = ceil(load / OCCUPIED)
    while _served(opened, work, agents) < SERVED:
        agents += 1
    return agents
