"""The oracle against worlds small enough to count by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import World, differences, ledger_differences, recount, redis_differences
from tests.oracle.calendar import DAY, HOUR, MINUTE, SECOND, current_pane, parse, rfc3339
from tests.oracle.partition import murmur2, partition_of
from tests.oracle.staffing import agents_needed, chance_to_wait, positions
from tests.oracle.survival import Subject, bracket, quantile
from tests.oracle.worlds import HORIZON, Rates, shuffled_within_horizon, with_duplicates, world

NOON = parse("2026-03-10T12:00:00Z")
Event = dict[str, Any]


def mention(number: int, at: int = NOON, **fields: object) -> Event:
    """A mention by author ``a{number}`` that says 1 for the brand, unless ``fields`` differ."""
    event: Event = {
        "topic": "social-mentions",
        "id": f"m{number}",
        "brand": "acme",
        "author": f"a{number}",
        "source": "reddit",
        "occurred_at": rfc3339(at),
        "sentiment": 1,
    }
    event.update(fields)
    return {name: value for name, value in event.items() if value is not None}


def ticket(name: str, *steps: tuple[int, str], brand: str = "acme") -> list[Event]:
    """A ticket's events from (instant, type); ``agent``/``customer``/``bot`` reply publicly."""
    events: list[Event] = []
    for number, (at, step) in enumerate(steps):
        event: Event = {
            "topic": "support-tickets",
            "id": f"{name}.{number}",
            "ticket": name,
            "brand": brand,
            "occurred_at": rfc3339(at),
            "type": step,
        }
        if step in {"agent", "customer", "bot", "private"}:
            actor = "agent" if step == "private" else step
            event |= {"type": "replied", "actor": actor, "public": step != "private"}
        if step == "merged":
            event["merged_into"] = "other"
        if step == "transferred":
            event["to_brand"] = "other"
        events.append(event)
    return events


def activity(name: str, kind: str = "launch") -> Event:
    """A launch or campaign at noon."""
    return {
        "topic": "brand-activity",
        "id": f"{kind} {name}",
        "brand": "acme",
        "occurred_at": rfc3339(NOON),
        "type": kind,
        "name": name,
    }


def acme(events: Iterable[object], t: int = NOON) -> dict[str, str | float | int]:
    return recount(events, t).brands["acme"]


def published(of: World) -> dict[str, dict[str, str]]:
    """A world's snapshots as the product would publish them."""
    return {
        brand: {name: plain(value) for name, value in fields.items()}
        for brand, fields in of.brands.items()
    }


def plain(value: str | float | int) -> str:
    """A number without exponent, an integral one without a point."""
    if isinstance(value, str):
        return value
    text = f"{value:.25f}" if isinstance(value, float) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- windows -------------------------------------------------------------------------------------


def test_an_instant_on_a_boundary_starts_no_pane() -> None:
    assert current_pane(NOON, HOUR) == NOON // HOUR - 1
    assert current_pane(NOON + 1, HOUR) == NOON // HOUR


