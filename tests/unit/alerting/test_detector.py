"""Baseline, fit, statistic and calibration."""

from __future__ import annotations

import doctest
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alerting import baseline, calibration, residuals, rhythm
from pipeline.alerting.baseline import WEEK, held_out_residuals, profile
from pipeline.alerting.calibration import BARS, Tail, mean_time, target
from pipeline.alerting.detector import Series
from pipeline.alerting.fit import LONGEST_BLOCK, Fit, fit
from pipeline.alerting.kinds import TARGET, Kind
from pipeline.alerting.residuals import DROP, SURGE
from pipeline.alerting.rhythm import BINS, Crowd, add, bins_of
from pipeline.alerting.rhythm_scan import shared
from pipeline.alerting.tail_fit import fit_tail
from pipeline.events.instants import DAY, HOUR
from tests.unit.alerting.plain import levels, prewhiten, window_means

RANDOM = np.random.default_rng(5)
HISTORY = RANDOM.poisson(20 + 8 * np.sin(np.arange(6 * WEEK + LONGEST_BLOCK - 1) / 4)).astype(float)


def fitted() -> Fit:
    found = fit(HISTORY, 1_000, DROP)
    assert found is not None
    return found


@pytest.mark.parametrize("module", [baseline, calibration, residuals, rhythm])
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_a_week_has_no_part_in_its_own_residuals() -> None:
    weeks = np.log(RANDOM.poisson(20, (6, WEEK)) + 1.0)
    before = held_out_residuals(weeks)
    changed = weeks.copy()
    changed[2] += 3.0
    after = held_out_residuals(changed)
    assert after[2] == pytest.approx(before[2] + 3.0)


def test_one_wild_week_is_not_what_is_expected() -> None:
    weeks = np.log(RANDOM.poisson(20, (6, WEEK)) + 1.0)
    changed = weeks.copy()
    changed[3] -= 4.0
    assert np.abs(profile(changed) - profile(weeks)).max() < 0.3


def test_hours_that_are_not_known_are_left_out() -> None:
    weeks = np.log(RANDOM.poisson(20, (6, WEEK)) + 1.0)
    weeks[:, 50] = np.nan
    assert np.isfinite(profile(weeks)).all()


def test_the_profile_belongs_to_the_hours_of_the_week() -> None:
    hours = np.arange(6 * WEEK + LONGEST_BLOCK - 1)
    hour = 5_000
    of_week = (hours + hour - hours.size) % WEEK
    found = fit(np.where(of_week < 24, 40.0, 10.0), hour, DROP)
    assert found is not None
    scored = found.baseline(range(hour, hour + WEEK))
    assert scored[(12 - hour) % WEEK] - scored[(100 - hour) % WEEK] > 0.7


def test_too_few_weeks_or_words_fit_nothing() -> None:
    assert fit(HISTORY[-(3 * WEEK + LONGEST_BLOCK - 1) :], 0, DROP) is None
    assert fit(HISTORY / 1_000, 0, DROP) is None
    assert fit(np.full_like(HISTORY, np.nan), 0, DROP) is None


@pytest.mark.parametrize(("scale", "resolution"), [(1.0, 0), (0.1, 1), (0.02, 2)])
def test_the_volume_decides_how_finely_it_is_looked_at(scale: float, resolution: int) -> None:
    found = fit(RANDOM.poisson(HISTORY * scale).astype(float), 0, DROP)
    assert found is not None
    assert found.resolution == resolution


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 299), max_size=8), st.integers(0, 3))
def test_hours_give_the_same_however_many_are_looked_at_together(
    cuts: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    residuals = random.standard_t(4, 300)
    residuals[random.random(300) < 0.05] = np.nan
    rhythm = random.normal(0, 0.3, 300)
    whole = Series(fitted(), DROP)
    at_once = whole.advance(residuals, rhythm)
    parts = Series(fitted(), DROP)
    statistics, latest = [], []
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 300], strict=True):
        if stop > start:
            stretch = parts.advance(residuals[start:stop], rhythm[start:stop])
            statistics.append(stretch.statistic)
            latest.append(stretch.latest)
            parts = Series.recall(parts.fit, DROP, parts.remember())
    assert np.array_equal(np.concatenate(statistics), at_once.statistic)
    assert np.array_equal(np.concatenate(latest), at_once.latest)
    assert [each.tolist() for each in parts.memory] == [each.tolist() for each in whole.memory]


