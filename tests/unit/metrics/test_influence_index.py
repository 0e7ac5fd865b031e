"""The influence index: its parts, what is unknown, and other judgements."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.influence_index import ONE_ADVOCATE, Judgements, influence_index

GOODWILL = st.floats(0, 1e7)
RATIO = st.none() | st.floats(0, 1)


def test_it_is_as_defined() -> None:
    found = influence_index(500.0, 0.8, 0.1)
    expected = (500 / (500 + 259.6851)) ** 0.5 * 0.8**0.25 * (0.5 + 0.5 * 0.1 / 0.15) ** 0.25
    assert found.value == pytest.approx(100 * expected, rel=1e-6)
    assert pytest.approx(180 / math.log(2)) == ONE_ADVOCATE


@given(GOODWILL, RATIO)
def test_unknown_activation_counts_as_none_and_negative_as_nothing(
    goodwill: float, consistency: float | None
) -> None:
    unknown = influence_index(goodwill, consistency, None)
    for activation in (0.0, -0.3):
        assert influence_index(goodwill, consistency, activation).value == unknown.value
    assert "activation" not in unknown.basis


@given(GOODWILL, RATIO, st.floats(-1, 1))
def test_no_launch_lowers_it(goodwill: float, consistency: float | None, activation: float) -> None:
    without = influence_index(goodwill, consistency, None).value
    assert 0 <= without <= influence_index(goodwill, consistency, activation).value <= 100


def test_where_consistency_is_unknown_the_other_exponents_are_scaled() -> None:
    found = influence_index(500.0, None, 0.1)
    expected = (500 / (500 + ONE_ADVOCATE)) ** (2 / 3) * (0.5 + 0.5 * 0.1 / 0.15) ** (1 / 3)
    assert found.value == pytest.approx(100 * expected)
    assert found.basis == "goodwill+activation"


def test_other_judgements_are_named_in_the_basis() -> None:
    retail = Judgements(0.2, 0.2, 0.6, half_activation=0.1, name="retail")
    found = influence_index(500.0, 1.0, 0.1, retail)
    expected = (500 / (500 + ONE_ADVOCATE)) ** 0.2 * 0.75**0.6
    assert found.value == pytest.approx(100 * expected)
    assert found.basis == "goodwill+consistency+activation+retail"
    scaled = (500 / (500 + ONE_ADVOCATE)) ** 0.25 * 0.75**0.75
    assert influence_index(500.0, None, 0.1, retail).value == pytest.approx(100 * scaled)
