"""What amtool cannot test: inhibition, time windows and templates, on a live Alertmanager."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.clock import WallClock
from pipeline.events.instants import SECOND, to_rfc3339
from tests.integration.rig import AlertmanagerServer, Notification, Receiver, eventually
from tests.operations.rules import ALERTS

Labels = Mapping[str, str]
ALWAYS = [{"weekdays": ["sunday:saturday"]}]
NEVER = [{"years": ["1970"]}]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[AlertmanagerServer, Receiver]]:
    with (
        Receiver() as receiver,
        AlertmanagerServer(
            tmp_path_factory.mktemp("alertmanager"), receiver.url, ALWAYS
        ) as alertmanager,
    ):
        yield alertmanager, receiver


@pytest.fixture
def brand() -> str:
    """Return a brand that no other test names."""
    return f"b{uuid4().hex[:8]}"


def labels(name: str, **more: str) -> dict[str, str]:
    """Return an alert's labels, as its rule gives them."""
    return {"alertname": name, **ALERTS[name]["labels"], **more}


def told(receiver: Receiver, brand: str, *to: str) -> list[Notification]:
    """Return the notifications of a brand's alerts."""
    return [each for each in receiver.taken(*to) if brand in str(each.body)]


def test_a_silent_source_mutes_its_brands_drop_and_no_others(
    server: tuple[AlertmanagerServer, Receiver], brand: str
) -> None:
    alertmanager, receiver = server
    drop = {"labels": labels("InfluenceDrop", brand=brand)}
    silent = {"labels": labels("SourceSilent", brand=brand)}
    surge = {"labels": labels("DetractionSurge", brand=brand)}
    other = {"labels": labels("InfluenceDrop", brand=f"{brand}-other")}
    # The drop comes first, as it may, and its group waits for what explains it. In one request:
    # between two of them more time than that may pass.
    alertmanager.send(drop, silent, surge, other)
    eventually(lambda: len(told(receiver, brand, "oncall")) == 2, 20, what="two brands' pages")
    pages = {
        page.body["groupLabels"]["brand"]: {
            alert["labels"]["alertname"] for alert in page.body["alerts"]
        }
        for page in told(receiver, brand, "oncall")
    }
    assert pages == {
        brand: {"SourceSilent", "DetractionSurge"},
        f"{brand}-other": {"InfluenceDrop"},
    }
    # The source is back, and people still say less: now the drop is news.
    ended = to_rfc3339(WallClock().now() - SECOND)
    alertmanager.send({**silent, "endsAt": ended})

    def news() -> list[str]:
        # That the source is back may be told by itself, before the drop is let through.
        later = told(receiver, brand, "oncall")[2:]
        return [each["labels"]["alertname"] for page in later for each in page.body["alerts"]]

    eventually(lambda: "InfluenceDrop" in news(), 20, what="the drop's page")
    assert news().count("InfluenceDrop") == 1


OUTAGES = [
    ("PipelineNoWorker", "InfluenceDrop", True),
    ("PipelineNoWorker", "PipelineWorkerMissing", True),
    ("PipelineNoWorker", "PipelinePartitionUnowned", True),
    ("PipelineNoWorker", "PipelineLagGrows", True),
    ("PipelineNoWorker", "PipelineNotPublishing", True),
    ("PipelineNoWorker", "PipelineRedisDown", True),
    ("PipelineNoWorker", "BrandAlertsBlind", True),
    ("PipelineNoWorker", "PipelineDeadLetters", False),
    ("PipelineRecoveringTooLong", "PipelineNotPublishing", True),
    ("PipelineRecoveringTooLong", "InfluenceDrop", False),
    ("PipelinePartitionUnowned", "PipelineWatermarkStandsStill", True),
    ("PipelinePartitionUnowned", "PipelineDeadLetters", False),
    ("PipelineWatermarkStandsStill", "PipelineLagGrows", True),
    ("PipelineLagGrows", "BrandAlertsBlind", True),
    ("PipelineRedisDown", "PipelineRedisRejects", True),
    ("PipelineRedisDown", "PipelineLagGrows", False),
    ("PipelineWorkerMissing", "PipelineLagGrows", False),
    ("BrandInMaintenance", "GoodwillImpairment", True),
    ("BrandInMaintenance", "SourceSilent", True),
    ("BrandInMaintenance", "PipelineLagGrows", False),
]
OF_ONE = ({"brand": "acme"}, {"topic": "mentions"})


def inhibited(server: AlertmanagerServer) -> list[tuple[str, str]]:
    """Return name and brand of the alerts that are inhibited."""
    return [
        (each["labels"]["alertname"], each["labels"].get("brand", ""))
        for each in server.alerts()
        if each["status"]["inhibitedBy"]
    ]


def settle(server: AlertmanagerServer, brand: str) -> None:
    """Wait until all alerts that were sent are known to what inhibits.

    They are taken in order: once the last is inhibited, all before it are known.
    """
    last = [labels(name, brand=brand) for name in ("SourceSilent", "InfluenceDrop")]
    server.send(*({"labels": each} for each in last))
    eventually(lambda: ("InfluenceDrop", brand) in inhibited(server), 10, what="inhibition")


