"""The structural model of campaigns: what it finds, and what it is made of."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pipeline.events.instants import day_name
from pipeline.metrics.campaign import History
from pipeline.metrics.structural import history_of, structural_contribution, structural_fields

WEEK = np.array([1.1, 1.1, 0.85, 0.85, 1.0, 1.05, 1.05])
FIRST = 20_000


def days(seed: int, added: float, horizon: int, count: int = 399) -> History:
    """A level that drifts, a week, noise, and what a campaign adds a day until the end."""
    rng = np.random.default_rng(seed)
    level = 60 + np.cumsum(rng.normal(0.0, 0.2, count))
    net = level * WEEK[np.arange(count) % 7] + rng.normal(0.0, 4.0, count)
    net[-horizon:] += added
    return History(FIRST, net)


@pytest.mark.parametrize("horizon", [28, 90])
def test_it_finds_what_a_campaign_adds(horizon: int) -> None:
    weights = sum(2 ** (-(horizon - day - 0.5) / 180) for day in range(horizon))
    start = FIRST + 399 - horizon
    for seed, added in ((1, 0.0), (2, 8.0), (3, -8.0)):
        found = structural_contribution(days(seed, added, horizon), start, horizon)
        assert found is not None
        # Twice the interval is never left by chance alone.
        reach = found.high - found.low
        assert abs(found.value - added * weights) < reach
        assert (found.low > 0) == (added > 0)


def test_it_needs_the_horizon_and_some_days_before() -> None:
    past = days(1, 0.0, 28, count=84)
    assert structural_contribution(past, FIRST + 56, 28) is not None
    assert structural_contribution(past, FIRST + 57, 28) is None
    assert structural_contribution(past, FIRST + 55, 28) is None


def test_its_days_are_the_complete_ones_of_the_ledger() -> None:
    lines = {
        day_name(FIRST + n): json.dumps({"earned": 2_500_000 + n, "detraction": 500_000})
        for n in range(4)
    }
    past = history_of(lines)
    assert past.first == FIRST
    assert past.net.tolist() == [2.0, 2.000001, 2.000002]
    assert history_of({}).net.size == 0


def test_fields_say_why_not() -> None:
    campaign = {"name": "one", "start": f"{day_name(FIRST + 60)}T12:00:00Z", "placebos_28d": "3"}
    fields = structural_fields(days(1, 0.0, 28, count=100), campaign)
    assert fields["name"] == "one"
    assert float(fields["contribution_28d_low"]) < float(fields["contribution_28d"])
    assert fields["contribution_90d_state"] == "beyond_horizon"
    assert "placebos_28d" not in fields
    early = campaign | {"start": f"{day_name(FIRST + 5)}T00:00:00Z"}
    assert structural_fields(days(1, 0.0, 28, count=100), early)["contribution_28d_state"] == (
        "insufficient"
    )
