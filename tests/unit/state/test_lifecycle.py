"""What a ticket's events come to, in any order and with input that makes no sense."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.instants import DAY, HOUR, SECOND
from pipeline.state.lifecycle import MAX_WAITS, Lifecycle, Phase, Solve, Wait, lifecycle
from pipeline.state.ticket_event import (
    Actor,
    EventType,
    LoggedEvent,
    Targets,
    WaitingOn,
    in_order,
)

T0 = 20_000 * DAY


def event(kind: str, hours: float, id_hash: int = 0, **rest: Any) -> LoggedEvent:
    """Return an event so many hours after T0; replies are by an agent unless said."""
    if kind == "replied":
        rest.setdefault("actor", Actor.AGENT)
    at = T0 + round(hours * HOUR)
    return LoggedEvent(at, id_hash, offset=id_hash, type=EventType[kind.upper()], **rest)


def reduce(*events: LoggedEvent) -> Lifecycle:
    """Return the lifecycle of events in the order in which they count."""
    return lifecycle(sorted(events, key=in_order))


def hours(instant: int | None) -> float | None:
    """Return an instant as hours after T0."""
    return None if instant is None else (instant - T0) / HOUR


def test_a_plain_ticket() -> None:
    life = reduce(
        event("opened", 0),
        event("replied", 1, actor=Actor.BOT),
        event("replied", 2, public=False),
        event("replied", 3),
        event("replied", 4),
        event("touched", 5, actor=Actor.AGENT),
        event("solved", 6),
    )
    assert hours(life.opened_at) == 0
    assert hours(life.first_reply_at) == 3
    assert hours(life.replied_in_time_at) == 3
    assert hours(life.solved_at) == hours(life.ended_at) == 6
    assert not life.is_open
    assert (life.replies, life.touches) == (3, 1)
    assert life.handle_seconds == 4 * 360
    assert life.handle_is_estimated


def test_given_handle_times_replace_the_estimate() -> None:
    life = reduce(
        event("opened", 0), event("replied", 1), event("touched", 2, handle=90 * SECOND + 1)
    )
    assert life.handle_seconds == 90.000001
    assert not life.handle_is_estimated


def test_a_given_handle_time_of_zero_is_given() -> None:
    life = reduce(event("opened", 0), event("replied", 1, handle=0))
    assert (life.handle_seconds, life.handle_is_estimated) == (0, False)


def test_touches_by_customers_and_bots_are_no_work() -> None:
    life = reduce(
        event("touched", 1),
        event("touched", 2, actor=Actor.CUSTOMER),
        event("touched", 3, actor=Actor.BOT),
    )
    assert life.touches == 1


def test_without_an_opening_nothing_counts() -> None:
    life = reduce(event("replied", 1), event("solved", 2))
    assert life.opened_at is None
    assert not life.is_open
    assert not life.is_waiting


def test_what_precedes_the_opening_changes_no_state_but_is_work() -> None:
    life = reduce(
        event("replied", 1),
        event("waiting", 2),
        event("solved", 3),
        event("reopened", 4),
        event("merged", 5, handle=SECOND),
        event("opened", 6),
    )
    assert life.is_open
    assert not life.is_waiting
    assert life.first_reply_at is life.last_solved_at is life.first_ended_at is None
    assert (life.reopens, life.solves) == (0, ())
    assert (life.replies, life.handle) == (1, SECOND)


@pytest.mark.parametrize("id_hash", [0, 9])
def test_at_one_instant_the_opening_comes_first(id_hash: int) -> None:
    life = reduce(event("opened", 1, 5), event("replied", 1, id_hash), event("solved", 1, id_hash))
    assert hours(life.solved_at) == 1
    assert hours(life.replied_in_time_at) == 1


def test_the_earliest_opening_counts() -> None:
    life = reduce(event("opened", 0), event("solved", 1), event("opened", 2))
    assert hours(life.opened_at) == 0
    assert life.phase is Phase.SOLVED


def test_reopening_opens_again_and_the_last_solve_counts() -> None:
    life = reduce(event("opened", 0), event("solved", 1), event("reopened", 2), event("solved", 5))
    assert hours(life.solved_at) == 5
    assert hours(life.first_ended_at) == 1
    assert life.reopens == 1
    assert life.solves == (Solve(T0 + HOUR, T0 + 2 * HOUR), Solve(T0 + 5 * HOUR))


def test_a_reopened_ticket_is_not_solved_though_it_was() -> None:
    life = reduce(event("opened", 0), event("solved", 1), event("reopened", 2))
    assert life.is_open
    assert life.solved_at is life.ended_at is None
    assert hours(life.last_solved_at) == 1


def test_reopening_an_open_ticket_only_ends_its_wait() -> None:
    life = reduce(event("opened", 0), event("waiting", 1), event("reopened", 2))
    assert (life.reopens, life.is_waiting, life.is_open) == (0, False, True)


def test_a_second_solve_moves_the_first() -> None:
    life = reduce(event("opened", 0), event("solved", 1), event("solved", 3))
    assert life.solves == (Solve(T0 + 3 * HOUR),)
    assert hours(life.solved_at) == 3


def test_closed_solves_an_open_ticket() -> None:
    assert hours(reduce(event("opened", 0), event("closed", 4)).solved_at) == 4


def test_closed_leaves_a_solve_where_it_was_and_starts_retention_anew() -> None:
    life = reduce(event("opened", 0), event("solved", 1), event("closed", 96))
    assert hours(life.solved_at) == hours(life.ended_at) == 1
    assert life.expires_at == T0 + 96 * HOUR + 42 * DAY


@pytest.mark.parametrize("kind", ["merged", "deleted", "transferred"])
def test_removal_is_for_good(kind: str) -> None:
    life = reduce(
        event("opened", 0),
        event(kind, 1),
        event("solved", 2),
        event("reopened", 3),
        event("closed", 4),
        event("deleted", 5),
    )
    assert life.phase is Phase.REMOVED
    assert hours(life.ended_at) == 1
    assert life.solved_at is None
    assert life.expires_at == T0 + HOUR + 42 * DAY


def test_a_solved_ticket_that_is_merged_is_no_longer_solved() -> None:
    life = reduce(event("opened", 0), event("solved", 1), event("merged", 2))
    assert life.phase is Phase.REMOVED
    assert hours(life.ended_at) == 2
    assert life.solved_at is None


@pytest.mark.parametrize("how", ["resumed", "customer", "reopened"])
def test_what_ends_a_wait(how: str) -> None:
    end = event("replied", 3, actor=Actor.CUSTOMER) if how == "customer" else event(how, 3)
    waiting = [event("opened", 0), event("waiting", 1, waiting_on=WaitingOn.CUSTOMER)]
    assert hours(reduce(*waiting).waiting_since) == 1
    assert reduce(*waiting).is_waiting
    assert reduce(*waiting, event("replied", 2), event("touched", 2)).is_waiting
    life = reduce(*waiting, end)
    assert not life.is_waiting
    assert life.waits == (Wait(T0 + HOUR, T0 + 3 * HOUR),)


def test_an_ended_ticket_waits_on_nobody() -> None:
    life = reduce(event("opened", 0), event("waiting", 1), event("solved", 3), event("waiting", 4))
    assert not life.is_waiting
    assert life.waits == (Wait(T0 + HOUR, T0 + 3 * HOUR),)
    reopened = reduce(
        event("opened", 0), event("waiting", 1), event("solved", 3), event("reopened", 4)
    )
    assert reopened.is_open
    assert not reopened.is_waiting


def test_waits_on_third_parties_are_not_waits_on_the_customer() -> None:
    life = reduce(
        event("opened", 0),
        event("waiting", 1, waiting_on=WaitingOn.CUSTOMER),
        event("waiting", 3, waiting_on=WaitingOn.THIRD_PARTY),
        event("waiting", 4, waiting_on=WaitingOn.THIRD_PARTY),
        event("replied", 5),
    )
    assert hours(life.waiting_since) == 3
    assert life.waits == (Wait(T0 + HOUR, T0 + 3 * HOUR),)


def test_the_newest_waits_are_remembered() -> None:
    turns = range(1, 2 * MAX_WAITS + 3, 2)
    waits = [event(kind, n + i) for n in turns for i, kind in enumerate(("waiting", "resumed"))]
    life = reduce(event("opened", 0), *waits)
    assert len(life.waits) == MAX_WAITS
    assert hours(life.waits[0].since) == 3


@pytest.mark.parametrize("reply_hash", [0, 9])
def test_a_reply_at_the_solve_is_in_time_and_one_after_it_is_not(reply_hash: int) -> None:
    solved = [event("opened", 0), event("solved", 2, 5), event("reopened", 3)]
    assert hours(reduce(*solved, event("replied", 2, reply_hash)).replied_in_time_at) == 2
    late = reduce(*solved, event("replied", 4))
    assert hours(late.first_reply_at) == 4
    assert late.replied_in_time_at is None


def test_the_latest_rating_and_the_latest_targets_count() -> None:
    life = reduce(
        event("opened", 0, targets=Targets(first_reply=1, resolution=2)),
        event("escalated", 1, targets=Targets(resolution=3)),
        event("rated", 5, csat=0.0),
        event("rated", 4, csat=1.0),
    )
    assert life.targets == Targets(first_reply=1, resolution=3)
    assert (life.csat, hours(life.rated_at)) == (0.0, 5)


def test_it_is_known_when_due_times_were_given() -> None:
    first = Targets(first_reply_due_at=T0, resolution_due_at=T0)
    due = event("opened", 0, targets=first)
    reply = event("escalated", 2, targets=Targets(first_reply_due_at=T0 + HOUR))
    resolution = event("escalated", 2, targets=Targets(resolution_due_at=T0 + HOUR))
    for later, set_at in ((reply, (2, 0)), (resolution, (0, 2))):
        for life in (reduce(due, later), lifecycle([due], reduce(later))):
            assert life.targets == first.updated(later.targets or Targets())
            assert (hours(life.reply_due_set_at), hours(life.resolution_due_set_at)) == set_at


def test_nothing_is_estimated_while_nobody_has_worked() -> None:
    assert not reduce(event("opened", 0)).handle_is_estimated
    assert reduce(event("opened", 0), event("replied", 1)).handle_is_estimated
    assert reduce(event("opened", 0), event("solved", 1)).handle_is_estimated
    assert not reduce(event("opened", 0), event("solved", 1, handle=0)).handle_is_estimated


def test_what_never_ended_expires_after_its_last_event() -> None:
    assert reduce(event("opened", 0), event("touched", 5)).expires_at == T0 + 5 * HOUR + 400 * DAY
    assert reduce(event("solved", 5)).expires_at == T0 + 5 * HOUR + 400 * DAY


def test_an_event_older_than_the_prefix_counts_as_work_and_opening_only() -> None:
    prefix = reduce(event("opened", 1), event("replied", 4), event("touched", 6))
    life = lifecycle(
        [
            event("solved", 2, handle=7),
            event("replied", 3),
            event("opened", 0),
            event("rated", 5, csat=0.5),
        ],
        prefix,
    )
    assert life.is_open
    assert (hours(life.opened_at), hours(life.first_reply_at)) == (0, 3)
    assert (life.handle, life.replies, life.csat) == (7, 2, 0.5)
    assert hours(life.folded_at) == 6
    assert prefix.events == 3


def test_a_late_opening_keeps_the_state_and_drops_earlier_replies() -> None:
    prefix = reduce(event("replied", 1), event("solved", 4))
    life = lifecycle([event("opened", 2)], prefix)
    assert life.phase is Phase.SOLVED
    assert life.first_reply_at is None


EVENTS = st.builds(
    event,
    st.sampled_from([each.name.lower() for each in EventType]),
    st.integers(0, 12),
    st.integers(0, 2**64 - 1),
    actor=st.sampled_from(Actor),
    public=st.booleans(),
    waiting_on=st.sampled_from(WaitingOn),
    handle=st.none() | st.integers(0, 10**9),
    csat=st.none() | st.floats(0, 1),
)


@given(st.lists(EVENTS, max_size=30))
def test_whatever_comes_the_lifecycle_makes_sense(events: list[LoggedEvent]) -> None:
    life = reduce(*events)
    openings = [each.at for each in events if each.type is EventType.OPENED]
    assert life.opened_at == min(openings, default=None)
    assert life.events == len(events)
    if life.opened_at is None:
        assert not life.is_open
        return
    for instant in (
        life.first_reply_at,
        life.last_solved_at,
        life.ended_at,
        life.first_ended_at,
        life.waiting_since,
    ):
        assert instant is None or instant >= life.opened_at
    assert (life.ended_at is None) == life.is_open
    assert life.is_open or not life.is_waiting
    assert all(life.opened_at <= wait.since <= wait.until for wait in life.waits)
    assert life.reopens == sum(solve.reopened_at is not None for solve in life.solves)
