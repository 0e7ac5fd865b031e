"""Tickets of a brand: any order, duplicates, replay, bounds, retention and what is stored."""

from __future__ import annotations

import struct
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Reject, Stop
from pipeline.events.admitted import AdmittedTicketEvent
from pipeline.events.instants import DAY, HOUR, MINUTE
from pipeline.state.encoding import FORMAT
from pipeline.state.lifecycle import Lifecycle, lifecycle
from pipeline.state.ticket_columns import NEVER, Verdict
from pipeline.state.ticket_event import in_order, logged
from pipeline.state.tickets import MAX_EVENTS, TicketBook

T0 = 20_000 * DAY
TYPES = [
    "opened",
    "replied",
    "touched",
    "waiting",
    "resumed",
    "solved",
    "reopened",
    "closed",
    "merged",
    "transferred",
    "deleted",
    "escalated",
    "assigned",
]


def event(
    kind: str, at: int, id_hash: int, ticket: str = "a", handle: float | None = None
) -> AdmittedTicketEvent:
    """Return an event at T0 plus ``at``; replies are public and by an agent."""
    actor = "agent" if kind == "replied" else None
    return AdmittedTicketEvent(
        "acme", T0 + at, ticket, id_hash, kind, actor=actor, handle_seconds=handle
    )


def life_of(book: TicketBook, ticket: str = "a") -> Lifecycle:
    """Return the lifecycle of a ticket in the book."""
    return dict(book.lifecycles())[ticket]


def stored_again(book: TicketBook, applied: int) -> TicketBook:
    """Return the book as it is after it was written and read back."""
    again = TicketBook(book.brand)
    for name, _ in book.lifecycles():
        again.load(name, book.encode(name, applied))
    again.load_summary(book.encode_summary(applied))
    return again


def filled(events: list[AdmittedTicketEvent], reload_after: int | None = None) -> TicketBook:
    """Apply events in the order given, with a round through storage after some of them."""
    book = TicketBook("acme")
    for offset, each in enumerate(events):
        assert book.apply(each, offset, T0)
        if offset == reload_after:
            book = stored_again(book, offset)
    return book


def expected(events: list[AdmittedTicketEvent]) -> Lifecycle:
    """Return the lifecycle of all events in order, without any bound."""
    return lifecycle(sorted((logged(each, 0) for each in events), key=in_order))


SOME = st.lists(
    st.tuples(st.sampled_from(TYPES), st.integers(0, 8), st.none() | st.floats(0, 1e6)),
    min_size=1,
    max_size=20,
).map(lambda rows: [event(k, at * HOUR, n, handle=h) for n, (k, at, h) in enumerate(rows)])


@given(data=st.data(), events=SOME)
def test_any_order_gives_the_same_lifecycle(
    data: st.DataObject, events: list[AdmittedTicketEvent]
) -> None:
    shuffled = data.draw(st.permutations(events))
    reload_after = data.draw(st.none() | st.integers(0, len(events) - 1))
    book = filled(shuffled, reload_after)
    assert life_of(book) == expected(events)
    assert life_of(stored_again(book, 99)) == expected(events)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(0, 599))
def test_beyond_the_bound_order_is_respected_within_the_tail(seed: int, reload_after: int) -> None:
    draw = Random(seed)
    events = [event("opened", 0, 0)] + [
        event(draw.choice(TYPES[1:8]), n * MINUTE, n, handle=draw.choice([None, 1.5]))
        for n in range(1, 600)
    ]
    # Nobody is overtaken by more than the tail holds.
    shuffled = sorted(events, key=lambda each: each.at + draw.randrange(200) * MINUTE)
    book = filled(shuffled, reload_after)
    assert life_of(book) == expected(events)
    # The opening, the earliest of all, was folded long ago.
    assert len(msgspec.msgpack.decode(book.encode("a", 1)[9:])[1]) == MAX_EVENTS


def test_a_lifecycle_follows_the_events() -> None:
    book = filled([event("opened", 0, 1)])
    assert life_of(book).is_open
    book.apply(event("solved", HOUR, 2), 1, T0)
    assert not life_of(book).is_open


def test_a_repeat_is_a_duplicate_within_its_ticket_only() -> None:
    book = filled([event("opened", 0, 1)])
    book.dirty.clear()
    assert not book.apply(event("opened", 5, 1), 1, T0)
    assert not book.dirty
    assert book.apply(event("opened", 0, 1, ticket="b"), 2, T0)
    assert book.dirty == {"b"}


def test_replay_has_the_outcomes_of_the_first_time_and_changes_nothing() -> None:
    records = [event("opened", 0, 1), event("opened", 0, 1), event("solved", 5, 2)]
    book = TicketBook("acme")
    first = [book.apply(each, offset, T0) for offset, each in enumerate(records)]
    assert first == [True, False, True]
    value = book.encode("a", 2)
    again = stored_again(book, 2)
    assert [again.apply(each, offset, T0) for offset, each in enumerate(records)] == first
    assert not again.dirty
    assert again.encode("a", 2) == value
    assert not again.apply(records[0], 3, T0)
    assert again.apply(event("reopened", 6, 3), 4, T0)


