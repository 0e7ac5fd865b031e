"""Decimal strings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.number import decimal
from tests.examples import examples


@given(st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1e6, 1e6))
@examples(150, thorough=500)
def test_reads_back_and_has_no_exponent(number: float) -> None:
    text = decimal(number)
    assert float(text) == number
    assert "e" not in text
    assert not text.endswith((".", ".0"))
    if number:
        assert text == np.format_float_positional(number, trim="-")


def test_whole_numbers_have_no_point() -> None:
    assert [decimal(n) for n in (0.0, -0.0, 3.0, 1e22, 10**30)] == [
        "0",
        "0",
        "3",
        "1" + "0" * 22,
        "1" + "0" * 30,
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="no decimal form"):
        decimal(number)
