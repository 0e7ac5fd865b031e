"""The feed: repeatable, the same in any stretch, ordered, valid, and like real feeds."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice, pairwise
from typing import Any

import msgspec
import pytest

from pipeline.errors import Reject
from pipeline.events.decode import decode_batch
from pipeline.events.instants import DAY, SECOND, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.simulation.feed import Arrival, history, live
from pipeline.sources.simulation.profile import Campaigns, Feed, Flood, Launches, Scenario
from pipeline.sources.simulation.scenario import names, scenario

UNTIL = 20_500 * DAY + 12 * 3600 * SECOND
DEMO = scenario()


def past(weeks: int, seed: int = 1, name: str = "demo") -> list[Arrival]:
    return list(history(scenario(name), seed, weeks, UNTIL))


def events(arrivals: list[Arrival]) -> list[dict[str, Any]]:
    return [json.loads(arrival.record.value) for arrival in arrivals]


def test_the_same_seed_gives_the_same_history_and_another_another() -> None:
    assert past(1) == past(1)
    assert past(1) != past(1, seed=2)


@pytest.mark.parametrize("name", names())
def test_a_day_is_the_same_in_any_stretch_that_holds_it(name: str) -> None:
    long, short = (past(weeks, name=name) for weeks in (6, 2))
    # Tickets may still be going on that were opened before the shorter one begins.
    opened = {event["ticket"] for event in events(short) if event.get("type") == "opened"}
    begin = to_rfc3339((UNTIL // DAY - 14) * DAY)
    within = [
        arrival.record.value
        for arrival, event in zip(long, events(long), strict=True)
        if (event["ticket"] in opened if "ticket" in event else event["occurred_at"] >= begin)
    ]
    assert Counter(within) == Counter(arrival.record.value for arrival in short)


def test_history_and_live_arrive_in_order_and_history_ends_in_time() -> None:
    before = past(2)
    present = list(islice(live(DEMO, 1, UNTIL, rate=50), 2_000))
    for arrivals in (before, present):
        assert all(earlier.at <= later.at for earlier, later in pairwise(arrivals))
    assert before[-1].at < UNTIL <= present[0].at
    assert 30 < 2_000 * SECOND / (present[-1].at - UNTIL) < 100


@pytest.mark.parametrize("name", names())
def test_every_event_is_valid_and_none_occurs_after_it_arrives(name: str) -> None:
    arrivals = [*past(5, name=name), *islice(live(scenario(name), 1, UNTIL), 1_000)]
    for topic in Topic:
        values = [arrival.record.value for arrival in arrivals if arrival.record.topic is topic]
        assert not [event for event in decode_batch(topic, values) if isinstance(event, Reject)]
    for arrival, event in zip(arrivals, events(arrivals), strict=True):
        assert event["occurred_at"] <= to_rfc3339(arrival.at)


def test_the_demo_holds_what_real_feeds_hold() -> None:
    before = past(12)
    mentions = [event for event in events(before) if "author" in event]
    assert max(Counter((m["brand"], m["id"]) for m in mentions).values()) == 2
    assert {m.get("relation") for m in mentions} == {None, "owned", "paid"}
    assert any(m.get("bot_probability", 0) > 0.5 for m in mentions)
    assert any(not m.keys() & {"text", "rating", "sentiment"} for m in mentions)
    assert any("text" in m and "sentiment" not in m for m in mentions)
    order = [event["occurred_at"] for event in mentions]
    assert order != sorted(order)
    activities = {
        json.loads(a.record.value)["type"] for a in before if a.record.topic is Topic.ACTIVITY
    }
    assert activities == {"launch", "campaign", "maintenance"}


def test_one_brand_needs_nobody_one_few_and_one_dozens() -> None:
    handled: Counter[str] = Counter()
    seen = set()
    for event in events(past(4)):
        seen.add(event["brand"])
        handled[event["brand"]] += event.get("handle_seconds", 0)
    agents = {brand: handled[brand] / (28 * 86_400) for brand in seen}
    assert agents["evergreen"] == 0
    assert 0.3 < agents["lantern"] < 1
    assert 20 < agents["monolith"] < 40


def test_every_ticket_begins_with_its_opening() -> None:
    first: dict[str, str] = {}
    for event in events(past(2)):
        if "ticket" in event:
            first.setdefault(event["ticket"], event["type"])
    assert set(first.values()) == {"opened"}


@pytest.mark.parametrize("name", ["demo", "overload"])
def test_no_two_events_of_a_ticket_share_an_instant(name: str) -> None:
    """Their order would be open then, and with it how the ticket ended."""
    tickets = [event for event in events(past(9, name=name)) if "ticket" in event]
    assert len({(event["ticket"], event["occurred_at"]) for event in tickets}) == len(tickets)


def test_what_happens_at_the_same_time_does_not_share_ids() -> None:
    """Two campaigns, launches and floods that overlap are different ones."""
    (brand,) = scenario("brigade").brands
    busy = msgspec.structs.replace(
        brand,
        feed=Feed(repeated=0),
        launches=2 * (Launches(activation=0.02, every=2),),
        campaigns=2 * (Campaigns(paid=20, won=20, every=2),),
        floods=2 * (Flood(kind="brigade", posts=50, accounts=5, every=2),),
    )
    arrivals = history(Scenario(description="", brands=(busy,)), 1, 1, UNTIL)
    ids = Counter((a.record.topic, json.loads(a.record.value)["id"]) for a in arrivals)
    assert max(ids.values()) == 1
    assert len({name for _, name in ids if "flood1" in name}) > 100
