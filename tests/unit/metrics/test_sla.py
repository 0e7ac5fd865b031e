"""Service levels: what a target is, when its clock runs, and which tickets count."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.events.brands import Brand
from pipeline.events.instants import DAY, HOUR
from pipeline.metrics.sla import Agreement, sla_breach_ratio
from pipeline.state.ticket_columns import NEVER, Verdict
from tests.unit.metrics.tickets import TODAY, Row, T, book, fields_of, several

REPLY = Brand(id="acme", sla_first_reply_seconds=3600)
SOLVE = Brand(id="acme", sla_resolution_seconds=4 * 3600)
BOTH = Brand(id="acme", sla_first_reply_seconds=3600, sla_resolution_seconds=4 * 3600)
START = TODAY - 27 * DAY


def ticket(*steps: tuple[str, float] | tuple[str, float, dict[str, object]]) -> list[Row]:
    """Return a ticket's events; times are in hours after noon, nine days before T."""
    noon = TODAY - 9 * DAY + 12 * HOUR
    return [("t", kind, noon + round(hours * HOUR), *more) for kind, hours, *more in steps]  # type: ignore[misc] # rows keep what else was said


def ratio(rows: list[Row], entry: Brand | None) -> str | None:
    """Return the published breach ratio; None where it says insufficient."""
    fields = fields_of(book(*rows), T, entry)
    assert ("sla_breach_ratio_28d" in fields) != ("sla_breach_ratio_28d_state" in fields)
    assert fields.get("sla_breach_ratio_28d_state", "insufficient") == "insufficient"
    return fields.get("sla_breach_ratio_28d")


def judged(rows: list[Row], entry: Brand, *, by_hours: bool = False) -> tuple[float, float]:
    """Return when the only ticket met its targets and missed one, in hours after noon."""
    ((_, life),) = book(*rows).lifecycles()
    verdict = Agreement.of(entry)(life)[by_hours]
    noon = TODAY - 9 * DAY + 12 * HOUR
    met, missed = (float("inf") if at == NEVER else (at - noon) / HOUR for at in verdict)
    return met, missed


NOT = float("inf")
CUSTOMER = {"waiting_on": "customer"}
SUPPLIER = {"waiting_on": "third_party"}
OPENED = ("opened", 0.0)


def test_without_any_target_there_is_nothing_to_miss() -> None:
    rows = ticket(OPENED, ("replied", 90), ("solved", 99))
    assert ratio(rows, None) is None
    assert ratio(rows, Brand(id="acme")) is None


@pytest.mark.parametrize(
    ("steps", "entry", "met", "missed"),
    [
        ([("replied", 1)], REPLY, 1, NOT),  # just in time
        ([("replied", 1.001)], REPLY, NOT, 1),
        ([("replied", 0.5, {"actor": "bot"}), ("replied", 2)], REPLY, NOT, 1),
        ([("replied", 0.5, {"public": False})], REPLY, NOT, 1),
        ([], REPLY, NOT, 1),  # open and overdue
        ([("solved", 0.5)], REPLY, 0.5, NOT),  # solved before anybody replied
        ([("solved", 0.5), ("reopened", 1), ("replied", 9)], REPLY, 0.5, NOT),
        ([("solved", 2)], REPLY, NOT, 1),
        ([("merged", 0.5)], REPLY, NOT, NOT),  # it went away with time left
        ([("merged", 2)], REPLY, NOT, 1),
        ([("replied", 0.5), ("deleted", 2)], BOTH, 0.5, NOT),  # the reply is all that was due
        ([("replied", 0.5), ("solved", 3)], BOTH, 3, NOT),
        ([("replied", 0.5)], BOTH, NOT, 4),
        ([("replied", 2), ("solved", 3)], BOTH, NOT, 1),
        ([("replied", 0.5), ("solved", 5)], BOTH, NOT, 4),
        ([("replied", 2), ("solved", 5)], BOTH, NOT, 1),
    ],
)
def test_targets_of_the_brand_book(
    steps: list[tuple[str, float]], entry: Brand, met: float, missed: float
) -> None:
    rows = ticket(OPENED, *steps)
    assert judged(rows, entry) == (met, missed)
    expected = "0" if met < NOT else "1" if missed < NOT else None
    assert ratio(rows, entry) == expected


