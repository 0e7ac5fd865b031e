"""Brands at rest are passed over all at once, and come out as if each had been looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.agents.rhythm_board import RhythmBoard
from pipeline.alerting import impairment
from pipeline.alerting.baseline import WEEK
from pipeline.alerting.brand_alerts import BrandAlerts
from pipeline.alerting.kinds import Kind, State
from pipeline.alerting.standing import Transition
from pipeline.events.admitted import AdmittedMention
from pipeline.events.records import Topic
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.source import NOTE
from pipeline.state.tiers import DAY
from tests.unit.alerting.playing import Bench
from tests.unit.alerting.worlds import maintenance, mentions

WEEKS = 16
Works = tuple[str, int, int]
"""A maintenance: the brand, its first hour, and the one after its last."""


def world(counts: Sequence[Sequence[int]], against: Sequence[Sequence[int]] = ()) -> list[bytes]:
    """Return the mentions of brands b0, b1 and so on by time, with so many in each week of each."""
    draw = np.random.default_rng(1)
    lines = []
    for sentiment, brands in ((1.0, counts), (-1.0, against)):
        hourly = {
            f"b{n}": np.concatenate([draw.multinomial(count, [1 / WEEK] * WEEK) for count in weeks])
            for n, weeks in enumerate(brands)
        }
        lines += mentions(hourly, sentiment=sentiment, tag=str(sentiment))
    return sorted(
        (line.value for line in lines), key=lambda value: json.loads(value)["occurred_at"]
    )


def played(values: list[bytes], steps: Sequence[str], works: Sequence[Works] = ()) -> list[Any]:
    """Play a world in as many steps; returns all that is seen of its alerts.

    Maintenances are heard of after a quarter of them.
    """
    bench = Bench(RhythmBoard(1, 60.0))
    seen: list[Any] = []
    size = -(-len(values) // len(steps))
    for number, step in enumerate(steps):
        if number == len(steps) // 4:
            bench.take(Topic.ACTIVITY, [maintenance(*each).value for each in works])
        bench.take(Topic.MENTIONS, values[number * size : (number + 1) * size])
        if step != "read":
            bench.score()
        if step not in ("read", "score"):
            seen += sorted(bench.decide(), key=lambda each: each.order)
        if step == "look":
            seen += [bench.standings(brand) for brand in sorted(bench.shard.brands)]
        seen.append(bench.decided_until)
        bench.cut()
        if step == "restart":
            bench.restart()
    return seen


@settings(max_examples=25, deadline=None)
@given(
    # Of 30 a week all is looked at, of 80 in 28 days whether an impairment is booked.
    st.lists(
        st.lists(st.sampled_from([0, 1, 5, 10, 19, 21, 40]), min_size=WEEKS, max_size=WEEKS),
        min_size=1,
        max_size=3,
    ),
    st.lists(
        st.sampled_from(["tick", "tick", "look", "score", "read", "restart"]),
        min_size=8,
        max_size=40,
    ),
    st.lists(
        st.tuples(
            st.just("b0"), st.integers(0, WEEKS * WEEK - 200), st.sampled_from([1, 24, 200])
        ).map(lambda drawn: (drawn[0], drawn[1], drawn[1] + drawn[2])),
        max_size=2,
    ),
)
def test_it_is_as_if_each_had_been_looked_at(
    counts: list[list[int]], steps: list[str], works: list[Works]
) -> None:
    assert_same(world(counts), [*steps, "restart", "look"], works)


def assert_same(
    values: list[bytes], steps: Sequence[str], works: Sequence[Works] = ()
) -> list[Any]:
    """Play a world with brands at rest and without; returns what is seen in both cases."""
    at_once = played(values, steps, works)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrandAlerts, "rest_for", lambda *_: -1)
        assert played(values, steps, works) == at_once
    return at_once


def states(seen: list[Any]) -> list[tuple[str, Kind, State]]:
    transitions = [each for each in seen if isinstance(each, Transition)]
    return [(each.brand, each.standing.kind, each.standing.alert.state) for each in transitions]


def test_words_of_long_ago_make_a_fit_together_with_new_ones() -> None:
    # None of these weeks lies among the last five when the new ones come.
    values = world([[20, *[1] * 6, 110, 110, *[0] * 5, 40, 0, 0, 0], [60] * 18])
    seen = assert_same(values, ["tick"] * 60)
    assert ("b0", Kind.INFLUENCE_DROP, State.OK) in states(seen)


def test_an_impairment_of_one_that_hardly_speaks_is_noticed() -> None:
    values = world([[22] * 26 + [4] * 10], against=[[0] * 26 + [18] * 10])
    seen = assert_same(values, ["tick"] * 60)
    assert ("b0", Kind.GOODWILL_IMPAIRMENT, State.FIRING) in states(seen)


def test_a_booking_that_is_news_is_within_reach() -> None:
    brand = BrandMentions()
    # Just as many mentions as it takes, and none any more once it is booked.
    for day in range(400):
        pane = brand.put(Pane(DAY, day))
        said = (1.0, 0.0) if day < 365 else (0.0, 1.0)
        for author in range(3):
            pane.add(AdmittedMention("acme", day * DAY.size, "x", author, author, *said))
        if impairment.booked(brand, range(24 * day + 23, 24 * day + 24)):
            break
    else:
        pytest.fail("nothing was booked")
    last = 24 * day + 23 + WEEK - 1
    assert impairment.booked(brand, range(last, last + 1))
    assert impairment.out_of_reach_for(brand, last) < 0
    assert not impairment.booked(brand, range(last + 1, last + 2))


def test_one_whose_alert_was_just_resolved_does_not_rest_yet() -> None:
    often, once = np.zeros(16 * WEEK), np.zeros(16 * WEEK)
    often[::3] = 1
    once[: 8 * WEEK : 4] = 1
    # Its habits are forgotten an hour after its alert is resolved.
    once[14 * WEEK - 4] = 1
    lines = mentions({"b0": once, "b1": often})
    values = sorted((each.value for each in lines), key=lambda v: json.loads(v)["occurred_at"])
    silent = [each for each in states(assert_same(values, ["tick"] * 300)) if each[0] == "b0"]
    assert silent[-2:] == [
        ("b0", Kind.SOURCE_SILENT, State.RESOLVED),
        ("b0", Kind.SOURCE_SILENT, State.OK),
    ]


def quiet(bench: Bench, days: range, count: int = 1) -> bool:
    """Let days pass with so many mentions each; tells whether a note was written meanwhile."""
    noted = False
    for day in days:
        hourly = np.zeros((day + 1) * 24)
        hourly[-1] = count
        values = [line.value for line in mentions({"b0": hourly}, tag=f"-{day}-")]
        bench.take(Topic.MENTIONS, values)
        bench.score()
        bench.decide()
        noted |= any(key.startswith(NOTE) for key in bench.cut())
    return noted


def state(bench: Bench, kind: Kind) -> State:
    return bench.standings("b0")[kind].alert.state


def test_a_brand_at_rest_is_not_written_and_goes_on_where_it_was() -> None:
    bench = Bench(RhythmBoard(1, 60.0))
    assert quiet(bench, range(30))
    assert not quiet(bench, range(30, 70))
    before = bench.standings("b0")
    silent = before[Kind.SOURCE_SILENT]
    assert silent.alert.hours == silent.hour - bench.transitions[0].standing.hour + 1
    bench.restart()
    assert bench.standings("b0") == before
    told = len(bench.transitions)
    quiet(bench, range(70, 72))
    assert bench.standings("b0")[Kind.SOURCE_SILENT].alert.hours == silent.alert.hours + 48
    assert len(bench.transitions) == told


def test_a_brand_that_never_speaks_much_rests_on() -> None:
    bench = Bench(RhythmBoard(1, 60.0))
    quiet(bench, range(40), count=2)
    # In the end it has spoken more often than it may within 28 days, but not within 28 days.
    assert not quiet(bench, range(40, 100), count=2)
    assert quiet(bench, range(100, 101), count=60)


def test_one_that_begins_to_speak_is_looked_at() -> None:
    bench = Bench(RhythmBoard(1, 60.0))
    quiet(bench, range(40))
    assert state(bench, Kind.INFLUENCE_DROP) == State.UNKNOWN
    quiet(bench, range(40, 80), count=30)
    assert state(bench, Kind.INFLUENCE_DROP) == State.OK


def test_a_maintenance_mutes_one_and_it_rests_when_that_is_long_over() -> None:
    bench = Bench(RhythmBoard(1, 60.0))
    quiet(bench, range(40))
    bench.take(Topic.ACTIVITY, [maintenance("b0", 41 * 24, 43 * 24).value])
    quiet(bench, range(40, 42))
    assert state(bench, Kind.SOURCE_SILENT) == State.MUTED
    assert quiet(bench, range(42, 95))
    quiet(bench, range(95, 101))
    assert not quiet(bench, range(101, 110))
