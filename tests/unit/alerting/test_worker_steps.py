"""The worker's steps give what a replay gives, whatever the batches, ticks and restarts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.agents.rhythm_board import RhythmBoard
from pipeline.alerting.kinds import Kind
from pipeline.events.instants import HOUR, to_rfc3339
from pipeline.events.records import Topic
from pipeline.state import horizon
from tests.unit.alerting.playing import Bench, alerts, played
from tests.unit.alerting.worlds import START, mentions, steady, time_of

DAYS = 34
DROP = range(31 * 24, 32 * 24)


def drop_world() -> dict[str, Any]:
    brands = {f"b{n}": steady(DAYS, 8.0 + n, seed=n) for n in range(4)}
    brands["b1"][DROP.start : DROP.stop] *= 0.2
    return brands


def _values(brands: dict[str, Any]) -> list[bytes]:
    """Return a world's mentions by time."""
    lines = mentions(brands)
    return sorted((each.value for each in lines), key=time_of)


WORLD = drop_world()
VALUES = _values(WORLD)


def end() -> int:
    """Return until when a worker decides: the last hour that the last record tells is over."""
    return (START + DAYS * 24 - 1) * 3_600_000_000


EXPECTED = played(mentions(WORLD), as_of=end()).document()["alerts"]


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.integers(1, len(VALUES) - 1), max_size=12),
    st.lists(st.sampled_from(["tick", "restart", "crash"]), min_size=13, max_size=13),
)
def test_any_batches_ticks_and_restarts_give_the_replays_alerts(
    ends: list[int], what: list[str]
) -> None:
    assert [each["kind"] for each in EXPECTED] == ["influence_drop"]
    bench = Bench(RhythmBoard(1, 60.0))
    taken = 0
    for until, then in zip([*sorted(ends), len(VALUES)], what, strict=False):
        while taken < until:
            # No more at once than a worker reads between two flushes of a backlog.
            upto = min(until, taken + 3_000)
            bench.take(Topic.MENTIONS, VALUES[taken:upto])
            taken = upto
            bench.score()
            bench.decide()
            bench.cut()
        if then == "restart":
            bench.restart()
        if then == "crash" and until < len(VALUES):
            # What is applied after the last cut is lost, and read again.
            bench.take(Topic.MENTIONS, VALUES[taken : taken + 500])
            bench.score()
            bench.restart()
    assert alerts(bench.transitions) == EXPECTED


def test_a_restart_while_pending_raises_once() -> None:
    bench = Bench(RhythmBoard(1, 60.0))
    restarted = False
    for start in range(0, len(VALUES), 40):
        bench.take(Topic.MENTIONS, VALUES[start : start + 40])
        bench.score()
        news = bench.decide()
        bench.cut()
        if any(each.standing.alert.state == "pending" for each in news):
            bench.restart()
            restarted = True
    assert restarted
    assert sum(each.begins for each in bench.transitions) == 1
    assert alerts(bench.transitions) == EXPECTED


@pytest.mark.parametrize("restarted_on", [None, 20, 41])
def test_a_burden_goes_on_in_the_worker_that_takes_over(restarted_on: int | None) -> None:
    bench = Bench(RhythmBoard(1, 60.0))
    told = []
    for hour in range(0, 52 * 24, 4):
        # Each is solved after two hours, for forty days; then none is any more.
        steps = [("opened", hour), *([("solved", hour + 2)] if hour < 40 * 24 else [])]
        bench.take(Topic.TICKETS, [_ticket(hour, kind, when) for kind, when in steps])
        told += bench.decide_burdens()
        bench.cut()
        if restarted_on is not None and hour == restarted_on * 24:
            bench.restart()
    states = [str(each.standing.alert.state) for each in told]
    assert states == ["ok", "pending", "firing", "resolved", "ok"]
    shown = bench.standings("acme")[Kind.BURDEN_SURGE].alert
    assert (shown.state, shown.since, shown.episodes) == ("ok", told[-1].standing.hour, 1)


def _ticket(number: int, kind: str, hour: int) -> bytes:
    at = to_rfc3339((START + hour) * HOUR)
    event = {"id": f"{kind}-{number}", "ticket": f"t-{number}", "brand": "acme", "type": kind}
    return json.dumps({**event, "occurred_at": at}).encode()


