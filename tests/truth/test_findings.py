"""The yardsticks themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from tests.truth.findings import Finding, Place, interval_score, markdown
from tests.truth.processes import Brand, Process, generator

PLACE = Place("metric", "world")


def test_the_interval_score_is_smallest_for_the_right_interval() -> None:
    draws = np.random.default_rng(1).standard_normal(200_000)

    def score(half: float) -> float:
        ends = np.full(draws.size, half)
        return float(interval_score(-ends, ends, draws).mean())

    right = float(norm.ppf(0.95))
    assert score(right) < min(score(0.8 * right), score(1.2 * right))
    assert score(right) == pytest.approx(2 / 0.05 * norm.pdf(right), rel=0.01)


def test_limits_widen_with_the_standard_error_only() -> None:
    found = PLACE.share("covers", [True] * 80 + [False] * 20, 0.86, 0.94)
    assert (found.value, found.worlds) == (0.8, 100)
    assert found.error == pytest.approx(0.04, rel=0.05)
    assert not found.holds()
    assert found.holds(slack=2.0)
    assert not found.holds(slack=1.0)


def test_a_ratio_and_its_error() -> None:
    rng = np.random.default_rng(2)
    ratios = []
    for _ in range(300):
        below = rng.gamma(4.0, size=500)
        ratios.append(PLACE.ratio("score", 1.2 * below + rng.normal(size=500), below))
    assert np.mean([each.value for each in ratios]) == pytest.approx(1.2, rel=0.01)
    assert np.std([each.value for each in ratios]) == pytest.approx(ratios[0].error, rel=0.2)


def test_the_table_marks_what_is_missed() -> None:
    table = markdown(
        [
            Finding("m", "a", "covers", 0.9, 0.01, 1000, 0.86, 0.94),
            Finding("m", "b", "covers", 0.8, 0.01, 1000, 0.86, 0.94),
            Finding("m", "c", "covers", 0.7, 0.01, 1000),
            Finding("m", "b", "cost", 12.345, 0.01, 1000),
        ]
    )
    assert table.splitlines() == [
        "**m**",
        "",
        "| world | worlds | covers (0.86 to 0.94) | cost |",
        "|---|---:|---:|---:|",
        "| a | 1,000 | 0.900 |  |",
        "| b | 1,000 | **0.800** | 12.3 |",
        "| c | 1,000 | 0.700 (no limit) |  |",
    ]


def test_what_few_worlds_have_stands_in_rows_of_its_own() -> None:
    table = markdown(
        [
            Finding("m", "a", "x", 0.5, 0.01, 20, high=0.0),
            Finding("m", "b", "y", 1.0, 0.01, 20),
            Finding("m", "c", "z", 1.0, 0.01, 20, low=1.0),
        ]
    )
    assert table.splitlines()[2:] == [
        "| world | worlds | measured |  | wanted |",
        "|---|---:|---:|---:|---:|",
        "| a | 20 | x | **0.500** | ≤ 0 |",
        "| b | 20 | y | 1.000 |  |",
        "| c | 20 | z | 1.000 | ≥ 1 |",
    ]


def test_days_have_the_covariance_that_the_oracle_knows() -> None:
    brand = Brand(Process("x", 0.3, 0.6))
    rows = []
    for seed in range(4000):
        days = brand.days(generator(seed, "test"), 20_000, 10)
        rows.append(days.advocacy - days.detraction - days.expected)
    found = np.cov(np.array(rows).T)
    assert np.mean(rows) == pytest.approx(0, abs=0.3)
    np.testing.assert_allclose(found, brand.covariance(20_000, 10), rtol=0.12, atol=8)