def test_windows_are_whole_panes_up_to_the_current_one() -> None:
    t = NOON + 30 * SECOND
    inside = [t - 60 * MINUTE + 30 * SECOND, NOON]
    outside = [NOON - 59 * MINUTE - 1, NOON - 59 * MINUTE - HOUR]
    fields = acme([mention(i, at) for i, at in enumerate(inside + outside)], t)
    assert fields["mentions_1h"] == 2
    # 24 h: the hour of noon and 23 before it, from 13:00 of the day before
    day = [NOON - 23 * HOUR, NOON - 23 * HOUR - 1]
    assert acme([mention(i, at) for i, at in enumerate(day)], t)["mentions_24h"] == 1
    month = [NOON // DAY * DAY - 27 * DAY, NOON // DAY * DAY - 27 * DAY - 1]
    fields = acme([mention(i, at) for i, at in enumerate(month)], t)
    assert (fields["mentions_28d"], fields["mentions_7d"]) == (1, 0)


# --- mentions ------------------------------------------------------------------------------------


def test_an_author_counts_once_a_window_and_once_a_day() -> None:
    yesterday = NOON - DAY
    events = [
        mention(1, NOON, author="ann", sentiment=0.5),
        mention(2, NOON - MINUTE, author="ann", sentiment=0.25),
        mention(3, NOON - HOUR, author="ann", sentiment=-0.75),
        mention(4, yesterday, author="ann", sentiment=0.125),
        mention(5, NOON, author="ann", source="mastodon", sentiment=1, bot_probability=0.5),
    ]
    fields = acme(events, NOON + 1)
    # a bot of one half weighs half; the same name elsewhere is somebody else
    assert fields["advocacy_1h"] == 0.5 + 0.5
    assert fields["detraction_1h"] == 0
    assert fields["advocacy_24h"] == 0.5 + 0.5
    assert fields["detraction_24h"] == 0.75
    assert fields["advocacy_28d"] == 0.5 + 0.5 + 0.125
    assert fields["advocates_28d"] == 2
    assert fields["net_sentiment_28d"] == (1.125 - 0.75) / (1.125 + 0.75)
    assert fields["mentions_28d"] == 5


def test_what_is_said_by_rating_text_or_not_at_all() -> None:
    events = [
        mention(1, sentiment=None, rating=2),
        mention(2, sentiment=None, text="good"),
        mention(3, sentiment=None),
        mention(4, sentiment=0.5, rating=1),
    ]
    result = recount(
        events, NOON + 1, score=lambda text, brand: {"good acme": 0.75}[f"{text} {brand}"]
    )
    fields = result.brands["acme"]
    assert fields["detraction_1h"] == 0.5
    assert fields["advocacy_1h"] == 0.75 + 0.5
    assert fields["mentions_unscored_28d"] == 1
    assert fields["mentions_1h"] == 4


def test_only_earned_creations_count() -> None:
    events = [
        mention(1, likes=3, clicks=1),
        mention(2, relation="paid", likes=50),
        mention(1, op="delete", likes=70),
        mention(3, op="edit", relation="owned"),
        mention(4, relation="employee", sentiment=None),
        mention(5, sentiment=0),
    ]
    fields = acme(events, NOON + 1)
    assert fields["mentions_24h"] == 2
    assert fields["mentions_unscored_28d"] == 0
    assert fields["mentions_retracted_28d"] == 2
    assert (fields["vanity_likes_28d"], fields["vanity_clicks_28d"]) == (3, 1)
    assert fields["advocates_24h"] == 1


def test_a_repeat_is_a_duplicate_while_its_minute_is_kept() -> None:
    kept = NOON + 3 * HOUR + MINUTE - 1
    first = mention(1, author="ann")
    assert recount([first, first], NOON + 1).outcomes["duplicate"] == 1
    assert recount([first, mention(1, kept)], kept).outcomes["duplicate"] == 1
    assert recount([first, mention(1, kept + 1)], kept + 1).outcomes["duplicate"] == 0
    others = [mention(1, source="mastodon"), mention(1, op="delete"), mention(1, brand="bravo")]
    assert recount([first, *others], NOON + 1).outcomes == {
        "applied": 4,
        "duplicate": 0,
        "dead_letter": 0,
        "rerouted": 0,
    }


def test_ids_beyond_a_minutes_cap_count_without_dedup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.oracle.topics.IDS_A_MINUTE", 2)
    result = recount([mention(i, NOON + i % 3) for i in range(3)] * 2, NOON + 3)
    assert result.outcomes["duplicate"] == 2
    assert result.dedup_skipped == 2
    assert result.brands["acme"]["mentions_1h"] == 4


def test_share_of_voice_is_over_whole_days_before_today() -> None:
    yesterday = NOON - DAY
    events = [
        mention(1, yesterday),
        mention(2, yesterday),
        mention(3, yesterday, brand="bravo"),
        mention(4, NOON, brand="bravo"),
        mention(5, yesterday, brand="bravo", relation="paid"),
    ]
    result = recount(events, NOON + 1)
    assert result.brands["acme"]["share_of_voice_28d"] == 2 / 3
    assert result.brands["bravo"]["share_of_voice_28d"] == 1 / 3
    assert result.brands["acme"]["totals_as_of"] == "2026-03-10T12:00:00Z"
    today = recount([mention(1)], NOON + 1).brands["acme"]
    assert today["share_of_voice_28d_state"] == "insufficient"


def test_a_brand_with_tickets_alone_has_zeros_not_absences() -> None:
    fields = acme(ticket("t", (NOON, "opened")))
    assert (fields["advocacy_28d"], fields["goodwill"], fields["mentions_1h"]) == (0, 0, 0)
    assert fields["net_sentiment_28d_state"] == "insufficient"
    assert fields["totals_as_of_state"] == "insufficient"
    assert (fields["influence_index"], fields["influence_index_basis"]) == (0, "goodwill")


# --- goodwill ------------------------------------------------------------------------------------


def test_goodwill_halves_in_180_days_from_noon() -> None:
    fields = acme([mention(1), mention(2, sentiment=-0.5)], NOON + 180 * DAY)
    assert fields["goodwill_net"] == pytest.approx(0.25, rel=1e-14)
    assert acme([mention(1, sentiment=-1)])["goodwill"] == 0
    # the morning weighs no more than 1
    morning = NOON - 3 * HOUR
    assert acme([mention(1, morning)], morning)["goodwill_net"] == 1


def test_one_advocate_a_day_forever_is_worth_259_7() -> None:
    days = 4000
    events = [mention(day, NOON - day * DAY, author="ann") for day in range(days)]
    t = NOON + 12 * HOUR
    value = recount(events, t).brands["acme"]["goodwill"]
    rate = log(2) / 180
    forever = exp(-rate / 2) / (1 - exp(-rate))
    assert forever == pytest.approx(259.7, abs=0.05)
    assert value == pytest.approx(forever * (1 - exp(-rate * days)), rel=1e-12)


def test_the_interval_needs_six_blocks_and_follows_their_steps() -> None:
    first = NOON - 84 * DAY
    quiet = [mention(0, first)]
    assert acme(quiet, NOON - DAY)["goodwill_low_state"] == "insufficient"
    # six blocks of 14 days before the current day: 1 in the oldest, 0 in the others
    fields = acme(quiet, NOON)
    variance = 1 / (2 * 14 * 5)
    squares = sum(2 ** (-2 * age / 180) for age in range(85))
    # t(.95) at 10/3 degrees of freedom lies between those at 3 and 4
    half = float(fields["goodwill_high"]) - float(fields["goodwill_net"])
    quantile = half / sqrt(variance * squares)
    assert 2.131847 < quantile < 2.353363
    assert fields["goodwill_low"] == 0


def test_the_ledger_balances() -> None:
    events = [mention(1, NOON - DAY), mention(2, NOON, sentiment=-0.5)]
    lines = recount(events, NOON).ledger["acme"]
    first = round(1e6 * 2 ** (-0.5 / 180))
    last = round(1e6 * (2 ** (-1 / 180) - 0.5))
    assert lines == {
        "2026-03-09": {
            "opening": 0,
            "earned": 1_000_000,
            "detraction": 0,
            "decay": 1_000_000 - first,
            "impairment": 0,
            "closing": first,
        },
        "2026-03-10": {
            "opening": first,
            "earned": 0,
            "detraction": 500_000,
            "decay": first - 500_000 - last,
            "impairment": 0,
            "closing": last,
        },
    }


def test_the_ledger_opens_with_what_older_days_carry_in() -> None:
    lines = recount([mention(1, NOON - 450 * DAY)], NOON).ledger["acme"]
    assert len(lines) == 400
    oldest = lines[min(lines)]
    assert oldest["opening"] == round(1e6 * 2 ** (-50.5 / 180))


# --- tickets -------------------------------------------------------------------------------------


def test_states_of_tickets() -> None:
    h = HOUR
    events = [
        *ticket("a", (NOON - 5 * h, "opened"), (NOON - 4 * h, "waiting")),
        *ticket("b", (NOON - 6 * h, "opened"), (NOON - 4 * h, "waiting"), (NOON, "customer")),
        *ticket("c", (NOON - 7 * h, "opened"), (NOON - 4 * h, "solved")),
        *ticket("d", (NOON - 8 * h, "opened"), (NOON - 4 * h, "closed"), (NOON, "reopened")),
        *ticket("e", (NOON - 9 * h, "opened"), (NOON - 4 * h, "merged"), (NOON, "reopened")),
        *ticket("f", (NOON - 9 * h, "assigned"), (NOON - 8 * h, "waiting")),
    ]
    fields = acme(events, NOON + 1)
    assert fields["tickets_opened_24h"] == 5
    assert fields["tickets_open"] == 3
    assert fields["tickets_waiting"] == 1
    assert fields["oldest_open_seconds"] == 8 * 3600 + 1e-6


def test_a_first_reply_is_public_and_human_and_resolution_is_the_last_solve() -> None:
    events = ticket(
        "a",
        (NOON - 60 * SECOND, "agent"),
        (NOON, "opened"),
        (NOON + 10 * SECOND, "bot"),
        (NOON + 20 * SECOND, "private"),
        (NOON + 30 * SECOND, "agent"),
        (NOON + 40 * SECOND, "solved"),
        (NOON + 50 * SECOND, "reopened"),
        (NOON + 90 * SECOND, "solved"),
    )
    fields = acme(events, NOON + HOUR)
    assert fields["first_reply_seconds_p50_28d"] == 30
    assert fields["resolution_seconds_p90_28d"] == 90


def test_unanswered_tickets_are_censored() -> None:
    events = ticket("a", (NOON, "opened"), (NOON + 40 * SECOND, "solved"))
    fields = acme(events, NOON + HOUR)
    assert fields["first_reply_seconds_p50_28d_state"] == "beyond_horizon"
    assert fields["resolution_seconds_p50_28d"] == 40
    old = ticket("b", (NOON - 40 * DAY, "opened"), (NOON - 39 * DAY, "agent"))
    fields = acme([*old], NOON)
    assert fields["first_reply_seconds_p50_28d_state"] == "insufficient"
    assert fields["resolution_seconds_p50_28d_state"] == "beyond_horizon"


def test_a_growing_backlog_makes_quantiles_lower_bounds() -> None:
    def backlog(size: int) -> dict[str, str | float | int]:
        answered = [
            ticket(f"t{i}", (NOON, "opened"), (NOON + SECOND, "agent")) for i in range(size)
        ]
        return acme([event for events in answered for event in events], NOON + HOUR)

    # n > 1.645 sqrt(n) from n = 3
    assert "first_reply_seconds_p50_28d_state" not in backlog(2)
    assert backlog(3)["first_reply_seconds_p50_28d_state"] == "lower_bound"
    assert backlog(3)["first_reply_seconds_p50_28d"] == 1


def test_load_staff_and_backlog() -> None:
    start = NOON - 2 * HOUR
    events = [
        mention(1, start),
        *ticket("a", (start, "opened"), (NOON - HOUR, "agent"), (NOON, "solved")),
        *ticket("b", (start + HOUR, "opened")),
        *ticket("c", (start + HOUR, "opened"), (NOON, "waiting")),
        *ticket("d", (start, "opened"), (NOON, "agent"), (NOON, "agent")),
    ]
    events[-1]["handle_seconds"] = 1800
    fields = acme(events)
    # 360 s for the reply to a, half an hour for d; all of it opened in the first of two hours.
    assert fields["offered_load_agents"] == (360 + 1800) / 7200
    assert (fields["required_agents"], fields["required_staff"]) == (1, 2)
    # The mean over four tickets is 540 s; alone an agent begins 0.6·e^(-0.4·3600/540) of them late.
    assert fields["required_agents_peak"] == 1
    assert fields["backlog_agent_hours"] == 2 * 540 / 3600
    assert fields["offered_load_agents_state"] == "lower_bound"
    assert acme(ticket("a", (NOON, "opened")))["required_agents_state"] == "insufficient"


def test_erlang_by_its_sums() -> None:
    assert chance_to_wait(10, 14) == pytest.approx(0.174131934, abs=5e-10)
    assert chance_to_wait(1, 2) == pytest.approx(1 / 3)
    assert [agents_needed(1, 600), agents_needed(5, 3600), agents_needed(50, 600)] == [2, 7, 59]
    assert [positions(0), positions(2), positions(7)] == [0, 3, 10]


def test_ratios_of_tickets() -> None:
    day = NOON - 20 * DAY
    book = {"brands": [{"id": "acme", "customers": 400, "sla_first_reply_seconds": 3600}]}
    events = [
        mention(1),
        *ticket("a", (day, "opened"), (day + HOUR, "agent"), (day + DAY, "solved")),
        *ticket("b", (day, "opened"), (day + DAY, "solved"), (day + 3 * DAY, "reopened")),
        *ticket("c", (NOON - HOUR, "opened")),
        *ticket("d", (NOON - HOUR - 1, "opened")),
        *ticket("e", (NOON, "opened"), (NOON, "rated"), (NOON + 1, "rated")),
    ]
    events[-2]["csat"], events[-1]["csat"] = 1, 0.25
    fields = recount(events, NOON + 1, book=book).brands["acme"]
    assert fields["reopen_ratio_28d"] == 1 / 2
    # b, c and d are late, a is not, e has time left.
    assert fields["sla_breach_ratio_28d"] == 3 / 4
    assert fields["csat_ratio_28d"] == 0.25
    assert fields["tickets_per_1k_mentions_28d"] == 5000
    assert fields["tickets_per_1k_customers_28d"] == 12.5
    assert "sla_breach_business_ratio_28d_state" not in fields


def test_waits_on_the_customer_stop_the_clock_of_a_target() -> None:
    steps = [(NOON, "opened"), (NOON + HOUR, "waiting"), (NOON + 5 * HOUR, "customer")]
    events = ticket("a", *steps, (NOON + 6 * HOUR, "solved"))
    for seconds, ratio in ((7200, 0), (7199, 1)):
        book = {"brands": [{"id": "acme", "sla_resolution_seconds": seconds}]}
        fields = recount(events, NOON + 6 * HOUR, book=book).brands["acme"]
        assert fields["sla_breach_ratio_28d"] == ratio


def test_business_hours_by_hand() -> None:
    entry = {
        "id": "acme",
        "sla_first_reply_seconds": 2 * 3600,
        "timezone": "Europe/Berlin",
        "business_hours": {"tue": ["12:00-14:00"], "wed": ["09:00-24:00"]},
    }
    # NOON is 13:00 of a Tuesday in Berlin: an hour of it, then from 8:00 in UTC on Wednesday.
    events = ticket("a", (NOON, "opened"), (NOON + 21 * HOUR, "agent"))
    fields = recount(events, NOON + DAY, book={"brands": [entry]}).brands["acme"]
    assert fields["first_reply_business_seconds_p50_28d"] == 2 * 3600
    assert fields["sla_breach_business_ratio_28d"] == 0
    assert fields["sla_breach_ratio_28d"] == 1
    assert fields["resolution_business_seconds_p50_28d_state"] == "beyond_horizon"
    closed = recount(events, NOON + DAY, book={"brands": [entry | {"holidays": ["2026-03-10"]}]})
    assert closed.brands["acme"]["first_reply_business_seconds_p50_28d"] == 3600


def test_a_solved_ticket_is_forgotten_after_42_days() -> None:
    solved = ticket("a", (NOON, "opened"), (NOON + HOUR, "solved"))
    again = NOON + HOUR + 42 * DAY

    def reopened(at: int) -> object:
        events = [*solved, *ticket("a", (NOON, "opened"), (NOON, "solved"), (at, "reopened"))[2:]]
        return acme(events, at)["tickets_open"]

    assert reopened(again - 1) == 1
    assert reopened(again) == 0


def test_kaplan_meier_by_hand() -> None:
    # ages 1, 2 (censored), 3, 4: S = 3/4, then 3/4 * 1/2 = 3/8, then 0
    subjects = [Subject(None, age, age != 2) for age in (1.0, 2.0, 3.0, 4.0)]
    assert quantile(subjects, Fraction(1, 4)) == 1
    assert quantile(subjects, Fraction(1, 2)) == 3
    assert quantile(subjects, Fraction(9, 10)) == 4
    # one who enters at 1 is not at risk at 1: S = 2/3, then 2/3 * 2/3 = 4/9
    late = [Subject(None, age, event=True) for age in (1.0, 2.0, 5.0)]
    late.append(Subject(1.0, 4.0, event=False))
    assert quantile(late, Fraction(1, 3)) == 1
    assert quantile(late, Fraction(1, 2)) == 2
    assert quantile([Subject(2.0, 2.0, event=True)], Fraction(1, 2)) is None
    # exactly a half is reached
    assert quantile([Subject(None, 1.0, True), Subject(None, 9.0, False)], Fraction(1, 2)) == 1


def test_the_bracket_knows_what_order_within_a_bucket_can_do() -> None:
    apart = [Subject(None, age, event=True) for age in (10.0, 20.0, 30.0)]
    assert bracket(apart, Fraction(1, 2)) == (20, 20)
    near = [
        Subject(None, 10.0, event=True),
        Subject(None, 10.05, event=False),
        Subject(None, 50.0, event=True),
    ]
    assert bracket([*near, Subject(None, 60.0, event=True)], Fraction(1, 4)) == (10, 10)
    assert bracket(near, Fraction(1, 3)) == (10, 10)
    assert bracket(near, Fraction(2, 5)) == (10, 50)


# --- admission -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "malformed_line"),
        ("[1]", "malformed_line"),
        (b"\xff", "malformed_line"),
        ({"id": "1"}, "unknown_topic"),
        (mention(1, topic="weather"), "unknown_topic"),
        (mention(1, shoe_size=44), "unknown_field"),
        (mention(1, author=None), "missing_field"),
        (mention(1, likes="many"), "wrong_type"),
        (mention(1, sentiment=1.5), "invalid_value"),
        (mention(1, op="erase"), "invalid_value"),
        (mention(1, id=""), "empty_field"),
        (mention(1, brand=""), "empty_field"),
        (mention(1, brand="Acme!"), "bad_brand_id"),
        (mention(1, occurred_at="yesterday"), "bad_timestamp"),
        (mention(1, occurred_at="1970-01-21T10:00:00Z"), "bad_timestamp"),
        (mention(1, NOON + 1), "in_future"),
    ],
)
def test_dead_letters(line: object, reason: str) -> None:
    result = recount([line, mention(0, NOON)], NOON)
    assert result.dead_letters == {reason: 1}
    assert result.outcomes["applied"] == 1


