"""Advocacy, detraction and advocates: windows, authors counted once, and bounds that hold."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.admitted import AdmittedMention
from pipeline.metrics.advocacy import Z_95, Advocacy, advocacy, bounded
from pipeline.metrics.author_errors import FOR_AND_AGAINST, author_errors, net_of
from pipeline.metrics.mentions import mentions
from pipeline.metrics.net_sentiment import net_sentiment
from pipeline.metrics.share_of_voice import Totals, share_of_voice
from pipeline.metrics.vanity import vanity
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.reading import HASH_SPACE, Reading
from pipeline.state.tiers import (
    DAY,
    DAY_WINDOW,
    HOUR,
    HOUR_WINDOW,
    MINUTE,
    MONTH_WINDOW,
    WEEK_WINDOW,
    WINDOWS,
    Window,
)
from tests.unit.metrics.brands import add, brand_of, mention

TODAY = 19_000
T = TODAY * DAY.size + 13 * HOUR.size + 30 * MINUTE.size


def spoken_of(brand: BrandMentions, over: Window, t: int = T) -> Advocacy:
    return advocacy(brand, brand.look(over, t))


@pytest.mark.parametrize(
    ("over", "size", "panes"),
    [
        (HOUR_WINDOW, MINUTE.size, 60),
        (DAY_WINDOW, HOUR.size, 24),
        (WEEK_WINDOW, DAY.size, 7),
        (MONTH_WINDOW, DAY.size, 28),
    ],
)
def test_a_window_holds_whole_panes_up_to_the_current_one(
    over: Window, size: int, panes: int
) -> None:
    current = -(-T // size) - 1
    first = (current - panes + 1) * size
    last = (current + 1) * size
    inside = [mention(at, author=at, p=1.0) for at in (first, last - 1)]
    outside = [mention(at, author=at, p=1.0) for at in (first - 1, last)]
    brand = brand_of([*outside[:1], *inside, *outside[1:]])
    assert spoken_of(brand, over).advocacy.value == 2
    assert spoken_of(brand, over).advocates.value == 2
    assert brand.look(over, T).mentions == 2


def test_an_author_counts_once_a_window_or_once_a_day() -> None:
    noon = TODAY * DAY.size + 12 * HOUR.size
    brand = brand_of(
        [
            mention(noon - 2 * DAY.size, p=0.25),
            mention(noon - 2 * DAY.size + 5, p=0.5, q=0.125),
            mention(noon, p=1.0),
            mention(noon + 60 * MINUTE.size, p=0.75, q=0.5),
        ]
    )
    day = spoken_of(brand, DAY_WINDOW)
    assert (day.advocacy.value, day.detraction.value, day.advocates.value) == (1.0, 0.5, 1)
    week = spoken_of(brand, WEEK_WINDOW)
    assert (week.advocacy.value, week.detraction.value, week.advocates.value) == (1.5, 0.625, 1)
    assert week.advocacy.bound is None


def test_who_is_silent_or_against_is_no_advocate() -> None:
    brand = brand_of([mention(T - 1, 1), mention(T - 1, 2, q=1.0), mention(T - 1, 3, scored=False)])
    spoken = spoken_of(brand, HOUR_WINDOW)
    assert (spoken.advocates.value, spoken.advocacy.value, spoken.detraction.value) == (0, 0, 1)


def naive(said: list[AdmittedMention], over: Window) -> tuple[float, float, int]:
    """The definition, written down again."""
    current = -(-T // over.tier.size) - 1
    within = [one for one in said if 0 <= current - one.at // over.tier.size < over.panes]
    strongest: dict[tuple[int, int], tuple[float, float]] = {}
    for one in within:
        period = one.at // DAY.size if over.tier is DAY else 0
        p, q = strongest.get((period, one.author_hash), (0.0, 0.0))
        strongest[period, one.author_hash] = (max(p, one.p), max(q, one.q))
    return (
        sum(p for p, _ in strongest.values()),
        sum(q for _, q in strongest.values()),
        len({one.author_hash for one in within if one.p}),
    )


SAID = st.lists(
    st.builds(
        mention,
        st.one_of(
            st.integers(T - 90 * MINUTE.size, T),
            st.integers(T - 26 * HOUR.size, T),
            st.integers(T - 30 * DAY.size, T),
        ),
        st.integers(0, 6),
        st.floats(0, 1),
        st.floats(0, 1),
    ),
    max_size=40,
)


@given(SAID, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_all_windows_are_as_defined_in_any_order_also_when_looked_at_between(
    said: list[AdmittedMention], rng: random.Random
) -> None:
    brand = brand_of([])
    shuffled = said.copy()
    rng.shuffle(shuffled)
    for one in shuffled:
        add(brand, one, T)
        if rng.random() < 0.2:
            for over in WINDOWS:
                spoken_of(brand, over, T - rng.randrange(2 * DAY.size))
    for over in WINDOWS:
        spoken = spoken_of(brand, over)
        expected = naive(said, over)
        values = (spoken.advocacy.value, spoken.detraction.value, spoken.advocates.value)
        assert values == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_bounds_appear_where_authors_are_sampled() -> None:
    rng = random.Random(3)
    authors = [rng.getrandbits(64) for _ in range(2000)]
    at = TODAY * DAY.size + HOUR.size
    brand = brand_of(
        [mention(at - day * DAY.size, author, p=1.0) for day in (0, 3) for author in authors]
    )
    week = spoken_of(brand, WEEK_WINDOW)
    theta = brand.panes(DAY)[TODAY].reading.theta
    assert theta == sorted(authors)[1024] / HASH_SPACE
    assert week.advocacy.value == pytest.approx(2 * 1024 / theta)
    # The same authors on both days: as uncertain as one day, not as two independent ones.
    one_day = Z_95 * math.sqrt((1 - theta) / 1024)
    assert week.advocacy.bound == pytest.approx(one_day)
    assert week.advocates.value == pytest.approx(1024 / theta)
    assert week.advocates.bound == pytest.approx(one_day)
    assert week.detraction == (0.0, None)
    hours = spoken_of(brand, DAY_WINDOW)
    assert hours.advocacy == (2000, None)


def test_a_late_mention_moves_the_bound_of_a_window_looked_at_before() -> None:
    rng = random.Random(4)
    at = TODAY * DAY.size - HOUR.size
    words = [mention(at, rng.getrandbits(64), p=rng.random()) for _ in range(2000)]
    late = mention(at, min(words, key=lambda one: one.author_hash).author_hash, p=1.0, q=1.0)
    seen = brand_of(words)
    before = spoken_of(seen, WEEK_WINDOW)
    add(seen, late)
    assert spoken_of(seen, WEEK_WINDOW) == spoken_of(brand_of([*words, late]), WEEK_WINDOW)
    assert spoken_of(seen, WEEK_WINDOW) != before


@pytest.mark.parametrize("k", [256])
def test_bounds_hold_in_93_of_100_draws(k: int) -> None:
    rng = np.random.default_rng(11)
    authors = 10 * k
    p = rng.random(authors)
    within = 0
    draws = 1000
    for _ in range(draws):
        hashes = rng.integers(0, HASH_SPACE, authors, dtype=np.uint64)
        order = np.argpartition(hashes, k)[: k + 1]
        order = order[np.argsort(hashes[order])]
        strengths = np.stack([p[order[:k]], np.zeros(k)])
        sums = Reading(hashes[order[:k]], strengths, int(hashes[order[k]])).sums
        estimate = bounded(sums.advocacy, sums.var_p)
        assert estimate.bound is not None
        within += abs(estimate.value - p.sum()) <= estimate.bound * estimate.value
    assert within / draws >= 0.93


def test_bounds_over_days_hold_where_authors_come_back() -> None:
    rng = np.random.default_rng(12)
    k, authors, days, draws = 128, 1280, 4, 1000
    words = rng.random((days, authors)) * (rng.random((days, authors)) < 0.7)
    truth = float(words.sum())
    within = 0
    for _ in range(draws):
        hashes = rng.integers(0, HASH_SPACE, authors, dtype=np.uint64)
        order = np.argsort(hashes)
        readings = []
        for day in range(days):
            spoke = order[words[day, order] > 0]
            strengths = np.stack([words[day, spoke[:k]], np.zeros(k)])
            readings.append(Reading(hashes[spoke[:k]], strengths, int(hashes[spoke[k]])))
        variance = author_errors(readings, [1.0] * days, FOR_AND_AGAINST).variances()[0]
        estimate = bounded(sum(reading.sums.advocacy for reading in readings), variance)
        assert estimate.bound is not None
        within += abs(estimate.value - truth) <= estimate.bound * estimate.value
    assert within / draws >= 0.93


def test_one_more_day_is_the_same_as_all_days_at_once() -> None:
    rng = random.Random(9)
    authors = [rng.getrandbits(64) for _ in range(3000)]
    panes = [Pane(DAY, day) for day in range(4)]
    for pane in panes:
        for author in rng.sample(authors, 2000):
            pane.add(mention(0, author, p=rng.random(), q=rng.random()))
    readings = [pane.reading for pane in panes]
    weights = [0.5, 0.25, 0.125, 1.0]
    for combination in (FOR_AND_AGAINST, net_of(2.0)):
        whole = author_errors(readings, weights, combination).variances()
        doubled = author_errors(readings[:3], [2 * w for w in weights[:3]], combination)
        assert doubled.variances_with(readings[3], 1.0, 0.5) == pytest.approx(whole)
        alone = author_errors([], [], combination).variances_with(readings[3], 1.0)
        assert alone == pytest.approx(author_errors(readings[3:], [1.0], combination).variances())


def test_counts_of_28_days() -> None:
    brand = brand_of(
        [
            mention(T - 28 * DAY.size, likes=100),
            mention(T - 27 * DAY.size, likes=1, shares=2, followers=3, clicks=4),
            mention(T, scored=False, likes=5),
            mention(T, retraction=True, likes=50),
            mention(T, earned=False, likes=50),
        ]
    )
    month = brand.look(MONTH_WINDOW, T).tally
    assert mentions(month) == (2, 1, 1, 1)
    assert vanity(month) == (6, 2, 3, 4)


def test_share_of_voice_looks_at_the_28_whole_days_before_today() -> None:
    brand = brand_of([mention(T - day * DAY.size) for day in (29, 28, 27, 1, 0)])
    totals = Totals({TODAY - day: 4 for day in (29, 28, 27, 1, 0)}, T)
    assert share_of_voice(brand, totals, T) == 3 / 12
    for late in (29, 2, 0):
        add(brand, mention(T - late * DAY.size, 7), T)
    assert share_of_voice(brand, totals, T) == 4 / 12
    assert share_of_voice(brand, totals, T + DAY.size) == 5 / 12
    assert share_of_voice(BrandMentions(), totals, T) == 0
    assert share_of_voice(brand, None, T) is None
    assert share_of_voice(brand, Totals({TODAY: 4}, T), T) is None


def test_net_sentiment() -> None:
    assert net_sentiment(1.0, 3.0) == -0.5
    assert net_sentiment(0.0, 0.0) is None
