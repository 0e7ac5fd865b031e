"""What the essay says of influence, on streams that are replayed.

Influence is earned by delivering value over time; it is neither vanity nor messaging, one loud
person is one person, it fades when nothing follows, and it is proved at launches.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import pytest

from tests.oracle.calendar import DAY, SECOND, parse, rfc3339
from tests.oracle.worlds import Event
from tests.unit.test_replay import played

START = parse("2026-01-05T00:00:00Z")
"""A Monday."""
PEOPLE = 120


def word(day: float, author: int, sentiment: float = 0.8, **more: object) -> Event:
    """Something that an author says on a day after the start."""
    at = START + int(day * DAY) + 10 * 3600 * SECOND
    event = {
        "topic": "social-mentions",
        "id": f"{day}/{author}/{len(more)}",
        "brand": "acme",
        "author": f"a{author}",
        "source": "reddit",
        "occurred_at": rfc3339(at + author * SECOND),
        "sentiment": sentiment,
    }
    return event | more


def day_of_praise(day: int, people: int, seed: int = 1) -> Iterator[Event]:
    """A day on which so many people speak, one in six against the brand."""
    for author in random.Random(seed * 10_000 + day).sample(range(PEOPLE), people):
        yield word(day, author, -0.5 if author % 6 == 0 else 0.8)


def steady(days: int, people: int = 6, **more: object) -> list[Event]:
    """A brand spoken of every day."""
    return [event | more for day in range(days) for event in day_of_praise(day, people)]


def launch(day: int, name: str = "two") -> Event:
    """Something new."""
    return {
        "topic": "brand-activity",
        "id": name,
        "brand": "acme",
        "occurred_at": rfc3339(START + day * DAY),
        "type": "launch",
        "name": name,
    }


def fields(events: Iterable[Event], day: float) -> dict[str, str]:
    """The brand's snapshot at the beginning of a day."""
    brand: dict[str, str] = played(list(events), START + int(day * DAY)).document()["brands"][
        "acme"
    ]
    return brand


def changed(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def test_ten_times_the_vanity_changes_nothing_but_vanity() -> None:
    def counts(times: int) -> dict[str, int]:
        return {"likes": 7 * times, "shares": 3 * times, "followers": 900 * times, "clicks": times}

    modest, vain = (fields(steady(200, **counts(times)), 200) for times in (1, 10))
    assert changed(modest, vain) == {
        "vanity_likes_28d",
        "vanity_shares_28d",
        "vanity_followers_28d",
        "vanity_clicks_28d",
    }


@pytest.mark.parametrize("relation", ["owned", "employee", "paid"])
def test_what_a_brand_says_itself_changes_messaging_dependence_alone(relation: str) -> None:
    earned = steady(200)
    posts = [
        word(day, 900 + n, 1.0, relation=relation) for day in range(170, 199) for n in range(20)
    ]
    quiet, loud = fields(earned, 200), fields([*earned, *posts], 200)
    assert changed(quiet, loud) == {"messaging_dependence"}
    assert quiet["messaging_dependence"] == "0"
    assert float(loud["messaging_dependence"]) > 0.7


def test_of_two_brands_with_the_same_totals_the_steady_one_has_more_influence() -> None:
    every_week = steady(190, people=5)
    fourth = [
        event for day in range(190) if day // 7 % 4 == 0 for event in day_of_praise(day, people=20)
    ]
    # The same number of weeks, so that one has said as much as the other.
    one, other = fields(every_week, 182), fields(fourth, 182)
    assert float(one["goodwill"]) == pytest.approx(float(other["goodwill"]), rel=0.15)
    assert float(one["consistency"]) > 0.9
    assert float(other["consistency"]) == pytest.approx(0.25, abs=0.03)
    assert float(one["influence_index"]) > 1.3 * float(other["influence_index"])


def test_one_author_a_thousand_times_counts_as_one() -> None:
    others = steady(200)
    once = [word(199, 5, 0.9)]
    often = [word(199 + n / 10_000, 5, 0.9) for n in range(1000)]
    one, thousand = fields([*others, *once], 200), fields([*others, *often], 200)
    counts = {f"mentions_{window}" for window in ("24h", "7d", "28d")}
    # Of one brand its part of all mentions is always 1.
    assert changed(one, thousand) == counts | {"totals_as_of"}
    assert float(thousand["mentions_24h"]) - float(one["mentions_24h"]) == 999


def test_a_launch_that_activates_nobody_leaves_activation_near_0_and_lowers_nothing() -> None:
    events = steady(220, people=12)

    def both(day: float) -> tuple[dict[str, str], dict[str, str]]:
        return fields(events, day), fields([*events, launch(200)], day)

    for day in (200.5, 203, 206, 219.5):
        before, after = both(day)
        assert float(after["influence_index"]) >= float(before["influence_index"])
    before, after = both(219.5)
    assert abs(float(after["activation"])) < 0.06
    assert float(after["activation_low"]) < 0 < float(after["activation_high"])
    assert "activation" not in before


def test_a_launch_that_brings_people_to_speak_raises_it() -> None:
    events = [*steady(220, people=12), launch(200)]
    brought = [word(201, author, 0.9) for author in range(1, PEOPLE, 2)]
    asleep, awake = fields(events, 210), fields([*events, *brought], 210)
    assert float(awake["activation_low"]) > 0.3
    assert float(awake["influence_index"]) > float(asleep["influence_index"])


def test_a_launch_takes_nothing_away_of_what_another_has_shown() -> None:
    brought = [word(201, author, 0.9) for author in range(1, PEOPLE, 2)]
    events = [*steady(220, people=12), launch(200), *brought]
    before, after = fields(events, 218.5), fields([*events, launch(217, "three")], 218.5)
    assert changed(before, after) == set()


@pytest.mark.parametrize("age", [40, 400, 700])
def test_net_goodwill_halves_in_180_silent_days_at_any_age(age: int) -> None:
    events = steady(age, people=3)
    for silent in (1, 200, 900):
        before = float(fields(events, age + silent)["goodwill_net"])
        after = float(fields(events, age + silent + 180)["goodwill_net"])
        assert before > 0
        assert after == pytest.approx(before / 2, rel=1e-9)
