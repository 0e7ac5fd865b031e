"""Kaplan-Meier: by hand, against the exact estimate, and on simulated worlds with a known truth."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.kaplan_meier import Survival, bucket, bucket_value, kaplan_meier

UNIT = 1_000_000


def estimate(rows: list[tuple[int, bool, int]]) -> Survival:
    """Return the estimate over (duration, ended, entered)."""
    durations, ended, entered = zip(*rows, strict=True) if rows else ((), (), ())
    return kaplan_meier(
        np.array(durations, dtype=np.int64),
        np.array(ended, dtype=bool),
        np.array(entered, dtype=np.int64),
    )


def steps(survival: Survival) -> list[float]:
    """Return the distinct values of the function, in order."""
    values = [1.0, *survival.values.tolist()]
    return [b for a, b in pairwise(values) if b != a]


@given(st.integers(0, 10**15))
def test_buckets_are_within_one_percent(duration: int) -> None:
    index = int(bucket(np.array([duration]))[0])
    assert bucket_value(index) == pytest.approx(duration, rel=0.01 + 1e-9)


def test_by_hand() -> None:
    # At 1: 5 at risk, 1 ends: 4/5. At 2 one is censored. At 3: 3 at risk, 1 ends: 4/5·2/3 = 8/15.
    # At 4 one is censored. At 5: 1 at risk, which ends: 0.
    survival = estimate([(1, True, 0), (2, False, 0), (3, True, 0), (4, False, 0), (5, True, 0)])
    assert steps(survival) == pytest.approx([4 / 5, 8 / 15, 0])
    assert survival.quantile(0.2) == pytest.approx(1, rel=0.01)
    assert survival.quantile(0.4) == pytest.approx(3, rel=0.01)
    assert survival.quantile(0.5) == pytest.approx(5, rel=0.01)


def test_late_entry_by_hand() -> None:
    # At 10: 2 at risk (the third enters at 15), 1 ends: 1/2. At 20: 2 at risk, 1 ends: 1/4.
    survival = estimate([(10, True, 0), (20, True, 0), (30, False, 15)])
    assert steps(survival) == pytest.approx([1 / 2, 1 / 4])
    assert survival.quantile(0.9) is None


def test_who_was_gone_before_entering_is_left_out() -> None:
    kept = [(10, True, 0), (30, False, 0)]
    gone = [(20, True, 20), (15, True, 20), (20, False, 20)]
    assert steps(estimate(kept + gone)) == steps(estimate(kept)) == [1 / 2]
    assert estimate(gone).is_empty


def test_who_enters_and_ends_in_one_bucket_was_at_risk_there() -> None:
    survival = estimate([(10_000, True, 9_999), (20_000, False, 0)])
    assert steps(survival) == pytest.approx([1 / 2])


def test_censored_in_the_bucket_of_an_end_is_at_risk() -> None:
    assert steps(estimate([(10, True, 0), (10, False, 0)])) == [1 / 2]


def test_quantiles_that_are_not_reached_are_unknown() -> None:
    survival = estimate([(10, True, 0), (20, False, 0), (20, False, 0)])
    assert survival.quantile(0.3) == pytest.approx(10, rel=0.01)
    assert survival.quantile(0.5) is None
    assert not survival.is_empty


def test_exactly_reached_counts_as_reached() -> None:
    rows = [(n, True, 0) for n in range(1, 11)]
    assert estimate(rows).quantile(0.9) == pytest.approx(9, rel=0.01)
    assert estimate(rows).quantile(0.5) == pytest.approx(5, rel=0.01)


def test_ends_at_once_and_nobody() -> None:
    assert estimate([(0, True, 0), (-5, True, 0)]).quantile(0.9) == 0
    assert estimate([]).is_empty
    assert estimate([]).quantile(0.5) is None


def exact_quantile(rows: list[tuple[int, bool, int]], p: float) -> int | None:
    """Return the quantile of the textbook's estimate, one end after the other."""
    survival = 1.0
    rows = [row for row in rows if row[2] <= 0 or row[0] > row[2]]
    for at in sorted({duration for duration, ended, _ in rows if ended}):
        at_risk = sum(entered < at <= duration for duration, _, entered in rows)
        ends = sum(ended and duration == at for duration, ended, _ in rows)
        survival *= 1 - ends / at_risk
        if survival <= 1 - p + 1e-12:
            return at
    return None


# Powers of 1.1 lie in buckets of their own, so that buckets and exact instants must agree.
GRID = st.integers(1, 60).map(lambda n: round(1000 * 1.1**n))


@given(st.lists(st.tuples(GRID, st.booleans(), GRID | st.just(0)), min_size=1, max_size=40))
def test_agrees_with_the_textbook(rows: list[tuple[int, bool, int]]) -> None:
    for p in (0.5, 0.9):
        exact = exact_quantile(rows, p)
        found = estimate(rows).quantile(p)
        assert (found is None) == (exact is None)
        assert found is None or found == pytest.approx(exact, rel=0.0101)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("p", [0.5, 0.9])
def test_unbiased_under_independent_censoring(p: float, late: bool) -> None:
    draw = np.random.default_rng(7)
    scale = 3600 * UNIT
    found = []
    for _ in range(100):
        lasting = draw.exponential(scale, 2000)
        censored = draw.exponential(4 * scale, 2000)
        entered = np.where(draw.random(2000) < 0.3, draw.exponential(scale, 2000), 0)
        survival = kaplan_meier(
            np.minimum(lasting, censored).astype(np.int64),
            lasting <= censored,
            (entered if late else np.zeros(2000)).astype(np.int64),
        )
        value = survival.quantile(p)
        assert value is not None
        found.append(value)
    truth = -np.log(1 - p) * scale
    assert abs(np.mean(found) / truth - 1) < 0.03
