"""Offered load and staff: check values, the textbook's sums, and what must never happen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.instants import DAY, HOUR, SECOND
from pipeline.metrics.erlang import erlang_b, erlang_c, service_level
from pipeline.metrics.offered_load import OfferedLoad, offered_load
from pipeline.metrics.staffing import (
    _NEVER_SHORT,
    OCCUPANCY,
    SERVICE_LEVEL,
    WITHIN,
    required_agents,
    required_staff,
)
from tests.oracle.staffing import agents_needed, chance_to_wait


@pytest.mark.parametrize(
    ("load", "handle", "agents", "served"),
    [
        (1, 600, 2, None),
        (5, 600, 6, None),
        (10, 600, 12, None),
        (50, 600, 59, None),
        (0.8, 600, 2, 0.999829),
        (1, 7200, 3, 0.966556),
        (5, 3600, 7, 0.956131),
        (10, 14400, 13, 0.865248),
    ],
)
def test_check_values(load: float, handle: float, agents: int, served: float | None) -> None:
    assert required_agents(load, handle) == agents
    if served is not None:
        assert service_level(load, agents, handle, WITHIN) == pytest.approx(served, abs=5e-7)


def test_rounding_costs_nobody() -> None:
    assert required_agents(0.85 * 1000 + 1e-10, 10) == 1000
    assert required_agents(0.85 * 1000 + 1e-8, 10) == 1001


def test_check_value_of_erlang_c() -> None:
    assert erlang_c(10, 14) == pytest.approx(0.174131934, abs=5e-10)


@pytest.mark.parametrize(
    ("agents", "staff"), [(0, 0), (1, 2), (2, 3), (6, 9), (7, 10), (12, 18), (7 * 10**18, 10**19)]
)
def test_staff_in_integers(agents: int, staff: int) -> None:
    assert required_staff(agents) == staff


@given(st.integers(1, 400), st.floats(0.01, 0.999))
def test_agrees_with_the_textbook(agents: int, occupancy: float) -> None:
    load = occupancy * agents
    assert erlang_c(load, agents) == pytest.approx(chance_to_wait(load, agents), rel=1e-9)


@given(st.floats(1e-6, 300), st.floats(1, 1e6))
def test_as_many_as_the_textbook_asks_for(load: float, handle: float) -> None:
    assert required_agents(load, handle) == agents_needed(load, handle)


@given(st.floats(1e-6, 60), st.floats(1, 1e5))
def test_enough_and_not_one_too_many(load: float, handle: float) -> None:
    def suffices(agents: int) -> bool:
        served = service_level(load, agents, handle, WITHIN)
        return load <= OCCUPANCY * agents + 1e-9 and served >= SERVICE_LEVEL

    agents = required_agents(load, handle)
    assert suffices(agents)
    assert not suffices(agents - 1)


def test_large_desks_are_never_short_at_the_highest_occupancy() -> None:
    """Why nothing is searched for large loads: not even for work without end."""
    waiting = [erlang_c(OCCUPANCY * n, n) for n in range(1, 400)]
    assert all(later < earlier for earlier, later in pairwise(waiting))
    assert waiting[_NEVER_SHORT - 2] > 1 - SERVICE_LEVEL >= waiting[_NEVER_SHORT - 1]


def test_stable_for_thousands_of_erlang() -> None:
    for load, agents in ((5_000.0, 5_100), (20_000.0, 20_150)):
        assert erlang_c(load, agents) == pytest.approx(chance_to_wait(load, agents), rel=1e-8)
        assert 0 < erlang_b(load, agents) < 1


@pytest.mark.parametrize("load", [1e6, 1e15, 1e300])
def test_absurd_loads_take_no_time(load: float) -> None:
    assert required_agents(load, 1e-6) == pytest.approx(load / OCCUPANCY)


def test_agents_that_do_not_suffice_serve_nobody() -> None:
    assert erlang_c(3, 3) == 1
    assert service_level(3, 3, 600, WITHIN) == service_level(1, 0, 600, WITHIN) == 0


def test_no_load_needs_nobody() -> None:
    assert required_agents(0, 0) == required_staff(0) == 0


def load_of(*tickets: tuple[int, int], since: int, t: int) -> OfferedLoad:
    """Return the load of tickets of (opening, handle time)."""
    opened, handle = (np.array(column, np.int64) for column in zip(*tickets, strict=True))
    return offered_load(opened, handle, since, t)


def test_the_peak_is_the_busiest_hour_of_the_day() -> None:
    # Seven days; ten tickets between 14 and 15 o'clock, one an hour else.
    busy = [(day * DAY + 14 * HOUR + n, 600 * SECOND) for day in range(7) for n in range(10)]
    calm = [
        (day * DAY + hour * HOUR, 600 * SECOND)
        for day in range(7)
        for hour in range(24)
        if hour != 14
    ]
    load = load_of(*busy, *calm, since=0, t=7 * DAY)
    assert load.agents == pytest.approx(33 * 600 / 86400)
    assert load.peak_agents == pytest.approx(10 * 600 / 3600)
    assert load.mean_handle == 600


def test_hours_that_are_not_over_count_as_far_as_they_have_come() -> None:
    t = DAY + 14 * HOUR + HOUR // 2
    load = load_of((14 * HOUR, HOUR), since=HOUR // 4, t=t)
    assert load.peak_agents == pytest.approx(1 / 1.5)
    young = load_of((14 * HOUR, HOUR), (15 * HOUR, 2 * HOUR), since=14 * HOUR, t=16 * HOUR)
    assert (young.agents, young.peak_agents) == (1.5, 2)
    midnight = load_of((HOUR // 2, HOUR), since=HOUR // 4, t=t)
    assert midnight.peak_agents == pytest.approx(1 / 1.75)


@given(
    st.lists(st.tuples(st.integers(0, 3 * DAY), st.integers(0, HOUR)), min_size=1, max_size=30),
    st.integers(-DAY, 3 * DAY),
    st.integers(1, 28 * DAY),
)
def test_the_peak_is_never_below_the_mean(
    tickets: list[tuple[int, int]], since: int, length: int
) -> None:
    load = load_of(*tickets, since=since, t=since + length)
    assert load.agents is not None
    assert load.peak_agents is not None
    assert load.peak_agents >= load.agents


def test_without_time_there_is_no_load_to_speak_of() -> None:
    assert load_of((5, HOUR), since=5, t=5) == OfferedLoad(None, None, 3600)
    nothing = np.array([], np.int64)
    assert offered_load(nothing, nothing, 5, 5) == OfferedLoad(0, 0, None)
