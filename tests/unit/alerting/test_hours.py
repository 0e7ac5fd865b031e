"""What hours brought: what is remembered of them is what their panes say."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alerting.hours import Sums
from pipeline.events.admitted import AdmittedMention
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.tiers import HOUR

HOURS = 60
READ = st.tuples(st.integers(0, HOURS), st.integers(1, 30))
SAID = st.tuples(st.integers(0, HOURS), st.integers(1, 9), st.floats(-1.0, 1.0))


@given(st.lists(st.one_of(READ, SAID), max_size=40))
@settings(max_examples=100, deadline=None)
def test_reading_again_is_reading_for_the_first_time(steps: list[tuple[float, ...]]) -> None:
    brand = BrandMentions()
    sums = Sums(brand)
    for hour, what, *strength in steps:
        if strength:
            pane = brand.hour.setdefault(int(hour), Pane(HOUR, int(hour)))
            p, q = max(0.0, strength[0]), max(0.0, -strength[0])
            pane.add(AdmittedMention("acme", 0, "x", 1, int(what), p, q))
        else:
            hours = range(int(hour), int(hour + what))
            assert np.array_equal(sums.read(hours), Sums(brand).read(hours))
