"""The rhythm of all brands: what the others say, without the one that asks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting import rhythm as rhythm_module
from pipeline.alerting.residuals import DROP, SURGE, Side
from pipeline.alerting.rhythm import BINS, NO_BIN, Crowd, Rhythm, Tally
from pipeline.alerting.rhythm_scan import shared

MIDDLE = BINS // 2
DEVIATION = 8
"""Bins a standard deviation."""

HOUR = st.tuples(
    st.lists(st.integers(MIDDLE - 20, MIDDLE + 20) | st.integers(0, BINS - 1), max_size=9),
    st.integers(MIDDLE - 20, MIDDLE + 20) | st.just(NO_BIN),
    st.booleans(),
)
"""What the others said, what one said, and whether that was told."""


def naively(others: list[int], own: int, side: Side) -> tuple[float, bool]:
    """Return excuse and togetherness of an hour as they are defined."""
    if not others:
        return 0.0, False
    badness = [(each - MIDDLE) / DEVIATION * side.sign for each in others]
    count = len(others)
    excuse = max(0.0, float(np.median(badness))) * count / (count + 1)
    as_bad = sum(each >= 2.0 for each in badness)
    is_bad = own != NO_BIN and (own - MIDDLE) / DEVIATION * side.sign >= 2.0
    return excuse * side.sign, count >= 2 and as_bad >= 0.8 * count and is_bad


@given(st.lists(HOUR, min_size=1, max_size=6))
@pytest.mark.parametrize("side", [DROP, SURGE])
def test_others_are_all_but_the_one_that_asks(
    side: Side, hours: list[tuple[list[int], int, bool]]
) -> None:
    rhythm = Rhythm()
    expected = []
    for hour, (others, own, told) in enumerate(hours, 100):
        said = [*others, own] if told and own != NO_BIN else others
        for each in said:
            rhythm.add(hour, {each: 1})
        # What one said and nobody was told of cannot be told from what another said.
        left = [*said]
        if own in left:
            left.remove(own)
        expected.append(naively(left, own, side))
    own_bins = np.array([own for _, own, _ in hours])
    excuse, together = shared(rhythm.crowd(range(100, 100 + len(hours))), own_bins, side)
    assert excuse.tolist() == [each for each, _ in expected]
    assert together.tolist() == [each for _, each in expected]


def test_hours_are_the_same_whatever_is_asked_beside_them() -> None:
    rhythm = Rhythm({hour: np.full(BINS, hour) for hour in (5, 6, 9)})
    for hours in (range(6, 8), range(2, 6), range(9, 20), range(5, 10)):
        counts = [BINS * hour if hour in (5, 6, 9) else 0 for hour in hours]
        assert rhythm.crowd(hours).counts.tolist() == counts
    rhythm.add(7, {3: 2})
    assert rhythm.crowd(range(6, 8)).counts.tolist() == [6 * BINS, 2]


def test_a_crowd_is_counted_at_once() -> None:
    histograms = np.zeros((1, BINS), np.int64)
    histograms[0, [0, MIDDLE - 16, MIDDLE, MIDDLE + 16]] = 1, 2, 3, 4
    crowd = Crowd.of(histograms)
    assert (crowd.counts[0], crowd.low[0], crowd.high[0]) == (10, 3, 4)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5) | st.just(480_000),
            st.lists(st.integers(0, 2) | st.sampled_from([NO_BIN, BINS - 1]), max_size=9),
        )
    ),
    st.integers(0, 20),
)
def test_a_tally_counts_each_bin_of_each_hour(told: list[tuple[int, list[int]]], most: int) -> None:
    naive: dict[int, Counter[int]] = {}
    tally = Tally()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rhythm_module, "_MOST_WAITING", most)
        for first, bins in told:
            tally.add(range(first, first + len(bins)), np.array(bins, np.int64))
            for hour, number in enumerate(bins, first):
                if number != NO_BIN:
                    naive.setdefault(hour, Counter())[number] += 1
    cells, counts = tally.take()
    found: dict[int, dict[int, int]] = {}
    for cell, count in zip(cells.tolist(), counts.tolist(), strict=True):
        found.setdefault(cell // BINS, {})[cell % BINS] = count
    assert found == naive
    assert cells.tolist() == sorted(cells.tolist())
    assert not tally.take().cells.size
