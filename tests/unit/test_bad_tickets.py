"""Tickets whose events make no sense: each has one result, or a dead letter that says why."""

from __future__ import annotations

import json
from typing import Any

from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.instants import DAY, HOUR, to_rfc3339
from pipeline.events.records import Topic
from pipeline.replay import Line, replay
from pipeline.settings import Settings
from pipeline.wiring import admission_of

T = 20_000 * DAY + 12 * HOUR
Step = tuple[str, float, dict[str, Any]]


def at(kind: str, hours: float, **said: Any) -> Step:
    """Return one event of a ticket, so many hours before T."""
    return kind, hours, said


def replayed(**tickets: list[Step]) -> dict[str, Any]:
    """Replay tickets by name, of brand acme unless a step says otherwise."""
    lines = []
    for name, steps in tickets.items():
        for number, (kind, hours, said) in enumerate(steps):
            event = {
                "id": f"{name}/{number}",
                "ticket": name,
                "brand": "acme",
                "occurred_at": to_rfc3339(T - round(hours * HOUR)),
                "type": kind,
                **said,
            }
            lines.append(Line(Topic.TICKETS, json.dumps(event).encode()))
    clock = FixedClock(T)
    admission = admission_of(Settings(), BrandBook(), clock)
    return replay(lines, BrandBook(), admission, clock, as_of=T).document()


def outcome(**tickets: list[Step]) -> tuple[dict[str, int], dict[str, str]]:
    """Return dead letters by reason, and the fields of acme."""
    document = replayed(**tickets)
    return document["dead_letters"], document["brands"].get("acme", {})


def test_a_solve_without_an_opening_counts_for_nothing() -> None:
    letters, fields = outcome(a=[at("solved", 9 * 24, handle_seconds=600)])
    assert letters == {}
    assert fields["tickets_open"] == fields["tickets_opened_28d"] == "0"
    assert fields["offered_load_agents"] == fields["required_staff"] == "0"
    assert fields["reopen_ratio_28d_state"] == "insufficient"
    assert fields["resolution_seconds_p50_28d_state"] == "insufficient"


def test_a_reply_before_the_opening_is_work_but_no_first_reply() -> None:
    letters, fields = outcome(
        a=[at("replied", 3, actor="agent", handle_seconds=720), at("opened", 2), at("solved", 1)]
    )
    assert letters == {}
    assert fields["first_reply_seconds_p50_28d_state"] == "beyond_horizon"
    assert float(fields["offered_load_agents"]) == 720 / (3 * 3600)


def test_reopening_what_was_not_solved_is_no_reopening() -> None:
    steps = [at("opened", 240), at("reopened", 239), at("solved", 230), at("closed", 229)]
    letters, fields = outcome(a=steps)
    assert letters == {}
    assert fields["reopen_ratio_28d"] == "0"
    assert fields["tickets_open"] == "0"


def test_a_negative_handle_time_is_a_dead_letter() -> None:
    letters, fields = outcome(
        a=[at("opened", 2), at("replied", 1, actor="agent", handle_seconds=-1)],
        b=[at("opened", 2, handle_seconds=-0.0)],
    )
    assert letters == {"invalid_value": 1}
    assert fields["tickets_open"] == "2"
    # What was refused did no work.
    assert fields["offered_load_agents"] == "0"


def test_a_ticket_that_changes_brand_without_being_transferred_is_two_tickets() -> None:
    document = replayed(a=[at("opened", 5), at("replied", 4, actor="agent"), at("solved", 1)])
    assert document["brands"]["acme"]["tickets_open"] == "0"
    moved = [at("opened", 5), at("replied", 4, actor="agent"), at("solved", 1, brand="other")]
    document = replayed(a=moved)
    assert document["dead_letters"] == {}
    assert document["brands"]["acme"]["tickets_open"] == "1"
    assert document["brands"]["other"]["tickets_open"] == "0"
    assert document["brands"]["other"]["tickets_opened_28d"] == "0"
    moved.insert(2, at("opened", 2, brand="other"))
    document = replayed(a=moved)
    assert document["brands"]["other"]["tickets_opened_28d"] == "1"
    assert document["brands"]["acme"]["tickets_open"] == "1"


def test_a_transfer_ends_it_here() -> None:
    document = replayed(
        a=[at("opened", 5), at("transferred", 4, to_brand="other"), at("solved", 1)]
    )
    assert document["brands"].keys() == {"acme"}
    assert document["brands"]["acme"]["tickets_open"] == "0"
    assert document["brands"]["acme"]["resolution_seconds_p50_28d_state"] == "beyond_horizon"


def test_merges_in_a_circle_remove_every_ticket_in_it() -> None:
    letters, fields = outcome(
        a=[at("opened", 5), at("merged", 3, merged_into="b")],
        b=[at("opened", 5), at("merged", 2, merged_into="c")],
        c=[at("opened", 5), at("merged", 1, merged_into="a"), at("reopened", 0.5)],
        d=[at("opened", 5), at("merged", 1, merged_into="d")],
    )
    assert letters == {}
    assert fields["tickets_open"] == "0"
    assert fields["tickets_opened_28d"] == "4"


def test_what_a_merge_or_transfer_lacks_is_a_dead_letter() -> None:
    letters, fields = outcome(a=[at("opened", 5), at("merged", 3), at("transferred", 2)])
    assert letters == {"missing_field": 2}
    assert fields["tickets_open"] == "1"
