"""Folding: a day counts the same in the carry row as it did as a pane."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Stop
from pipeline.events.admitted import AdmittedMention
from pipeline.metrics.goodwill import Goodwill, goodwill
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import BrandCarry, noon
from pipeline.state.encoding import applied_offset
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR, TIERS, current_pane, first_kept
from tests.unit.state.forgetting import drop_expired

Days = dict[int, list[tuple[int, float, float]]]

START = 15_000


def mention(at: int, author: int, p: float, q: float) -> AdmittedMention:
    return AdmittedMention("acme", at, "x", 1, author, p, q)


def brand_of(days: Days) -> BrandMentions:
    brand = BrandMentions()
    for day, words in days.items():
        pane = brand.day[day] = Pane(DAY, day)
        for author, p, q in words:
            pane.add(mention(noon(day), author, p, q))
        brand.carry.see(noon(day))
    return brand


def evaluate(brand: BrandMentions, t: int) -> Goodwill:
    return goodwill(brand, brand.day_series(current_pane(t, DAY)), t)


WORDS = st.lists(
    st.tuples(st.integers(1, 50), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5
)


@given(
    st.dictionaries(st.integers(START, START + 900), WORDS, min_size=1, max_size=30),
    st.lists(st.integers(START, START + 700), max_size=4),
    st.floats(0, 500),
)
@settings(max_examples=80, deadline=None)
def test_folded_and_unfolded_goodwill_are_the_same(
    days: Days, folds: list[int], later: float
) -> None:
    t = (START + 901) * DAY.size + int(later * DAY.size)
    folded = brand_of(days)
    for day in sorted(folds):
        folded.fold_until(day)
    whole = evaluate(brand_of(days), t)
    assert evaluate(folded, t).net == pytest.approx(whole.net, rel=1e-9, abs=1e-12)


@given(st.dictionaries(st.integers(START, START + 60), WORDS, min_size=1), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_it_does_not_matter_in_how_many_steps_days_are_folded(days: Days, step: int) -> None:
    at_once, in_steps = brand_of(days), brand_of(days)
    at_once.fold_until(START + 60)
    in_steps.fold_until(START + step)
    in_steps.fold_until(START + 60)
    assert at_once.carry.encode(1) == in_steps.carry.encode(1)
    assert not in_steps.day


def test_what_is_carried_halves_in_180_days() -> None:
    brand = brand_of({START: [(1, 1.0, 0.0)], START + 1: [(2, 1.0, 0.25)]})
    brand.fold_until(START + 1)
    t = noon(START + 600)
    later = t + 180 * DAY.size
    assert evaluate(brand, later).net == pytest.approx(evaluate(brand, t).net / 2, rel=1e-12)
    assert evaluate(brand, t).net > 0


def test_sampling_variance_decays_with_the_square_of_the_weight() -> None:
    brand = BrandMentions()
    for day in (START, START + 180):
        pane = brand.day[day] = Pane(DAY, day)
        for author in range(2000):
            pane.add(mention(noon(day), author << 53, 1.0, 0.5))
    sums = brand.panes(DAY)[START].reading.sums
    brand.fold_until(START + 180)
    assert sums.var_p > 0
    assert brand.carry.var_p == pytest.approx(1.25 * sums.var_p)
    assert brand.carry.var_q == pytest.approx(1.25 * sums.var_q)
    assert brand.carry.cov_pq == pytest.approx(1.25 * sums.cov_pq)


def test_days_are_folded_once_and_in_order() -> None:
    carry = BrandCarry()
    carry.fold(START, Pane(DAY, START))
    with pytest.raises(ValueError, match="folded until 15000"):
        carry.fold(START, Pane(DAY, START))


def test_a_day_that_is_both_carried_and_here_counts_once() -> None:
    """As after a crash between the writing of the carry row and the deletion of the pane."""
    days: Days = {START: [(1, 1.0, 0.0)], START + 3: [(1, 1.0, 0.0)]}
    once, twice = brand_of(days), brand_of(days)
    once.fold_until(START)
    twice.fold_until(START)
    twice.day[START] = brand_of(days).day[START]
    t = noon(START + 5)
    assert evaluate(twice, t).net == evaluate(once, t).net
    assert [pane.index for pane in twice.fold_until(START + 1)] == [START]
    assert twice.carry.encode(0) == once.carry.encode(0)


def test_expiry_drops_and_folds_what_the_watermark_has_passed() -> None:
    brand = BrandMentions()
    watermark = noon(START) + 7
    for tier in TIERS:
        first = first_kept(tier, watermark)
        for index in (first - 2, first - 1, first):
            brand.put(Pane(tier, index))
            brand.panes(tier)[index].add(mention(index * tier.size, 1, 1.0, 0.0))
    gone, _ = drop_expired(brand, watermark)
    for tier in TIERS:
        first = first_kept(tier, watermark)
        assert list(brand.panes(tier)) == [first]
        assert [pane.index for pane in gone if pane.tier is tier] == [first - 2, first - 1]
    assert brand.carry.folded_until == first_kept(DAY, watermark) - 1
    assert brand.carry.advocacy == pytest.approx(1 + 2 ** (-1 / 180))
    assert drop_expired(brand, watermark) == ([], {})


def test_old_hours_shed_what_no_reading_uses() -> None:
    brand = BrandMentions()
    hour = START * 24
    for index in (hour, hour + 47):
        pane = brand.hour[index] = Pane(HOUR, index)
        for author in range(2000):
            pane.add(mention(index * HOUR.size, author << 50, 1.0, 0.0))
    before = brand.panes(HOUR)[hour].sample.read(DAY.k)
    drop_expired(brand, (hour + 49) * HOUR.size)
    assert brand.panes(HOUR)[hour].sample.k == DAY.k
    assert brand.panes(HOUR)[hour].sample.read(DAY.k).hashes.tolist() == before.hashes.tolist()
    assert brand.panes(HOUR)[hour].sample.read(DAY.k).limit == before.limit
    assert brand.panes(HOUR)[hour + 47].sample.k == HOUR.k
    drop_expired(brand, (hour + 96) * HOUR.size)
    assert brand.panes(HOUR)[hour + 47].sample.k == DAY.k


def test_round_trip() -> None:
    brand = brand_of({START: [(1, 1.0, 0.5)], START + 9: [(1, 0.25, 0.0)]})
    brand.fold_until(START + 20)
    value = brand.carry.encode(41)
    again = BrandCarry.decode(value)
    assert applied_offset(value) == 41
    assert again.encode(41) == value
    assert (again.first_seen, again.first_day, again.folded_until) == (
        noon(START),
        START,
        START + 9,
    )
    assert again.weight(noon(START + 9 + 180)) == 0.5
    with pytest.raises(Stop):
        BrandCarry.decode(b"\x09" + value[1:])
    with pytest.raises(Stop, match="damaged"):
        BrandCarry.decode(value[:-3])


def test_first_seen_is_the_earliest() -> None:
    carry = BrandCarry()
    assert carry.first_seen is None
    assert carry.first_day is None
    assert [carry.see(at) for at in (50, 60, 50, 40)] == [True, False, False, True]
    assert carry.first_seen == 40


def test_sources_newest_event() -> None:
    brand = BrandMentions()
    brand.day[1] = Pane(DAY, 1)
    brand.day[2] = Pane(DAY, 2)
    brand.panes(DAY)[2].add(AdmittedMention("acme", 500, "x", 1, 1, 0.0, 0.0))
    brand.panes(DAY)[1].add(AdmittedMention("acme", 300, "x", 1, 1, 0.0, 0.0, retraction=True))
    brand.panes(DAY)[1].add(AdmittedMention("acme", 200, "y", 1, 1, 0.0, 0.0, earned=False))
    for today in (0, 1, 2, 3):
        assert brand.newest_by_source(today) == {"x": 500, "y": 200}
