"""The life of an alert."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from pipeline.alerting.kinds import State
from pipeline.alerting.machine import Alert, Patience, Sign, pass_quietly, run, step

C, B, H, U, M = Sign.CLEAR, Sign.BETWEEN, Sign.HIGH, Sign.UNKNOWN, Sign.MUTED
PATIENCE = Patience(fire=2, resolve=3, rest=2)


def lived(signs: Sequence[Sign]) -> tuple[list[str], Alert]:
    alert = Alert()
    states = []
    for hour, sign in enumerate(signs, 1):
        step(alert, hour, sign, PATIENCE)
        states.append(str(alert.state))
    return states, alert


def test_it_fires_after_two_hours_and_comes_down_after_three() -> None:
    states, alert = lived([C, H, H, B, C, C, C, C, C])
    assert states == [
        "ok",
        "pending",
        "firing",
        "firing",
        "firing",
        "firing",
        "resolved",
        "resolved",
        "ok",
    ]
    assert (alert.started_at, alert.resolved_at, alert.episodes) == (3, 7, 1)


def test_one_bad_hour_is_no_alert() -> None:
    assert lived([C, H, C, H, B, H])[0] == ["ok", "pending", "ok", "pending", "ok", "pending"]


def test_what_lies_between_keeps_it_up_and_does_not_raise_it() -> None:
    assert lived([B, B, B])[0] == ["ok"] * 3
    assert lived([H, H, C, C, B, C, C])[0][-1] == "firing"


def test_muted_and_unknown_are_seen_and_an_episode_outlasts_them() -> None:
    states, alert = lived([H, H, M, M, U, B, C, C, C])
    assert states == [
        "pending",
        "firing",
        "muted",
        "muted",
        "unknown",
        "firing",
        "firing",
        "firing",
        "resolved",
    ]
    assert (alert.started_at, alert.episodes) == (2, 1)


def test_nothing_fires_out_of_what_was_not_seen() -> None:
    states, _ = lived([H, M, H, U, H, H])
    assert states == ["pending", "muted", "pending", "unknown", "pending", "firing"]


def test_hours_count_only_where_something_was_decided() -> None:
    _, alert = lived([C, U, M, B, H])
    assert alert.hours == 3


@given(st.lists(st.sampled_from(list(Sign)), max_size=60))
def test_episodes_begin_and_end_in_turn(signs: list[Sign]) -> None:
    alert = Alert()
    begun = 0
    for hour, sign in enumerate(signs, 1):
        was_open = alert.is_open
        changed = step(alert, hour, sign, PATIENCE)
        if alert.started_at == hour:
            assert not was_open
            assert alert.state is State.FIRING
            begun += 1
        if alert.resolved_at == hour:
            assert was_open
            assert alert.state is State.RESOLVED
        assert (alert.since == hour) == changed
        if alert.state in (State.PENDING, State.OK, State.RESOLVED):
            assert not alert.is_open
    assert alert.episodes == begun


@given(
    st.lists(st.tuples(st.sampled_from(list(Sign)), st.integers(1, 40)), max_size=12),
    st.sampled_from([PATIENCE, Patience(), Patience(fire=1, resolve=1)]),
)
def test_many_hours_with_one_sign_are_as_one_after_the_other(
    runs: list[tuple[Sign, int]], patience: Patience
) -> None:
    one_by_one, together = Alert(), Alert()
    hour = 0
    for sign, count in runs:
        hours = range(hour + 1, hour + count + 1)
        expected = [
            (at, asdict(one_by_one)) for at in hours if step(one_by_one, at, sign, patience)
        ]
        assert [(at, asdict(together)) for at in run(together, hours, sign, patience)] == expected
        assert together == one_by_one
        hour += count


@given(
    st.lists(st.sampled_from(list(Sign))),
    st.lists(st.sampled_from([Sign.CLEAR, Sign.BETWEEN]), min_size=1, max_size=30),
)
def test_hours_pass_quietly_only_where_none_of_them_matters(
    before: list[Sign], quiet: list[Sign]
) -> None:
    alert = Alert()
    for hour, sign in enumerate(before):
        step(alert, hour, sign, Patience())
    at_once = Alert(**asdict(alert))
    for hour, sign in enumerate(quiet, len(before)):
        step(alert, hour, sign, Patience())
    if pass_quietly(at_once, len(quiet)):
        assert at_once == alert
    else:
        assert at_once.is_open or at_once.streak or at_once.state is not State.OK
