"""A worker that was suspended while others took over its partitions cannot win, whatever it does.

It may write to the changelogs, which recovery survives, and to Redis, which is fenced.
"""

from __future__ import annotations

import time

import pytest

from tests.integration import changelog
from tests.integration.rig import Worker, eventually
from tests.integration.stand import SESSION_SECONDS, MakeStand, Stand, first_on_kafka, on_kafka
from tests.integration.test_exactness import events
from tests.oracle.worlds import Event, Rates, world

OWNS = "owns partitions"
"""What a worker logs when it has recovered an assignment."""

REFUSED = "Redis holds a newer publication"
"""What a worker logs when a publication of its lost against a newer one."""


def test_a_zombie(make_stand: MakeStand) -> None:
    """A worker that was suspended past its session sends nothing of what it has pending."""
    stand = make_stand(events(6))
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


def test_a_zombie_that_does_not_notice(make_stand: MakeStand) -> None:
    """It goes on with a flush, over what its successor wrote long since."""
    stand = make_stand(events(6))
    half = len(stand.events) // 2
    stand.produce(stand.events[:half])
    zombie = stand.worker("--without", "pulse", "--stop-at", "between-values")
    zombie.wait_paused(30.0)
    _outlive(stand, zombie, half)
    stand.kill_workers()
    stand.worker()
    stand.wait_committed()
    stand.assert_exact()


def _outlive(stand: Stand, zombie: Worker, half: int) -> None:
    """Let another worker do everything while one is suspended, then wake that one."""
    since = time.monotonic()
    changelog.assert_work_remains(stand)
    stand.produce(stand.events[half:])
    stand.worker()
    stand.wait_committed(60.0)
    before = zombie.output().count(OWNS)
    # Others own its partitions once it has not joined them in time; its own session may be longer.
    eventually(lambda: time.monotonic() - since > SESSION_SECONDS, what="its session is over")
    zombie.resume()
    # It ends, or is a member again: then what it had pending is in the changelog.
    eventually(
        lambda: not zombie.running or zombie.output().count(OWNS) > before, 40, what="it woke"
    )


# -- recovery by highest applied offset


@first_on_kafka
def test_recovery_keeps_the_highest_applied_offset(make_stand: MakeStand) -> None:
    stand = make_stand(_in_four_parts(7))
    _regress(stand)
    stand.worker()
    stand.wait_committed()
    stand.assert_exact()

    def written_anew() -> bool:
        assert changelog.regressed(stand) == {}
        return True

    eventually(written_anew, 20, what="all are written anew by their owner")


@pytest.mark.faults
@on_kafka
def test_control_of_the_highest_applied_offset(make_stand: MakeStand) -> None:
    stand = make_stand(_in_four_parts(7))
    _regress(stand)
    stand.empty_redis()
    stand.worker("--without", "highest-offset")
    stand.wait_committed()
    stand.assert_wrong()


def _in_four_parts(seed: int) -> list[Event]:
    """Return events of which each quarter falls into the same panes as the others.

    Nothing is launched: mentions this late change no launch that is final.
    """
    rates = Rates(late=0.0, duplicate=0.0, far_repeat=0.0)
    ordered = world(
        seed,
        brands=4,
        days=12,
        mentions_a_day=25,
        tickets_a_day=0,
        launches=False,
        rates=rates,
    )
    return [event for part in range(4) for event in ordered[part::4]]


def _regress(stand: Stand) -> None:
    """Leave changelogs that end on older values, values ahead of their rows, and no worker."""
    quarter = len(stand.events) // 4
    stand.worker().wait_ready()
    for start in (0, quarter):
        stand.produce(stand.events[start : start + quarter])
        stand.wait_committed()
    stand.kill_workers()
    killed = stand.worker("--kill-at", "before-row")
    stand.produce(stand.events[2 * quarter : 3 * quarter])
    assert killed.wait(40.0) == -9, killed.tail()
    assert changelog.ahead(stand)
    regressing = changelog.regress(stand)
    assert len(regressing) > 20
    assert changelog.regressed(stand).keys() == regressing
    stand.produce(stand.events[3 * quarter :])
    changelog.assert_work_remains(stand)


# -- the fence in Redis


@first_on_kafka
def test_a_publication_that_comes_late_is_refused(make_stand: MakeStand) -> None:
    stand = make_stand(events(8))
    zombie = _publish_late(stand)
    assert REFUSED in zombie.output()
    assert not stand.differences()


@pytest.mark.faults
@on_kafka
def test_control_of_the_fence(make_stand: MakeStand) -> None:
    stand = make_stand(events(8))
    zombie = _publish_late(stand, "--without", "fence")
    assert REFUSED not in zombie.output()
    assert stand.differences()


def _publish_late(stand: Stand, *options: str) -> Worker:
    """Have a suspended worker publish after its successor did, when nobody is left to mend it."""
    half = len(stand.events) // 2
    stand.produce(stand.events[:half])
    zombie = stand.worker("--stop-at", "before-publication", "--without", "pulse", *options)
    zombie.wait_paused(30.0)
    stand.produce(stand.events[half:])
    changelog.assert_work_remains(stand)
    successor = stand.worker()
    stand.wait_committed(60.0)
    stand.assert_exact()
    successor.kill()
    zombie.resume()
    assert zombie.wait(10.0) == 0, "it published what it had, and ended"
    return zombie