@pytest.mark.parametrize(
    ("steps", "met", "missed"),
    [
        # Four hours on our clock: one, then two waits of ten.
        ([("waiting", 1, CUSTOMER), ("resumed", 11), ("solved", 14)], 14, NOT),
        ([("waiting", 1, CUSTOMER), ("resumed", 11), ("solved", 14.5)], NOT, 14),
        ([("waiting", 1), ("replied", 11, {"actor": "customer"}), ("solved", 14)], 14, NOT),
        ([("waiting", 1, CUSTOMER)], NOT, NOT),  # the clock stands still
        ([("waiting", 4, CUSTOMER)], NOT, NOT),
        ([("waiting", 4, CUSTOMER), ("resumed", 8), ("solved", 8)], 8, NOT),
        ([("waiting", 4.5, CUSTOMER)], NOT, 4),
        ([("waiting", 1, CUSTOMER), ("solved", 50)], 50, NOT),
        ([("waiting", 1, SUPPLIER), ("resumed", 11), ("solved", 14)], NOT, 4),
        ([("waiting", 1, SUPPLIER)], NOT, 4),
        # What comes after a target was missed does not move when that was.
        ([("waiting", 5, CUSTOMER), ("resumed", 8), ("solved", 9)], NOT, 4),
        # A solved ticket is with the customer until it is reopened.
        ([("solved", 3), ("reopened", 60), ("solved", 60.5)], 60.5, NOT),
        ([("solved", 3), ("reopened", 60)], NOT, 61),
        ([("solved", 3), ("reopened", 60), ("solved", 62)], NOT, 61),
    ],
)
def test_time_with_the_customer_does_not_count(
    steps: list[tuple[str, float]], met: float, missed: float
) -> None:
    assert judged(ticket(OPENED, *steps), SOLVE) == (met, missed)


def due(hours: float, name: str = "sla_resolution_due_at") -> dict[str, object]:
    """Return a due time so many hours after noon."""
    return {name: TODAY - 9 * DAY + 12 * HOUR + round(hours * HOUR)}


@pytest.mark.parametrize(
    ("steps", "met", "missed"),
    [
        ([("opened", 0, {"sla_resolution_seconds": 36_000}), ("solved", 10)], 10, NOT),
        ([("opened", 0, {"sla_resolution_seconds": 36_000})], NOT, 10),
        # An instant comes before seconds, whichever event gives them.
        ([("opened", 0, due(2)), ("escalated", 1, {"sla_resolution_seconds": 36_000})], NOT, 2),
        ([OPENED, ("escalated", 1, due(30)), ("solved", 30)], 30, NOT),
        ([("opened", 0, due(2)), ("escalated", 1, due(20))], NOT, 20),
        # It is moved by what came after it was given, not by what it could take into account.
        ([("opened", 0, due(8)), ("waiting", 2), ("resumed", 5)], NOT, 11),
        ([OPENED, ("waiting", 2), ("resumed", 5), ("escalated", 6, due(8))], NOT, 8),
        ([OPENED, ("waiting", 2), ("resumed", 5, due(8))], NOT, 8),
        ([OPENED, ("waiting", 2), ("touched", 4, due(8)), ("resumed", 5)], NOT, 9),
        ([("opened", 0, due(-1)), ("solved", 0)], NOT, -1),
    ],
)
def test_targets_of_events(steps: list[tuple[str, float]], met: float, missed: float) -> None:
    assert judged(ticket(*steps), SOLVE) == (met, missed)


def test_a_due_time_of_the_first_reply() -> None:
    rows = ticket(("opened", 0, due(2, "sla_first_reply_due_at")), ("replied", 2))
    assert judged(rows, REPLY) == (2, NOT)


