"""The baseline: what a week is held against is made of all other weeks."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.alerting.baseline import WEEK, held_out_residuals, profile
from pipeline.alerting.fit import LONGEST_BLOCK, fit, quantiles
from pipeline.alerting.residuals import DROP


@pytest.mark.parametrize("count", [4, 5, 8])
@pytest.mark.parametrize("unknown", [0, 1, 60])
def test_a_week_has_no_part_in_what_it_is_held_against(count: int, unknown: int) -> None:
    random = np.random.default_rng(count)
    # Few values, so that weeks often say the same.
    weeks = np.log1p(random.poisson(2.0, (count, WEEK)))
    weeks[random.integers(count, size=unknown), random.integers(WEEK, size=unknown)] = np.nan
    residuals = held_out_residuals(weeks)
    for week in range(count):
        others = profile(np.delete(weeks, week, axis=0))
        np.testing.assert_array_equal(residuals[week], weeks[week] - others)


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(4, 8), st.just(WEEK)),
        elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, np.nan]),
        fill=st.sampled_from([0.5, 1.0, np.nan]),
    )
)
def test_hours_that_are_not_known_have_no_part_in_the_medians(weeks: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        medians = np.nanmedian(weeks, axis=0)
        level = np.nan_to_num(np.nanmedian(medians))
    known = np.where(np.isnan(medians), level, medians)
    np.testing.assert_array_equal(profile(weeks), profile(np.stack([known] * 4)))


def test_an_hour_that_no_week_knows_takes_the_level_of_the_others() -> None:
    weeks = np.full((4, WEEK), 2.0)
    weeks[:, 7] = np.nan
    assert profile(weeks).tolist() == [2.0] * WEEK


@given(
    arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6)),
    st.sampled_from([0.25, 0.5, 0.85, 0.995]),
)
def test_quantiles_are_those_of_numpy(values: np.ndarray, share: float) -> None:
    assert quantiles(values, share, 0.5) == np.quantile(values, (share, 0.5)).tolist()


@pytest.mark.parametrize(("known", "fits"), [(0, False), (3, False), (300, False), (500, True)])
def test_a_few_hours_that_are_left_of_weeks_are_no_history(known: int, fits: bool) -> None:
    hourly = np.full(4 * WEEK + LONGEST_BLOCK - 1, np.nan)
    if known:
        hourly[-known:] = 50.0
    assert (fit(hourly, 10_000, DROP) is not None) == fits