def test_tolerance_for_clocks_that_run_ahead() -> None:
    event = mention(1, NOON + 300 * SECOND)
    assert recount([event], NOON, in_future_tolerance_s=300).outcomes["applied"] == 1
    assert recount([event], NOON, in_future_tolerance_s=299).dead_letters == {"in_future": 1}
    moment = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert recount([event], moment, in_future_tolerance_s=300).as_of == NOON
    assert recount([event], None).as_of == NOON + 300 * SECOND


def test_the_brand_book_names_and_excludes() -> None:
    book = {
        "brands": [
            {"id": "acme", "aliases": ["@Acme Inc"], "owned": ["reddit:a1"], "employees": ["a2"]}
        ]
    }
    events = [
        mention(0, brand="@Acme Inc"),
        mention(1),
        mention(2),
        mention(3, author="a1", source="mastodon"),
        mention(4, brand="bravo"),
    ]
    result = recount(events, NOON + 1, book=book)
    assert result.brands.keys() == {"acme"}
    assert result.brands["acme"]["mentions_24h"] == 2
    assert result.dead_letters == {"unknown_brand": 1}


def test_without_a_book_brands_are_capped() -> None:
    events = [mention(i, NOON + i, brand=f"b{i}") for i in range(3)]
    result = recount(events, NOON + HOUR, brand_cap=2)
    assert result.dead_letters == {"too_many_brands": 1}
    assert result.brands.keys() == {"b0", "b1"}


