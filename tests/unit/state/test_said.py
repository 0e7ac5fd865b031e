"""What many panes say at once is what the reading of each says, to the last digit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.state.pane import Pane
from pipeline.state.reading import union
from pipeline.state.said import said_in, together
from pipeline.state.tiers import DAY

SEEDS = st.integers(0, 1 << 32)
SIZES = st.lists(st.sampled_from([0, 1, 2, 7, 8, 9, 17, 32, 33, 60]), max_size=12)


def panes_of(sizes: Sequence[int], seed: int, *, merged: bool = False) -> list[Pane]:
    """Return panes of so many words each; some authors speak more than once, some in all panes."""
    draw = np.random.default_rng(seed)
    panes = [Pane(DAY, index) for index in range(len(sizes))]
    for pane, size in zip(panes, sizes, strict=True):
        for author in draw.integers(1, 100, size).tolist():
            pane.sample.add(author << 57, *draw.random(2).tolist())
        pane.mentions = size
        if merged and draw.random() < 0.5:
            pane.sample.compact()
    return panes


@given(SIZES, SEEDS, st.booleans())
def test_sums_are_those_of_readings(sizes: list[int], seed: int, merged: bool) -> None:
    panes = panes_of(sizes, seed, merged=merged)
    said = said_in(panes)
    readings = [pane.reading for pane in panes]
    assert said.advocacy.tolist() == [each.sums.advocacy for each in readings]
    assert said.detraction.tolist() == [each.sums.detraction for each in readings]
    assert said.pro.tolist() == [each.squares.pro for each in readings]
    assert said.both.tolist() == [each.squares.both for each in readings]


@given(SIZES, SEEDS, st.booleans(), st.sampled_from([4, 20, 1024]))
def test_all_authors_are_the_union_of_readings(
    sizes: list[int], seed: int, merged: bool, k: int
) -> None:
    panes = panes_of(sizes, seed, merged=merged)
    found = together(panes, k)
    wanted = union([pane.reading for pane in panes], k)
    assert found.hashes.tolist() == wanted.hashes.tolist()
    assert found.strengths.tolist() == wanted.strengths.tolist()
    assert found.limit == wanted.limit


def test_authors_of_a_sampled_pane_limit_those_of_all() -> None:
    sampled = Pane(DAY, 0)
    for author in range(DAY.k + 9):
        sampled.sample.add(author << 53, 0.5, 0.25)
    sampled.mentions = DAY.k + 9
    panes = [sampled, *panes_of([20], 1)]
    found = together(panes, DAY.k)
    wanted = union([pane.reading for pane in panes], DAY.k)
    assert found.limit == wanted.limit is not None
    assert found.hashes.tolist() == wanted.hashes.tolist()
    assert said_in(panes).advocacy[0] == sampled.reading.sums.advocacy