@pytest.mark.parametrize(
    ("steps", "met", "missed"),
    [
        # A Wednesday: from noon to 17:00, then on Thursday from 9:00, 21 hours after noon.
        ([("solved", 4)], 4, NOT),
        ([("solved", 4.5)], NOT, 4),
        ([("waiting", 2, CUSTOMER), ("resumed", 4), ("solved", 21.5)], 21.5, NOT),
        ([("waiting", 2, CUSTOMER), ("resumed", 4), ("solved", 23)], NOT, 22),
        ([("waiting", 2, CUSTOMER), ("resumed", 20), ("solved", 23)], 23, NOT),
        ([("solved", 3), ("reopened", 21), ("solved", 22.5)], NOT, 22),
    ],
)
def test_by_business_hours_seconds_count_while_support_is_open(
    steps: list[tuple[str, float]], met: float, missed: float
) -> None:
    entry = Brand(
        id="acme",
        sla_resolution_seconds=4 * 3600,
        business_hours={"wed": ("09:00-17:00",), "thu": ("09:00-17:00",)},
    )
    assert judged(ticket(OPENED, *steps), entry, by_hours=True) == (met, missed)


def test_an_instant_is_the_same_by_business_hours() -> None:
    entry = Brand(id="acme", business_hours={"mon": ("09:00-17:00",)})
    rows = ticket(("opened", 0, due(8)), ("waiting", 2), ("resumed", 5))
    assert judged(rows, entry, by_hours=True) == judged(rows, entry) == (NOT, 11)


def test_open_overdue_tickets_count_and_those_with_time_left_do_not() -> None:
    kept = several(3, ("opened", T - DAY), ("solved", T - DAY + HOUR), name="kept")
    overdue = several(1, ("opened", T - DAY), name="overdue")
    fresh = several(5, ("opened", T - HOUR), name="fresh")
    assert ratio([*kept, *overdue, *fresh], SOLVE) == "0.25"
    assert ratio(fresh, SOLVE) is None


@pytest.mark.parametrize(
    ("opened", "solved", "expected"),
    [
        # Missed four hours after the opening: what counts is whether that lay in the window.
        (START - 4 * HOUR, START + DAY, "1"),
        (START - 4 * HOUR - 1, START + DAY, None),
        (START - 4 * HOUR, START, "0"),
        (START - HOUR, START - 1, None),
        (T - HOUR, T, "0"),
        (START - 100 * DAY, None, "1"),  # still overdue
        (T - 4 * HOUR, None, None),  # due this very moment
        (T - 4 * HOUR - 1, None, "1"),
    ],
)
def test_which_tickets_are_of_the_window(
    opened: int, solved: int | None, expected: str | None
) -> None:
    rows: list[Row] = [("t", "opened", opened)]
    rows += [] if solved is None else [("t", "solved", solved)]
    assert ratio(rows, SOLVE) == expected


def test_a_ticket_never_opened_has_no_targets() -> None:
    ((_, life),) = book(("t", "solved", T)).lifecycles()
    assert Agreement.of(BOTH)(life) == (Verdict(), Verdict())
    assert ratio([("t", "assigned", T - DAY)], BOTH) is None


def test_absurd_targets_overflow_nothing() -> None:
    entry = Brand(id="acme", sla_resolution_seconds=1e305, business_hours={"mon": ("09:00-17:00",)})
    assert ratio(ticket(OPENED, ("solved", 1)), entry) == "0"
    assert ratio(ticket(OPENED), entry) is None


@pytest.mark.parametrize("mean", [HOUR, 2 * DAY, 10 * DAY])
def test_the_share_that_would_miss_in_the_long_run_is_found(mean: int) -> None:
    """Solving takes an exponential time; the target is its mean: a share of 1/e misses it.

    Open tickets that were missed before the window are left out: they count by definition.
    """
    draw = np.random.default_rng(9)
    found = []
    for _ in range(20):
        opened = T - (draw.random(4000) * 200 * DAY).astype(np.int64)
        solved = opened + draw.exponential(mean, 4000).astype(np.int64)
        missed_at = np.where(solved > opened + mean, opened + mean, NEVER)
        met_at = np.where((missed_at == NEVER) & (solved <= T), solved, NEVER)
        is_open = np.zeros(4000, bool)
        found.append(sla_breach_ratio((met_at, missed_at), is_open, START, T))
    assert np.mean([each or 0 for each in found]) == pytest.approx(np.exp(-1), rel=0.03)
