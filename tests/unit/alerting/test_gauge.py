"""The bar that is shown: what is beyond it is what the statistic finds beyond its own."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.alerting.gauge import _size_at

BAR = 4.0


@given(st.floats(-9.0, 9.0), st.floats(-3.0, 3.0), st.floats(0.01, 3.0))
@example(-0.5, 0.7, 0.4)
@example(0.0, 0.7, 0.4)
@example(3.9, 0.7, 0.4)
@example(BAR, 0.2, 0.4)
def test_a_total_is_beyond_the_limit_where_the_statistic_is_beyond_the_bar(
    statistic: float, badness: float, at_bar: float
) -> None:
    limit = _size_at(BAR, statistic, badness, at_bar)
    if statistic < BAR:
        assert badness <= limit
    elif badness > 0.0:
        assert badness >= limit
