"""The simulator: repeatable, ordered, valid, and with the three kinds of brand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

from pipeline.errors import Reject
from pipeline.events.decode import decode_batch
from pipeline.events.instants import DAY, SECOND, from_datetime
from pipeline.events.records import Topic
from pipeline.sources.simulate import Arrival, history, live

UNTIL = 20_500 * DAY + 12 * 3600 * SECOND


def events(arrivals: list[Arrival]) -> list[dict[str, Any]]:
    return [json.loads(arrival.record.value) for arrival in arrivals]


def test_the_same_seed_gives_the_same_history_and_another_another() -> None:
    first, again, other = (list(history(seed, 1, UNTIL)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_history_and_live_arrive_in_order_and_history_ends_in_time() -> None:
    past = list(history(1, 2, UNTIL))
    present = list(islice(live(1, UNTIL, rate=50), 2_000))
    for arrivals in (past, present):
        assert all(earlier.at <= later.at for earlier, later in pairwise(arrivals))
    assert past[-1].at < UNTIL <= present[0].at
    assert 30 < 2_000 * SECOND / (present[-1].at - UNTIL) < 100


def test_every_event_is_valid() -> None:
    arrivals = [*history(1, 5, UNTIL), *islice(live(1, UNTIL), 1_000)]
    for topic in Topic:
        values = [arrival.record.value for arrival in arrivals if arrival.record.topic is topic]
        assert values
        assert not [event for event in decode_batch(topic, values) if isinstance(event, Reject)]


def test_nothing_occurs_after_it_arrives() -> None:
    for arrival in history(1, 1, UNTIL):
        occurred_at = json.loads(arrival.record.value)["occurred_at"]
        assert from_datetime(datetime.fromisoformat(occurred_at)) <= arrival.at


def test_the_past_holds_what_real_feeds_hold() -> None:
    past = list(history(1, 6, UNTIL))
    mentions = [event for event in events(past) if "author" in event]
    assert max(Counter((m["brand"], m["id"]) for m in mentions).values()) == 2
    assert {m.get("relation") for m in mentions} == {None, "owned", "paid"}
    assert any(m.get("bot_probability", 0) > 0.5 for m in mentions)
    assert any(not m.keys() & {"text", "rating", "sentiment"} for m in mentions)
    activities = {
        json.loads(a.record.value)["type"] for a in past if a.record.topic is Topic.ACTIVITY
    }
    assert activities == {"launch", "campaign", "maintenance"}


def test_one_brand_needs_nobody_one_few_and_one_dozens() -> None:
    handled: Counter[str] = Counter()
    seen = set()
    for event in events(list(history(1, 4, UNTIL))):
        seen.add(event["brand"])
        handled[event["brand"]] += event.get("handle_seconds", 0)
    agents = {brand: handled[brand] / (28 * 86_400) for brand in seen}
    assert agents["evergreen"] == 0
    assert 0.2 < agents["lantern"] < 1.5
    assert 18 < agents["monolith"] < 60


def test_every_ticket_begins_with_its_opening() -> None:
    tickets = [event for event in events(list(history(1, 2, UNTIL))) if "ticket" in event]
    first: dict[str, str] = {}
    for event in tickets:
        first.setdefault(event["ticket"], event["type"])
    assert set(first.values()) == {"opened"}


def test_no_two_events_of_a_ticket_share_an_instant() -> None:
    """Their order would be open then, and with it how the ticket ended."""
    tickets = [event for event in events(list(history(1, 26, UNTIL))) if "ticket" in event]
    assert len({(event["ticket"], event["occurred_at"]) for event in tickets}) == len(tickets)
