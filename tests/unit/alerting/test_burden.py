"""Too many tickets for the agents there are, and backlogs that grow old."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from pipeline.alerting.burden import Burden
from pipeline.alerting.kinds import State
from pipeline.events.instants import HOUR

DAYS = 40


def tickets(hours: np.ndarray, lasts: float | np.ndarray = 5.0, handle: float = 900.0) -> Any:
    """Return columns of tickets opened in these hours; handle time in seconds."""
    opened = hours * HOUR + HOUR // 2
    ended = opened + (np.broadcast_to(lasts, opened.shape) * HOUR).astype(np.int64)
    return SimpleNamespace(
        opened=opened, ended=ended, handle=np.full(opened.size, handle * 1_000_000)
    )


def states(columns: Any, staffed: float | None, muted: range = range(0)) -> dict[int, State]:
    """Return the state at the end of each hour."""
    burden = Burden.begin(0)
    found = {}
    while burden.hour < DAYS * 24:
        burden.decide(columns, 0, staffed, burden.hour in muted)
        found[burden.hour] = burden.alert.state
    return found


STEADY = np.repeat(np.arange(DAYS * 24), 4)
RUSH = np.concatenate((STEADY, np.repeat(np.arange(35 * 24, 36 * 24), 8)))


def test_four_tickets_of_a_quarter_hour_need_one_agent() -> None:
    found = states(tickets(STEADY), 1.5)
    assert set(found.values()) == {State.OK}


def test_more_load_than_agents_fires_and_is_resolved() -> None:
    found = states(tickets(RUSH), 1.5)
    firing = [hour for hour, state in found.items() if state is State.FIRING]
    assert 35 * 24 < firing[0] < 35 * 24 + 14
    assert firing[-1] < 37 * 24 + 6
    assert found[DAYS * 24] is State.OK


def test_without_known_agents_load_says_nothing() -> None:
    assert set(states(tickets(RUSH), None).values()) == {State.OK}


def test_a_backlog_that_grows_old() -> None:
    lasts = np.where(STEADY < 33 * 24, 5.0, 400.0)
    found = states(tickets(STEADY, lasts), None)
    assert found[33 * 24] is State.OK
    assert found[DAYS * 24] is State.FIRING


def test_a_maintenance_mutes() -> None:
    found = states(tickets(RUSH), 1.5, range(35 * 24, 37 * 24))
    assert found[35 * 24 + 20] is State.MUTED
    assert State.FIRING not in found.values()