def test_replay_of_folded_events_changes_nothing() -> None:
    events = [event("touched", n, n, handle=1) for n in range(MAX_EVENTS + 10)]
    book = stored_again(filled(events), len(events) - 1)
    assert all(book.apply(each, offset, T0) for offset, each in enumerate(events))
    assert life_of(book).events == len(events)


def test_a_replayed_record_that_was_refused_is_refused_again() -> None:
    book = TicketBook("acme")
    late = event("touched", -400 * DAY, 1)
    for _ in range(2):
        with pytest.raises(Reject, match="too_late"):
            book.apply(late, 0, T0)
        book.apply(event("opened", 0, 2), 1, T0)
        book = stored_again(book, 1)


def test_lateness_is_a_matter_of_unknown_tickets() -> None:
    book = TicketBook("acme")
    with pytest.raises(Reject) as refusal:
        book.apply(event("opened", -400 * DAY, 1), 0, T0)
    assert refusal.value.reason == "too_late"
    assert len(book) == 0
    assert book.apply(event("opened", 1 - 400 * DAY, 1), 1, T0)
    assert book.apply(event("touched", 0, 2), 2, T0)
    assert book.apply(event("touched", -500 * DAY, 3), 3, T0)


def test_ended_tickets_are_kept_42_days_and_others_400() -> None:
    book = filled(
        [
            event("opened", 0, 1, "ended"),
            event("solved", DAY, 2, "ended"),
            event("opened", 0, 3, "open"),
            event("solved", 0, 4, "unopened"),
        ]
    )
    assert book.drop_expired(T0 + 43 * DAY - 1) == []
    version = book.columns().version
    assert book.drop_expired(T0 + 43 * DAY) == ["ended"]
    assert book.columns().version != version
    assert book.drop_expired(T0 + 400 * DAY - 1) == []
    assert book.drop_expired(T0 + 400 * DAY) == ["open", "unopened"]
    assert book.drop_expired(T0 + 400 * DAY) == []
    assert len(book) == 0
    assert not book.dirty
    assert book.first_seen == T0


@pytest.mark.parametrize("dropped_before", [False, True])
def test_when_expired_tickets_are_dropped_makes_no_difference(dropped_before: bool) -> None:
    book = filled([event("opened", 0, 1), event("solved", 0, 2)])
    watermark = T0 + 42 * DAY
    if dropped_before:
        assert book.drop_expired(watermark) == ["a"]
    assert book.apply(event("reopened", 42 * DAY, 3), 2, watermark)
    assert life_of(book).opened_at is None
    assert book.dirty == {"a"}
    # Begun anew, so its stored value must stay.
    assert book.drop_expired(watermark) == []


def test_what_was_not_written_of_a_forgotten_ticket_is_written_once_more() -> None:
    """Or a crash before its stored value is deleted would bring it back as it was before."""
    book = filled([event("opened", 0, 1)])
    assert book.last_words(5) == []
    book.dirty.clear()
    book.encode("a", 1)
    book.apply(event("solved", 10, 2), 2, T0)
    assert book.drop_expired(T0 + 10 + 42 * DAY) == ["a"]
    [(name, value)] = book.last_words(9)
    assert book.last_words(9) == []
    again = TicketBook("acme")
    again.load(name, value)
    assert again.drop_expired(T0 + 10 + 42 * DAY) == ["a"]


def test_of_a_forgotten_ticket_that_was_never_stored_nothing_is_written() -> None:
    book = filled([event("opened", 0, 1), event("solved", 10, 2)])
    book.drop_expired(T0 + 10 + 42 * DAY)
    assert book.last_words(9) == []
    # Begun anew before its stored value is deleted, it is written as it is now.
    stored = filled([event("opened", 0, 1)])
    stored.encode("a", 1)
    stored.apply(event("solved", 10, 2), 2, T0)
    stored.apply(event("opened", 50 * DAY, 3), 3, T0 + 50 * DAY)
    assert stored.last_words(9) == []
    assert stored.dirty == {"a"}


def test_an_expired_ticket_is_known_by_its_events_no_more() -> None:
    book = filled([event("opened", 0, 1), event("solved", 0, 2)])
    with pytest.raises(Reject, match="too_late"):
        book.apply(event("touched", 0, 3), 2, T0 + 400 * DAY)
    assert book.drop_expired(T0 + 400 * DAY) == ["a"]


def test_what_a_value_contains_is_contained_though_the_ticket_has_expired() -> None:
    book = stored_again(filled([event("opened", 0, 1), event("solved", 0, 2)]), 1)
    assert book.apply(event("solved", 0, 2), 1, T0 + 42 * DAY)
    assert life_of(book).events == 2


def test_a_ticket_that_ended_among_its_folded_events_expires() -> None:
    touches = [event("touched", 41 * DAY + n, 10 + n) for n in range(MAX_EVENTS)]
    book = filled([event("opened", 0, 1), event("solved", 0, 2), *touches])
    assert book.apply(event("touched", 42 * DAY, 3), 999, T0 + 42 * DAY)
    assert life_of(book).events == 1


