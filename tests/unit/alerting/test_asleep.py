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
from pipeline.alerting.kinds import STATISTICAL
from pipeline.alerting.rhythm import Rhythm
from pipeline.events.admitted import AdmittedMention
from pipeline.events.instants import HOUR as MICROSECONDS
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR

HOURS = 16 * WEEK


def brand_of(counts: list[int], turned: int = 1000) -> BrandMentions:
    """Return a brand with so many mentions in each week, evenly spread; against it from one on."""
    brand = BrandMentions()
    author = 0
    for week, count in enumerate(counts):
        for hour in (np.arange(count) * WEEK // max(1, count) + week * WEEK).tolist():
            author += 1
            p, q = (0.5, 0.25) if week < turned else (0.1, 0.9)
            said = AdmittedMention("acme", hour * MICROSECONDS, "x", author, author, p, q)
            for tier, index in ((HOUR, hour), (DAY, hour // 24)):
                (brand.whole(tier).get(index) or brand.put(Pane(tier, index))).add(said)
    return brand


def decided(brand: BrandMentions, ends: list[int]) -> tuple[object, list[object]]:
    """Return a brand's alerts, decided in steps, and their transitions."""
    alerts = BrandAlerts("acme", brand, 0)
    rhythms = {kind: Rhythm() for kind in STATISTICAL}
    transitions: list[object] = []
    for scored, end in pairwise((0, *ends)):
        # Decisions come after the hour is scored, and sometimes long after.
        alerts.score(end, ())
        for until in (scored, end - 5):
            transitions += [each.document() for each in alerts.decide(until, rhythms, ())]
    return msgspec.to_builtins(alerts.value()), transitions


@settings(max_examples=30, deadline=None)
@given(
    # 30 a week is the least that is looked at.
    st.lists(st.sampled_from([0, 1, 29, 30, 31, 60, 400]), min_size=16, max_size=16),
    st.lists(st.integers(1, HOURS), max_size=8),
)
def test_it_is_as_if_it_had_been_looked_at(counts: list[int], ends: list[int]) -> None:
    ends = [*sorted(ends), HOURS]
    quickly = decided(brand_of(counts), ends)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrandAlerts, "_is_asleep", lambda *_: False)
        patch.setattr(BrandAlerts, "_rest", lambda *_: False)
        assert decided(brand_of(counts), ends) == quickly


def test_an_impairment_of_one_is_noticed() -> None:
    weeks = 40
    ends = [*range(12 * 24, weeks * WEEK, 12 * 24)]
    _, transitions = decided(brand_of([25] * weeks, turned=30), ends)
    assert "goodwill_impairment" in str(transitions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrandAlerts, "_rest", lambda *_: False)
        assert decided(brand_of([25] * weeks, turned=30), ends)[1] == transitions


@pytest.mark.parametrize(("a_week", "looked_at"), [(10, False), (20, False), (31, True)])
def test_hours_of_what_hardly_speaks_are_not_looked_at(a_week: int, looked_at: bool) -> None:
    brand = brand_of([a_week] * 16)
    decided(brand, [*range(12 * 24, HOURS, 12 * 24)])
    assert bool(brand.hourly.remembered) == looked_at
