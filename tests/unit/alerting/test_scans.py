"""Compiled loops give what the obvious way gives, to the last digit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting import baseline_scan, residual_scan, score_scan, silence_scan
from pipeline.alerting.baseline import WEEK, Values, smooth
from pipeline.alerting.detector import Series, Stretch, high
from pipeline.alerting.fit import LONGEST_BLOCK, Fit, fit
from pipeline.alerting.residuals import DROP, MICRO, SURGE, Side
from pipeline.alerting.rhythm import bins_of
from tests.unit.alerting import plain

SEEDS = st.integers(0, 1 << 32)
SIDES = st.sampled_from([DROP, SURGE])
LEVELS = st.sampled_from([0.3, 2.0, 40.0, 3e4])


def same(found: np.ndarray, expected: np.ndarray) -> bool:
    """Tell whether arrays have the same type, shape and numbers; so have those without any."""
    return found.dtype == expected.dtype and np.array_equal(
        found, expected, equal_nan=found.dtype == np.float64
    )


def some_weeks(draw: np.random.Generator, weeks: int, level: float) -> Values:
    """Return logs of what hours brought; the lower the level, the more often the same."""
    logs: Values = np.log1p(
        draw.poisson(level, (weeks, WEEK)) * draw.choice([1.0, 0.37, 0.1234567])
    )
    return logs


@given(st.integers(2, 12), LEVELS, st.sampled_from([0, 1, 60]), SEEDS)
def test_baselines_are_those_of_arrays(weeks: int, level: float, unknown: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    logs = some_weeks(draw, weeks, level)
    logs[draw.integers(weeks, size=unknown), draw.integers(WEEK, size=unknown)] = np.nan
    before = logs.copy()
    found = baseline_scan.profile_and_residuals(logs)
    assert same(logs, before)
    if np.isfinite(logs).sum(axis=0).min() < 2:
        assert found is None
        return
    assert found is not None
    assert all(map(same, found, plain.profile_and_residuals(logs)))


def residuals_of(draw: np.random.Generator, hours: int, unknown: float) -> Values:
    """Return residuals, wild ones among them; a share is unknown."""
    residuals: Values = draw.standard_t(2, hours) * draw.choice([0.01, 1.0, 5.0])
    residuals[draw.random(hours) < unknown] = np.nan
    return coarse(residuals) if draw.random() < 0.5 else residuals


def coarse(values: Values) -> Values:
    """Return values of which every other lies half-way between two millionths."""
    return np.rint(values * 128) / 128


@given(st.integers(LONGEST_BLOCK + WEEK, 8 * WEEK), st.sampled_from([0.0, 0.3, 1.0]), SIDES, SEEDS)
def test_residuals_less_their_level_are_those_of_arrays(
    hours: int, unknown: float, side: Side, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    residuals, spread = residuals_of(draw, hours, unknown), draw.choice([0.37, 1.0])
    found = residual_scan.one_sided(residuals, spread, side)
    assert same(found, plain.one_sided(residuals, spread, side))


@given(
    st.integers(200, 8 * WEEK),
    st.sampled_from([3, 6, 24]),
    st.sampled_from([0.0, 0.31, 0.7]),
    SEEDS,
)
def test_innovations_are_those_of_arrays(hours: int, lag: int, phi: float, seed: int) -> None:
    bad = DROP.one_sided(residuals_of(np.random.default_rng(seed), hours, 0.0))
    counts = [22, 10, 4, 1, WEEK]
    innovations, means = residual_scan.whitened(bad, phi, lag, counts)
    expected = plain.prewhiten(plain.micros(bad), phi, lag)
    assert same(innovations, expected)
    for count, found in zip(counts, means, strict=True):
        assert same(found, plain.window_means(expected, count))


@pytest.fixture(scope="module", params=[50.0, 1.5, 0.4])
def fitted(request: pytest.FixtureRequest) -> Fit:
    draw = np.random.default_rng(7)
    hourly = draw.poisson(request.param, 6 * WEEK + LONGEST_BLOCK - 1).astype(float)
    found = fit(hourly, 5_000, DROP)
    assert found is not None
    return found


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=3),
    st.sampled_from([0.0, 0.05, 1.0]),
    SIDES,
    SEEDS,
)
def test_statistics_are_those_of_arrays(
    fitted: Fit, spans: list[int], unknown: float, side: Side, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    series = Series(fitted, side)
    memory = series.memory
    for hours in spans:
        residuals = residuals_of(draw, hours, unknown)
        rhythm = coarse(draw.normal(0.0, 0.3, hours))
        stretch = series.advance(residuals, rhythm)
        said = plain.advance(fitted, side, memory, residuals, rhythm)
        memory = said.memory
        assert same(stretch.statistic, said.statistic)
        assert same(stretch.latest, said.latest)
        assert same(stretch.terms, said.terms)
        assert same(stretch.shifts, said.shifts)
        assert all(map(same, series.memory, memory))


@given(st.integers(1, WEEK), st.integers(0, 3 * WEEK), LEVELS, st.floats(0.0, 1.0), SEEDS)
def test_hours_are_scored_as_arrays_are(
    fitted: Fit, hours: int, first: int, level: float, unknown: float, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    brought = draw.poisson(level, hours + fitted.look.block - 1).astype(np.float64)
    brought[draw.random(brought.size) < unknown / 24] = np.nan
    span = range(first, first + hours)
    residuals, bins = score_scan.residuals_and_bins(fitted, brought, span)
    assert same(residuals, fitted.residuals(brought, span))
    assert same(bins, bins_of(residuals))


@given(st.integers(0, 5), SEEDS)
def test_one_is_over_a_bar_if_it_is_among_those_that_are(hours: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    statistic, latest, residuals = draw.choice([-1.0, 0.0, 1.0, 2.0, np.nan], (3, hours))
    stretch = Stretch(statistic, latest, np.empty(0, np.int64), np.empty(0, np.int64))
    expected = (high(stretch, 1.0) & np.isfinite(residuals)).any()
    assert score_scan.is_any_high(stretch, residuals, 1.0) == expected


@given(st.lists(st.integers(-(10**9), 10**9)), st.floats(1e-3, 1e3))
def test_what_is_remembered_is_rescaled_as_arrays_are(values: list[int], scale: float) -> None:
    micros = np.array(values, np.int64)
    expected = np.rint(micros * scale).astype(np.int64)
    assert same(residual_scan.rescaled(micros, scale), expected)


def test_what_is_unknown_says_nothing(fitted: Fit) -> None:
    series = Series(fitted, DROP)
    stretch = series.advance(np.full(200, np.nan), np.zeros(200))
    assert not stretch.terms.any()
    assert (series.memory[2] == round(fitted.neutral * MICRO)).all()


@given(st.integers(1, 2 * WEEK), st.floats(-1.0, 0.0), SIDES, SEEDS)
def test_onsets_are_those_of_arrays(hours: int, usual: float, side: Side, seed: int) -> None:
    terms = np.random.default_rng(seed).integers(-3, 4, hours) * MICRO // 2
    bad = usual - side.one_sided(terms / MICRO)
    found = residual_scan.onset(terms, usual, side.sign, side.clip)
    assert found == int(np.cumsum(bad[::-1]).argmax()) + 1


@st.composite
def hours_heard(draw: st.DrawFn) -> tuple[range, np.ndarray]:
    """Draw some hours, and at which of them a source was heard."""
    start = draw(st.integers(0, 3 * WEEK))
    hours = range(start, start + draw(st.integers(1, 3 * WEEK)))
    heard = draw(st.lists(st.sampled_from(hours), unique=True, max_size=40))
    return hours, np.array(sorted(heard), np.int64)


@given(
    hours_heard(),
    st.floats(0.0, 50.0),
    st.integers(0, 100 * MICRO),
    st.lists(st.floats(0.0, 9.0), min_size=WEEK, max_size=WEEK),
)
def test_silences_are_followed_hour_by_hour(
    some: tuple[range, np.ndarray], rate: float, missed: int, weekly: list[float]
) -> None:
    hours, heard = some
    factors = np.frombuffer(np.array(weekly).tobytes())
    found = silence_scan.follow(factors, hours.start, hours.stop, heard, rate, missed)
    silences = []
    for hour in hours:
        missed = 0 if hour in heard else missed + round(rate * weekly[hour % WEEK] * MICRO)
        silences.append(missed)
    assert found == (max(silences), missed)


@given(st.integers(1, 8), SEEDS)
def test_factors_are_those_of_arrays(weeks: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    hours = np.flatnonzero(draw.random(weeks * WEEK) < draw.choice([0.005, 0.3, 1.0])) + 1_000
    counts = draw.integers(1, 50, hours.size)
    found = silence_scan.factors_of(hours, counts, weeks)
    averages = smooth(np.bincount(hours % WEEK, counts, WEEK) / weeks, 2)
    expected = averages / averages.mean() if hours.size else np.ones(WEEK)
    assert same(found, expected)
