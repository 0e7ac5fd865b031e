"""Workers with a name of their own in the group: one that is back soon finds its partitions.

On real Kafka only: the embedded broker knows no static members.
"""

from __future__ import annotations

import pytest

from tests.integration import changelog
from tests.integration.rig import Worker, eventually
from tests.integration.stand import PARTITIONS, MakeStand, Stand, on_kafka
from tests.integration.test_exactness import events
from tests.integration.test_zombies import OWNS

pytestmark = on_kafka


@pytest.mark.parametrize("how", ["terminated", "killed"])
def test_a_quick_restart_leaves_the_others_alone(make_stand: MakeStand, how: str) -> None:
    stand = make_stand(events(63))
    first, second = _two_workers(stand, names=True)
    before = first.output().count(OWNS)
    _restart(stand, second, how)
    assert first.output().count(OWNS) == before, "the other had to take its partitions over anew"
    stand.assert_exact()


def test_control_without_a_name(make_stand: MakeStand) -> None:
    stand = make_stand(events(63))
    first, second = _two_workers(stand, names=False)
    before = first.output().count(OWNS)
    _restart(stand, second, "killed")
    assert first.output().count(OWNS) > before
    stand.assert_exact()


def test_of_two_with_the_same_name_the_first_ends(make_stand: MakeStand) -> None:
    stand = make_stand(events(64, days=12))
    first = stand.worker(INFLUENCE_KAFKA__GROUP_INSTANCE_ID="twin")
    first.wait_ready()
    stand.produce(stand.events)
    second = stand.worker(INFLUENCE_KAFKA__GROUP_INSTANCE_ID="twin")
    second.wait_ready()
    assert first.wait(30.0) != 0
    assert "INFLUENCE_KAFKA__GROUP_INSTANCE_ID" in first.output().splitlines()[-1]
    stand.wait_committed()
    stand.assert_exact()


def _two_workers(stand: Stand, *, names: bool) -> tuple[Worker, Worker]:
    first, second = (
        stand.worker(
            session_seconds=15.0,
            **({"INFLUENCE_KAFKA__GROUP_INSTANCE_ID": f"worker-{number}"} if names else {}),
        )
        for number in (1, 2)
    )

    def shared() -> bool:
        owned = [worker.get("/ready")[1] for worker in (first, second)]
        return all(text.count(",") == PARTITIONS // 2 - 1 for text in owned if OWNS in text) and (
            sum(OWNS in text for text in owned) == len(owned)
        )

    eventually(shared, 40.0, what="each owns half of the partitions")
    return first, second


def _restart(stand: Stand, worker: Worker, how: str) -> None:
    """Start a worker again right after it ended, with work under way."""
    half = len(stand.events) // 2
    with stand.producing(stand.events[:half]):
        stand.wait_progress()
        if how == "killed":
            worker.kill()
        else:
            assert worker.terminate(10.0) == 0
    stand.produce(stand.events[half:])
    changelog.assert_work_remains(stand)
    worker.start()
    worker.wait_ready()
    stand.wait_committed()
