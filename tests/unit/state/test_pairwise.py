"""Numbers are added up in the order in which NumPy does."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.state.pairwise import ROOM, long_sum, pairwise_sum


@pytest.mark.parametrize("start", [0, 3])
def test_sums_are_numpys_to_the_last_digit(start: int) -> None:
    values = np.random.default_rng(start).lognormal(0.0, 3.0, 140)
    for count in range(129):
        assert pairwise_sum(values, start, start + count) == values[start : start + count].sum()


def test_more_numbers_are_halved_as_numpy_does() -> None:
    values = np.random.default_rng(2).lognormal(0.0, 3.0, 4200)
    room = np.empty(ROOM)
    for count in (*range(600), 1023, 1024, 2047, 2300, 4096, 4097, 4200):
        assert long_sum(values, count, room) == values[:count].sum()