# --- comparing -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy() -> World:
    return recount(world(7, days=100, mentions_a_day=6), None)


def test_a_world_agrees_with_itself(busy: World) -> None:
    assert differences(busy, published(busy)) == []
    assert ledger_differences(busy.ledger["acme"], busy.ledger["acme"]) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mentions_28d", "1"),
        ("mentions_28d", None),
        ("advocacy_28d", "1.00000001"),
        ("goodwill_net", None),
        ("goodwill_low", "1e3"),
        ("resolution_seconds_p50_28d", "1"),
        ("net_sentiment_28d", "NaN"),
        ("messaging_dependence_state", "insufficient"),
        ("influence_index", "50"),
        ("surprise", "1"),
        ("advocacy_28d_bound", "0.1"),
        ("as_of", "2026-01-01T00:00:00Z"),
    ],
)
def test_every_departure_is_found(busy: World, name: str, value: str | None) -> None:
    actual = published(busy)
    if value is None:
        del actual["acme"][name]
    else:
        actual["acme"][name] = value
    assert [text.split(":")[1].strip() for text in differences(busy, actual)] == [name]
    assert differences(busy, actual, ignore={name}) == []


def test_small_departures_are_found_and_smaller_ones_are_not(busy: World) -> None:
    def changed(name: str, by: float) -> list[str]:
        actual = published(busy)
        actual["acme"][name] = plain(float(actual["acme"][name]) * (1 + by))
        return differences(busy, actual)

    for name in ("advocacy_28d", "share_of_voice_28d"):
        assert changed(name, 2e-9)
        assert not changed(name, 5e-10)
    assert changed("resolution_seconds_p50_28d", 0.02)
    assert not changed("resolution_seconds_p50_28d", 0.0099)


