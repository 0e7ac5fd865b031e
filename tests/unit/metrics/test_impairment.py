"""Impairment of goodwill, as it is booked, carried and shown in the ledger."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.events.instants import day_name
from pipeline.metrics.goodwill import Goodwill, goodwill
from pipeline.metrics.impairment import bookings
from pipeline.metrics.ledger import ledger
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import BrandCarry, noon
from pipeline.state.impairment import Booking, foresee, may_book
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR, current_pane
from pipeline.state.weekly import Weekly
from tests.unit.metrics.brands import add, mention
from tests.unit.state.forgetting import drop_expired

TODAY = 19_000
AUTHORS = 10


def speak(brand: BrandMentions, day: int, against: int) -> None:
    """Let ten authors speak, so many of them against the brand."""
    pane = brand.day[day] = Pane(DAY, day)
    for author in range(AUTHORS):
        p, q = (0.0, 1.0) if author < against else (1.0, 0.0)
        pane.add(mention(noon(day), author, p, q))
    brand.carry.see(noon(day))


def fallen(days: int, fell: int, *, fold: bool = True) -> BrandMentions:
    """A brand spoken well of for ``days`` days until today, ``fell`` days ago by four in ten."""
    brand = BrandMentions()
    for day in range(TODAY - days + 1, TODAY + 1):
        speak(brand, day, against=1 if day < TODAY - fell else 6)
        if fold:
            drop_expired(brand, noon(day))
    return brand


def evaluate(brand: BrandMentions, t: int) -> tuple[Goodwill, tuple[Booking, ...]]:
    series = brand.day_series(current_pane(t, DAY))
    booked = bookings(brand, brand.day_series(t // DAY.size))
    return goodwill(brand, series, t, booked), booked


def lines(brand: BrandMentions, t: int) -> dict[str, dict[str, int]]:
    series = brand.day_series(current_pane(t, DAY))
    worth, booked = evaluate(brand, t)
    found = ledger(brand, series, worth.net, booked)
    return {day: json.loads(line) for day, line in found.items()}


def test_it_is_booked_once_and_takes_the_share_that_was_lost() -> None:
    brand = fallen(300, 60)
    [booking] = evaluate(brand, noon(TODAY))[1]
    midnight = (booking.day + 1) * DAY.size
    before, after = evaluate(brand, midnight - 1)[0], evaluate(brand, midnight)[0]
    assert evaluate(brand, midnight - 1)[1] == ()
    kept = booking.share / booking.usual
    # Like the advocacy of its day, what is booked has decayed for half a day at midnight.
    assert after.net == pytest.approx(
        before.net - before.net * (1 - kept) * 2 ** (-0.5 / 180), rel=1e-6
    )
    assert after.low == pytest.approx(before.low, rel=1e-6), "the interval is before impairments"
    line = lines(brand, noon(TODAY))[day_name(booking.day)]
    assert line["impairment"] == round(1e6 * booking.amount)
    assert line["closing"] == pytest.approx(1e6 * after.net, abs=1)
    rest = line["opening"] + line["earned"] - line["detraction"] - line["decay"]
    assert rest - line["impairment"] == line["closing"]
    assert [line["impairment"] for line in lines(brand, noon(TODAY)).values()].count(0) == 299


def test_on_the_midnight_after_it_is_in_the_line_of_its_day() -> None:
    brand = fallen(300, 60)
    [booking] = evaluate(brand, noon(TODAY))[1]
    last = lines(brand, (booking.day + 1) * DAY.size)[day_name(booking.day)]
    later = lines(brand, noon(TODAY))[day_name(booking.day)]
    assert last["impairment"] == later["impairment"] > 0
    assert last["closing"] == pytest.approx(later["closing"], abs=1)


def test_the_current_day_books_nothing_yet() -> None:
    brand = fallen(300, 60)
    [booking] = evaluate(brand, noon(TODAY))[1]
    until = {day: pane for day, pane in brand.day.items() if day <= booking.day}
    partial = BrandMentions()
    partial.day.update(until)
    partial.carry.see(brand.carry.first_seen or 0)
    assert evaluate(partial, noon(booking.day) + 11 * HOUR.size)[1] == ()
    assert evaluate(partial, (booking.day + 1) * DAY.size)[1] == (booking,)


def test_it_halves_in_180_silent_days() -> None:
    brand = fallen(300, 60)
    t = noon(TODAY + 3)
    assert evaluate(brand, t)[1]
    for later in (180, 360, 720):
        drop_expired(brand, t + later * DAY.size)
        halved = evaluate(brand, t + later * DAY.size)[0].net
        assert halved == pytest.approx(evaluate(fallen(300, 60), t)[0].net / 2 ** (later / 180))


def test_late_events_restate_it() -> None:
    brand = fallen(300, 60)
    [booking] = evaluate(brand, noon(TODAY))[1]
    for day in range(booking.day - 20, TODAY + 1):
        for author in range(100, 160):
            add(brand, mention(noon(day), author, p=1.0))
    assert evaluate(brand, noon(TODAY))[1] == ()
    assert all(line["impairment"] == 0 for line in lines(brand, noon(TODAY)).values())


@pytest.mark.parametrize("fell", [60, 350, 420, 560])
def test_folded_it_is_worth_the_same(fell: int) -> None:
    folded, whole = fallen(700, fell), fallen(700, fell, fold=False)
    t = noon(TODAY)
    assert folded.carry.folded_until == TODAY - 401
    assert evaluate(folded, t)[0].net == pytest.approx(evaluate(whole, t)[0].net, rel=1e-9)
    assert len(evaluate(whole, t)[1]) == 1
    assert (folded.carry.impairment > 0) == (fell > 420)
    assert lines(folded, t).keys() == lines(whole, t).keys()
    for day, line in lines(whole, t).items():
        assert lines(folded, t)[day]["closing"] == pytest.approx(line["closing"], abs=2)


def test_restarts_while_days_are_folded_change_nothing() -> None:
    rng = random.Random(3)
    straight, restarted = BrandMentions(), BrandMentions()
    level = 3
    for day in range(TODAY - 900, TODAY + 1):
        if rng.random() < 0.01:
            level = rng.randrange(AUTHORS)
        if rng.random() < 0.03:
            continue
        against = min(AUTHORS, max(0, level + rng.randrange(-1, 2)))
        for brand in (straight, restarted):
            speak(brand, day, against)
            if rng.random() < 0.5 or day == TODAY:
                drop_expired(brand, noon(day))
        if rng.random() < 0.1:
            restarted.carry = BrandCarry.decode(restarted.carry.encode(1))
    t = noon(TODAY)
    assert restarted.carry.encode(1) == straight.carry.encode(1)
    assert evaluate(restarted, t) == evaluate(straight, t)
    assert straight.carry.impairment > 0, "nothing was booked on a day that is folded by now"


def test_of_quiet_brands_nothing_is_written_off() -> None:
    """Twenty years of a brand of which seven in ten speak well, more or less."""
    rng = np.random.default_rng(1)
    brand = BrandMentions()
    for day in range(TODAY - 20 * 365, TODAY + 1):
        speak(brand, day, against=int(rng.binomial(AUTHORS, 0.3)))
        drop_expired(brand, noon(day))
    assert brand.carry.impairment == 0
    assert evaluate(brand, noon(TODAY))[1] == ()


@st.composite
def moods(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Draw phases of a brand: how many days, and of ten authors how many speak for it."""
    return draw(
        st.lists(
            st.tuples(st.integers(1, 120), st.integers(0, 10), st.integers(0, 10)),
            min_size=1,
            max_size=5,
        )
    )


