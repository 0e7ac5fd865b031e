"""From a drop of mentions to whoever is on call: all real parts, with the files of ``deploy/``."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.embedded import free_port
from pipeline.events.instants import HOUR, to_rfc3339
from tests.integration.rig import (
    AlertmanagerServer,
    Notification,
    PrometheusServer,
    Receiver,
    Worker,
    eventually,
)
from tests.integration.stand import MakeStand, on_kafka
from tests.integration.test_alerts import as_events
from tests.oracle.calendar import parse
from tests.unit.alerting.playing import played
from tests.unit.alerting.worlds import START, mentions, steady

DAYS = 31
DROP = slice(30 * 24, 30 * 24 + 10)
NAME = 'The "First"\nBrand 🚀 <!channel>'
REACH = "20s"
FOR_STATE = 'ALERTS_FOR_STATE{alertname="InfluenceDrop"}'


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@on_kafka
def test_a_drop_wakes_someone_once_and_once_tells_its_end(
    make_stand: MakeStand, servers: ExitStack, tmp_path: Path
) -> None:
    brands = {f"b{n}": steady(DAYS, 7.0 + n, seed=n) for n in range(4)}
    brands["b1"][DROP] *= 0.2
    book = tmp_path / "brands.toml"
    entries = [f'[[brands]]\nid = "{brand}"' for brand in brands]
    entries[1] += f"\nname = {json.dumps(NAME, ensure_ascii=False)}"
    book.write_text("\n".join(entries))
    [alert] = played(mentions(brands), as_of=(START + DAYS * 24 - 1) * HOUR).document()["alerts"]
    assert (alert["brand"], alert["state"]) == ("b1", "resolved")
    middle = parse(alert["started_at"]) + HOUR
    events = as_events(brands)
    before = [event for event in events if parse(event["occurred_at"]) <= middle]
    stand = make_stand(events)
    ports = [free_port(), free_port()]

    def worker(port: int, now: int) -> Worker:
        started = stand.worker(
            INFLUENCE_BRANDS_FILE=str(book),
            INFLUENCE_ALERTS__PATIENCE_SECONDS="2",
            INFLUENCE_CLOCK__FIXED_AT=to_rfc3339(now),
            INFLUENCE_METRICS__PORT=str(port),
        )
        started.wait_ready()
        return started

    receiver = servers.enter_context(Receiver())
    alertmanager = AlertmanagerServer(tmp_path / "alertmanager", receiver.url)
    prometheus = servers.enter_context(
        PrometheusServer(
            tmp_path / "prometheus",
            [f"127.0.0.1:{port}" for port in ports],
            alertmanager.address,
            brand_waits=("15s", REACH),
        )
    )
    # Nobody is there to be told, and the worker dies while the alert waits.
    first = worker(ports[0], middle)
    stand.produce(before)
    eventually(lambda: "InfluenceDrop" in prometheus.alerts("pending"), 60, what="it waits")
    waits_since = prometheus.query(FOR_STATE)[0]["value"][1]
    first.kill()
    second = worker(ports[1], middle)
    eventually(lambda: "InfluenceDrop" in prometheus.alerts("firing"), 60, what="it fires")
    assert prometheus.query(FOR_STATE)[0]["value"][1] == waits_since, "it began to wait anew"
    [errors] = prometheus.query("prometheus_notifications_errors_total")
    assert float(errors["value"][1]) > 0
    assert receiver.taken("oncall", "chat") == []

    servers.enter_context(alertmanager)
    eventually(lambda: receiver.taken("oncall") and receiver.taken("chat"), 30, what="a page")
    with stand.redis.client() as client:
        shown = client.hgetall("influence:v1:alert:b1:influence_drop")
    # The next worker's clock is hours later; until something is read it cannot know.
    assert second.terminate() == 0
    worker(ports[1], stand.as_of)
    state = 'influence_alert_state{kind="influence_drop",brand="b1",state="%s"}'
    eventually(lambda: prometheus.query(state % "unknown" + " == 1"), 30, what="it is unknown")
    firing = f"last_over_time({state % 'firing'}[{REACH}]) == 1"
    eventually(lambda: not prometheus.query(firing), 30, what="nobody says that it fires")
    wait_for_heartbeats(receiver)
    assert "InfluenceDrop" in prometheus.alerts("firing")
    assert len(receiver.taken("oncall")) == 1
    stand.produce(events[len(before) :])
    eventually(
        lambda: len(receiver.taken("oncall")) > 1 and len(receiver.taken("chat")) > 1,
        60,
        what="a resolution, both ways",
    )
    wait_for_heartbeats(receiver)

    # Nothing else went off on the way, and every rule could be evaluated on what is exported.
    fired = prometheus.query('count_over_time(ALERTS{alertstate="firing"}[10m])')
    assert {each["metric"]["alertname"] for each in fired} == {"InfluenceDrop", "Watchdog"}
    [failures] = prometheus.query("sum(prometheus_rule_evaluation_failures_total)")
    assert failures["value"][1] == "0"
    # The second waited for the first one's partitions, and said so.
    assert prometheus.query("max(max_over_time(pipeline_recovering[10m]))")[0]["value"][1] == "1"

    pages = receiver.taken("oncall")
    assert [page.body["status"] for page in pages] == ["firing", "resolved"]
    for page in pages:
        check(page, prometheus)
    told = pages[0].body["alerts"][0]["annotations"]
    observed, expected, low = (f"{float(shown[n]):.4g}" for n in ("observed", "expected", "low"))
    assert told["description"] == (
        f"{observed} advocates in the window that is looked at, {expected} expected; "
        f"the alert's limit is {low}."
    )
    assert told["since"][:16] == alert["started_at"][:16].replace("T", " ")
    chat = receiver.taken("chat")
    titles = [each.body["attachments"][0]["title"] for each in chat]
    assert titles == ["FIRING b1: InfluenceDrop", "RESOLVED b1: InfluenceDrop"]
    text = chat[0].body["attachments"][0]["text"]
    assert 'The "First" Brand 🚀 &lt;!channel&gt; (b1): fewer people' in text
    for each in receiver.taken("heartbeat"):
        assert each.body["groupLabels"] == {"alertname": "Watchdog"}
        assert each.authorization == "Bearer token-of-heartbeat"


def wait_for_heartbeats(receiver: Receiver) -> None:
    """Wait until some have come: rules were evaluated and groups flushed more than once."""
    before = len(receiver.taken("heartbeat"))
    eventually(lambda: len(receiver.taken("heartbeat")) > before + 2, 30, what="heartbeats")


def check(page: Notification, prometheus: PrometheusServer) -> None:
    """Expect one alert of one brand in it, what was seen of it, and a runbook that is there."""
    assert page.authorization == "Bearer token-of-oncall"
    assert page.body["groupLabels"] == {"brand": "b1"}
    [alert] = page.body["alerts"]
    assert alert["labels"] == {
        "alertname": "InfluenceDrop",
        "brand": "b1",
        "kind": "influence_drop",
        "severity": "page",
    }
    link = alert["annotations"]["runbook_url"]
    assert link == f"{prometheus.url}/user/InfluenceDrop.md"
    with urllib.request.urlopen(link, timeout=5) as answer:  # noqa: S310 - http, loopback
        assert answer.read().startswith(b"# InfluenceDrop\n")