def test_brands_missing_or_too_many(busy: World) -> None:
    actual = published(busy)
    actual["stranger"] = actual.pop("acme")
    assert differences(busy, actual) == ["acme: missing", "stranger: not expected"]


def test_estimates_are_held_to_their_bounds() -> None:
    events = [mention(i, NOON - i * SECOND % HOUR) for i in range(1500)]
    expected = recount(events, NOON)
    assert expected.sampled("acme", "advocacy_28d")
    assert not expected.sampled("acme", "advocacy_24h")
    actual = published(expected)
    estimated = ("advocacy_7d", "advocacy_28d", "advocates_7d", "advocates_28d")
    for name in estimated:
        actual["acme"][name] = "1540"
    texts = differences(expected, actual)
    assert len(texts) == len(estimated)
    assert all("without a bound" in text for text in texts)
    for name in estimated:
        actual["acme"][f"{name}_bound"] = "0.03"
    assert differences(expected, actual) == []
    actual["acme"]["advocacy_28d_bound"] = "0.02"
    assert len(differences(expected, actual)) == 1
    assert differences(expected, actual, bound_slack=1.5) == []


def test_ledgers_may_round_differently_but_must_add_up() -> None:
    lines = recount([mention(1, NOON - DAY), mention(2)], NOON).ledger["acme"]
    first, last = sorted(lines)
    rounded = {first: lines[first] | {"closing": lines[first]["closing"] + 1}, last: lines[last]}
    assert len(ledger_differences(lines, rounded)) == 2  # does not add up, next opens elsewhere
    rounded[first] |= {"decay": lines[first]["decay"] - 1}
    rounded[last] |= {"opening": lines[last]["opening"] + 1, "decay": lines[last]["decay"] + 1}
    assert ledger_differences(lines, rounded) == []
    off = {first: lines[first] | {"earned": 1_000_002, "decay": lines[first]["decay"] + 2}}
    assert ledger_differences(lines, off)[1:] == [f"{first} earned: 1000002, expected 1000000"]
    assert ledger_differences(lines, {})[0] == f"{first}: missing"


