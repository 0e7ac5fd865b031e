"""Weeks are remembered until one of their days changes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.admitted import AdmittedMention
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY
from pipeline.state.weekly import Week, Weekly


@given(
    st.lists(
        st.tuples(st.integers(-30, 700), st.sampled_from([(0.5, 0.0), (0.0, 0.25), (0.0, 0.0)])),
        max_size=40,
    ),
    st.lists(st.integers(-5, 101), max_size=10),
)
def test_a_week_is_what_its_days_say_whenever_it_was_asked_for(
    said: list[tuple[int, tuple[float, float]]], asked: list[int]
) -> None:
    brand = BrandMentions()
    for author, (day, (p, q)) in enumerate(said):
        pane = brand.day.get(day) or brand.put(Pane(DAY, day))
        pane.add(AdmittedMention("acme", day * DAY.size, "x", author, author, p, q))
        brand.changed(day * DAY.size)
        for number in asked:
            days = range(7 * number - 6, 7 * number + 1)
            its = [strengths for day, strengths in said[: author + 1] if day in days]
            week = brand.weekly.week(number)
            assert week == (sum(p for p, _ in its), sum(q for _, q in its), len(its))


def test_it_looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[range] = []
    of = Week.of

    def counted(panes: Mapping[int, Pane], days: range) -> Week:
        looked.append(days)
        return of(panes, days)

    monkeypatch.setattr(Week, "of", counted)
    weekly = Weekly({})
    for _ in range(2):
        weekly.week(3)
    assert looked == [range(15, 22)]
    for number in range(1_000):
        weekly.week(number)
    weekly.week(3)
    assert looked[-1] == range(15, 22), "what is long past is forgotten"