def test_the_cap_counts_tickets_that_the_watermark_keeps() -> None:
    book = TicketBook("acme", limit=2)
    book.apply(event("opened", 0, 1, "a"), 0, T0)
    book.apply(event("opened", 0, 2, "b"), 1, T0)
    with pytest.raises(Reject) as refusal:
        book.apply(event("opened", 0, 3, "c"), 2, T0)
    assert refusal.value.reason == "too_many_tickets"
    assert book.apply(event("solved", 0, 4, "a"), 3, T0)
    assert book.apply(event("opened", 42 * DAY, 5, "c"), 4, T0 + 42 * DAY)
    assert "a" not in book
    assert book.drop_expired(T0 + 42 * DAY) == ["a"]


def test_rows_of_forgotten_tickets_are_used_again() -> None:
    book = filled([event("opened", 0, 1, "a")])
    book.drop_expired(T0 + 400 * DAY)
    assert not book.columns().is_open.any()
    book.apply(event("opened", 400 * DAY, 3, "b"), 2, T0 + 400 * DAY)
    assert book.columns().opened.tolist() == [T0 + 400 * DAY]


def test_columns_grow_and_agree_with_the_lifecycles() -> None:
    kinds = ["opened", "replied", "waiting", "solved"]
    book = filled(
        [event(kinds[n % 4], n * HOUR, n, str(m)) for m in range(50) for n in range(m % 5)]
    )
    lives = [life for _, life in book.lifecycles()]
    columns = book.columns()
    assert int(columns.is_open.sum()) == sum(life.is_open for life in lives)
    assert int(columns.is_waiting.sum()) == sum(life.is_waiting for life in lives)
    assert int(columns.is_handle_estimated.sum()) == sum(each.handle_is_estimated for each in lives)
    assert columns.handle.tolist() == [life.handle_time for life in lives]


@given(data=st.data(), rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=40))
def test_columns_hold_every_solve_whenever_they_are_looked_at(
    data: st.DataObject, rows: list[tuple[int, int]]
) -> None:
    kinds = ["opened", "solved", "reopened", "solved", "waiting", "deleted"]
    looks = data.draw(st.sets(st.integers(0, 40)))
    book = TicketBook("acme")
    for n, (ticket, kind) in enumerate(rows):
        book.apply(event(kinds[kind], data.draw(st.integers(0, 9)) * HOUR, n, str(ticket)), n, T0)
        if n in looks:
            book.columns()
    solves = [
        (solve.at, NEVER if solve.reopened_at is None else solve.reopened_at)
        for _, life in book.lifecycles()
        if life.opened_at is not None
        for solve in life.solves
    ]
    solved, reopened = book.columns().solves
    held = [(at, again) for at, again in zip(solved, reopened, strict=True) if at != NEVER]
    assert sorted(held) == sorted(solves)
    book.drop_expired(T0 + 500 * DAY)
    assert set(book.columns().solves[0].tolist()) <= {NEVER}


def test_tickets_are_judged_by_whoever_asked_last() -> None:
    def judge(life: Lifecycle) -> tuple[Verdict, Verdict]:
        return Verdict(met_at=life.events), Verdict(missed_at=life.replies)

    book = filled([event("opened", 0, 1), event("replied", HOUR, 2)])
    assert book.columns().calendar_verdicts[0].tolist() == [NEVER]
    columns = book.columns(judge)
    assert [column.tolist() for column in columns.calendar_verdicts] == [[2], [NEVER]]
    assert [column.tolist() for column in columns.business_verdicts] == [[NEVER], [1]]
    book.apply(event("touched", 2 * HOUR, 3), 3, T0)
    assert book.columns().calendar_verdicts[0].tolist() == [3]


def test_a_stored_ticket_starts_with_format_and_offset() -> None:
    value = filled([event("opened", 0, 2**64 - 1)]).encode("a", 77)
    assert struct.unpack_from("<Bq", value) == (FORMAT, 77)


@pytest.mark.parametrize(
    "value", [b"", bytes([FORMAT + 1]) + bytes(9), bytes([FORMAT]) + bytes(8) + b"\xc1"]
)
def test_what_cannot_be_read_stops_the_process(value: bytes) -> None:
    with pytest.raises(Stop):
        TicketBook("acme").load("a", value)
    with pytest.raises(Stop):
        TicketBook("acme").load_summary(value)


def test_first_seen_is_the_earliest_event_applied() -> None:
    book = filled([event("opened", 5, 1), event("touched", 3, 2)])
    book.apply(event("touched", 1, 2), 2, T0)
    assert (book.first_seen, book.summary_dirty) == (T0 + 3, True)
    again = stored_again(book, 2)
    assert (again.first_seen, again.summary_dirty) == (T0 + 3, False)


def test_absurd_durations_can_be_stored() -> None:
    book = filled([event("touched", n, n, handle=1e300) for n in range(300)])
    assert life_of(stored_again(book, 1)) == life_of(book)
    assert book.columns().handle[0] > 0
