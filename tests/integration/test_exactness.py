"""Whatever happens to a worker, Redis ends up equal to an independent recount.

On the embedded broker and on real Apache Kafka. Every test asserts that work remained when its
fault struck. What is switched off in a control makes the same test fail, which shows that the
defence is what holds; zombies are in ``test_zombies.py``.
"""

from __future__ import annotations

import re

import pytest

from pipeline.events.records import Topic
from tests.integration import changelog
from tests.integration.rig import eventually
from tests.integration.stand import (
    COMMIT_SECONDS,
    PARTITIONS,
    MakeStand,
    Stand,
    first_on_kafka,
    on_kafka,
)
from tests.oracle.worlds import Event, Rates, world

#: Late and doubled, but nothing whose outcome depends on how partitions interleave.
RATES = Rates(late=0.05, duplicate=0.05)

LONG = pytest.mark.faults
"""Runs with ``make faults`` only."""


def events(seed: int, days: int = 30, a_day: float = 25) -> list[Event]:
    return world(seed, brands=5, days=days, mentions_a_day=a_day, tickets_a_day=2, rates=RATES)


def test_two_workers(make_stand: MakeStand) -> None:
    # Long enough for consistency, and for launches that are final.
    stand = make_stand(events(1, days=200, a_day=6))
    first, second = stand.worker(), stand.worker()
    first.wait_ready()
    second.wait_ready()
    stand.produce(stand.events)
    stand.assert_exact(40.0)
    # Copies change nothing that is shown, so the last of them may still be on their way.
    eventually(
        lambda: sum(stand.records().values()) == len(stand.events), 20, what="all are counted"
    )
    assert first.terminate(10.0) == 0
    assert second.terminate(10.0) == 0


# -- commits


def _consume_in_many_batches(stand: Stand, *options: str) -> None:
    """Have a worker read everything, a few records at a time, until everything is durable."""
    worker = stand.worker(*options, INFLUENCE_KAFKA__MAX_POLL_RECORDS="10")
    worker.wait_ready()
    stand.produce(stand.events)
    stand.assert_exact()


def test_committed_is_the_end_within_two_commit_intervals(make_stand: MakeStand) -> None:
    stand = make_stand(events(2))
    _consume_in_many_batches(stand)
    stand.wait_committed(2 * COMMIT_SECONDS + 1.0)
    # Something a partition - sources and changelogs -, whatever the number of batches.
    entries = re.findall(r"bookkeeping holds (\d+) entries", stand.workers[0].output())
    assert 0 < max(map(int, entries)) <= 5 * 2 * 3 * PARTITIONS


@LONG
@on_kafka
def test_control_of_the_bookkeeping(make_stand: MakeStand) -> None:
    stand = make_stand(events(2))
    _consume_in_many_batches(stand, "--without", "bookkeeping")
    with pytest.raises(AssertionError, match="committed = end"):
        stand.wait_committed(2 * COMMIT_SECONDS + 1.0)


# -- SIGKILL


@pytest.mark.parametrize(("kills", "days"), [(3, 30), pytest.param(10, 60, marks=LONG)])
def test_sigkill(make_stand: MakeStand, kills: int, days: int) -> None:
    stand = make_stand(events(3, days=days))
    share = len(stand.events) // (kills + 1)
    for kill in range(kills):
        worker = stand.worker(INFLUENCE_KAFKA__MAX_POLL_RECORDS="50")
        worker.wait_ready()
        with stand.producing(stand.events[kill * share : (kill + 1) * share]):
            stand.wait_progress()
            worker.kill()
        changelog.assert_work_remains(stand)
    stand.worker()
    stand.produce(stand.events[kills * share :])
    stand.wait_committed()
    stand.assert_exact()


POINTS = ("between-values", "before-row", "before-commit")


@pytest.mark.parametrize("point", POINTS)
@first_on_kafka
def test_sigkill_at_a_point(make_stand: MakeStand, point: str) -> None:
    stand = make_stand(events(4, days=12))
    _die_at(stand, point)
    stand.worker()
    stand.wait_committed()
    stand.assert_exact()


def _die_at(stand: Stand, point: str, *options: str) -> None:
    half = len(stand.events) // 2
    stand.produce(stand.events[:half])
    stand.worker().wait_ready()
    stand.wait_committed()
    stand.workers[-1].kill()
    worker = stand.worker("--kill-at", point, *options)
    stand.produce(stand.events[half:])
    worker.wait_killed(point)
    changelog.assert_work_remains(stand)


