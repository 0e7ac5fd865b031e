"""Weeks are remembered until one of their days changes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.admitted import AdmittedMention
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY
from pipeline.state.weekly import Weekly, days_of


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
    alone = Weekly(brand.day)
    for author, (day, (p, q)) in enumerate(said):
        pane = brand.pane(DAY, day) or brand.put(Pane(DAY, day))
        pane.add(AdmittedMention("acme", day * DAY.size, "x", author, author, p, q))
        brand.changed(day * DAY.size)
        alone.forget_from(day)
        for number in asked:
            days = range(7 * number - 6, 7 * number + 1)
            assert list(days) == list(days_of(number))
            its = [strengths for day, strengths in said[: author + 1] if day in days]
            expected = (sum(p for p, _ in its), sum(q for _, q in its), len(its))
            assert alone.weeks(range(number - 2, number + 1))[-1] == expected
            assert brand.weekly.mentions(days) == len(its)
            assert brand.weekly.answer(number, _more_for) == _more_for(Weekly(brand.day), number)


def _more_for(weekly: Weekly, number: int) -> bool:
    """Tell whether more was said for a brand than against it in a week and the one before."""
    return sum(week.advocacy - week.detraction for week in weekly.weeks(_two(number))) > 0


def _two(number: int) -> range:
    return range(number - 1, number + 1)


@given(st.lists(st.integers(-3, 50), max_size=60), st.integers(1, 9), st.integers(-5, 55))
def test_most_mentions_are_those_of_the_busiest_days(said: list[int], span: int, last: int) -> None:
    days = {day: Pane(DAY, day, mentions=said.count(day)) for day in said}
    ends = range(last, 70)
    windows = [range(end - span + 1, end + 1) for end in ends]
    most = max(sum(day in window for day in said) for window in windows)
    assert Weekly(days).most_mentions(span, last) == most


def test_it_looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Sequence[int]] = []
    look_at = Weekly._look_at

    def counted(weekly: Weekly, numbers: Sequence[int]) -> None:
        looked.append(numbers)
        look_at(weekly, numbers)

    monkeypatch.setattr(Weekly, "_look_at", counted)
    weekly = Weekly({})
    for _ in range(2):
        weekly.weeks(range(3, 5))
        weekly.weeks(range(2, 4))
    assert looked == [[3, 4], [2]]
    for number in range(1_000):
        weekly.weeks(_two(number))
    weekly.weeks(_two(4))
    assert looked[-1] == [3, 4], "what is long past is forgotten"


def test_it_answers_once() -> None:
    asked: list[int] = []

    def question(_: Weekly, number: int) -> bool:
        asked.append(number)
        return False

    weekly = Weekly({})
    for _ in range(2):
        assert weekly.answer(3, question) is False
    weekly.forget_from(22)
    weekly.answer(3, question)
    assert asked == [3], "a later week changed"
    weekly.forget_from(21)
    for number in range(3, 1_000):
        weekly.answer(number, question)
    weekly.answer(3, question)
    assert asked == [3, *range(3, 1_000), 3], "what is long past is forgotten"
