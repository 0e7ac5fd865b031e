"""Alerts of real workers on a real broker: raised once, whatever happens to the worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.events.instants import HOUR, to_rfc3339
from tests.integration.command import printed
from tests.integration.rig import Worker, eventually, log
from tests.integration.stand import PARTITIONS, MakeStand, Stand, first_on_kafka, on_kafka
from tests.oracle.partition import partition_of
from tests.oracle.worlds import Event
from tests.unit.alerting.playing import played
from tests.unit.alerting.worlds import START, mentions, steady

DAYS = 33
DROP = range(30 * 24, 31 * 24)


def world() -> dict[str, Any]:
    """Return four brands, one of which loses most of its advocates for a day."""
    brands = {f"b{n}": steady(DAYS, 7.0 + n, seed=n) for n in range(4)}
    brands["b1"][DROP.start : DROP.stop] *= 0.2
    return brands


def as_events(brands: dict[str, Any]) -> list[Event]:
    """Return a world's mentions by time, as events with their topic."""
    events = [{"topic": "social-mentions", **json.loads(each.value)} for each in mentions(brands)]
    return sorted(events, key=lambda event: str(event["occurred_at"]))


def expected(brands: dict[str, Any], days: int = DAYS) -> list[dict[str, Any]]:
    """Return the alerts that a replay finds."""
    last = (START + days * 24 - 1) * HOUR
    found: list[dict[str, Any]] = played(mentions(brands), as_of=last).document()["alerts"]
    return found


def transitions(stand: Stand) -> list[dict[str, Any]]:
    """Return what was told, each once."""
    found = log.records(stand.broker.bootstrap, [stand.prefix + "influence-alerts"])
    unique: dict[tuple[str, str, str], dict[str, Any]] = {}
    for record in found:
        each = json.loads(record.value)
        identity = (each["brand"], each["kind"], each["at"])
        assert unique.setdefault(identity, each) == each, "told twice, and differently"
    return list(unique.values())


def empty(stand: Stand) -> set[int]:
    """Return the partitions that were said last to have nothing to say."""
    latest = {}
    for record in log.records(stand.broker.bootstrap, [stand.prefix + "influence-totals"]):
        if record.key.isdigit():
            latest[int(record.key)] = json.loads(record.value)
    return {each for each, said in latest.items() if not (said["is_left"] or said["mentions"])}


def states(told: Sequence[dict[str, Any]], brand: str) -> list[str]:
    """Return the states that a brand's drop went through."""
    its = [each for each in told if (each["brand"], each["kind"]) == (brand, "influence_drop")]
    return [each["state"] for each in sorted(its, key=lambda each: str(each["at"]))]


@pytest.mark.parametrize("kills", [0, 2])
@first_on_kafka
def test_an_alert_is_raised_once(make_stand: MakeStand, tmp_path: Path, kills: int) -> None:
    brands = world()
    events = as_events(brands)
    stand = make_stand(events)
    worker = stand.worker(INFLUENCE_ALERTS__PATIENCE_SECONDS="8")
    worker.wait_ready()
    share = len(events) // (kills + 1) + 1
    for part in range(kills + 1):
        before = sum(stand.committed().values())
        stand.produce(events[part * share : (part + 1) * share])
        if part < kills:
            stand.wait_progress(before)
            worker.kill()
            worker = stand.worker(INFLUENCE_ALERTS__PATIENCE_SECONDS="8")
            worker.wait_ready()
    [alert] = expected(brands)

    def told() -> bool:
        return states(transitions(stand), "b1")[-2:] == ["resolved", "ok"]

    eventually(told, 90, what="the alert is told of and resolved", every=1.0)
    found = transitions(stand)
    assert states(found, "b1") == ["ok", "pending", "firing", "resolved", "ok"]
    [firing] = [each for each in found if each["state"] == "firing"]
    assert {**firing, "state": "resolved"} == {
        **alert,
        "resolved_at": None,
        "at": alert["started_at"],
    }
    with stand.redis.client() as client:
        # Told first, shown after that.
        alert_key = "influence:v1:alert:b1:influence_drop"
        eventually(lambda: client.hget(alert_key, "state") == "ok", 20, what="Redis shows its end")
        shown = client.hgetall(alert_key)
        stream = client.xrange("influence:v1:alerts")
    assert (shown["started_at"], shown["resolved_at"]) == (
        alert["started_at"],
        alert["resolved_at"],
    )
    # Redis shows the latest only, so what passes quickly may be missing, and nothing comes twice.
    firing_shown = [f for _, f in stream if f["state"] == "firing" and f["brand"] == "b1"]
    assert len(firing_shown) <= 1
    listed = printed(
        "alerts", "--all", directory=tmp_path, settings={"INFLUENCE_REDIS__URL": stand.redis.url}
    )["alerts"]
    assert shown == {
        name: json.dumps(value) if name == "evidence" else value
        for each in listed
        if (each["brand"], each["kind"]) == ("b1", "influence_drop")
        for name, value in each.items()
        if name not in ("brand", "kind")
    }
    metrics = worker.get("/metrics")[1]
    assert 'influence_alert_state{brand="b1",kind="influence_drop",state="ok"} 1' in metrics
    assert 'influence_alert_expected{brand="b1",kind="influence_drop"}' in metrics
    assert to_rfc3339(START * HOUR) < shown["as_of"]