def moody(phases: list[tuple[int, int, int]], first: int) -> BrandMentions:
    """Return a brand of such phases, from a day on."""
    brand = BrandMentions()
    day = first
    for length, kind, speakers in phases:
        for _ in range(length):
            pane = brand.day[day] = Pane(DAY, day)
            for author in range(speakers):
                said = (1.0, 0.0) if author < kind else (0.0, 1.0)
                pane.add(mention(noon(day), author, *said))
            day += 1
    return brand


@given(moods(), st.integers(0, 13), st.integers(1, 40))
@example([(42, 10, 10), (70, 7, 10)], 0, 1)
@settings(deadline=None)
def test_nothing_is_booked_where_weeks_say_that_nothing_can_be(
    phases: list[tuple[int, int, int]], shift: int, step: int
) -> None:
    brand = moody(phases, TODAY + shift)
    day = max(brand.day) + 1
    booked = {each.day for each in bookings(brand, brand.day_series(day))}
    for first in range(TODAY, day, step):
        days = range(first, min(first + step, day))
        assert may_book(brand.weekly, days.start, days.stop) or booked.isdisjoint(days)


@given(st.lists(moods(), max_size=3), st.integers(0, 300), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_of_brands_that_are_asked_together_each_says_what_it_does_alone(
    brands: list[list[tuple[int, int, int]]], start: int, days: int
) -> None:
    together = [moody(phases, TODAY) for phases in brands]
    first, end = TODAY + start, TODAY + start + days
    foresee([brand.weekly for brand in together], first, end)
    weeks = range(TODAY // 7, end // 7 + 1)
    for brand in together:
        alone = Weekly(brand.day)
        assert may_book(brand.weekly, first, end) == may_book(alone, first, end)
        assert brand.weekly.weeks(weeks) == [
            Weekly(brand.day).weeks(range(n, n + 1))[0] for n in weeks
        ]


def test_weeks_of_one_mood_rule_a_booking_out() -> None:
    brand = fallen(300, 300, fold=False)
    assert not may_book(brand.weekly, TODAY - 30, TODAY)
    brand = fallen(300, 60, fold=False)
    [booking] = evaluate(brand, noon(TODAY))[1]
    assert may_book(brand.weekly, booking.day, booking.day + 1)
    assert not may_book(brand.weekly, booking.day - 20, booking.day - 10)
