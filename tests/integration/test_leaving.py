"""A worker that is told to stop leaves its group, whatever the group is doing."""

from __future__ import annotations

import pytest

from tests.integration.rig import eventually
from tests.integration.stand import PARTITIONS, MakeStand, on_kafka
from tests.integration.test_exactness import events
from tests.integration.test_zombies import OWNS

JOINS = "(Re-)joining group"
"""What the client logs when it asks to be a member of the next generation."""


@pytest.mark.faults
@on_kafka
def test_a_stop_while_the_group_waits_for_a_suspended_member(make_stand: MakeStand) -> None:
    stand = make_stand(events(66, days=2))
    first, suspended, third = (
        stand.worker(session_seconds=20.0, INFLUENCE_KAFKA__REBALANCE_TIMEOUT_SECONDS="30")
        for _ in range(3)
    )

    def shared() -> bool:
        owned = [worker.get("/ready")[1] for worker in stand.workers]
        return all(OWNS in text for text in owned) and (
            sum(text.count(",") + 1 for text in owned) == PARTITIONS
        )

    eventually(shared, 60.0, what="each owns some of the partitions, and all are owned once")
    suspended.pause()
    before = first.output().count(JOINS)
    third.kill()
    third.start()
    first.until(lambda: first.output().count(JOINS) > before, 30.0, "joins again")
    assert first.terminate(10.0) == 0
    assert "still not stopped" not in first.output()
