"""Whatever happens to a worker, Redis ends up equal to an independent recount.

Every test asserts that work remained when its fault struck. What is switched off in a control makes
the same test fail, which shows that the defence is what holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.rig import Broker, KafkaCluster, RedisServer, Worker, eventually
from tests.integration.stand import COMMIT_SECONDS, Stand
from tests.oracle.worlds import Event, Rates, world

MakeStand = Callable[[Broker, list[Event]], Stand]

OWNS = "owns partitions"
"""What a worker logs when it has recovered an assignment."""

#: Late and doubled, but nothing whose outcome depends on how partitions interleave.
RATES = Rates(late=0.05, duplicate=0.05)


@pytest.fixture
def make_stand(redis_server: RedisServer, tmp_path: Path) -> Iterator[MakeStand]:
    stands: list[Stand] = []

    def make(broker: Broker, events: list[Event]) -> Stand:
        stands.append(Stand(broker, redis_server, tmp_path, events))
        return stands[-1]

    yield make
    for stand in stands:
        stand.close()


def events(seed: int, days: int = 30, a_day: float = 25) -> list[Event]:
    return world(seed, brands=5, days=days, mentions_a_day=a_day, tickets_a_day=2, rates=RATES)


def test_two_workers(broker: Broker, make_stand: MakeStand) -> None:
    stand = make_stand(broker, events(1))
    first = stand.worker()
    first.wait_ready()
    second = stand.worker()
    second.wait_ready()
    stand.produce(stand.events)
    stand.assert_exact(40.0)
    assert sum(stand.records().values()) == len(stand.events)
    assert first.terminate(10.0) == 0
    assert second.terminate(10.0) == 0


def test_committed_is_the_end_within_two_commit_intervals(
    kafka: KafkaCluster, make_stand: MakeStand
) -> None:
    stand = make_stand(kafka, events(2))
    worker = stand.worker()
    worker.wait_ready()
    stand.produce(stand.events)
    stand.assert_exact()
    # Everything is durable from here on; what is left is the commit.
    stand.wait_committed(2 * COMMIT_SECONDS + 1.0)


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.faults)])
def test_sigkill(kafka: KafkaCluster, make_stand: MakeStand, kills: int) -> None:
    stand = make_stand(kafka, events(3, days=60))
    share = len(stand.events) // (kills + 1)
    for kill in range(kills):
        worker = stand.worker(INFLUENCE_KAFKA__MAX_POLL_RECORDS="50")
        worker.wait_ready()
        with stand.producing(stand.events[kill * share : (kill + 1) * share]):
            stand.wait_progress()
            worker.kill()
        assert stand.lag() > 0, "nothing was left to do when the worker was killed"
    stand.worker()
    stand.produce(stand.events[kills * share :])
    stand.wait_committed()
    stand.assert_exact()


POINTS = ("between-values", "before-row", "before-commit")


@pytest.mark.parametrize("point", POINTS)
def test_sigkill_at_a_point(kafka: KafkaCluster, make_stand: MakeStand, point: str) -> None:
    stand = make_stand(kafka, events(4, days=12))
    _die_at(stand, point)
    stand.worker()
    stand.wait_committed()
    stand.assert_exact()


def _die_at(stand: Stand, point: str) -> None:
    half = len(stand.events) // 2
    stand.produce(stand.events[:half])
    stand.worker().wait_ready()
    stand.wait_committed()
    stand.workers[-1].kill()
    worker = stand.worker("--kill-at", point)
    stand.produce(stand.events[half:])
    eventually(lambda: worker.exit_code is not None, 40, what=f"killed at {point}")
    assert worker.exit_code == -9, worker.tail()
    assert stand.lag() > 0, "nothing was left to do when the worker was killed"


@pytest.mark.faults
def test_control_without_applied_offsets(kafka: KafkaCluster, make_stand: MakeStand) -> None:
    stand = make_stand(kafka, events(4, days=12))
    _die_at(stand, "before-row")
    stand.worker("--without", "applied-offsets")
    stand.wait_committed()
    _assert_wrong(stand)


def _assert_wrong(stand: Stand) -> None:
    """Wait until the worker has published everything, and expect it to be wrong."""
    with pytest.raises(AssertionError, match="Redis equals the oracle"):
        stand.assert_exact(6.0)


def test_a_partition_there_and_back(kafka: KafkaCluster, make_stand: MakeStand) -> None:
    stand = make_stand(kafka, events(5))
    _there_and_back(stand)
    stand.assert_exact()


@pytest.mark.faults
def test_control_without_generations(kafka: KafkaCluster, make_stand: MakeStand) -> None:
    stand = make_stand(kafka, events(5))
    # Without the second defence as well, which would have the records read again.
    _there_and_back(stand, "--without", "generations", "--without", "holes")
    _assert_wrong(stand)


def _there_and_back(stand: Stand, *options: str) -> None:
    third = len(stand.events) // 3
    first = stand.worker(*options)
    first.wait_ready()
    stand.produce(stand.events[:third])
    stand.wait_committed()
    second = stand.worker(*options)
    second.wait_ready()
    stand.produce(stand.events[third : 2 * third])
    stand.wait_committed()
    assert second.get("/metrics")[1].count("influence_goodwill{") > 0, "the second owned nothing"
    assert second.terminate(10.0) == 0
    stand.produce(stand.events[2 * third :])
    stand.wait_committed()


def test_a_zombie(kafka: KafkaCluster, make_stand: MakeStand) -> None:
    """A worker that was suspended past its session sends nothing of what it has pending."""
    stand = make_stand(kafka, events(6))
    half = len(stand.events) // 2
    zombie = stand.worker(INFLUENCE_FLUSH_SECONDS="1")
    zombie.wait_ready()
    with stand.producing(stand.events[:half]):
        stand.wait_progress()
        zombie.pause()
    _outlive(stand, zombie, half)
    assert not zombie.running
    assert "stood still" in zombie.output()
    stand.assert_exact()


def test_a_zombie_that_does_not_notice(kafka: KafkaCluster, make_stand: MakeStand) -> None:
    stand = make_stand(kafka, events(6))
    _wake_in_the_middle_of_a_flush(stand)
    stand.worker()
    stand.wait_committed()
    stand.assert_exact()


def _wake_in_the_middle_of_a_flush(stand: Stand) -> None:
    """Have a suspended worker go on with a flush, over what its successor wrote long since."""
    half = len(stand.events) // 2
    stand.produce(stand.events[:half])
    zombie = stand.worker("--without", "pulse", "--stop-at", "between-values")
    zombie.wait_paused(30.0)
    _outlive(stand, zombie, half)
    for worker in stand.workers:
        worker.kill()


def _outlive(stand: Stand, zombie: Worker, half: int) -> None:
    """Let another worker do everything while one is suspended, then wake that one."""
    assert stand.lag() > 0, "nothing was left to do when the worker was stopped"
    stand.produce(stand.events[half:])
    stand.worker()
    stand.wait_committed(60.0)
    before = zombie.output().count(OWNS)
    zombie.resume()
    # It ends, or is a member again: then what it had pending is in the changelog.
    eventually(
        lambda: not zombie.running or zombie.output().count(OWNS) > before, 40, what="it woke"
    )


def test_redis_killed_and_flushed(kafka: KafkaCluster, make_stand: MakeStand) -> None:
    stand = make_stand(kafka, events(8))
    third = len(stand.events) // 3
    worker = stand.worker()
    worker.wait_ready()
    stand.produce(stand.events[:third])
    stand.wait_committed()
    stand.redis.lose()
    stand.produce(stand.events[third : 2 * third])
    stand.wait_committed()  # the stream goes on without Redis
    stand.redis.start()
    stand.produce(stand.events[2 * third :])
    stand.assert_exact(30.0)
    stand.redis.flush()
    assert stand.differences(), "FLUSHALL left something"
    stand.assert_exact(30.0)
    assert worker.running