def test_an_outage_mutes_what_follows_from_it(tmp_path: Path) -> None:
    ended = to_rfc3339(WallClock().now())
    wrong = []
    with Receiver() as receiver, AlertmanagerServer(tmp_path, receiver.url, wait="1h") as server:
        for cause, follows, muted in OUTAGES:
            pair = [
                labels(name, **OF_ONE[name.startswith("Pipeline")]) for name in (cause, follows)
            ]
            server.send(*({"labels": each} for each in pair))
            settle(server, brand=f"after-{cause}-{follows}")
            found = {name for name, brand in inhibited(server) if not brand.startswith("after-")}
            if found != ({follows} if muted else set()):
                wrong.append((cause, follows, found))
            server.send(*({"labels": each, "endsAt": ended} for each in pair))
    assert wrong == []


def test_inhibition_is_of_the_same_brand_and_topic(tmp_path: Path) -> None:
    with Receiver() as receiver, AlertmanagerServer(tmp_path, receiver.url, wait="1h") as server:
        server.send(
            {"labels": labels("BrandInMaintenance", brand="one")},
            {"labels": labels("InfluenceDrop", brand="two")},
            {"labels": labels("PipelineWatermarkStandsStill", topic="one")},
            {"labels": labels("PipelineLagGrows", topic="two")},
        )
        settle(server, "three")
        assert inhibited(server) == [("InfluenceDrop", "three")]


@pytest.mark.parametrize("business", [True, False])
def test_burden_is_a_page_in_business_hours_and_a_ticket_outside(
    tmp_path: Path, business: bool
) -> None:
    hours = ALWAYS if business else NEVER
    with Receiver() as receiver, AlertmanagerServer(tmp_path, receiver.url, hours) as alertmanager:
        alertmanager.send(
            {"labels": labels("BurdenSurge", brand="acme")},
            # Told at any time: what would be told beside it has had its chance when it is there.
            {"labels": labels("InfluenceDrop", brand="zebra")},
        )
        # Each way to be told is a request of its own: they come in any order.
        eventually(lambda: len(told(receiver, "zebra", "oncall", "chat")) == 2, 20, what="the drop")
        eventually(
            lambda: len(told(receiver, "acme", "oncall", "chat")) == 1 + business, 20, what="burden"
        )
        assert bool(told(receiver, "acme", "oncall")) is business
        [chat] = told(receiver, "acme", "chat")
        assert chat.body["channel"] == ("#on-call" if business else "#tickets")


HARD = 'A "quoted" \\ name\nof\ttwo lines 🚀 <!channel> & *bold* {{ .Status }}'


def test_any_name_is_harmless_in_what_people_read(
    server: tuple[AlertmanagerServer, Receiver], brand: str
) -> None:
    alertmanager, receiver = server
    annotations = {
        "summary": f"{HARD} ({brand})",
        "description": "12 advocates, 42 expected",
        "since": "2026-01-02 03:04",
        "runbook_url": "http://prometheus/user/InfluenceDrop.md",
    }
    alertmanager.send({"labels": labels("InfluenceDrop", brand=brand), "annotations": annotations})
    eventually(lambda: len(told(receiver, brand, "oncall", "chat")) == 2, 20, what="both")
    [page] = told(receiver, brand, "oncall")
    assert page.body["alerts"][0]["annotations"] == annotations
    [chat] = told(receiver, brand, "chat")
    [attachment] = chat.body["attachments"]
    assert attachment["title"] == f"FIRING {brand}: InfluenceDrop"
    assert attachment["title_link"] == annotations["runbook_url"]
    assert attachment["text"].splitlines() == [
        '*FIRING* A "quoted" \\ name of two lines 🚀 &lt;!channel&gt; &amp; *bold* {{ .Status }} '
        f"({brand})",
        "12 advocates, 42 expected",
        "Since 2026-01-02 03:04",
        "Runbook: http://prometheus/user/InfluenceDrop.md",
    ]


def test_a_receiver_that_is_away_is_tried_again(
    server: tuple[AlertmanagerServer, Receiver], brand: str
) -> None:
    alertmanager, receiver = server
    receiver.refuses = 3
    alertmanager.send({"labels": labels("InfluenceDrop", brand=brand)})
    eventually(lambda: len(told(receiver, brand, "oncall", "chat")) == 2, 20, what="both")
    assert receiver.refuses == 0


def test_the_heartbeat_comes_again_and_again(server: tuple[AlertmanagerServer, Receiver]) -> None:
    alertmanager, receiver = server
    alertmanager.send({"labels": labels("Watchdog")})
    eventually(lambda: len(receiver.taken("heartbeat")) > 1, 20, what="heartbeats")
    assert not told(receiver, "Watchdog", "oncall", "chat")


def test_without_credentials_it_runs_and_tells_nobody(tmp_path: Path) -> None:
    with Receiver() as receiver, AlertmanagerServer(tmp_path, receiver.url) as alertmanager:
        for file in (tmp_path / "credentials").iterdir():
            file.unlink()
        alertmanager.send({"labels": labels("InfluenceDrop", brand="acme")})

        def counts(name: str) -> dict[str, float]:
            lines = re.findall(
                rf'^{name}{{integration="(\w+)"}} (\S+)$', alertmanager.metrics(), re.MULTILINE
            )
            return {integration: float(count) for integration, count in lines}

        def attempts_failed() -> bool:
            failed = counts("alertmanager_notification_requests_failed_total")
            return bool(failed["slack"] and failed["webhook"])

        eventually(attempts_failed, 20, what="both ways failed")
        assert receiver.taken("oncall", "chat") == []
        # It tries for ten seconds at the least before it counts what the rule looks at.
        assert {"slack", "webhook"} <= set(counts("alertmanager_notifications_failed_total"))
