"""Of packed panes that changed since the last cut the newest value is written, while it is kept."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.joined import Named
from pipeline.state.fresh import Fresh
from pipeline.state.packed import Made
from pipeline.state.pane_keys import pane_key
from pipeline.state.tiers import HOUR, TIERS, Tier

WATERMARK = 500 * TIERS[-1].size
BATCHES = st.lists(
    st.tuples(
        st.sampled_from(TIERS),
        st.lists(st.sampled_from(["b", "c", "longer"]), unique=True, min_size=1),
        st.lists(st.tuples(st.integers(0, 2), st.integers(-2, 2), st.binary(max_size=3))),
    ),
    max_size=6,
)


def first(tier: Tier) -> int:
    """The first index that is kept; of hours three more than the tier keeps."""
    return (WATERMARK - tier.retention) // tier.size - 3 * (tier is HOUR)


@given(BATCHES)
def test_the_newest_value_of_each_pane_is_written(
    batches: list[tuple[Tier, list[str], list[tuple[int, int, bytes]]]],
) -> None:
    fresh, expected = Fresh(), dict[bytes, bytes]()
    for tier, brands, panes in batches:
        codes = [code % len(brands) for code, _, _ in panes]
        indexes = [first(tier) + index for _, index, _ in panes]
        values = [value for _, _, value in panes]
        ends = np.cumsum([0, *map(len, values)])
        mentions = np.ones(len(panes), np.int64)
        code, index = np.array(codes, np.int64), np.array(indexes, np.int64)
        made = Made(brands, Named.of(brands), code, index, b"".join(values), ends, mentions)
        fresh.add(tier, made)
        for code_, index_, value in zip(codes, indexes, values, strict=True):
            # What is empty is no packed pane.
            if value and index_ >= first(tier):
                expected[pane_key(brands[code_], tier, index_)] = value
    columns = fresh.take(WATERMARK, first(HOUR))
    assert columns.entries() == list(expected.items())
    assert columns.size == sum(map(len, expected.values()))
    assert fresh.take(WATERMARK, first(HOUR)).length == 0
