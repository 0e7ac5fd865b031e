"""Activation at launches: windows, audiences, what is final, and what is not known."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable

import numpy as np
import pytest
from scipy import stats

from pipeline.metrics.activation import Activation, activation, compare
from pipeline.metrics.activity_results import latest_activation, launch_results
from pipeline.state.audience import Window, matched
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import BrandCarry, noon
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY
from tests.unit.metrics.brands import mention

LAUNCH = 20_000
FIRST = LAUNCH - 84 - 56


def speak(brand: BrandMentions, day: int, authors: Iterable[int]) -> None:
    pane = brand.pane(DAY, day) or brand.put(Pane(DAY, day))
    for author in authors:
        pane.add(mention(noon(day), author, p=0.5))
    brand.carry.see(noon(day))


def rotating(brought: int = 0) -> BrandMentions:
    """A hundred authors, four each day in turn; the launch brings others of them to speak."""
    brand = BrandMentions()
    for day in range(FIRST, LAUNCH + 10):
        speak(brand, day, ((4 * day + n) % 100 for n in range(4)))
    speak(brand, LAUNCH + 1, ((4 * LAUNCH + 50 + n) % 100 for n in range(brought)))
    return brand


def evaluate(brand: BrandMentions, *launches: int) -> Activation:
    found = activation(brand, launches[0], launches)
    assert found is not None
    return found


def test_those_who_speak_anyway_are_not_activated() -> None:
    found = evaluate(rotating(), LAUNCH)
    assert (found.audience, found.share, found.usual, found.windows) == (100, 0.12, 0.12, 8)
    assert (found.activation, found.low, found.high) == (0, 0, 0)


def test_of_those_who_would_be_silent_the_share_that_speaks_counts() -> None:
    found = evaluate(rotating(brought=22), LAUNCH)
    assert found.share == pytest.approx(0.34)
    assert found.activation == pytest.approx(0.22 / 0.88)


def test_newcomers_are_counted_apart() -> None:
    brand = rotating(brought=5)
    before = evaluate(brand, LAUNCH)
    speak(brand, LAUNCH + 2, range(1000, 1030))
    found = evaluate(brand, LAUNCH)
    assert found.activation == before.activation
    assert (before.joined, found.joined) == (0, 30)
    # Who detracts is neither audience nor active.
    brand.panes(DAY)[LAUNCH].add(mention(noon(LAUNCH), 2000, q=1.0))
    assert evaluate(brand, LAUNCH) == found


def test_the_audience_is_that_of_84_days() -> None:
    for day, audience in ((LAUNCH - 84, 101), (LAUNCH - 85, 100)):
        brand = rotating()
        speak(brand, day, [3000])
        assert evaluate(brand, LAUNCH).audience == audience


def test_the_interval_is_that_of_a_new_window() -> None:
    rng = random.Random(4)
    usual = [Window(100.0, float(rng.randrange(5, 20)), 0.0) for _ in range(6)]
    found = compare(Window(200.0, 60.0, 0.0), usual)
    shares = [each.active / 100 for each in usual]
    p0 = sum(shares) / 6
    half = stats.t.ppf(0.95, 5) * np.std(shares, ddof=1) * math.sqrt(7 / 6) / (1 - p0)
    assert found.activation == pytest.approx((0.3 - p0) / (1 - p0))
    assert found.low == pytest.approx((0.3 - p0) / (1 - p0) - half)
    assert found.high == pytest.approx((0.3 - p0) / (1 - p0) + half)


def test_windows_that_touch_another_launch_are_left_out() -> None:
    brand = rotating(brought=10)
    alone = evaluate(brand, LAUNCH)
    for other, left in ((LAUNCH - 7, 7), (LAUNCH - 9, 7), (LAUNCH - 5, 7), (LAUNCH - 10, 8)):
        assert evaluate(brand, LAUNCH, other).windows == left
    # One on the same day or later touches none.
    assert evaluate(brand, LAUNCH, LAUNCH, LAUNCH + 2) == alone
    assert evaluate(brand, LAUNCH, *matched(LAUNCH)[:3]).activation is not None
    assert evaluate(brand, LAUNCH, *matched(LAUNCH)[:4]).activation is None


def test_too_little_is_insufficient() -> None:
    usual = [Window(100.0, 10.0, 0.0)] * 8
    assert compare(Window(50.0, 5.0, 0.0), usual).activation is not None
    assert compare(Window(49.0, 5.0, 0.0), usual).activation is None
    assert compare(Window(0.0, 0.0, 9.0), usual) == (None, None, None, 0, None, 0.1, 8, 9)
    assert compare(Window(100.0, 5.0, 0.0), usual[:4]).activation is None
    assert compare(Window(100.0, 5.0, 0.0), [Window(0.0, 0.0, 5.0)] * 8).windows == 0
    assert compare(Window(100.0, 97.0, 0.0), [Window(100.0, 95.0, 0.0)] * 8).activation is not None
    assert compare(Window(100.0, 97.0, 0.0), [Window(100.0, 96.0, 0.0)] * 8).activation is None


def test_samples_estimate_the_same_share() -> None:
    rng = np.random.default_rng(7)
    authors = rng.integers(0, 1 << 64, 20_000, dtype=np.uint64).tolist()
    brand = BrandMentions()
    for start in (*matched(LAUNCH), LAUNCH):
        speak(brand, start, rng.choice(np.array(authors, np.uint64), 2000).tolist())
    for day in (FIRST + 10, LAUNCH - 60):
        speak(brand, day, authors)
    found = evaluate(brand, LAUNCH)
    assert found.share is not None
    assert brand.panes(DAY)[LAUNCH - 60].reading.theta < 0.1
    assert found.audience == pytest.approx(20_000, rel=0.1)
    assert found.share == pytest.approx(1 - math.exp(-0.1), rel=0.3)
    assert found.activation == pytest.approx(0, abs=0.03)


def settled(brand: BrandMentions) -> bool:
    return brand.settle([LAUNCH], (LAUNCH + 5) * DAY.size)


def test_once_final_later_events_change_nothing() -> None:
    brand = rotating(brought=10)
    assert not brand.settle([LAUNCH], (LAUNCH + 5) * DAY.size - 1)
    speak(brand, LAUNCH + 2, range(90, 95))
    expected = evaluate(brand, LAUNCH)
    assert settled(brand)
    assert not settled(brand)
    for day in (LAUNCH + 1, LAUNCH - 7, LAUNCH - 60):
        speak(brand, day, range(100))
    assert evaluate(brand, LAUNCH) == expected
    brand.carry.windows.clear()
    assert evaluate(brand, LAUNCH) != expected


def test_once_final_it_outlives_its_days_and_restarts() -> None:
    brand = rotating(brought=10)
    expected = evaluate(brand, LAUNCH)
    settled(brand)
    brand.fold_until(LAUNCH + 20)
    brand.carry = BrandCarry.decode(brand.carry.encode(5))
    assert evaluate(brand, LAUNCH) == expected


def test_of_a_launch_heard_of_after_its_days_were_folded_nothing_is_known() -> None:
    brand = rotating()
    brand.fold_until(LAUNCH - 84 - 56 + 1)
    assert evaluate(brand, LAUNCH).windows == 7
    brand.fold_until(LAUNCH - 84)
    assert activation(brand, LAUNCH, [LAUNCH]) is None
    assert not settled(brand)


def test_windows_are_kept_as_long_as_launches_are_compared_with_them() -> None:
    brand = rotating()
    settled(brand)
    assert sorted(brand.carry.windows) == sorted([LAUNCH, *matched(LAUNCH)])
    # After a crash the row can be ahead of what is known: of the watermark, and of the launch.
    assert not brand.settle([], LAUNCH * DAY.size)
    assert not brand.settle([LAUNCH], (LAUNCH + 400) * DAY.size)
    assert brand.settle([LAUNCH], (LAUNCH + 500) * DAY.size)
    assert list(brand.carry.windows) == [LAUNCH]
    assert brand.settle([LAUNCH], (LAUNCH + 501) * DAY.size)
    assert brand.carry.windows == {}


def results(brand: BrandMentions, complete: int, *starts: int) -> list[tuple[str, str | None]]:
    launches = [(f"n{start - LAUNCH}", noon(start), None) for start in starts]
    found = launch_results(brand, brand.day_series(complete), launches)
    return [(each.name, each.fields.get("activation_state")) for each in found]


def test_there_is_a_result_from_the_end_of_the_window_on() -> None:
    brand = rotating()
    assert results(brand, LAUNCH + 2, LAUNCH) == [("n0", "beyond_horizon")]
    assert results(brand, LAUNCH + 3, LAUNCH) == [("n0", None)]
    assert results(brand, LAUNCH + 3, LAUNCH - 120) == [("n-120", "insufficient")]


def test_the_brand_has_the_latest_that_is_known_of_a_year() -> None:
    brand = rotating(brought=10)
    first, second = LAUNCH - 13, LAUNCH
    launches = [("a", noon(first), None), ("b", noon(second), noon(second - 90))]

    def latest(complete: int, t: int) -> Activation | None:
        return latest_activation(launch_results(brand, brand.day_series(complete), launches), t)

    of_first, of_second = (evaluate(brand, day, first, second) for day in (first, second))
    assert of_first.activation != of_second.activation
    assert latest(LAUNCH + 2, noon(LAUNCH + 2)) == of_first
    assert latest(LAUNCH + 3, noon(LAUNCH + 3)) == of_second
    assert latest(LAUNCH + 3, noon(LAUNCH + 365) - 1) == of_second
    assert latest(LAUNCH + 3, noon(LAUNCH + 365)) is None