BACKLOG_DAYS = 180


def patient(stand: Stand, flush_seconds: str, *options: str) -> Worker:
    """Start a worker that waits for all partitions, however slow the machine."""
    return stand.worker(
        *options,
        INFLUENCE_KAFKA__MAX_POLL_RECORDS="4000",
        INFLUENCE_ALERTS__PATIENCE_SECONDS="600",
        INFLUENCE_FLUSH_SECONDS=flush_seconds,
    )


def backlog() -> dict[str, Any]:
    """Return twelve brands, of which six lose most of their advocates for two days."""
    brands = {f"b{n}": steady(BACKLOG_DAYS, 0.4 + n / 4, seed=n) for n in range(12)}
    for n, day in enumerate(range(45, 170, 25), 4):
        brands[f"b{n}"][day * 24 : day * 24 + 40] *= 0.1
    return brands


def wait_all_told(stand: Stand, brands: dict[str, Any]) -> None:
    """Wait until what was told of each alert as it began is what a replay finds."""
    found = expected(brands, BACKLOG_DAYS)
    wanted = [{**each, "state": "firing", "resolved_at": None} for each in found]
    assert {each["brand"] for each in wanted} >= {f"b{n}" for n in range(5, 9)}

    def told() -> list[dict[str, Any]]:
        begun: dict[tuple[str, ...], dict[str, Any]] = {}
        for each in sorted(transitions(stand), key=lambda each: str(each["at"])):
            del each["at"]
            if each["state"] == "firing":
                begun.setdefault((each["started_at"], each["brand"], each["kind"]), each)
        return [each for _, each in sorted(begun.items())]

    eventually(lambda: told() == wanted, 120, every=2.0, what="all alerts are told of")


@pytest.mark.faults
@on_kafka
def test_a_backlog_of_months_gives_the_alerts_of_a_replay(make_stand: MakeStand) -> None:
    """Partitions are weeks apart in it, and three workers die among them.

    Before it comes, another worker has told that all partitions are empty.
    """
    brands = backlog()
    events = as_events(brands)
    stand = make_stand(events)
    # So often that some partitions were not read from at the first flush, and amid the backlog.
    flush_seconds = "0.1"
    idle = patient(stand, flush_seconds)
    eventually(lambda: empty(stand) == set(range(PARTITIONS)), 60, what="all are said to be empty")
    idle.terminate(30.0)
    stand.produce(events)
    for point in ("before-commit", "before-row", "between-values"):
        patient(stand, flush_seconds, "--kill-at", point).wait_killed(point)
    assert sum(stand.committed().values()) < len(events)
    patient(stand, flush_seconds).wait_ready()
    wait_all_told(stand, brands)


@pytest.mark.faults
@on_kafka
def test_a_worker_that_is_ahead_takes_over_what_another_did_not_decide(
    make_stand: MakeStand,
) -> None:
    """It still has to know of those hours what all partitions have told."""
    brands = backlog()
    events = as_events(brands)
    stand = make_stand(events)
    stand.produce(events)
    ahead = patient(stand, "1")
    # It tells of its hours after a flush, and decides them at the next.
    behind = patient(stand, "15")
    ahead.wait_ready()
    behind.wait_ready()
    eventually(lambda: len(homes(transitions(stand))) > 1, 40, every=0.2, what="one decides")
    behind.kill()
    undecided = homes(expected(brands, BACKLOG_DAYS)) - homes(transitions(stand))
    assert undecided, "it had decided by then"
    wait_all_told(stand, brands)


def homes(alerts: Sequence[dict[str, Any]]) -> set[int]:
    """Return the partitions of the brands that alerts are about."""
    return {partition_of(each["brand"], PARTITIONS) for each in alerts}
