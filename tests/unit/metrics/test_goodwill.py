"""Goodwill: the definition's check values, the interval, and the ledger that adds up."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.events.instants import day_name
from pipeline.metrics.goodwill import (
    Goodwill,
    block_variance,
    decay_weights,
    decayed_sums,
    goodwill,
    squared_weights,
)
from pipeline.metrics.ledger import ledger
from pipeline.metrics.student import quantile_95
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import decay_weight, noon
from pipeline.state.past import NO_DAYS, DaySeries
from pipeline.state.said import Said
from pipeline.state.tiers import DAY, HOUR, current_pane
from tests.unit.metrics.brands import add, brand_of, mention
from tests.unit.state.forgetting import drop_expired

TODAY = 19_000
MIDNIGHT = (TODAY + 1) * DAY.size


def evaluate(brand: BrandMentions, t: int) -> Goodwill:
    return goodwill(brand, brand.day_series(current_pane(t, DAY)), t)


def lines(brand: BrandMentions, t: int) -> dict[str, dict[str, int]]:
    series = brand.day_series(current_pane(t, DAY))
    return {
        day: json.loads(line)
        for day, line in ledger(brand, series, goodwill(brand, series, t).net).items()
    }


def one_advocate_a_day(days: int) -> BrandMentions:
    """A brand with one advocate on each of ``days`` days, folded as the watermark goes."""
    brand = BrandMentions()
    for day in range(TODAY - days + 1, TODAY + 1):
        built = brand_of([mention(noon(day), p=1.0)])
        brand.day[day] = built.day[day]
        brand.carry.see(noon(day))
        drop_expired(brand, noon(day))
    return brand


@given(
    st.sampled_from([0, 1, 7, 8, 60, 128, 129, 300, 400]),
    st.sampled_from([400, 512, 513, 600]),
    st.integers(1, DAY.size) | st.integers(1, 200 * DAY.size),
    st.integers(0, 1 << 32),
)
def test_days_decay_as_the_weights_say_to_the_last_digit(
    count: int, oldest: int, t: int, seed: int
) -> None:
    """Also those that are older than the weights that brands share, or have many between them."""
    draw = np.random.default_rng(seed)
    said = Said(*draw.lognormal(0.0, 3.0, (4, count)))
    days = TODAY - np.sort(1 + draw.choice(oldest, count, replace=False))[::-1]
    series = DaySeries(NO_DAYS.folded, TODAY, days, np.ones(count, np.int64), said, ())
    t += TODAY * DAY.size
    weights = decay_weights(series, t)
    wanted = [(weights * series.advocacy).sum(), (weights * series.detraction).sum()]
    assert list(decayed_sums(series, t)) == wanted


def test_one_advocate_a_day_forever() -> None:
    worth = evaluate(one_advocate_a_day(6000), MIDNIGHT)
    assert worth.value == worth.net
    # 2^(-.5/180) / (1 - 2^(-1/180)); the definition rounds it to 259.7.
    assert worth.value == pytest.approx(259.684947, abs=5e-7)
    # A steady stream is as certain as its sample.
    assert worth.low == pytest.approx(worth.value)
    assert worth.high == pytest.approx(worth.value)


@pytest.mark.parametrize("silence", [0, 10, 300, 5000])
def test_180_silent_days_halve_it_at_any_age(silence: int) -> None:
    brand = one_advocate_a_day(500)
    t = MIDNIGHT + silence * DAY.size
    drop_expired(brand, t)
    before = evaluate(brand, t).net
    drop_expired(brand, t + 180 * DAY.size)
    assert evaluate(brand, t + 180 * DAY.size).net == pytest.approx(before / 2, rel=1e-12)


def test_age_is_never_negative() -> None:
    brand = brand_of([mention(TODAY * DAY.size, p=1.0)])
    assert evaluate(brand, TODAY * DAY.size + 1).net == 1
    assert evaluate(brand, noon(TODAY) + 180 * DAY.size).net == 0.5
    # A time on a boundary starts no day, and what comes after today does not count yet.
    assert evaluate(brand, TODAY * DAY.size).net == 0


def test_detraction_takes_goodwill_below_zero_only_in_the_net() -> None:
    brand = brand_of([mention(noon(TODAY), 1, q=1.0), mention(noon(TODAY), 2, p=0.25)])
    worth = evaluate(brand, noon(TODAY))
    assert (worth.net, worth.value, worth.low, worth.high) == (-0.75, 0, None, None)


def naive_interval(a: dict[int, float], d: dict[int, float], t: int) -> tuple[float, float]:
    """The definition's interval, written down again, for days known exactly."""
    today = current_pane(t, DAY)
    first = min(a)
    k = min(today - first, 399) // 14
    blocks = []
    for i in range(k):
        days = range(today - 14 * (i + 1), today - 14 * i)
        blocks.append(sum(a.get(day, 0) - d.get(day, 0) for day in days))
    v = sum((blocks[i + 1] - blocks[i]) ** 2 for i in range(k - 1)) / (2 * 14 * (k - 1))
    weights = {
        day: 2 ** (-max(0, t - noon(day)) / DAY.size / 180) for day in range(first, today + 1)
    }
    net = sum(w * (a.get(day, 0) - d.get(day, 0)) for day, w in weights.items())
    half = stats.t.ppf(0.95, 2 * (k - 1) / 3) * math.sqrt(v * sum(w**2 for w in weights.values()))
    return max(0.0, net - half), max(0.0, net + half)


