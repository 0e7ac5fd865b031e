"""The exposition: names, formats, absent series, speed, health and the server's edges."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from pipeline.alerting.kinds import State
from pipeline.errors import Usage
from pipeline.sinks.prometheus import BrandMetrics, MachineMetrics, MetricsServer
from pipeline.sinks.prometheus.server import wants_openmetrics

AS_OF = "2026-01-02T03:04:05.5Z"
AT = 1_767_323_045_500_000
FULL = {
    "as_of": AS_OF,
    "influence_index": "41.5",
    "goodwill": "259.7",
    **{f"advocacy_{w}": str(n) for n, w in enumerate(("1h", "24h", "7d", "28d"))},
    **{f"detraction_{w}": "0.25" for w in ("1h", "24h", "7d", "28d")},
    **{f"mentions_{w}": "12" for w in ("1h", "24h", "7d", "28d")},
    "consistency": "0.5",
    "activation": "-0.1",
    "messaging_dependence": "0.2",
    "offered_load_agents": "1.5",
    "required_agents": "3",
    "tickets_open": "7",
    "oldest_open_seconds": "5.5",
    "first_reply_seconds_p50_28d": "60",
    "first_reply_seconds_p90_28d": "600",
    "resolution_seconds_p50_28d": "3600",
    "resolution_seconds_p90_28d": "7200",
    "sla_breach_ratio_28d": "0.05",
}
BRAND_NAMES = {
    "influence_brand_info",
    "influence_alert_state",
    "influence_alert_open_since_timestamp_seconds",
    "influence_alert_observed",
    "influence_alert_expected",
    "influence_alert_low",
    "influence_alert_mean_time_between_false_alarms_seconds",
    "influence_index",
    "influence_goodwill",
    "influence_advocacy",
    "influence_detraction",
    "influence_consistency_ratio",
    "influence_activation_ratio",
    "influence_messaging_dependence_ratio",
    "influence_mentions",
    "influence_snapshot_timestamp_seconds",
    "influence_source_last_event_timestamp_seconds",
    "influence_support_offered_load_agents",
    "influence_support_required_agents",
    "influence_support_open_tickets",
    "influence_support_oldest_open_timestamp_seconds",
    "influence_support_first_reply_seconds",
    "influence_support_resolution_seconds",
    "influence_support_sla_breach_ratio",
}
ODD_NAME = 'The "Acme"\n\\ 🚀 <!channel>'
DROP = {
    "state": "firing",
    "started_at": "2026-01-02T01:00:00Z",
    "observed": "3.5",
    "expected": "10",
    "low": "4.25",
    "mean_time_between_false_alarms_seconds": "12960000",
    "evidence": "{}",
}
MACHINE_NAMES = {
    "pipeline_records",
    "pipeline_dead_letters",
    "pipeline_event_delay_seconds",
    "pipeline_lag_records",
    "pipeline_watermark_timestamp_seconds",
    "pipeline_redis_up",
    "pipeline_redis_evicted_keys",
    "pipeline_redis_rejected_writes",
    "pipeline_unknown_brands",
    "pipeline_dedup_skipped",
    "pipeline_recovering",
    "pipeline_resting_brands",
    "pipeline_last_publish_timestamp_seconds",
    "pipeline_build_info",
}


@pytest.fixture
def brands() -> BrandMetrics:
    brands = BrandMetrics({"acme": ODD_NAME, "elsewhere": "Of another worker"})
    brands.publish(
        0,
        "acme",
        FULL,
        {"mastodon": AT - 500_000, 'we"ird\\\n\ud800': AT},
        {"influence_drop": DROP},
    )
    brands.publish(1, "other", {"as_of": AS_OF, "goodwill_state": "insufficient"}, {})
    return brands


@pytest.fixture
def machine() -> MachineMetrics:
    machine = MachineMetrics()
    machine.set_records("social-mentions", "applied", 12)
    machine.set_dead_letters("social-mentions", "not_json", 2)
    machine.observe_delay(0.1, 3)
    machine.observe_delay(100_000)
    machine.set_lag("social-mentions", 0, 4)
    machine.set_watermark("social-mentions", 0, AT)
    machine.set_redis_up(True)
    machine.set_redis_evicted_keys(0)
    machine.set_resting_brands(9_000)
    machine.set_last_publish(AT)
    return machine


@pytest.fixture
def server(brands: BrandMetrics, machine: MachineMetrics) -> Iterator[MetricsServer]:
    def health() -> tuple[bool, str]:
        return True, "all\nis well"

    server = MetricsServer("127.0.0.1", 0, brands, machine, health, lambda: (False, "stalled"))
    server.start()
    yield server
    server.stop()


def get(server: MetricsServer, path: str, accept: str = "*/*") -> tuple[int, str, bytes]:
    connection = HTTPConnection(server.host, server.port, timeout=20)
    try:
        connection.request("GET", path, headers={"Accept": accept})
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read()
    finally:
        connection.close()


def series(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_format(text)
        for sample in family.samples
    }


def test_both_formats_hold_every_name_of_the_contract(server: MetricsServer) -> None:
    status, kind, body = get(server, "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert {f.name for f in text_format(body.decode())} == BRAND_NAMES | MACHINE_NAMES
    status, kind, body = get(server, "/metrics", "application/openmetrics-text;version=1.0.0")
    assert (status, kind[:28]) == (200, "application/openmetrics-text")
    parsed = openmetrics(body.decode())  # type: ignore[no-untyped-call]
    assert {f.name for f in parsed} == BRAND_NAMES | MACHINE_NAMES
    assert "_created" not in body.decode()


def test_the_values_are_those_that_were_published(server: MetricsServer) -> None:
    found = series(get(server, "/metrics")[2].decode())
    acme = ("brand", "acme")
    assert found["influence_goodwill", (acme,)] == 259.7
    assert found["influence_advocacy", (acme, ("window", "28d"))] == 3
    assert found["influence_snapshot_timestamp_seconds", (acme,)] == AT / 1e6
    assert found["influence_support_oldest_open_timestamp_seconds", (acme,)] == AT / 1e6 - 5.5
    name = "influence_support_first_reply_seconds"
    assert found[name, (acme, ("quantile", "0.9"))] == 600
    name = "influence_source_last_event_timestamp_seconds"
    assert found[name, (acme, ("source", "mastodon"))] == AT / 1e6 - 0.5
    assert found[name, (acme, ("source", 'we"ird\\\n?'))] == AT / 1e6
    records = ("outcome", "applied"), ("topic", "social-mentions")
    assert found["pipeline_records_total", records] == 12
    assert found["pipeline_event_delay_seconds_bucket", (("le", "0.1"),)] == 3
    assert found["pipeline_event_delay_seconds_bucket", (("le", "0.05"),)] == 0
    assert found["pipeline_event_delay_seconds_bucket", (("le", "+Inf"),)] == 4
    assert found["pipeline_event_delay_seconds_sum", ()] == pytest.approx(100_000.3)
    assert found["influence_brand_info", (acme, ("name", ODD_NAME))] == 1
    other = [name for name, labels in found if ("brand", "other") in labels]
    assert other == ["influence_snapshot_timestamp_seconds"], "what is unknown is absent"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing(server: MetricsServer) -> None:
    result = subprocess.run(
        ["promtool", "check", "metrics"],
        input=get(server, "/metrics")[2],
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (result.returncode, result.stdout + result.stderr) == (0, b"")


def test_brands_that_moved_away_vanish(brands: BrandMetrics) -> None:
    assert b"acme" in brands.render()
    brands.drop_partition(0)
    assert b"acme" not in brands.render()
    assert b"other" in brands.render()
    brands.drop_brand("other")
    assert brands.render() == b""


def test_a_brand_of_two_partitions_has_one_series(brands: BrandMetrics) -> None:
    brands.publish(1, "acme", {**FULL, "goodwill": "1"}, {})
    assert brands.render().count(b"influence_goodwill{") == 1
    brands.drop_partition(0)
    assert b'influence_goodwill{brand="acme"} 1\n' in brands.render()


def test_the_text_is_rendered_once_a_publish(brands: BrandMetrics) -> None:
    first = brands.render()
    assert brands.render() is first
    brands.publish(0, "acme", {**FULL, "goodwill": "260"}, {})
    assert b"} 260\n" in brands.render()


def test_an_alert_is_one_hot_with_what_it_looks_at(brands: BrandMetrics) -> None:
    text = brands.render().decode()
    labels = 'brand="acme",kind="influence_drop"'
    for state in State:
        line = f'influence_alert_state{{{labels},state="{state}"}} {int(state == "firing")}\n'
        assert line in text
    assert f"influence_alert_low{{{labels}}} 4.25\n" in text
    assert 'influence_alert_state{brand="other"' not in text


def test_an_episode_is_open_while_it_is_hidden_and_until_it_is_resolved(
    brands: BrandMetrics,
) -> None:
    line = (
        'influence_alert_open_since_timestamp_seconds{brand="acme",kind="influence_drop"} '
        f"{1_767_323_045 - 2 * 3600 - 4 * 60 - 5}\n"
    )
    for state in ("firing", "unknown", "muted"):
        brands.publish(0, "acme", FULL, {}, {"influence_drop": {**DROP, "state": state}})
        assert line in brands.render().decode()
    resolved = {**DROP, "state": "resolved", "resolved_at": "2026-01-02T03:00:00Z"}
    brands.publish(0, "acme", FULL, {}, {"influence_drop": resolved})
    assert b"influence_alert_open_since" not in brands.render()


def test_a_worker_recovers_until_it_says_otherwise() -> None:
    machine = MachineMetrics()
    assert "pipeline_recovering 1.0" in machine.render().decode()
    machine.set_recovering(False)
    assert "pipeline_recovering 0.0" in machine.render().decode()


def test_what_redis_counts_is_not_there_before_redis_has_told_it() -> None:
    text = MachineMetrics().render().decode()
    assert "pipeline_redis_evicted_keys_total" not in text
    assert "pipeline_redis_rejected_writes_total 0.0" in text


def test_lag_and_watermark_of_a_partition_that_moved_away_vanish(machine: MachineMetrics) -> None:
    machine.set_lag("social-mentions", 1, 9)
    machine.drop_partition(0)
    text = machine.render().decode()
    assert 'partition="1"' in text
    assert 'partition="0"' not in text


@pytest.mark.bench
def test_ten_thousand_brands_scrape_within_two_seconds(
    server: MetricsServer, brands: BrandMetrics
) -> None:
    for n in range(10_000):
        brands.publish(n % 12, f"brand-{n}", dict(FULL), {"mastodon": AT, "reviews": AT})
    started = time.perf_counter()
    body = get(server, "/metrics")[2]
    first = time.perf_counter() - started
    assert body.count(b"influence_goodwill{") == 10_001
    for n in range(0, 10_000, 10):
        brands.publish(n % 12, f"brand-{n}", {**FULL, "goodwill": "1"}, {})
    started = time.perf_counter()
    body = get(server, "/metrics")[2]
    later = time.perf_counter() - started
    assert body.count(b"} 1\n") >= 1_000
    assert first < 2
    assert later < 2


def test_publishing_while_scraping_never_fails(brands: BrandMetrics) -> None:
    failures: list[BaseException] = []

    def scrape() -> None:
        try:
            for _ in range(15):
                list(text_format(brands.render().decode()))
        except RuntimeError as error:
            failures.append(error)

    threads = [threading.Thread(target=scrape) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(300):
        brands.publish(n % 3, f"b{n % 40}", FULL, {})
        if n % 50 == 0:
            brands.drop_partition(n % 3)
    for thread in threads:
        thread.join()
    assert failures == []


def test_health_is_one_line_and_a_status(server: MetricsServer) -> None:
    assert get(server, "/ready")[::2] == (200, b"all is well\n")
    assert get(server, "/live")[::2] == (503, b"stalled\n")
    assert get(server, "/nothing")[0] == 404


def test_a_health_check_that_fails_is_told_and_logged(
    brands: BrandMetrics, machine: MachineMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> tuple[bool, str]:
        raise ValueError("no")

    server = MetricsServer("127.0.0.1", 0, brands, machine, broken, broken)
    server.start()
    try:
        assert get(server, "/ready")[0] == 500
    finally:
        server.stop()
    assert "cannot answer /ready" in caplog.text


def test_a_port_in_use_is_one_line(
    server: MetricsServer, brands: BrandMetrics, machine: MachineMetrics
) -> None:
    second = MetricsServer(
        "127.0.0.1", server.port, brands, machine, lambda: (True, ""), lambda: (True, "")
    )
    with pytest.raises(Usage, match=f"cannot listen on 127.0.0.1:{server.port}") as caught:
        second.start()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain;version=0.0.4", False),
        ("application/openmetrics-text", True),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.5", False),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.1", True),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=x", False),
    ],
)
def test_the_accept_header_decides(accept: str, expected: bool) -> None:
    assert wants_openmetrics(accept) is expected
