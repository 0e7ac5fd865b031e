"""Rules and dashboards name what a worker, Prometheus and Alertmanager really expose."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest

from pipeline.alerting.kinds import Kind, State
from pipeline.events.records import Outcome, Topic
from pipeline.sinks.prometheus.families import WINDOWS
from tests.integration.rig import AlertmanagerServer, PrometheusServer, eventually
from tests.integration.rig.process import REPOSITORY
from tests.integration.stand import MakeStand
from tests.operations.expressions import dashboards, every_expression, expressions_of, rules
from tests.operations.names import Names
from tests.oracle.calendar import HOUR, rfc3339
from tests.oracle.worlds import world

REASONS = json.loads((REPOSITORY / "schemas/dead_letter.v1.json").read_text())["properties"]
KNOWN = {
    "state": [*State],
    "kind": [*Kind],
    "window": WINDOWS,
    "topic": [*Topic],
    "outcome": [*Outcome],
    "reason": REASONS["reason"]["enum"],
}


@pytest.mark.parametrize("broker", ["embedded_broker"], indirect=True)
def test_they_name_what_is_exposed_and_show_it(make_stand: MakeStand, tmp_path: Path) -> None:
    # Long enough for consistency, for launches that are final, and for alerts with a baseline.
    stand = make_stand(world(7, brands=1, days=200, mentions_a_day=30))
    brand = stand.events[0]["brand"]
    # More support in the last two days than the brand is staffed for: an alert that is open.
    rush = [
        {
            "topic": str(Topic.TICKETS),
            "id": f"rush-{hour}",
            "ticket": f"rush-{hour}",
            "brand": brand,
            "occurred_at": rfc3339(stand.as_of - hour * HOUR),
            "type": "opened",
        }
        for hour in range(48)
    ]
    unreadable = {"topic": str(Topic.MENTIONS), "brand": brand}
    book = tmp_path / "brands.toml"
    book.write_text(
        f'[[brands]]\nid = "{brand}"\nname = "One"\n'
        "staffed_agents = 1e-6\nsla_first_reply_seconds = 60\n"
    )
    worker = stand.worker(INFLUENCE_BRANDS_FILE=str(book), INFLUENCE_ALERTS__PATIENCE_SECONDS="1")
    alertmanager = AlertmanagerServer(tmp_path / "alertmanager", "http://127.0.0.1:9")
    address = worker.address.removeprefix("http://")
    prometheus = PrometheusServer(tmp_path / "prometheus", [address], alertmanager.address)
    worker.wait_ready()
    stand.produce([*stand.events, *rush, unreadable])
    with alertmanager, prometheus:

        def agree() -> Names:
            scrapes = {
                "influence-worker": worker.get("/metrics")[1].replace(stand.prefix, ""),
                "prometheus": _metrics(prometheus.url),
                "alertmanager": _metrics(f"http://{alertmanager.address}"),
            }
            names = Names(scrapes, rules(), KNOWN)
            found = names.faults(every_expression())
            assert not found, "\n".join(found)
            return names

        def none_is_empty() -> bool:
            empty = [each.where for each in at_once if not prometheus.query(each.text)]
            assert not empty, "\n".join(empty)
            return True

        names = eventually(agree, 40, what="all that is named is exposed", every=0.5)
        for expression in every_expression():
            prometheus.query(expression.text)  # one that does not match up fails only when asked
        shown = (each for board in dashboards().values() for each in expressions_of(board))
        at_once = [each for each in shown if not re.search("increase|offset", each.text)]
        eventually(none_is_empty, 30, what="every panel shows something", every=0.5)
    for metric, labels in names.exported("influence_").items():
        for label in KNOWN.keys() & labels.keys():
            assert labels[label] <= set(KNOWN[label]), (metric, label)


def _metrics(url: str) -> str:
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:  # noqa: S310 - http, loopback
        content: bytes = answer.read()
        return content.decode()