class Shelf:
    """What :func:`redis_differences` reads of a Redis client, over plain dictionaries."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = {key.encode(): value for key, value in content.items()}

    def scan_iter(self, match: str, count: int) -> list[bytes]:  # noqa: ARG002 - as the client's
        """Keys that match a glob with nothing but a star at its end."""
        return [key for key in self._content if key.startswith(match.rstrip("*").encode())]

    def hgetall(self, key: str) -> dict[bytes, bytes]:
        """A hash."""
        return {k.encode(): v.encode() for k, v in self._content[key.encode()].items()}

    def smembers(self, key: str) -> set[bytes]:
        """A set."""
        return {member.encode() for member in self._content[key.encode()]}

    def zrange(
        self, key: str, _first: int, _last: int, withscores: bool
    ) -> list[tuple[bytes, float]]:
        """The members of a sorted set and their scores."""
        assert withscores
        return [(member.encode(), score) for member, score in self._content[key.encode()].items()]


def test_everything_under_the_prefix_is_accounted_for() -> None:
    expected = recount([mention(1), activity("a b:c")], NOON)
    line = str(expected.ledger["acme"]["2026-03-10"]).replace("'", '"')
    partition = partition_of("acme", 4)
    content: dict[str, Any] = {
        "i:brand:acme": published(expected)["acme"] | {"version": "1"},
        "i:ledger:acme": {"2026-03-10": line},
        f"i:brands:{partition}": {"acme"},
        "i:launches:acme": {"a%20b%3Ac": NOON},
        "i:launch:acme:a%20b%3Ac": {
            name: plain(value) for name, value in expected.launches["acme"]["a b:c"].items()
        },
        "i:rank:influence_index": {"acme": expected.brands["acme"]["influence_index"]},
        "i:history:acme": {},
        "i:heartbeat:0": "now",
        "i:updates": {},
        "elsewhere": {},
    }

    def check(**changes: Any) -> list[str]:
        shelf: Any = Shelf({k: v for k, v in (content | changes).items() if v is not None})
        return redis_differences(expected, shelf, "i:", 4)

    assert check() == []
    assert check(**{"i:rank:influence_index": {}})
    assert check(**{"i:surprise": {}}) == ["key 'surprise': not expected"]
    assert not check(**{"i:alert:acme:influence_drop": {}})
    assert check(**{"i:alarm:acme:influence_drop": {}})
    assert check(**{f"i:brands:{partition}": None})
    assert check(**{f"i:brands:{(partition + 1) % 4}": {"acme"}})
    assert check(**{"i:ledger:acme": None}) == ["ledger acme: 2026-03-10: missing"]
    assert check(**{"i:launch:acme:a%20b%3Ac": None})[1:] == ["launch acme 'a b:c': missing"]
    changed = content["i:launch:acme:a%20b%3Ac"] | {"final_at": "2026-03-16T00:00:00Z"}
    assert len(check(**{"i:launch:acme:a%20b%3Ac": changed})) == 1
    assert check(**{"i:campaigns:acme": {"x": 1}})[0].startswith("campaign acme: index")
    assert check(**{"i:brand:acme": None})[0] == "acme: missing"


def test_murmur2_as_in_the_java_client() -> None:
    vectors = {"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536}
    vectors |= {"a-little-bit-longer-string": -1486304829, "abc": 479470107}
    assert {text: murmur2(text.encode()) for text in vectors} == {
        text: number % 2**32 for text, number in vectors.items()
    }


# --- generated worlds ----------------------------------------------------------------------------


def test_a_world_is_its_seed_and_covers_the_contracts() -> None:
    events = world(3)
    assert events == world(3) != world(4)
    types = {event["type"] for event in events if event["topic"] == "support-tickets"}
    assert len(types) == 14
    mentions = [event for event in events if event["topic"] == "social-mentions"]
    assert {event.get("op", "create") for event in mentions} == {"create", "edit", "delete"}
    assert {event.get("relation") for event in mentions} == {
        None,
        "earned",
        "owned",
        "employee",
        "paid",
    }
    result = recount(events, None)
    assert result.dead_letters == {}
    assert result.outcomes["duplicate"] > 50
    assert result.outcomes["applied"] + result.outcomes["duplicate"] == len(events)
    assert float(result.brands["acme"]["mentions_unscored_28d"]) > 10


def test_text_needs_a_scorer() -> None:
    events = world(1, days=5, rates=Rates(text_only=0.5))
    with pytest.raises(ValueError, match="no score"):
        recount(events, None)
    assert recount(events, None, score=lambda *_: 0.1).dead_letters == {}


def test_order_within_the_horizon_and_copies_change_nothing() -> None:
    events = world(5, days=10, rates=Rates(duplicate=0))
    expected = recount(events, None)
    shuffled = shuffled_within_horizon(with_duplicates(events, 1), 2)
    assert shuffled[:50] != events[:50]
    watermark = 0
    for event in shuffled:
        at = parse(event["occurred_at"])
        watermark = max(watermark, at)
        assert watermark - at < HORIZON
    again = recount(shuffled, None)
    assert again.brands == expected.brands
    assert again.ledger == expected.ledger
    assert again.outcomes["duplicate"] == len(shuffled) - len(events)


def test_the_oracle_imports_nothing_of_the_product() -> None:
    package = Path(__file__).parents[1] / "oracle"
    sources = [path.read_text(encoding="utf-8") for path in package.glob("*.py")]
    assert sources
    assert not any("import pipeline" in text or "from pipeline" in text for text in sources)
