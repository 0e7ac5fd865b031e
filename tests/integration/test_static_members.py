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


def test_a_quick_restart_leaves_the_others_alone(make_stand: MakeStand) -> None:
    stand = make_stand(events(65))
    half = len(stand.events) // 2
    first, second = _two_workers(stand, names=True)
    before = first.output().count(OWNS)
    with stand.producing(stand.events[:half]):
        stand.wait_progress()
        assert second.terminate(10.0) == 0
    second.start()
    second.wait_ready()
    with stand.producing(stand.events[half:]):
        stand.wait_progress()
        second.kill()
    changelog.assert_work_remains(stand)
    second.start()
    stand.wait_committed()
    stand.assert_exact()
    assert first.output().count(OWNS) == before, "the other had to take its partitions over anew"


@pytest.mark.faults
def test_control_without_a_name(make_stand: MakeStand) -> None:
    first, second = _two_workers(make_stand(events(65, days=2)), names=False)
    before = first.output().count(OWNS)
    second.kill()
    second.start()
    eventually(lambda: first.output().count(OWNS) > before, 20, what="partitions moved")


def _two_workers(stand: Stand, *, names: bool) -> tuple[Worker, Worker]:
    first, second = (
        stand.worker(
            session_seconds=30.0,
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
