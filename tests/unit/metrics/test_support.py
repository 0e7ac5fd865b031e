"""Ticket fields of a snapshot: windows, states, censoring, and speed."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from pipeline.events.admitted import AdmittedTicketEvent
from pipeline.events.brands import Brand
from pipeline.events.instants import DAY, HOUR, SECOND
from pipeline.metrics.fields import BUSINESS_FIELDS
from pipeline.metrics.support import support_fields
from pipeline.state.activities import BrandActivity
from pipeline.state.shard import BrandState
from pipeline.state.tickets import TicketBook
from tests.unit.metrics.brands import brand_of, mention
from tests.unit.metrics.tickets import TODAY, Row, T, book, fields_of, several

ZERO = (
    "tickets_opened_24h",
    "tickets_opened_28d",
    "tickets_open",
    "tickets_waiting",
    "offered_load_agents",
    "required_agents",
    "required_agents_peak",
    "required_staff",
    "backlog_agent_hours",
)
UNKNOWN = (
    "oldest_open_seconds",
    "first_reply_seconds_p50_28d",
    "first_reply_seconds_p90_28d",
    "resolution_seconds_p50_28d",
    "resolution_seconds_p90_28d",
    "reopen_ratio_28d",
    "sla_breach_ratio_28d",
    "csat_ratio_28d",
    "tickets_per_1k_mentions_28d",
    "tickets_per_1k_customers_28d",
)


def test_a_brand_without_tickets_needs_nobody() -> None:
    expected = dict.fromkeys(ZERO, "0") | {f"{name}_state": "insufficient" for name in UNKNOWN}
    assert fields_of(None) == expected
    assert fields_of(TicketBook("acme")) == expected
    # Nor does one whose tickets were never opened.
    assert fields_of(book(("a", "replied", T), ("a", "solved", T))) == expected


@pytest.mark.parametrize(
    ("at", "in_24h", "in_28d"),
    [
        (TODAY + 11 * HOUR, "0", "1"),  # after the current hour, within the current day
        (TODAY + 11 * HOUR - 1, "1", "1"),
        (TODAY - 13 * HOUR, "1", "1"),
        (TODAY - 13 * HOUR - 1, "0", "1"),
        (TODAY - 27 * DAY, "0", "1"),
        (TODAY - 27 * DAY - 1, "0", "0"),
        (TODAY + DAY, "0", "0"),
    ],
)
def test_openings_are_counted_in_whole_panes(at: int, in_24h: str, in_28d: str) -> None:
    fields = fields_of(book(("a", "opened", at)), T)
    assert (fields["tickets_opened_24h"], fields["tickets_opened_28d"]) == (in_24h, in_28d)
    assert fields["tickets_open"] == "1"


def test_open_and_waiting() -> None:
    fields = fields_of(
        book(
            ("a", "opened", T - HOUR),
            ("b", "opened", T - 100 * DAY),
            ("b", "waiting", T - DAY),
            ("c", "opened", T - 200 * DAY),
            ("c", "solved", T - DAY),
        ),
        T,
    )
    assert (fields["tickets_open"], fields["tickets_waiting"]) == ("2", "1")
    assert fields["oldest_open_seconds"] == str(100 * 86400)


def test_a_ticket_from_the_future_is_not_of_negative_age() -> None:
    assert fields_of(book(("a", "opened", T + 60 * SECOND)), T)["oldest_open_seconds"] == "0"


def test_quantiles_of_plain_tickets() -> None:
    start = T - 5 * DAY
    rows = several(10, ("opened", start), ("replied", start + HOUR), ("solved", start + 10 * HOUR))
    fields = fields_of(book(*rows), T)
    for p in ("p50", "p90"):
        assert float(fields[f"first_reply_seconds_{p}_28d"]) == pytest.approx(3600, rel=0.01)
        assert float(fields[f"resolution_seconds_{p}_28d"]) == pytest.approx(36000, rel=0.01)
    assert not any(field.endswith("_state") and "seconds_p" in field for field in fields)


def test_a_solve_without_a_reply_censors_the_first_reply() -> None:
    start = T - 5 * DAY
    rows = several(10, ("opened", start), ("solved", start + HOUR))
    fields = fields_of(book(*rows), T)
    assert fields["first_reply_seconds_p50_28d_state"] == "beyond_horizon"
    assert "first_reply_seconds_p50_28d" not in fields
    assert "resolution_seconds_p50_28d" in fields


def test_a_reply_after_the_first_solve_is_no_first_reply() -> None:
    start = T - 5 * DAY
    rows = [("opened", start), ("solved", start + 1), ("reopened", start + 2), ("replied", T)]
    fields = fields_of(book(*several(4, *rows)), T)
    assert fields["first_reply_seconds_p50_28d_state"] == "beyond_horizon"


@pytest.mark.parametrize("kind", ["merged", "deleted", "transferred"])
def test_removed_tickets_are_censored_when_they_were_removed(kind: str) -> None:
    start = T - 5 * DAY
    removed = several(4, ("opened", start), (kind, start + HOUR), name="r")
    ended = several(4, ("opened", start), ("solved", start + 2 * HOUR))
    # Half of them are gone before the others are solved: those alone are at risk.
    fields = fields_of(book(*removed, *ended), T)
    assert float(fields["resolution_seconds_p90_28d"]) == pytest.approx(7200, rel=0.01)
    later = several(4, ("opened", start), (kind, start + 3 * HOUR), name="r")
    fields = fields_of(book(*later, *ended), T)
    assert fields["resolution_seconds_p90_28d_state"] == "beyond_horizon"


def test_a_merge_cycle_removes_both_tickets() -> None:
    fields = fields_of(
        book(
            ("a", "opened", T - HOUR),
            ("b", "opened", T - HOUR),
            ("a", "merged", T - 2),
            ("b", "merged", T - 1),
        ),
        T,
    )
    assert fields["tickets_open"] == "0"


def test_open_tickets_from_before_the_window_enter_at_their_age() -> None:
    start = TODAY - 27 * DAY
    # Replied after 30 d, within the window; nobody else is at risk at that age.
    rows = several(2, ("opened", start - 20 * DAY), ("replied", start + 10 * DAY))
    fields = fields_of(book(*rows), T)
    assert float(fields["first_reply_seconds_p50_28d"]) == pytest.approx(30 * 86400, rel=0.01)
    assert fields["resolution_seconds_p50_28d_state"] == "beyond_horizon"
    # Replied before they entered: they tell nothing.
    rows = several(2, ("opened", start - 20 * DAY), ("replied", start - 10 * DAY))
    fields = fields_of(book(*rows), T)
    assert fields["first_reply_seconds_p50_28d_state"] == "insufficient"


def test_what_ended_within_the_window_is_of_the_cohort_and_what_ended_before_is_not() -> None:
    start = TODAY - 27 * DAY
    rows = several(2, ("opened", start - DAY), ("solved", start + DAY))
    found = fields_of(book(*rows), T)["resolution_seconds_p50_28d"]
    assert float(found) == pytest.approx(2 * 86400, rel=0.01)
    rows = several(2, ("opened", start - DAY), ("solved", start))
    assert fields_of(book(*rows), T)["resolution_seconds_p50_28d_state"] == "insufficient"


@pytest.mark.parametrize(("still_open", "growing"), [(2, False), (3, True)])
def test_a_growing_backlog_makes_lower_bounds(still_open: int, growing: bool) -> None:
    start = T - 5 * DAY
    ended = several(1, ("opened", start), ("solved", start + HOUR))
    opened = several(still_open * 2, ("opened", T - HOUR // 4), name="o")
    fields = fields_of(book(*ended, *opened), T)
    # 5 openings, 1 ending: 4 < 4.03. 7 openings: 6 > 4.65.
    assert float(fields["resolution_seconds_p90_28d"]) == pytest.approx(3600, rel=0.01)
    state = fields.get("resolution_seconds_p90_28d_state")
    assert state == ("lower_bound" if growing else None)
    # Nobody replied: absent, whatever the backlog does.
    assert fields["first_reply_seconds_p90_28d_state"] == "beyond_horizon"


def test_what_ended_without_having_been_opened_does_not_shrink_the_backlog() -> None:
    opened = several(6, ("opened", T - DAY), ("replied", T - DAY + 1))
    stray = several(20, ("solved", T - DAY), name="stray")
    fields = fields_of(book(*opened, *stray), T)
    assert fields["first_reply_seconds_p50_28d_state"] == "lower_bound"


def test_reopened_tickets_have_not_ended() -> None:
    start = T - 5 * DAY
    rows = several(8, ("opened", start), ("solved", start + HOUR), ("reopened", start + 2 * HOUR))
    done = several(8, ("opened", start), ("solved", start + HOUR), name="d")
    fields = fields_of(book(*rows, *done), T)
    # 16 openings and 8 endings: 8 > 1.645·√24 = 8.06 does not hold. One more open one decides.
    assert "resolution_seconds_p50_28d_state" not in fields
    fields = fields_of(book(*rows, *done, ("x", "opened", T - DAY)), T)
    assert fields["resolution_seconds_p50_28d_state"] in ("lower_bound", "beyond_horizon")
    assert fields["tickets_open"] == "9"


def test_endings_before_the_window_do_not_count_as_ended() -> None:
    start = T - 5 * DAY
    opened = several(6, ("opened", start), ("replied", start + 1))
    old = several(20, ("opened", T - 40 * DAY), ("solved", T - 35 * DAY), name="old")
    fields = fields_of(book(*opened, *old), T)
    assert fields["first_reply_seconds_p50_28d_state"] == "lower_bound"
    recent = several(20, ("opened", T - 40 * DAY), ("solved", T - 3 * DAY), name="old")
    fields = fields_of(book(*opened, *recent), T)
    assert "first_reply_seconds_p50_28d_state" not in fields


def test_truth_is_found_in_a_stationary_stream() -> None:
    draw = np.random.default_rng(3)
    opened = T - (draw.random(4000) * 40 * DAY).astype(np.int64)
    solved = opened + draw.exponential(2 * HOUR, 4000).astype(np.int64)
    rows = [(str(n), "opened", int(at)) for n, at in enumerate(opened)]
    rows += [(str(n), "solved", int(at)) for n, at in enumerate(solved) if at <= T]
    found = float(fields_of(book(*rows), T)["resolution_seconds_p50_28d"])
    assert found == pytest.approx(np.log(2) * 7200, rel=0.06)


def test_load_is_over_the_time_since_the_brand_was_first_heard_of() -> None:
    tickets = book(("a", "opened", T - 2 * HOUR), ("a", "solved", T, {"handle_seconds": 3600}))
    fields = fields_of(tickets)
    assert fields["offered_load_agents"] == "0.5"
    assert (fields["required_agents"], fields["required_staff"]) == ("2", "3")
    # A ticket event before the opening, a mention or a launch is the first that was heard.
    earlier = book(
        ("b", "assigned", T - 4 * HOUR),
        ("a", "opened", T - 2 * HOUR),
        ("a", "solved", T, {"handle_seconds": 3600}),
    )
    assert fields_of(earlier)["offered_load_agents"] == "0.25"
    spoken = BrandState("acme", brand_of([mention(T - 10 * HOUR)]), tickets)
    assert support_fields(spoken, None, T)["offered_load_agents"] == "0.1"
    launched = BrandActivity("acme")
    launched.first_seen = T - 20 * HOUR
    active = BrandState("acme", brand_of([mention(T - 10 * HOUR)]), tickets, launched)
    assert support_fields(active, None, T)["offered_load_agents"] == "0.05"
    launched.first_seen = T - 300 * DAY
    month = 27 * DAY + 10 * HOUR + HOUR // 2
    found = float(support_fields(active, None, T)["offered_load_agents"])
    assert found == pytest.approx(HOUR / month, rel=1e-12)


def test_without_any_time_to_compare_with_the_load_is_not_known() -> None:
    fields = fields_of(book(("a", "opened", T), ("a", "touched", T, {"handle_seconds": 60})))
    for name in ("offered_load_agents", "required_agents", "required_agents_peak"):
        assert fields[f"{name}_state"] == "insufficient"
        assert name not in fields
    assert fields["required_staff_state"] == "insufficient"
    assert float(fields["backlog_agent_hours"]) == pytest.approx(1 / 60)


LOAD = (
    "offered_load_agents",
    "required_agents",
    "required_agents_peak",
    "required_staff",
    "backlog_agent_hours",
)


def test_an_estimated_handle_time_makes_lower_bounds() -> None:
    known: list[Row] = [
        ("a", "opened", T - DAY),
        ("a", "replied", T - HOUR, {"handle_seconds": 60}),
    ]
    fields = fields_of(book(*known))
    assert not any(f"{name}_state" in fields for name in LOAD)
    fields = fields_of(book(*known, ("b", "opened", T - DAY), ("b", "replied", T - HOUR)))
    assert fields["offered_load_agents"] == str((60 + 360) / 86400)
    assert all(fields[f"{name}_state"] == "lower_bound" for name in LOAD)
    # Solved without a trace of work: 0 s, which is hardly the whole truth.
    fields = fields_of(book(*known, ("b", "opened", T - DAY), ("b", "solved", T - HOUR)))
    assert fields["offered_load_agents_state"] == "lower_bound"
    # Nobody has worked on it yet: there is nothing to estimate.
    fields = fields_of(book(*known, ("b", "opened", T - DAY)))
    assert not any(f"{name}_state" in fields for name in LOAD)
    # The estimate is of a ticket that is not among those of 28 d.
    old: list[Row] = [("b", "opened", T - 40 * DAY), ("b", "replied", T - HOUR)]
    assert "offered_load_agents_state" not in fields_of(book(*known, *old))


def test_an_empty_backlog_is_known_to_be_empty() -> None:
    fields = fields_of(book(("a", "opened", T - DAY), ("a", "replied", T), ("a", "solved", T)))
    assert fields["backlog_agent_hours"] == "0"
    assert "backlog_agent_hours_state" not in fields


def test_the_backlog_is_what_waits_for_us() -> None:
    handled = {"handle_seconds": 1800}
    rows: list[Row] = [
        *several(2, ("opened", T - DAY), ("solved", T - HOUR), handle_seconds=1800),
        ("customer", "opened", T - DAY, handled),
        ("customer", "waiting", T - HOUR, {"waiting_on": "customer"}),
        ("supplier", "opened", T - DAY, handled),
        ("supplier", "waiting", T - HOUR, {"waiting_on": "third_party"}),
        ("ours", "opened", T - DAY, handled),
    ]
    # Two events of half an hour on the first two, one on the others.
    mean = (2 * 1.0 + 3 * 0.5) / 5
    assert float(fields_of(book(*rows))["backlog_agent_hours"]) == pytest.approx(mean)


def test_an_old_backlog_of_unknown_work_is_not_known() -> None:
    fields = fields_of(book(("a", "opened", T - 40 * DAY)))
    assert fields["backlog_agent_hours_state"] == "insufficient"
    assert fields["offered_load_agents"] == "0"


def test_more_messaging_changes_no_burden() -> None:
    tickets = book(("a", "opened", T - DAY), ("a", "solved", T, {"handle_seconds": 600}))
    earned = [mention(T - 2 * DAY, n, p=1.0) for n in range(1, 6)]
    paid = [mention(T - DAY, n, p=1.0, earned=False) for n in range(10, 200)]
    quiet = support_fields(BrandState("acme", brand_of(earned), tickets), None, T)
    loud = support_fields(BrandState("acme", brand_of(earned + paid), tickets), None, T)
    assert loud == quiet
    assert quiet["tickets_per_1k_mentions_28d"] == "200"


def test_tickets_in_proportion() -> None:
    tickets = book(*several(3, ("opened", T - DAY)))
    entry = Brand(id="acme", customers=1200)
    assert fields_of(tickets, T, entry)["tickets_per_1k_customers_28d"] == "2.5"
    nobody = Brand(id="acme", customers=0)
    assert "tickets_per_1k_customers_28d_state" in fields_of(tickets, T, nobody)


def test_satisfaction_is_the_mean_of_the_latest_ratings_of_28_days() -> None:
    def rated(ticket: str, at: int, csat: float) -> Row:
        return (ticket, "rated", at, {"csat": csat})

    opened: list[Row] = [(name, "opened", T - 100 * DAY) for name in "abcd"]
    rows: list[Row] = [
        rated("a", T - 2 * DAY, 0.0),
        rated("a", T - DAY, 1.0),
        rated("b", T - DAY, 0.25),
        rated("c", T - 28 * DAY, 0.0),  # of the day before the window
        ("d", "rated", T - DAY),
        rated("never opened", T - DAY, 0.0),
    ]
    assert fields_of(book(*opened, *rows))["csat_ratio_28d"] == "0.625"


def test_the_order_of_tickets_changes_no_digit() -> None:
    rows: list[Row] = [(str(n), "opened", T - DAY) for n in range(200)]
    ratings: list[Row] = [(str(n), "rated", T, {"csat": (n * 0.37) % 1}) for n in range(200)]
    one = fields_of(book(*rows, *ratings))
    other = fields_of(book(*reversed(rows), *reversed(ratings)))
    assert one == other


@pytest.mark.parametrize(
    ("solved", "reopened", "ratio"),
    [
        (7 * DAY, None, "0"),
        (7 * DAY - 1, None, None),  # it has not had its seven days
        (35 * DAY - 1, None, "0"),
        (35 * DAY, None, None),
        (20 * DAY, 13 * DAY, "1"),
        (20 * DAY, 13 * DAY - 1, "0"),  # it held for seven days
    ],
)
def test_which_solves_were_undone(solved: int, reopened: int | None, ratio: str | None) -> None:
    rows = [("a", "opened", T - 50 * DAY), ("a", "solved", T - solved)]
    rows += [] if reopened is None else [("a", "reopened", T - reopened)]
    fields = fields_of(book(*rows))
    assert fields.get("reopen_ratio_28d") == ratio
    assert fields.get("reopen_ratio_28d_state") == (None if ratio else "insufficient")


def test_every_solve_counts_once() -> None:
    solves = [("solved", 20), ("reopened", 19), ("solved", 18), ("solved", 17), ("merged", 16)]
    rows = [("a", "opened", T - 21 * DAY)]
    rows += [("a", kind, T - day * DAY) for kind, day in solves]
    rows += [("never opened", "solved", T - 20 * DAY)]
    # The second solve moved; the merge takes none back.
    assert fields_of(book(*rows))["reopen_ratio_28d"] == "0.5"


def test_business_hours_add_variants_and_change_nothing_else() -> None:
    rows = several(9, ("opened", T - 5 * DAY), ("replied", T - 4 * DAY), ("solved", T - DAY))
    plain = Brand(id="acme", sla_first_reply_seconds=60)
    closed = Brand(id="acme", sla_first_reply_seconds=60, business_hours={"mon": ()})
    hours = Brand(id="acme", sla_first_reply_seconds=60, business_hours={"mon": ("09:00-17:00",)})
    without = fields_of(book(*rows), T, plain)
    assert fields_of(book(*rows), T, closed) == without
    with_hours = fields_of(book(*rows), T, hours)
    assert with_hours.items() >= without.items()
    assert {name.removesuffix("_state") for name in with_hours.keys() - without.keys()} == set(
        BUSINESS_FIELDS
    )


def test_a_book_that_was_read_anew_judges_anew() -> None:
    tickets = book(*several(2, ("opened", T - DAY)))
    assert fields_of(tickets)["sla_breach_ratio_28d_state"] == "insufficient"
    short = Brand(id="acme", sla_resolution_seconds=60)
    assert fields_of(tickets, T, short)["sla_breach_ratio_28d"] == "1"
    assert fields_of(tickets)["sla_breach_ratio_28d_state"] == "insufficient"


def test_the_same_ticket_under_two_brands_is_two_tickets() -> None:
    """A ticket that changes brand without being transferred stays where it was."""
    here = book(("a", "opened", T - DAY))
    there = TicketBook("other")
    event = AdmittedTicketEvent("other", T, "a", 1, "solved")
    assert there.apply(event, 1, T)
    assert fields_of(here)["tickets_open"] == "1"
    assert support_fields(BrandState("other", None, there), None, T)["tickets_open"] == "0"


def test_twenty_thousand_tickets_are_evaluated_in_no_time() -> None:
    rows = [(str(n), "opened", T - n * 100 * SECOND) for n in range(20_000)]
    tickets = book(*rows)
    fields_of(tickets, T)
    best = min(_seconds(tickets) for _ in range(5))
    assert best < 0.02


def _seconds(tickets: TicketBook) -> float:
    start = perf_counter()
    fields_of(tickets, T)
    return perf_counter() - start