def test_two_partitions_decide_as_one() -> None:
    board = RhythmBoard(2, 60.0)
    benches = [Bench(board, 0), Bench(board, 1)]
    halves: list[list[bytes]] = [[], []]
    for value in VALUES:
        halves[int(json.loads(value)["brand"][1]) % 2].append(value)
    for step in range(60):
        for bench, half in zip(benches, halves, strict=True):
            size = -(-len(half) // 60)
            bench.take(Topic.MENTIONS, half[step * size : (step + 1) * size])
            bench.score()
            bench.decide()
            bench.cut()
    for bench in benches:
        bench.decide()
    together = alerts([each for bench in benches for each in bench.transitions])
    assert together == EXPECTED


def test_a_backlog_longer_than_hours_are_kept_gives_the_same() -> None:
    """All of it is told at once, and decided after."""
    brands = {f"b{n}": steady(46, 8.0 + n, seed=n) for n in range(3)}
    brands["b1"][DROP.start : DROP.stop] *= 0.2
    board = RhythmBoard(1, 60.0)
    bench = Bench(board)
    bench.take(Topic.MENTIONS, _values(brands))
    bench.score()
    bench.decide()
    as_of = (START + 46 * 24 - 1) * 3_600_000_000
    expected = played(mentions(brands), as_of=as_of).document()["alerts"]
    assert [each["brand"] for each in expected] == ["b1"]
    assert alerts(bench.transitions) == expected


def test_a_backlog_of_months_gives_the_same() -> None:
    """Weeks pass between two cuts, and panes expire before what they say is decided."""
    days = 120
    brands = {f"b{n}": steady(days, 5.0 + n, seed=n) for n in range(3)}
    brands["b1"][100 * 24 : 102 * 24] *= 0.2
    brands["b2"][90 * 24 : 92 * 24] = 0.0
    board = RhythmBoard(1, 60.0)
    bench = Bench(board)
    values = _values(brands)
    for start in range(0, len(values), len(values) // 6):
        bench.take(Topic.MENTIONS, values[start : start + len(values) // 6])
        # What was told comes back after the cut.
        bench.decide()
        bench.score()
        bench.cut()
    bench.decide()
    as_of = (START + days * 24 - 1) * 3_600_000_000
    expected = played(mentions(brands), as_of=as_of).document()["alerts"]
    assert {each["kind"] for each in expected} >= {"influence_drop", "source_silent"}
    assert alerts(bench.transitions) == expected


def test_what_was_decided_of_a_quiet_brand_is_not_decided_again() -> None:
    """However little was known of its hours, and wherever it turns out to be older later on."""
    hourly = np.zeros(40 * 24)
    hourly[[0, *range(5 * 24, 39 * 24, 24)]] = 1
    oldest, *others = _values({"quiet": hourly})
    bench = Bench(RhythmBoard(1, 60.0))
    bench.take(Topic.MENTIONS, others[:-1])
    bench.score()
    assert len(bench.decide()) == 2
    bench.take(Topic.MENTIONS, [oldest, others[-1]])
    bench.score()
    assert bench.decide() == []


@pytest.mark.parametrize("restarts", [False, True])
def test_a_partition_that_is_far_ahead_gives_the_same(restarts: bool) -> None:
    """Its panes are kept until the other one has told, for another worker to begin anew."""
    found, expected = _apart(restarts)
    assert found == expected


def test_a_partition_that_is_too_far_ahead_is_silent_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its panes are gone by the time the other one has told; what was heard in them is not."""
    monkeypatch.setattr(horizon, "MOST_WAITING", 0)
    found, expected = _apart(restarts=False)
    assert [_episode(each) for each in found] == [_episode(each) for each in expected]
    assert found != expected


def _apart(restarts: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the alerts of a worker that reads on in one partition alone, and a replay's."""
    days = 200
    brands = {f"b{n}": steady(days, 5.0 + n, seed=n) for n in range(4)}
    brands["b1"][80 * 24 : 83 * 24] = 0.0
    brands["b0"][100 * 24 : 102 * 24] *= 0.2
    halves = [
        _values({name: brands[name] for name in names}) for names in (("b0", "b1"), ("b2", "b3"))
    ]
    board = RhythmBoard(2, 60.0)
    benches = [Bench(board, 0), Bench(board, 1)]
    together = [(n, range(step, step + 10)) for step in range(0, 70, 10) for n in (0, 1)]
    ahead = [(0, range(70, 150)), (0, range(150, 180)), (0, range(180, 200))]
    behind = [(1, range(step, step + 10)) for step in range(70, 200, 10)]
    for n, its in together + ahead + behind:
        bench, values = benches[n], halves[n]
        start, stop = (day * len(values) // days for day in (its.start, its.stop))
        bench.take(Topic.MENTIONS, values[start:stop])
        bench.score()
        bench.decide()
        bench.cut()
        if restarts:
            bench.restart()
    for bench in benches:
        bench.score()
        bench.decide()
    as_of = (START + days * 24 - 1) * 3_600_000_000
    expected = played(mentions(brands), as_of=as_of).document()["alerts"]
    kinds = {(each["brand"], each["kind"]) for each in expected}
    assert kinds >= {("b0", "influence_drop"), ("b1", "source_silent")}
    return alerts([each for bench in benches for each in bench.transitions]), expected


def _episode(alert: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(alert[name] for name in ("brand", "kind", "started_at", "resolved_at"))
