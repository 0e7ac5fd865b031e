"""The alerts of a worker, beside what the tests of alerting play through."""

from __future__ import annotations

import asyncio

from pipeline.agents.alerts import AlertDesk
from pipeline.agents.rhythm_board import RhythmBoard
from pipeline.events.brands import BrandBook


def test_a_worker_without_partitions_has_nothing_to_decide() -> None:
    """There may be more workers than partitions."""
    board = RhythmBoard(2, 60.0)
    desk = AlertDesk(BrandBook(), board, set, lambda: False, "alerts", "totals")
    assert asyncio.run(desk.prepare([])) == []
    assert desk.tell() == []
