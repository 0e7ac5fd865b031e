"""Brands that hardly speak are passed over quickly, and come out as if they had been looked at."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.brand_alerts import BrandAlerts
from pipeline.alerting.hours import Maintenance
from pipeline.alerting.kinds import STATISTICAL
from pipeline.alerting.rhythm import Rhythm
from pipeline.events.admitted import AdmittedMention
from pipeline.events.instants import HOUR as MICROSECONDS
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR

HOURS = 16 * WEEK


TIMES = st.integers(0, HOURS).map(lambda hour: hour * MICROSECONDS)


def brand_of(counts: list[int], turned: int = 1000) -> BrandMentions:
    """Return a brand with so many mentions in each week, evenly spread; against it from one on."""
    brand = BrandMentions()
    author = 0
    for week, count in enumerate(counts):
        for hour in (np.arange(count) * WEEK // max(1, count) + week * WEEK).tolist():
            author += 1
            p, q = (1.0, 0.25) if week < turned else (0.1, 0.9)
            said = AdmittedMention("acme", hour * MICROSECONDS, "x", author, author, p, q)
            for tier, index in ((HOUR, hour), (DAY, hour // 24)):
                (brand.pane(tier, index) or brand.put(Pane(tier, index))).add(said)
    return brand


def decided(
    brand: BrandMentions, ends: list[int], works: Maintenance = ()
) -> tuple[object, list[object]]:
    """Return a brand's alerts, decided in steps, and their transitions."""
    alerts = BrandAlerts("acme", brand, 0)
    rhythms = {kind: Rhythm() for kind in STATISTICAL}
    transitions: list[object] = []
    for scored, end in pairwise((0, *ends)):
        # Decisions come after the hour is scored, and sometimes long after.
        alerts.score(end, works)
        for until in (scored, end - 5):
            transitions += [each.document() for each in alerts.decide(until, rhythms, works)]
    return msgspec.to_builtins(alerts.value()), transitions


@settings(max_examples=30, deadline=None)
@given(
    # 30 a week is the least that is looked at.
    st.sampled_from([(0, 1, 29), (29, 30, 31), (0, 1, 29, 30, 31, 60, 400)]).flatmap(
        lambda counts: st.lists(st.sampled_from(counts), min_size=16, max_size=16)
    ),
    # The first decision of all is never quick.
    st.lists(st.integers(1, HOURS), min_size=4, max_size=8),
    st.lists(st.tuples(st.just("works"), TIMES, st.none() | TIMES), max_size=2),
)
def test_it_is_as_if_it_had_been_looked_at(
    counts: list[int], ends: list[int], works: Maintenance
) -> None:
    assert_same(counts, [*sorted(ends), HOURS], works)


def assert_same(counts: list[int], ends: list[int], works: Maintenance = ()) -> None:
    quickly = decided(brand_of(counts), ends, works)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrandAlerts, "_is_asleep", lambda *_: False)
        patch.setattr(BrandAlerts, "_rest", lambda *_: None)
        assert decided(brand_of(counts), ends, works) == quickly


@pytest.mark.parametrize("hours", [1, WEEK, None])
@pytest.mark.parametrize("start", [8 * WEEK, HOURS - 100, HOURS + 100])
def test_a_maintenance_of_one_counts(start: int, hours: int | None) -> None:
    end = None if hours is None else (start + hours) * MICROSECONDS
    works = [("works", start * MICROSECONDS, end)]
    # The hours of a week without a word are muted, and the others bring enough in the mean.
    assert_same([33] * 8 + [0] + [33] * 7, [*range(0, HOURS, 12 * 24)], works)
    assert_same([28] * 16, [*range(0, HOURS, 12 * 24)], works)


def test_an_impairment_of_one_is_noticed() -> None:
    # Hour by hour when it is booked: what was shown of it is gone with the alert.
    ends = [*range(12 * 24, 30 * WEEK, 12 * 24), *range(30 * WEEK, 36 * WEEK)]
    result = decided(brand_of([25] * 40, turned=30), ends)
    assert "goodwill_impairment" in str(result)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrandAlerts, "_rest", lambda *_: None)
        assert decided(brand_of([25] * 40, turned=30), ends) == result


@pytest.mark.parametrize(("a_week", "looked_at"), [(10, False), (20, False), (31, True)])
def test_hours_of_what_hardly_speaks_are_not_looked_at(a_week: int, looked_at: bool) -> None:
    brand = brand_of([a_week] * 16)
    decided(brand, [*range(12 * 24, HOURS, 12 * 24)])
    assert bool(brand.hourly.remembered) == looked_at
