"""Random but realistic worlds: lists of replay events that stay the same for a seed.

A world's list is in order of arrival. Repeats of an id within the dedup horizon are exact copies,
so that which of them arrives first makes no difference; repeats far apart are counted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.oracle.calendar import DAY, HOUR, MINUTE, SECOND, parse, rfc3339
from tests.oracle.lifecycles import ticket_events

Event = dict[str, Any]

HORIZON = 2 * HOUR + 59 * MINUTE
SOURCES = ("mastodon", "reddit", "app-store")
KINDS = ("original", "reply", "share", "quote", "review")
TEXTS = (
    "I love this, works great and the team is wonderful",
    "terrible service, cancelled again, never coming back",
    "it arrived on Tuesday",
    "thanks for nothing",
    "please help, the app keeps crashing",
    "Bestes Produkt, très bien, 素晴らしい",
)
BRAND_STEMS = ("acme", "b2b.tools", "cafe_noir", "delta-air", "e", "0zone")

MOODS = (0.3, 0.0, -0.2, 0.5)  # mean sentiment, brand by brand
TURN = 0.7
LONG = 100  # days of a world in which brands are busier


@dataclass(frozen=True)
class Rates:
    """Shares in 0..1 of events that are out of the ordinary."""

    duplicate: float = 0.04
    far_repeat: float = 0.02
    late: float = 0.05
    very_late: float = 0.0
    unscored: float = 0.08
    text_only: float = 0.0
    retraction: float = 0.06
    not_earned: float = 0.12
    bot: float = 0.15
    on_a_boundary: float = 0.05


def world(
    seed: int,
    brands: int = 3,
    days: int = 40,
    mentions_a_day: float = 30,
    *,
    tickets_a_day: float = 3,
    authors: int = 200,
    start: str = "2026-01-05T00:00:00Z",
    launches: bool = True,
    turns: int | None = None,
    rates: Rates | None = None,
) -> list[Event]:
    """Return a world of several brands over ``days`` from ``start``, in order of arrival.

    Args:
        seed: Same seed, same world.
        brands: How many brands; of three or more, the last has no mentions.
        days: Length in days.
        mentions_a_day: Mean mentions of a brand and day.
        tickets_a_day: Mean tickets opened of a brand and day.
        authors: How many authors of each source speak about a brand; the same names occur in
            every source, where they are other authors.
        start: First instant.
        launches: Whether brands also launch, campaign and close for maintenance.
        turns: Day of the world on which the mood about every brand turns, for the worse.
        rates: How common the unusual is; text alone (``text_only``) needs a scorer.
    """
    random = Random(seed)
    rates = rates or Rates()
    begin = parse(start)
    end = begin + days * DAY
    arrivals: list[tuple[int, int, Event]] = []

    def arrive(event: Event, late_by: int = 0) -> None:
        arrivals.append((parse(event["occurred_at"]) + late_by, len(arrivals), event))

    for index in range(brands):
        brand = BRAND_STEMS[index % len(BRAND_STEMS)]
        brand = f"{brand}{index}" if index >= len(BRAND_STEMS) else brand
        silent = brands > 2 and index == brands - 1
        mood = MOODS[index % len(MOODS)]
        moods = (mood, begin + (days if turns is None else turns) * DAY, mood - TURN)
        mentions = _mentions(random, brand, begin, end, mentions_a_day, authors, rates, moods)
        for event in [] if silent else mentions:
            arrive(event, _lateness(random, rates))
            at = parse(event["occurred_at"])
            if random.random() < rates.far_repeat:
                again = at + random.randrange(10 * HOUR, 3 * DAY)
                if again < end:
                    arrive({**event, "occurred_at": rfc3339(again)})
        for event in ticket_events(random, brand, begin, end, tickets_a_day):
            arrive(event, random.randrange(2 * HOUR) if random.random() < rates.late else 0)
        for event in _activities(random, brand, begin, end) if launches else []:
            arrive(event)
    events = [event for _, _, event in sorted(arrivals, key=lambda arrival: arrival[:2])]
    return with_duplicates(events, seed + 1, rates.duplicate)


def _lateness(random: Random, rates: Rates) -> int:
    chance = random.random()
    if chance < rates.late:
        return random.randrange(1, HORIZON)
    if chance < rates.late + rates.very_late:
        return random.randrange(4 * HOUR, 20 * DAY)
    return 0


def _instant(random: Random, begin: int, end: int, on_a_boundary: float) -> int:
    at = random.randrange(begin, end)
    if random.random() < on_a_boundary:
        size = random.choice((MINUTE, HOUR, DAY))
        at = max(begin, at // size * size)
    return at


def _mentions(
    random: Random,
    brand: str,
    begin: int,
    end: int,
    a_day: float,
    authors: int,
    rates: Rates,
    moods: tuple[float, int, float],
) -> list[Event]:
    """Return mentions in no order; ids are counted per source, so they collide across sources."""
    events: list[Event] = []
    counts = dict.fromkeys(SOURCES, 0)
    for _ in range(round(a_day * (end - begin) / DAY)):
        source = random.choices(SOURCES, (6, 3, 1))[0]
        counts[source] += 1
        # A few authors say a third of it.
        favourite = min(int(random.paretovariate(0.7)), authors)
        author = random.choice((favourite, random.randint(1, authors), random.randint(1, authors)))
        event: Event = {
            "topic": "social-mentions",
            "id": f"m{counts[source]}",
            "brand": brand,
            "author": f"author-{author}",
            "source": source,
            "occurred_at": rfc3339(_instant(random, begin, end, rates.on_a_boundary)),
        }
        before, turn, after = moods
        _say(random, event, before if parse(event["occurred_at"]) < turn else after, rates)
        if random.random() < 0.4:
            event["kind"] = random.choice(KINDS)
        if random.random() < rates.bot:
            event["bot_probability"] = random.choice((0.0, 0.25, round(random.random(), 3), 1.0))
        if random.random() < rates.not_earned:
            event["relation"] = random.choice(("owned", "employee", "paid"))
            event["campaign"] = "spring"
        elif random.random() < 0.1:
            event["relation"] = "earned"
        for name, largest in (("likes", 500), ("shares", 50), ("followers", 10**6), ("clicks", 9)):
            if random.random() < 0.3:
                event[name] = random.randrange(largest)
        if random.random() < 0.1:
            event["url"] = f"https://social.example/{source}/{counts[source]}"
            event["lang"], event["region"], event["product"] = "de", "EU", "widget"
            event["received_at"] = rfc3339(parse(event["occurred_at"]) + 5 * SECOND)
        events.append(event)
        retraction = _retraction(random, event)
        if random.random() < rates.retraction and parse(retraction["occurred_at"]) < end:
            events.append(retraction)
    return events


def _say(random: Random, event: Event, mood: float, rates: Rates) -> None:
    """Give a mention a sentiment, a rating, both, text alone or nothing to go by."""
    chance = random.random()
    if chance < rates.unscored:
        if random.random() < 0.5:
            event["text"] = ""
        return
    if chance < rates.unscored + rates.text_only:
        event["text"] = random.choice(TEXTS)
        return
    if event["source"] == "app-store":
        event["rating"] = random.randint(1, 5)
        event["kind"] = "review"
    if event["source"] != "app-store" or random.random() < 0.2:
        sentiment = round(max(-1.0, min(1.0, random.gauss(mood, 0.5))), 3)
        event["sentiment"] = random.choice((sentiment, sentiment, sentiment, 0, 1, -1))
    if random.random() < 0.5:
        event["text"] = random.choice(TEXTS)


def _retraction(random: Random, created: Event) -> Event:
    """Return an edit (an event of its own) or a delete (which names the id that it takes back)."""
    later = parse(created["occurred_at"]) + random.randrange(1, DAY)
    event = {**created, "occurred_at": rfc3339(later)}
    if random.random() < 0.5:
        event |= {"op": "edit", "id": f"{created['id']}-edit", "edit_of": created["id"]}
    else:
        event["op"] = "delete"
    return event


def _activities(random: Random, brand: str, begin: int, end: int) -> list[Event]:
    """Return two launches, a campaign and a maintenance window; names need encoding.

    In a long world there are more of them, campaigns that overlap, have no end or end before they
    start, and launches a few days or weeks from each other.
    """
    events: list[Event] = []
    plan = [
        ("launch", "One: the first/biggest"),
        ("launch", "Zwei ß %20"),
        ("campaign", "spring sale"),
        ("maintenance", "move of servers"),
    ]
    for more in range(int((end - begin) / DAY) // LONG):
        plan += [("launch", f"launch {more}"), ("launch", f"update {more}")]
        plan += [("campaign", f"sale {more}")]
    for number, (kind, name) in enumerate(plan):
        at = random.randrange(begin, end)
        event: Event = {
            "topic": "brand-activity",
            "id": f"a{number}",
            "brand": brand,
            "occurred_at": rfc3339(at),
            "type": kind,
            "name": name,
        }
        if kind != "launch":
            event |= {"ends_at": rfc3339(at + 2 * DAY), "cost": 1500.5, "channel": "tv"}
        if number % 5 == 1:
            event["ends_at"] = rfc3339(at - 3 * DAY)
        if number % 5 == 2:
            event.pop("ends_at", None)
        events.append(event)
    return events


def shuffled_within_horizon(events: Sequence[Event], seed: int) -> list[Event]:
    """Return the events in another order of arrival, each less than 2 h 59 min of event time late.

    When an event arrives, nothing that came before it occurred 2 h 59 min or more after it.
    """
    random = Random(seed)
    keys = [(parse(e["occurred_at"]) + random.randrange(HORIZON), random.random()) for e in events]
    return [events[i] for i in sorted(range(len(events)), key=keys.__getitem__)]


def with_duplicates(events: Sequence[Event], seed: int, share: float = 0.05) -> list[Event]:
    """Return the events with exact copies of a share of them, each arriving within the horizon."""
    random = Random(seed)
    placed = [(float(index), event) for index, event in enumerate(events)]
    watermarks: list[int] = []
    for event in events:
        at = parse(event["occurred_at"])
        watermarks.append(max(at, watermarks[-1]) if watermarks else at)
    for index, event in enumerate(events):
        if random.random() >= share:
            continue
        last = index
        limit = parse(event["occurred_at"]) + HORIZON
        while last + 1 < len(events) and watermarks[last + 1] < limit:
            last += 1
        if watermarks[index] < limit:
            placed.append((random.randint(index, last) + random.uniform(0.1, 0.9), dict(event)))
    return [event for _, event in sorted(placed, key=lambda pair: pair[0])]
