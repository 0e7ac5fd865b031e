"""What is told of a week, as it is written, and what all of it comes to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.rhythm import BINS, Counted
from pipeline.alerting.rhythm_week import Telling, Week, tellings

FIRST = 2_900 * WEEK
Brands = dict[Kind, dict[int, dict[int, int]]]
"""How many brands, by hour and bin."""

BRANDS: st.SearchStrategy[Brands] = st.fixed_dictionaries(
    {
        kind: st.dictionaries(
            st.integers(FIRST - 2, FIRST + 2 * WEEK + 1) | st.integers(FIRST, FIRST + 3),
            st.dictionaries(
                st.integers(0, 2) | st.just(BINS - 1), st.integers(1, 70_000), min_size=1
            ),
            max_size=6,
        )
        for kind in STATISTICAL
    }
)


def counted(brands: Brands) -> dict[Kind, Counted]:
    found = {}
    for kind, hours in brands.items():
        cells = {hour * BINS + b: n for hour, bins in hours.items() for b, n in bins.items()}
        found[kind] = Counted(
            np.array(sorted(cells), np.int64),
            np.array([cells[each] for each in sorted(cells)], np.int64),
        )
    return found


@given(st.lists(st.tuples(st.integers(0, 1), BRANDS), max_size=6))
def test_what_is_told_last_of_an_hour_and_partition_counts(
    told: list[tuple[int, Brands]],
) -> None:
    weeks: dict[int, Week] = {}
    naive: dict[tuple[int, int], dict[Kind, dict[int, int]]] = {}
    for partition, brands in told:
        hours = {hour for by_hour in brands.values() for hour in by_hour}
        until = max(hours, default=FIRST) + 1
        for telling in tellings(counted(brands), until):
            again = Telling.decode(telling.encode(), telling.first)
            assert again == telling
            weeks.setdefault(again.week, Week()).put(partition, again)
            for hour in range(again.first, again.until):
                naive[partition, hour] = {kind: its.get(hour, {}) for kind, its in brands.items()}
    expected = {number: np.zeros_like(week.sums) for number, week in weeks.items()}
    for (_, hour), by_kind in naive.items():
        for number, kind in enumerate(STATISTICAL):
            for its_bin, count in by_kind[kind].items():
                expected[hour // WEEK][number, hour % WEEK, its_bin] += count
    for number, week in weeks.items():
        assert (week.sums == expected[number]).all()


def test_the_last_hour_is_told_of_also_where_nobody_spoke() -> None:
    nobody = counted({kind: {} for kind in STATISTICAL})
    assert list(tellings(nobody, FIRST)) == [Telling(FIRST - 1, FIRST, {})]
    one = counted({Kind.INFLUENCE_DROP: {FIRST - 9: {3: 1}}})
    assert [(each.first, each.until) for each in tellings(one, FIRST + 5)] == [
        (FIRST - 9, FIRST - 8),
        (FIRST + 4, FIRST + 5),
    ]


CELLS, COUNTS = np.array([5, 9], "<i2").tobytes(), np.array([1, 2], "<i4").tobytes()


@pytest.mark.parametrize(
    "damaged",
    [
        Telling(FIRST, FIRST, {}),
        Telling(FIRST + 1, FIRST + 2, {}),
        Telling(FIRST, FIRST + WEEK + 1, {}),
        Telling(FIRST, FIRST + 1, {Kind.INFLUENCE_DROP: (CELLS, COUNTS[:4])}),
        Telling(FIRST, FIRST + 1, {Kind.INFLUENCE_DROP: (CELLS[:3], COUNTS)}),
        Telling(FIRST, FIRST + 1, {Kind.INFLUENCE_DROP: (CELLS[::-1], COUNTS)}),
        Telling(FIRST, FIRST + 1, {Kind.INFLUENCE_DROP: (CELLS, bytes(8))}),
        Telling(
            FIRST,
            FIRST + 1,
            {Kind.INFLUENCE_DROP: (np.array([5, WEEK * BINS], "<i2").tobytes(), COUNTS)},
        ),
    ],
)
def test_what_is_damaged_is_refused(damaged: Telling) -> None:
    with pytest.raises(ValueError, match=r"hours|cells|buffer size"):
        Telling.decode(damaged.encode(), FIRST)
