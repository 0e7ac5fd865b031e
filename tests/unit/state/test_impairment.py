"""The rule of impairments: when something is booked, how much, and in however many steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.state.days import Days
from pipeline.state.impairment import START, Booking, Watch, follow, shares

A_DAY = 10
"""Mentions a day; 28 days have enough of them, and so has a week."""


def days_of(share: Sequence[float], mentions: int = A_DAY) -> Days:
    """Days with so many mentions, and that share of advocacy; NaN: a silent day."""
    silent = np.isnan(share)
    advocacy = np.where(silent, 0.0, np.nan_to_num(share) * mentions)
    counts = np.where(silent, 0, mentions)
    return Days(0, advocacy, counts - advocacy, counts)


def booked(days: Days, net: float = 100.0) -> tuple[Booking, ...]:
    return follow(days, 0, days.end, START, lambda _, __: net)[0]


def phases(*each: tuple[float, int]) -> list[float]:
    return [share for share, days in each for _ in range(days)]


def test_a_fall_that_stays_is_booked_once_on_the_14th_low_day() -> None:
    days = days_of(phases((0.85, 300), (0.5, 200)))
    [only] = booked(days)
    low = np.flatnonzero(shares(days, 0, days.end).low)
    assert only.day == low[0] + 13
    mixed = (0.5 * (only.day - 299) + 0.85 * (28 - (only.day - 299))) / 28
    assert only.share == pytest.approx(mixed)
    assert only.usual == pytest.approx(0.85)
    assert only.amount == pytest.approx(100 * (1 - mixed / 0.85))


def test_it_is_armed_again_after_28_days_that_are_not_low() -> None:
    def times(calm: int) -> int:
        return len(booked(days_of(phases((0.9, 300), (0.3, 40), (0.9, calm), (0.3, 40)))))

    # Shares over 28 days are low for some days after the mood has turned.
    last_low = int(
        np.flatnonzero(shares(days_of(phases((0.9, 300), (0.3, 40), (0.9, 60))), 0, 400).low)[-1]
    )
    after = last_low - 339
    until = int(np.flatnonzero(shares(days_of(phases((0.9, 300), (0.3, 30))), 0, 330).low)[0]) - 300
    assert times(after + 28 - until) == 2
    assert times(after + 27 - until) == 1


@pytest.mark.parametrize(("low_days", "times"), [(13, 0), (14, 1)])
def test_thirteen_low_days_are_not_enough(low_days: int, times: int) -> None:
    days = days_of(phases((0.9, 300), (0.3, 40)))
    first = int(np.flatnonzero(shares(days, 0, days.end).low)[0])
    days.advocacy[first + low_days] += 1000  # a day on which everybody is delighted
    low = shares(days, 0, days.end).low
    assert low[first : first + low_days].all()
    assert not low[first + low_days :].any()
    assert len(booked(days)) == times


def test_silence_never_impairs() -> None:
    nothing = float("nan")
    assert booked(days_of(phases((0.85, 300), (nothing, 300)))) == ()
    # Even what little is said, all against the brand, is too little to judge by.
    assert booked(days_of(phases((0.85, 300), (0.0, 2), (nothing, 300)))) == ()


def test_both_sides_need_enough_mentions() -> None:
    fall = phases((0.85, 300), (0.5, 60))
    assert len(booked(days_of(fall, 3))) == 1
    for of_month, low in ((80, True), (79, False)):
        days = days_of(fall)
        days.mentions[330:] = 0
        days.mentions[340] = of_month
        assert shares(days, 0, days.end).low[359] == low
    assert booked(days_of(fall, 2)) == ()  # weeks of 14 mentions, months of 56
    eight_weeks = days_of(phases((0.85, 8 * 7 + 13), (0.5, 15)))
    assert shares(eight_weeks, 0, eight_weeks.end).usual[-1] == pytest.approx(0.85)
    short = days_of(phases((0.85, 7 * 7 + 13), (0.5, 15)))
    assert np.isnan(shares(short, 0, short.end).usual[-1])


def test_where_there_is_no_goodwill_nothing_is_lost() -> None:
    [only] = booked(days_of(phases((0.85, 300), (0.5, 60))), net=-5.0)
    assert only.amount == 0


def test_net_is_asked_for_with_what_was_booked_before() -> None:
    asked: list[tuple[int, int]] = []

    def net(day: int, earlier: Sequence[Booking]) -> float:
        asked.append((day, len(earlier)))
        return 10.0

    days = days_of(phases((0.9, 300), (0.3, 60), (0.9, 120), (0.2, 60)))
    found, watch = follow(days, 0, days.end, START, net)
    assert asked == [(found[0].day, 0), (found[1].day, 1)]
    assert not watch.armed


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.4, 0.6, 0.9, float("nan")]), st.integers(1, 90)),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.integers(0, 720), max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_in_however_many_steps_it_is_the_same(
    turns: list[tuple[float, int]], cuts: list[int]
) -> None:
    days = days_of(phases(*turns), 7)
    whole, end = follow(days, 0, days.end, START, lambda day, _: 100.0 + day)
    steps: list[Booking] = []
    watch: Watch = START
    at = 0
    for cut in [*sorted(cut for cut in cuts if cut < days.end), days.end]:
        known = days.between(max(0, at - 209), cut)
        some, watch = follow(known, at, cut, watch, lambda day, _: 100.0 + day)
        steps.extend(some)
        at = cut
    assert steps == list(whole)
    assert watch == end
