"""Business time: by hand, across changes of the clock, and against a count minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.brands import Brand
from pipeline.events.instants import DAY, HOUR, MINUTE, from_datetime
from pipeline.metrics.business_time import BusinessTime, business_time
from pipeline.state.ticket_columns import NEVER
from tests.oracle.office_hours import OfficeHours

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
NINE_TO_FIVE: dict[str, Any] = {"business_hours": dict.fromkeys(WORKDAYS, ("09:00-17:00",))}


def clock(**entry: Any) -> BusinessTime:
    """Return the clock of a brand with these entries in its book."""
    found = business_time(msgspec.convert({"id": "acme", **entry}, Brand))
    assert found is not None
    return found


def at(text: str) -> int:
    """Return an instant of 2026, written as month-day hour:minute in UTC."""
    return from_datetime(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC))


def test_without_hours_there_is_no_clock() -> None:
    assert business_time(None) is None
    assert business_time(Brand(id="acme")) is None
    assert business_time(Brand(id="acme", business_hours={"mon": ()})) is None


def test_equal_calendars_share_a_clock() -> None:
    assert clock(**NINE_TO_FIVE) is clock(customers=3, **NINE_TO_FIVE)
    assert clock(timezone="Europe/Berlin", **NINE_TO_FIVE) is not clock(**NINE_TO_FIVE)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("03-02 08:00", "03-02 18:00", 8),  # a Monday
        ("03-02 10:00", "03-02 11:30", 1.5),
        ("03-02 16:00", "03-03 10:00", 2),
        ("03-06 16:00", "03-09 10:00", 2),  # over a weekend
        ("03-07 10:00", "03-08 23:00", 0),
        ("03-02 00:00", "03-16 00:00", 80),
        ("03-03 10:00", "03-02 16:00", -2),
    ],
)
def test_time_that_counts(start: str, end: str, hours: float) -> None:
    assert clock(**NINE_TO_FIVE).between(at(start), at(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("03-02 10:00", 2, "03-02 12:00"),
        ("03-02 10:00", 7, "03-02 17:00"),  # not the morning after
        ("03-02 10:00", 8, "03-03 10:00"),
        ("03-07 10:00", 1, "03-09 10:00"),
        ("03-02 18:00", 0, "03-02 18:00"),
    ],
)
def test_when_a_duration_has_passed(start: str, hours: float, end: str) -> None:
    assert clock(**NINE_TO_FIVE).after(at(start), round(hours * HOUR)) == at(end)


def test_holidays_and_time_zones() -> None:
    berlin = clock(timezone="Europe/Berlin", holidays={date(2026, 3, 3)}, **NINE_TO_FIVE)
    assert berlin.between(at("03-02 08:00"), at("03-02 09:00")) == HOUR
    assert berlin.between(at("03-02 07:00"), at("03-02 08:00")) == 0
    assert berlin.after(at("03-02 15:00"), 2 * HOUR) == at("03-04 09:00")
    # In summer their day begins an hour earlier.
    assert berlin.between(at("03-30 07:00"), at("03-30 08:00")) == HOUR


def test_days_are_as_long_as_their_clock_makes_them() -> None:
    always = clock(
        timezone="Europe/Berlin",
        business_hours=dict.fromkeys((*WORKDAYS, "sat", "sun"), ("00:00-24:00",)),
    )
    assert always.between(at("03-01 00:00"), at("11-01 00:00")) == 245 * DAY
    sundays = clock(timezone="Europe/Berlin", business_hours={"sun": ("00:00-24:00",)})
    assert sundays.between(at("03-28 00:00"), at("03-30 00:00")) == 23 * HOUR
    assert sundays.between(at("10-24 00:00"), at("10-26 00:00")) == 25 * HOUR


def test_what_the_clock_skips_or_shows_twice_goes_by_the_clock_before_its_change() -> None:
    night = clock(timezone="Europe/Berlin", business_hours={"sun": ("00:00-02:30",)})
    assert night.after(at("03-28 12:00"), 2 * HOUR + HOUR // 2) == at("03-29 01:30")
    assert night.between(at("10-24 12:00"), at("10-25 12:00")) == 2 * HOUR + HOUR // 2
    assert night.after(at("10-24 12:00"), 2 * HOUR + HOUR // 2) == at("10-25 00:30")


def test_ranges_that_overlap_count_once() -> None:
    both = clock(business_hours={"mon": ("12:00-14:00", "09:00-13:00", "10:00-11:00")})
    assert both.between(at("03-02 00:00"), at("03-03 00:00")) == 5 * HOUR


def test_what_is_due_in_ages_is_never_due() -> None:
    assert clock(**NINE_TO_FIVE).after(at("03-02 10:00"), 40_000 * HOUR) == NEVER
    holidays = {date(2026, 3, 2).replace(day=day) for day in range(1, 32)}
    rare = clock(business_hours={"mon": ("09:00-09:01",)}, holidays=holidays)
    assert rare.after(at("03-02 10:00"), MINUTE) == at("04-06 09:01")


def test_how_far_it_is_laid_out_changes_no_answer() -> None:
    hours = NINE_TO_FIVE["business_hours"]
    fresh = BusinessTime(ZoneInfo("UTC"), hours, frozenset())
    start, end = at("03-02 10:00"), at("03-04 12:00")

    def answers() -> list[int]:
        return [fresh.between(start, end)] + [fresh.after(start, n * HOUR) for n in (9, 25_000)]

    before = answers()
    fresh.between(start - 9 * 366 * DAY, end + 40 * 366 * DAY)
    assert answers() == before == [18 * HOUR, at("03-03 11:00"), NEVER]


def test_the_first_hours_of_a_year_are_of_the_day_that_it_is_there() -> None:
    apia = clock(timezone="Pacific/Apia", business_hours={"fri": ("00:00-24:00",)})
    assert apia.between(at("12-31 10:00"), at("12-31 23:00")) == 12 * HOUR
    honolulu = clock(timezone="Pacific/Honolulu", business_hours={"wed": ("00:00-24:00",)})
    assert honolulu.between(at("01-01 00:00"), at("01-01 23:00")) == 10 * HOUR


def test_the_last_year_there_is_does_no_harm() -> None:
    late = from_datetime(datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert clock(**NINE_TO_FIVE).between(late - DAY, late) >= 0
    assert clock(**NINE_TO_FIVE).after(late, HOUR) == NEVER


ENTRIES: list[dict[str, Any]] = [
    {"timezone": zone, "holidays": ["2026-03-30"], "business_hours": hours}
    for zone in ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia")
    for hours in (
        {"mon": ["08:30-12:00", "11:15-18:00"], "sat": ["00:00-24:00"], "sun": ["00:00-01:30"]},
        {"tue": ["22:00-24:00"], "wed": ["00:00-06:45"]},
    )
]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ENTRIES),
    st.integers(at("03-25 00:00"), at("04-02 00:00")),
    st.integers(0, 6 * DAY),
)
def test_agrees_with_a_count_minute_by_minute(
    entry: dict[str, Any], start: int, length: int
) -> None:
    end = start + length
    office = OfficeHours(entry, start, end)
    ours = clock(**entry)
    passed = office.passed(end) - office.passed(start)
    assert ours.between(start, end) == passed
    both = ours.passed(np.array([start, end]))
    assert both[1] - both[0] == passed
    if passed > 0:
        due = ours.after(start, passed)
        assert due <= end
        assert ours.between(start, due) == passed
        assert ours.between(start, due - 1) == passed - 1
