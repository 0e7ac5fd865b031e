"""Commands against both brokers and Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from pipeline.cli import main
from pipeline.cli.doctor import Check, examine
from pipeline.sources import kafka_client
from tests.integration.rig import Broker, RedisServer, log

LINE = {
    "opening": 0,
    "earned": 2_500_000,
    "detraction": 500_000,
    "impairment": 0,
    "decay": 0,
    "closing": 2_000_000,
}


@pytest.fixture(autouse=True)
def redis(
    broker: Broker,
    redis_server: RedisServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Redis]:
    """An empty Redis, and settings for topics of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INFLUENCE_KAFKA__BOOTSTRAP_SERVERS", broker.bootstrap)
    monkeypatch.setenv("INFLUENCE_KAFKA__TOPIC_PREFIX", f"t{uuid4().hex}.")
    monkeypatch.setenv("INFLUENCE_REDIS__URL", redis_server.url)
    with Redis.from_url(redis_server.url) as client:
        yield client


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """Run a command with --json and return what it prints, which is one line."""
    assert main([*arguments, "--json"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    document: dict[str, object] = json.loads(printed)
    return document


def test_topics_then_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = told(capsys, "topics")["topics"]
    assert isinstance(made, list)
    assert len(made) == 7
    assert all(topic["created"] for topic in made)
    (tmp_path / "in").write_text('{"topic":"social-mentions","brand":"acme","id":"1"}\n')
    assert told(capsys, "import", "ndjson", "in")["produced"] == 1
    assert main(["topics"]) == 0
    assert "was there" in capsys.readouterr().out


def test_import_without_topics_says_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").write_text("{}\n")
    assert main(["import", "ndjson", "in"]) == 2
    assert "run: influence topics" in capsys.readouterr().err


def test_show_and_ledger(redis: Redis, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "show") == {"brands": {}}
    fields = {"goodwill": "1234.5678", "tickets_open_state": "beyond_horizon", "as_of": "x"}
    redis.sadd("influence:v1:brands:3", "acme", "gone")
    redis.hset("influence:v1:brand:acme", items=[text for pair in fields.items() for text in pair])
    redis.hset("influence:v1:ledger:acme", mapping={"2026-01-02": json.dumps(LINE)})
    redis.hset("influence:v1:ledger:acme", mapping={"2026-01-01": json.dumps(LINE)})
    assert told(capsys, "show") == {"brands": {"acme": fields}}
    assert told(capsys, "show", "acme") == {"brands": {"acme": fields}}
    days = told(capsys, "ledger", "acme")["ledger"]
    assert days == {"2026-01-01": LINE, "2026-01-02": LINE}
    assert told(capsys, "ledger", "acme", "--days", "1")["ledger"] == {"2026-01-02": LINE}
    assert main(["show"]) == 0
    overview = capsys.readouterr().out
    assert "1,235" in overview
    assert "beyond" in overview
    assert main(["ledger", "acme"]) == 0
    assert "2.50 " in capsys.readouterr().out
    assert main(["show", "gone"]) == 2
    assert main(["ledger", "gone"]) == 2


def test_other_data_under_the_prefix_is_said(
    redis: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    redis.set("influence:v1:brand:acme", "x")
    assert main(["show", "acme"]) == 2
    assert "other data under the prefix" in capsys.readouterr().err


def test_launches_and_campaigns(redis: Redis, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["launches", "acme"]) == 2
    assert "not published" in capsys.readouterr().err
    redis.hset("influence:v1:brand:acme", "goodwill", "1")
    assert told(capsys, "campaigns", "acme") == {"brand": "acme", "campaigns": []}
    dates = {"start": "2026-03-01T12:00:00Z", "final_at": "2026-03-06T00:00:00Z"}
    for name, start, known in (
        ("z%20first", 1, {"activation": "0.2135"}),
        ("a", 2, {"activation_state": "beyond_horizon"}),
    ):
        fields = {"name": name.replace("%20", " "), **dates, **known}
        redis.zadd("influence:v1:launches:acme", {name: start})
        redis.hset(
            f"influence:v1:launch:acme:{name}",
            items=[text for pair in fields.items() for text in pair],
        )
    launches = told(capsys, "launches", "acme")["launches"]
    assert isinstance(launches, list)
    assert [each["name"] for each in launches] == ["z first", "a"]
    assert main(["launches", "acme"]) == 0
    shown = capsys.readouterr().out
    assert "0.213" in shown
    assert "not yet" in shown


def test_dead_letters(
    broker: Broker, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.settings import KafkaSettings

    monkeypatch.setenv("INFLUENCE_KAFKA__TOPIC_PREFIX", "dl.")
    told(capsys, "topics")
    letter = {
        "reason": "not_json",
        "detail": "[bold]no",
        "topic": "dl.social-mentions",
        "partition": 2,
        "offset": 7,
        "timestamp": 1,
        "key": "YQ==",
        "value": "/xs=",
    }
    with kafka_client.producer(KafkaSettings(bootstrap_servers=broker.bootstrap)) as producer:
        for _ in range(2):
            producer.send("dl.dead-letters", value=json.dumps(letter).encode())
    assert told(capsys, "dead-letters", "list") == {"dead_letters": [letter]}
    assert told(capsys, "dead-letters", "list", "--reason", "tombstone") == {"dead_letters": []}
    place = "dl.social-mentions/2/7"
    assert told(capsys, "dead-letters", "show", place) == letter
    assert main(["dead-letters", "show", place]) == 0
    shown = capsys.readouterr().out
    assert r"\xff\x1b" in shown
    assert "[bold]no" in shown
    assert told(capsys, "dead-letters", "replay", "--reason", "tombstone") == {"replayed": 0}
    assert told(capsys, "dead-letters", "replay", "--all") == {"replayed": 1}
    # Once more only where it is named.
    assert told(capsys, "dead-letters", "list") == {"dead_letters": []}
    assert told(capsys, "dead-letters", "replay", "--all") == {"replayed": 0}
    assert told(capsys, "dead-letters", "show", place) == letter
    assert told(capsys, "dead-letters", "replay", place) == {"replayed": 1}
    assert main(["dead-letters", "show", "dl.social-mentions/2/8"]) == 2
    produced = [r.value for r in log.records(broker.bootstrap, ["dl.social-mentions"])]
    assert produced == [b"\xff\x1b"] * 2
    kept = {r.value for r in log.records(broker.bootstrap, ["dl.dead-letters"])}
    assert [json.loads(value) for value in kept] == [letter] * len(kept)


def results(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.result for check in checks}


def test_doctor_finds_all_well_or_what_to_mend(
    redis: Redis, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (failed,) = [check for check in found["checks"] if check["result"] == "fail"]
    assert (failed["name"], failed["mend"]) == ("topics", "run: influence topics")
    told(capsys, "topics")
    well = told(capsys, "doctor")
    assert well["ok"] is True
    assert results(list(examine())) == dict.fromkeys(
        ("python", "settings", "kafka", "topics", "redis", "clock"), "ok"
    )
    monkeypatch.setenv("INFLUENCE_KAFKA__PARTITIONS", "3")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    redis.config_set("maxmemory", str(2**30))
    try:
        assert main(["doctor"]) == 1
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "0")
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("fail") and "has 8 partitions, not 3" in line for line in said)
    assert any(line.startswith("fail") and "evict" in line for line in said)


def test_doctor_reads_the_brand_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "brands.toml"
    monkeypatch.setenv("INFLUENCE_BRANDS_FILE", str(book))
    for content, result in (("x = [", "fail"), ('[[brands]]\nid = "acme"\n', "ok")):
        book.write_text(content)
        main(["doctor"])
        (line,) = [each for each in capsys.readouterr().out.splitlines() if " brands: " in each]
        assert line.split()[0] == result, line


def test_doctor_names_a_bad_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUENCE_METRICS__PORT", "x")
    assert main(["doctor"]) == 1
    assert "INFLUENCE_METRICS__PORT" in capsys.readouterr().out