@pytest.mark.parametrize("days", [6 * 14 + 1, 200, 399, 400, 700])
@pytest.mark.parametrize("hour", [1, 13, 24])
def test_the_interval_is_as_defined(days: int, hour: int) -> None:
    rng = random.Random(days)
    brand = BrandMentions()
    a: dict[int, float] = {}
    d: dict[int, float] = {}
    for day in range(TODAY - days + 1, TODAY + 1):
        a[day] = d[day] = 0.0
        if day == TODAY - days + 1 or rng.random() < 0.8:
            a[day], d[day] = rng.random(), rng.random() / 2
            said = [mention(day * DAY.size, 1, p=a[day]), mention(day * DAY.size, 2, q=d[day])]
            brand.day[day] = brand_of(said).day[day]
            brand.carry.see(day * DAY.size)
            drop_expired(brand, day * DAY.size)
    t = TODAY * DAY.size + hour * HOUR.size
    worth = evaluate(brand, t)
    low, high = naive_interval(a, d, t)
    assert worth.low == pytest.approx(low, rel=1e-9)
    assert worth.high == pytest.approx(high, rel=1e-9)


def test_fewer_than_six_whole_blocks_are_insufficient() -> None:
    assert evaluate(one_advocate_a_day(6 * 14), MIDNIGHT).low is None
    assert evaluate(one_advocate_a_day(6 * 14 + 1), MIDNIGHT).low is not None


def test_sampling_widens_the_interval_by_the_authors_errors() -> None:
    rng = random.Random(2)
    authors = [rng.getrandbits(64) for _ in range(1500)]
    brand = one_advocate_a_day(100)
    for day in (TODAY - 1, TODAY):
        for author in authors:
            brand.panes(DAY)[day].add(mention(noon(day), author, p=1.0))
    t = noon(TODAY) + 6 * HOUR.size
    worth = evaluate(brand, t)
    series = brand.day_series(TODAY)
    weights = {day: decay_weight(t - noon(day)) for day in (TODAY - 1, TODAY)}
    error: dict[int, float] = {}
    for day, weight in weights.items():
        reading = brand.panes(DAY)[day].reading
        scale = weight * math.sqrt(1 - reading.theta) / reading.theta
        for author in reading.hashes.tolist():
            error[author] = error.get(author, 0.0) + scale
    sampling = sum(x * x for x in error.values())
    k = 99 // 14
    spread = block_variance(series, k) * squared_weights(TODAY - 99, TODAY, t)
    assert worth.low is not None
    assert worth.high is not None
    half = quantile_95(2 * (k - 1) / 3) * math.sqrt(spread + sampling)
    assert worth.high == pytest.approx(worth.net + half, rel=1e-12)
    assert sampling > 0


