"""Whole replays: the simulator's scenarios through decoding, admission, state and snapshot.

Each metric is proven on a thousand worlds of its own; here a few dozen whole feeds, with late
events, repeats, texts, ratings, bots and paid posts, are held against the truth that the simulator
wrote down.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.instants import DAY
from pipeline.replay import Line, replay
from pipeline.settings import Settings
from pipeline.sinks.publication import Publication
from pipeline.sources.simulation.feed import history
from pipeline.sources.simulation.profile import Calendar
from pipeline.sources.simulation.scenario import scenario
from pipeline.sources.simulation.truth import TrueBrand
from pipeline.sources.simulation.witness import Witness
from pipeline.wiring import admission_of
from tests.truth.findings import Finding, Place

METRIC = "Whole replays of simulated feeds"
MOST = 20
"""Feeds a scenario, at most."""
LATEST = 20_500


class World(NamedTuple):
    """What is published of each brand, and what is true of it."""

    published: dict[str, Publication]
    true: dict[str, TrueBrand]


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield what each scenario is there to show."""
    for proof in (_clean, _demo, _launch, _campaign, _decline, _quiet):
        yield from proof(seeds[:MOST])


def _clean(seeds: Sequence[int]) -> Iterator[Finding]:
    place = Place(METRIC, "clean")
    errors = []
    for world in _worlds("clean", seeds, LATEST, weeks=26):
        for day in world.true["clean"].days:
            line = json.loads(world.published["clean"].ledger[day.day])
            errors.append(abs(line["closing"] - 1e6 * day.goodwill_net) <= 2)
    yield place.share("days with the true goodwill", errors, 1.0)


def _demo(seeds: Sequence[int]) -> Iterator[Finding]:
    # Work is booked when it is reported: that on tickets which are still open is yet to come.
    place = Place(METRIC, "demo")
    needs, loads = [], []
    for world in _worlds("demo", seeds, LATEST, weeks=8):
        agents = {b: int(p.fields["required_agents"]) for b, p in world.published.items()}
        needs.append(
            agents["monolith"] >= 24 and agents["lantern"] == 2 and agents["evergreen"] == 0
        )
        days = [day.support for day in world.true["monolith"].days[-28:]]
        true = fmean(day.offered_load_agents for day in days if day)
        loads.append(float(world.published["monolith"].fields["offered_load_agents"]) / true - 1)
    yield place.share("need dozens, two and nobody in support", needs, 1.0)
    yield place.mean("error of offered load", loads, -0.15, 0.05)


def _launch(seeds: Sequence[int]) -> Iterator[Finding]:
    place = Place(METRIC, "launch")
    day = _latest(scenario("launch").brands[0].launches[0]) + 6
    ardent: list[float] = []
    hyped: list[float] = []
    for world in _worlds("launch", seeds, day, weeks=26):
        for brand, errors in (("ardent", ardent), ("hyped", hyped)):
            value = float(world.published[brand].fields["activation"])
            errors.append(value - (world.true[brand].launches[-1].activated or 0.0))
    yield place.mean("error of activation", ardent, -0.01, 0.01)
    yield place.mean("of a launch that activates nobody", hyped, -0.01, 0.01)


def _campaign(seeds: Sequence[int]) -> Iterator[Finding]:
    place = Place(METRIC, "campaign")
    day = _latest(scenario("campaign").brands[0].campaigns[0]) + 28
    errors, won, placebo = [], [], []
    for world in _worlds("campaign", seeds, day, weeks=57):
        fields = world.published["winner"].campaigns[-1].fields
        true = world.true["winner"].campaigns[-1].contribution_28d
        errors.append(float(fields["contribution_28d"]) / true - 1)
        won.append(float(fields["contribution_28d_low"]) > 0)
        fields = world.published["placebo"].campaigns[-1].fields
        placebo.append(float(fields["contribution_28d_low"]) > 0)
    yield place.mean("error of the contribution", errors, -0.25, 0.25)
    yield place.share("contribution called positive", won, 0.8)
    yield place.share("placebo called positive", placebo)


def _decline(seeds: Sequence[int]) -> Iterator[Finding]:
    place = Place(METRIC, "decline")
    day = _latest(scenario("decline").brands[0].episodes[0]) + 80
    worlds = _worlds("decline", seeds, day, weeks=52)
    yield place.share("booked once", [_bookings(w.published["fallen"]) == 1 for w in worlds], 1.0)


def _quiet(seeds: Sequence[int]) -> Iterator[Finding]:
    place = Place(METRIC, "quiet")
    booked = [
        _bookings(published) > 0
        for world in _worlds("quiet", seeds, LATEST, weeks=52)
        for published in world.published.values()
    ]
    yield place.share("years with a booking", booked, high=0.0)


def _bookings(published: Publication) -> int:
    return sum(json.loads(line)["impairment"] > 0 for line in published.ledger.values())


def _latest(calendar: Calendar) -> int:
    """Return the latest day on which something began."""
    return LATEST - calendar.days_since(LATEST)


def _worlds(name: str, seeds: Sequence[int], day: int, weeks: int) -> Iterator[World]:
    """Yield a scenario's replay up to a midnight, for each seed."""
    for seed in seeds:
        until = day * DAY
        witness = Witness(name, scenario(name), seed, until)
        lines = [
            Line(arrival.record.topic, arrival.record.value)
            for arrival in history(scenario(name), seed, weeks, until, witness)
        ]
        clock = FixedClock(until)
        admission = admission_of(Settings(), BrandBook(), clock)
        result = replay(lines, BrandBook(), admission, clock, as_of=until)
        published = {each.brand: each for each in result.publications()}
        yield World(published, witness.truth().brands)