@LONG
@on_kafka
def test_control_of_applied_offsets(make_stand: MakeStand) -> None:
    # Mentions last: whatever the flush holds that is struck is some, and those count twice if they
    # are applied twice. Of tickets and launches nobody could tell.
    stand = make_stand(sorted(events(4, days=12), key=lambda each: each["topic"] == Topic.MENTIONS))
    _die_at(stand, "before-row")
    stand.empty_redis()
    stand.worker("--without", "applied-offsets")
    stand.wait_committed()
    stand.assert_wrong()


@pytest.mark.faults
@on_kafka
def test_control_of_the_order_of_values_and_rows(make_stand: MakeStand) -> None:
    stand = make_stand(events(4, days=12))
    # Rows are written by then, which come first here. Between values, none may be left to be lost.
    _die_at(stand, "before-commit", "--without", "order")
    stand.empty_redis()
    stand.worker()
    stand.wait_committed()
    stand.assert_wrong()


@first_on_kafka
def test_offsets_that_are_committed_too_early_harm_nobody(make_stand: MakeStand) -> None:
    """The state's own position is the second defence behind waiting for acknowledgements."""
    stand = make_stand(events(4, days=12))
    _commit_too_early(stand)
    stand.worker()
    stand.wait_committed()
    stand.assert_exact()


@pytest.mark.faults
@on_kafka
def test_control_of_waiting_for_acknowledgements(make_stand: MakeStand) -> None:
    stand = make_stand(events(4, days=12))
    _commit_too_early(stand)
    stand.empty_redis()
    # Without the second defence as well, and the third, which has holes read again.
    stand.worker("--without", "position", "--without", "holes")
    stand.wait_committed()
    stand.assert_wrong()


def _commit_too_early(stand: Stand) -> None:
    _die_at(stand, "between-values", "--without", "waiting")
    durable = changelog.durable(stand)
    assert any(committed > durable[tp] for tp, committed in stand.committed().items())


# -- moves


def test_a_partition_there_and_back(make_stand: MakeStand) -> None:
    stand = make_stand(events(5))
    _there_and_back(stand)
    stand.assert_exact()


@LONG
@on_kafka
def test_control_of_generations(make_stand: MakeStand) -> None:
    stand = make_stand(events(5))
    # Without the second defence as well, which would have the records read again.
    _there_and_back(stand, "--without", "generations", "--without", "holes")
    stand.assert_wrong()


def _there_and_back(stand: Stand, *options: str) -> None:
    share = len(stand.events) // 4
    first = stand.worker(*options)
    first.wait_ready()
    stand.produce(stand.events[:share])
    stand.wait_committed()
    with stand.producing(stand.events[share : 2 * share]):
        second = stand.worker(*options)
        second.wait_ready()
        assert stand.left > 0, "nothing was left to do when a partition moved"
    stand.wait_committed()
    eventually(
        lambda: "influence_goodwill{" in second.get("/metrics")[1], 10, what="the second owns some"
    )
    with stand.producing(stand.events[2 * share : 3 * share]):
        assert second.terminate(10.0) == 0
        assert stand.left > 0, "nothing was left to do when it moved back"
    stand.produce(stand.events[3 * share :])
    stand.wait_committed()
    assert first.running


# -- Redis


def test_redis_killed_and_flushed(make_stand: MakeStand) -> None:
    stand = make_stand(events(8))
    third = len(stand.events) // 3
    # It is suspended twice, on a slow machine for seconds, and must be a member after that. (The
    # embedded broker has whoever joins wait for half of it.)
    worker = stand.worker(session_seconds=20.0)
    worker.wait_ready()
    stand.produce(stand.events[:third])
    stand.wait_committed()
    worker.pause()
    stand.produce(stand.events[third : 2 * third])
    stand.redis.lose()
    changelog.assert_work_remains(stand)
    worker.resume()
    stand.wait_committed()  # the stream goes on without Redis
    stand.redis.start()
    stand.produce(stand.events[2 * third :])
    stand.assert_exact(30.0)
    worker.pause()
    stand.redis.flush()
    assert stand.differences(), "FLUSHALL left something"
    worker.resume()
    stand.assert_exact(30.0)
    assert worker.running