def test_a_good_spike_hides_no_drop() -> None:
    residuals = np.full(24, -2.5)
    plain = Series(fitted(), DROP).advance(residuals, np.zeros(24)).statistic[-1]
    residuals[20] = 50.0
    spiked = Series(fitted(), DROP).advance(residuals, np.zeros(24)).statistic[-1]
    assert spiked > 0.6 * plain > BARS[Kind.INFLUENCE_DROP][0] * 0.6


def test_a_surge_is_no_drop() -> None:
    up = np.full(48, 5.0)
    assert Series(fitted(), DROP).advance(up, np.zeros(48)).statistic.max() < 1.0
    assert Series(fitted(), SURGE).advance(up, np.zeros(48)).statistic.max() > 2.0


def test_levels_end_a_day_back() -> None:
    terms = np.zeros(191 + 30, np.int64)
    terms[191:] = 1_000_000
    assert levels(terms)[:24].tolist() == [0.0] * 24
    assert levels(terms)[29] == pytest.approx(6 / 168)


def test_prewhitening_keeps_the_size_of_a_lasting_shift() -> None:
    shift = np.full(50, -1_000_000)
    assert prewhiten(shift, 0.5, 3).tolist() == [-1_000_000] * 47
    assert window_means(shift, 5).tolist() == [1.0] * 46


def test_extreme_brands_do_not_move_the_rhythm() -> None:
    residuals = RANDOM.normal(0, 1, (12, 100))
    usual = [_excuse(residuals, brand) for brand in range(10)]
    wild = residuals.copy()
    wild[10:] = [[-1e9], [1e9]]
    for brand, before in zip(range(10), usual, strict=True):
        assert np.abs(_excuse(wild, brand) - before).max() < 1.2


def test_a_rhythm_excuses_only() -> None:
    low = np.full((8, 10), -2.4)
    assert (_excuse(low, 0) < -1.9).all()
    assert (_excuse(-low, 0) == 0.0).all()
    assert (_excuse(low[:1], 0) == 0.0).all()


def _excuse(residuals: np.ndarray, brand: int) -> np.ndarray:
    histograms = np.zeros((residuals.shape[1], BINS), np.int64)
    for row in residuals:
        add(histograms, bins_of(row))
    return shared(Crowd.of(histograms), bins_of(residuals[brand]), DROP)[0]


def test_a_brand_that_nobody_was_told_of_has_no_rhythm() -> None:
    nobody = Crowd.of(np.zeros((1, BINS), np.int64))
    rhythm, together = shared(nobody, bins_of(np.array([-3.0])), DROP)
    assert rhythm.tolist() == [0.0]
    assert not together.any()


def test_a_tail_is_found_again() -> None:
    # Independent exponential values a day apart: their rate above any bar is known.
    series = np.full((40, 400 * 48), -1.0)
    series[:, ::48] = RANDOM.exponential(0.5, (40, 400))
    tail = fit_tail(list(series), floor=1.0)
    assert tail.bar(200 * DAY) == pytest.approx(0.5 * np.log(100), rel=0.1)
    assert tail.rate_above(2.0) == pytest.approx(np.exp(-4) / 2, rel=0.25)


def test_bar_and_rate_are_inverse() -> None:
    for shape in (-0.2, 0.0, 0.2):
        tail = Tail(2.0, 0.07, shape, 0.5)
        assert tail.rate_above(tail.bar(150 * DAY)) == pytest.approx(1 / 150)


def test_the_budget_is_spent_once() -> None:
    rate = sum(1 / target(kind) for kind in BARS)
    assert rate == pytest.approx(1 / TARGET)


def test_the_mean_time_starts_at_the_target_and_follows_what_is_seen() -> None:
    kind = Kind.INFLUENCE_DROP
    assert mean_time(kind, 0, 0) == target(kind)
    hours = round(1_500 * DAY / HOUR)
    assert mean_time(kind, 99, hours) == pytest.approx((target(kind) + 1_500 * DAY) / 100)
