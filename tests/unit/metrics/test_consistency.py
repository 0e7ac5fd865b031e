"""Consistency: steady brands and others, what chance adds, and what weeks count."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.metrics.consistency import WEEKS, Weeks, consistency, k_flow, k_share, weeks_before
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import noon
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY
from tests.unit.metrics.brands import mention

MONDAY = 20_000 - (20_000 - 4) % 7
FIRST = MONDAY - 7 * WEEKS


def weeks(advocacy: list[float], detraction: list[float], authors: int = 1_000_000) -> Weeks:
    """Weeks whose words are those of so many authors, each saying equally much."""
    a, d = np.array(advocacy), np.array(detraction)
    return Weeks(a, d, np.full(WEEKS, 100.0), (a + d) ** 2 / authors, a**2 / authors)


def test_the_share_falls_short_of_its_median_by_a_lower_moment() -> None:
    shares = [0.9] * 13 + [0.6] * 13
    found = k_share(weeks(shares, [1 - share for share in shares]))
    median = 0.75
    assert found == pytest.approx(1 - np.sqrt(0.5 * 0.15**2) / median, rel=1e-4)


def test_what_sampling_adds_is_taken_off() -> None:
    shares = [0.9] * 13 + [0.6] * 13
    few = weeks(shares, [1 - share for share in shares], authors=30)
    sampling = (0.9 * 0.1 + 0.6 * 0.4) / 2 / 30
    expected = 1 - np.sqrt(0.5 * 0.15**2 - sampling / 2) / 0.75
    assert k_share(few) == pytest.approx(expected)
    assert k_share(weeks(shares, [1 - share for share in shares], authors=4)) == 1


def test_shares_of_nothing_and_of_too_few_weeks() -> None:
    assert k_share(weeks([0.0] * WEEKS, [1.0] * WEEKS)) == 0
    assert k_share(weeks([1.0] * 4 + [0.0] * 22, [0.0] * WEEKS)) == 1
    assert k_share(weeks([1.0] * 3 + [0.0] * 23, [0.0] * WEEKS)) is None
    quiet = weeks([1.0] * WEEKS, [1.0] * WEEKS)._replace(mentions=np.full(WEEKS, 19.0))
    assert k_share(quiet) is None
    # Weeks with little said are left out of the share only.
    assert k_flow(quiet) == pytest.approx(1)


def test_flow_is_the_effective_number_of_weeks() -> None:
    fourth = [4.0, 0.0, 0.0, 0.0] * 6 + [2.0, 0.0]
    assert k_flow(weeks(fourth, [0.0] * WEEKS)) == pytest.approx(26**2 / (26 * 100), rel=1e-4)
    assert k_flow(weeks([1.0] * WEEKS, [9.0] * WEEKS)) == pytest.approx(1, rel=1e-4)
    assert k_flow(weeks([1.0] + [0.0] * 25, [0.0] * WEEKS)) == pytest.approx(1 / 26, rel=1e-4)
    assert k_flow(weeks([0.0] * WEEKS, [1.0] * WEEKS)) == 0
    # One author a week: all that differs between weeks may be chance.
    assert k_flow(weeks([1.0] * 13 + [0.0] * 13, [0.0] * WEEKS, authors=1)) == 1


def brand_of(days: range, authors: int = 10) -> BrandMentions:
    brand = BrandMentions()
    for day in days:
        brand.day[day] = Pane(DAY, day)
        for author in range(authors):
            p, q = (0.0, 0.5) if author % 5 == 0 else (0.25 + author / 20, 0.0)
            brand.panes(DAY)[day].add(mention(noon(day), author, p, q))
    brand.carry.see(noon(days.start))
    return brand


def evaluate(brand: BrandMentions, complete: int) -> float | None:
    return consistency(brand, brand.day_series(complete), brand.carry.first_day)


def test_weeks_are_iso_weeks_and_complete() -> None:
    assert np.datetime64(MONDAY, "D").astype(object).isoweekday() == 1
    brand = brand_of(range(FIRST - 30, MONDAY + 7))
    brand.panes(DAY)[MONDAY - 1].add(mention(noon(MONDAY - 1), 77, p=1.0))
    on_monday = weeks_before(brand.day_series(MONDAY))
    assert on_monday.advocacy[-1] == pytest.approx(on_monday.advocacy[-2] + 1)
    assert on_monday.mentions.tolist() == [70.0] * 25 + [71.0]
    for day in range(1, 7):
        later = weeks_before(brand.day_series(MONDAY + day))
        assert later.advocacy.tolist() == on_monday.advocacy.tolist()
    before = weeks_before(brand.day_series(MONDAY - 1))
    assert before.mentions.tolist() == [70.0] * 26
    p = np.array([0.25 + author / 20 for author in range(10) if author % 5])
    assert before.advocacy[0] == pytest.approx(7 * p.sum())
    assert before.pro[0] == pytest.approx(7 * (p**2).sum())
    assert before.both[0] == pytest.approx(7 * ((p**2).sum() + 2 * 0.25))


def test_a_brand_must_be_known_for_26_weeks() -> None:
    assert evaluate(brand_of(range(FIRST, MONDAY)), MONDAY) == pytest.approx(1)
    assert evaluate(brand_of(range(FIRST + 1, MONDAY)), MONDAY) is None
    assert evaluate(brand_of(range(FIRST + 1, MONDAY)), MONDAY + 1) == pytest.approx(1, abs=0.01)
    assert evaluate(BrandMentions(), MONDAY) is None
    silent = brand_of(range(FIRST - 400, FIRST - 300))
    assert evaluate(silent, MONDAY) is None


def test_sampled_days_are_scaled_up() -> None:
    brand = brand_of(range(FIRST, MONDAY))
    rng = np.random.default_rng(5)
    for author in rng.integers(0, 1 << 64, 3000, dtype=np.uint64).tolist():
        brand.panes(DAY)[FIRST].add(mention(noon(FIRST), author, p=0.5, q=0.5))
    first = weeks_before(brand.day_series(MONDAY))
    assert brand.panes(DAY)[FIRST].reading.theta < 0.5
    assert first.pro[0] == pytest.approx(3000 * 0.25, rel=0.1)
    assert first.both[0] == pytest.approx(3000, rel=0.1)
