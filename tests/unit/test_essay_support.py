"""The essay, on simulated streams that are replayed: service speaks, messaging does not.

Excellent products need two people in support, or none, where a bad one needs dozens, and no amount
of messaging makes up for bad service.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import msgspec
import pytest

from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.instants import DAY, HOUR
from pipeline.events.records import Topic
from pipeline.replay import Line, replay
from pipeline.settings import Settings
from pipeline.sources.simulation.feed import history
from pipeline.sources.simulation.profile import Campaigns, Scenario
from pipeline.sources.simulation.scenario import scenario
from pipeline.wiring import admission_of

UNTIL = 20_500 * DAY + 9 * HOUR
WEEKS = 10

Fields = dict[str, str]

SUPPORT = (
    "tickets_",
    "oldest_open_",
    "offered_load_",
    "required_",
    "backlog_",
    "first_reply_",
    "resolution_",
    "reopen_",
    "sla_",
    "csat_",
)
"""How the names of fields about support begin."""


def simulated(simulation: Scenario, seed: int = 1, weeks: int = WEEKS) -> list[Line]:
    return [
        Line(arrival.record.topic, arrival.record.value)
        for arrival in history(simulation, seed, weeks, UNTIL)
    ]


def replayed(lines: Sequence[Line], *, shuffle: random.Random | None = None) -> dict[str, Fields]:
    clock = FixedClock(UNTIL)
    admission = admission_of(Settings(), BrandBook(), clock)
    result = replay(lines, BrandBook(), admission, clock, as_of=UNTIL, shuffle=shuffle)
    brands: dict[str, Fields] = result.document()["brands"]
    return brands


def of_support(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name.startswith(SUPPORT)}


@pytest.mark.parametrize("seed", range(3))
def test_one_brand_needs_dozens_one_needs_two_and_one_needs_nobody(seed: int) -> None:
    brands = replayed(simulated(scenario("demo"), seed))
    agents = {brand: int(fields["required_agents"]) for brand, fields in brands.items()}
    assert agents["monolith"] >= 24
    assert agents["lantern"] == 2
    assert agents["evergreen"] == 0
    nobody = brands["evergreen"]
    for field in ("offered_load_agents", "required_agents_peak", "required_staff", "tickets_open"):
        assert nobody[field] == "0"
        assert f"{field}_state" not in nobody


def test_more_messaging_during_bad_service_changes_neither_burden_nor_detraction() -> None:
    quiet = scenario("outage")
    (brand,) = quiet.brands
    # All that money can buy: posts of its own, and paid ones all the time.
    push = Campaigns(every=7, days=7, paid=400)
    loud = msgspec.structs.replace(brand, owned=50, campaigns=(push,))
    before, after = (
        replayed(simulated(msgspec.structs.replace(quiet, brands=(each,))))[brand.id]
        for each in (brand, loud)
    )
    assert len(of_support(before)) > 15
    assert of_support(before) == of_support(after)
    for field in ("detraction_24h", "detraction_28d", "advocacy_28d", "mentions_28d"):
        assert before[field] == after[field]
    for field in ("goodwill_net", "net_sentiment_28d"):
        assert before[field] == after[field]


def test_marked_bots_make_mentions_but_hardly_any_advocacy() -> None:
    puppet = scenario("bots")
    (brand,) = puppet.brands
    honest = msgspec.structs.replace(brand, floods=())
    with_bots, without = (
        replayed(simulated(msgspec.structs.replace(puppet, brands=(each,))))[brand.id]
        for each in (brand, honest)
    )
    assert int(with_bots["mentions_28d"]) > 2 * int(without["mentions_28d"])
    gained = float(with_bots["advocacy_28d"]) - float(without["advocacy_28d"])
    # A detector upstream is sure of them to nine tenths and more: a tenth of their word is left.
    (flood,) = brand.floods
    attacks = 2
    assert 0 < gained <= attacks * flood.accounts * flood.sentiment * 0.1


@pytest.mark.parametrize("name", ["demo", "outage", "launch"])
def test_shuffled_and_repeated_within_the_horizon_it_comes_to_the_same(name: str) -> None:
    lines = simulated(scenario(name), weeks=5)
    once = replayed(lines)
    draw = random.Random(4)
    repeated = lines + draw.sample(lines, len(lines) // 5)
    draw.shuffle(repeated)
    assert replayed(repeated) == once
    # Repeats of mentions are told within three hours: displaced by half of that, they stay so.
    assert replayed(lines, shuffle=random.Random(5)) == once


def test_a_brigade_is_seen_as_what_it_is_a_day_of_complaints() -> None:
    """It moves detraction on its day; goodwill, which is earned over time, hardly."""
    target = scenario("brigade")
    (brand,) = target.brands
    spared = msgspec.structs.replace(brand, floods=())
    hit, unhit = (
        simulated(msgspec.structs.replace(target, brands=(each,)), weeks=26)
        for each in (brand, spared)
    )
    authors = {json.loads(line.value)["author"] for line in hit if line.topic is Topic.MENTIONS} - {
        json.loads(line.value)["author"] for line in unhit if line.topic is Topic.MENTIONS
    }
    attacks = 5
    assert len(authors) <= attacks * 200
    net, without = (float(replayed(lines)[brand.id]["goodwill_net"]) for lines in (hit, unhit))
    # An author counts once a day however often he posts: 600 posts are not more than 200 people.
    assert 0 < without - net <= attacks * 200 * 0.9
