"""Waiting times against simulated desks whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.events.brands import Brand
from pipeline.events.instants import DAY, HOUR
from pipeline.metrics.business_time import business_time
from pipeline.metrics.waiting_times import waiting_times
from tests.unit.metrics.desks import (
    START,
    error_of_the_median,
    first_come,
    median_and_p90,
    opened_or_open,
    steady,
)
from tests.unit.metrics.tickets import T, book, fields_of


@pytest.mark.parametrize("mean", [3 * HOUR, 2 * DAY, 5 * DAY, 20 * DAY])
def test_the_cohort_is_unbiased_however_long_things_take(mean: int) -> None:
    """Mean bias of the median at most 1 %, of the 90th percentile 3 %, over 100 desks."""
    found = [median_and_p90(*steady(seed, mean)) for seed in range(100)]
    for index, p, limit in ((0, 0.5, 0.01), (1, 0.9, 0.03)):
        values = [each[index] for each in found]
        assert None not in values
        truth = -np.log(1 - p) * mean
        assert abs(np.mean([each or 0 for each in values]) / truth - 1) < limit


def test_without_what_ended_in_the_window_long_times_come_out_longer() -> None:
    """Why the cohort is not "opened in 28 d, plus all open": old tickets are in it if they last."""
    medians, p90s = [], []
    for seed in range(20):
        opened, ended, solved = steady(seed, 20 * DAY)
        literal = opened_or_open(opened, ended)
        median, p90 = median_and_p90(opened[literal], ended[literal], solved[literal])
        medians.append(median or 0)
        p90s.append(p90)
    assert np.mean(medians) / (np.log(2) * 20 * DAY) > 1.1
    assert p90s == [None] * 20


@pytest.mark.parametrize(("days", "load"), [(7, 1.5), (14, 1.2), (14, 2.0), (21, 1.5), (28, 1.5)])
def test_in_overload_at_most_half_the_error_of_solved_tickets_alone(days: int, load: float) -> None:
    ours, alone = zip(*(error_of_the_median(seed, days, load) for seed in range(10)), strict=True)
    assert np.mean(alone) < -0.1
    assert np.mean(alone) / 2 < np.mean(ours) < 0.01


def test_in_overload_the_state_says_lower_bound() -> None:
    opened, solved = first_come(1, 21, 1.5)
    rows = [(str(n), "opened", int(at)) for n, at in enumerate(opened)]
    rows += [(str(n), "solved", int(at)) for n, at in enumerate(solved) if at <= T]
    fields = fields_of(book(*rows))
    assert fields["resolution_seconds_p50_28d_state"] == "lower_bound"
    truth = float(np.median((solved - opened)[opened >= START])) / 1e6
    assert 0.8 * truth < float(fields["resolution_seconds_p50_28d"]) < truth


def test_business_time_is_unbiased_too() -> None:
    """Solved after an exponential business time: the median of that is found again."""
    clock = business_time(Brand(id="acme", business_hours={"mon": ("09:00-17:00",)}))
    assert clock is not None
    draw = np.random.default_rng(5)
    found = []
    for _ in range(20):
        opened = (T - draw.random(1500) * 60 * DAY).astype(np.int64)
        lasts = draw.exponential(6 * HOUR, 1500)
        solved = np.array(
            [clock.after(int(at), int(work)) for at, work in zip(opened, lasts, strict=True)]
        )
        until = np.minimum(solved, T)
        found.append(waiting_times(opened, until, solved <= T, START, clock).quantile(0.5))
    assert np.mean([each or 0 for each in found]) == pytest.approx(np.log(2) * 6 * HOUR, rel=0.03)


def test_a_wait_that_was_over_before_the_window_tells_nothing_at_any_hour() -> None:
    """Not even where no business time has passed between the two."""
    clock = business_time(Brand(id="acme", business_hours={"wed": ("23:00-24:00",)}))
    opened, until = np.array([START - 3 * HOUR]), np.array([START - 2 * HOUR])
    assert clock is not None
    assert clock.between(int(opened[0]), START) == 0
    assert waiting_times(opened, until, np.array([True]), START, clock).is_empty