def test_carried_sampling_variance_counts() -> None:
    brand = one_advocate_a_day(100)
    certain = evaluate(brand, MIDNIGHT)
    brand.carry.folded_until = TODAY - 500
    brand.carry.var_p, brand.carry.var_q, brand.carry.cov_pq = 9.0, 4.0, 1.0
    uncertain = evaluate(brand, MIDNIGHT)
    assert certain.high is not None
    assert uncertain.high is not None
    variance = (9 + 4 - 2) * decay_weight(MIDNIGHT - noon(TODAY - 500)) ** 2
    expected = quantile_95(2 * (99 // 14 - 1) / 3) * math.sqrt(variance)
    assert uncertain.high - certain.high == pytest.approx(expected, rel=1e-6)


def test_squared_weights_are_the_sum_over_all_days() -> None:
    for hour in (3, 12, 24):
        t = TODAY * DAY.size + hour * HOUR.size
        for first in (TODAY - 1000, TODAY - 1, TODAY):
            expected = sum(decay_weight(t - noon(day)) ** 2 for day in range(first, TODAY + 1))
            assert squared_weights(first, TODAY, t) == pytest.approx(expected, rel=1e-12)


def test_quantiles() -> None:
    for k in (6, 7, 28):
        assert quantile_95(2 * (k - 1) / 3) == pytest.approx(stats.t.ppf(0.95, 2 * (k - 1) / 3))


@pytest.mark.parametrize("days", [1, 30, 400, 650])
def test_the_ledger_adds_up_and_its_closings_are_goodwill(days: int) -> None:
    rng = np.random.default_rng(days)
    brand = BrandMentions()
    for day in range(TODAY - days + 1, TODAY + 1):
        said = [mention(noon(day), 1, p=rng.random()), mention(noon(day), 2, q=rng.random() / 4)]
        brand.day[day] = brand_of(said).day[day]
        brand.carry.see(noon(day))
        drop_expired(brand, noon(day))
    t = TODAY * DAY.size + 15 * HOUR.size
    book = lines(brand, t)
    first = max(TODAY - days + 1, TODAY - 399)
    assert list(book) == [day_name(day) for day in range(first, TODAY + 1)]
    closing = book[day_name(first)]["opening"]
    if days <= 400:
        assert closing == 0
    for number, line in enumerate(book.values(), first):
        assert list(line) == [
            "opening",
            "earned",
            "detraction",
            "decay",
            "impairment",
            "closing",
        ]
        assert line["opening"] == closing
        closing = line["closing"]
        out = line["detraction"] + line["decay"] + line["impairment"]
        assert line["opening"] + line["earned"] - out == closing
        sums = brand.panes(DAY)[number].reading.sums
        assert line["earned"] == round(1e6 * sums.advocacy)
        assert line["detraction"] == round(1e6 * sums.detraction)
        end = min(t, (number + 1) * DAY.size)
        assert closing == pytest.approx(1e6 * evaluate(brand, end).net, abs=1)


def test_silent_days_have_lines_too_and_late_events_restate_them() -> None:
    first = noon(TODAY - 3)
    brand = brand_of([mention(first, 1, p=1.0), mention(noon(TODAY), 1, p=1.0)])
    before = lines(brand, MIDNIGHT)
    assert len(before) == 4
    silent = before[day_name(TODAY - 2)]
    assert silent["earned"] == 0
    assert silent["decay"] > 0
    add(brand, mention(first, 2, p=0.5))
    after = lines(brand, MIDNIGHT)
    assert after[day_name(TODAY - 3)]["earned"] == 1_500_000
    assert all(after[day]["closing"] > before[day]["closing"] for day in before)


def test_a_brand_of_the_future_has_no_lines() -> None:
    brand = brand_of([mention(noon(TODAY + 5), p=1.0)])
    assert lines(brand, noon(TODAY)) == {}
    assert evaluate(brand, noon(TODAY)) == (0, 0, None, None)
