"""Bad records among good ones: one dead letter each, and the good ones as if they were alone."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.bad_records import JOINING, TIME_FORMATS, Bad, bad_records
from tests.integration.command import Run, influence, influence_here, printed
from tests.integration.letters import Content, Letter, Place, letters, sources, unique
from tests.integration.rig import Broker, RedisServer, Worker, eventually
from tests.integration.stand import PARTITIONS, Stand
from tests.oracle.calendar import HOUR, rfc3339
from tests.oracle.partition import partition_of
from tests.oracle.worlds import Rates, world

RATES = Rates(late=0.05, duplicate=0.05)
BRAND = "acme"

Reason = tuple[str, bytes | None]
"""Topic without prefix, and value: what a bad record is told by."""


@dataclass
class Judged:
    """A worker that has read bad records among good ones."""

    stand: Stand
    worker: Worker
    bad: dict[Reason, str]

    def expected(self) -> dict[Place, Letter]:
        """Return the dead letters there must be, from what lies on the source topics."""
        found = {}
        for place, record in sources(self.stand).items():
            reason = self.bad.get((place[0].removeprefix(self.stand.prefix), record.value))
            if reason is not None:
                found[place] = Letter(place, reason, record)
        return found

    def metric(self, name: str) -> Counter[tuple[str, str]]:
        """Return a counter's values by topic (without prefix) and outcome or reason."""
        status, text = self.worker.get("/metrics")
        assert status == 200
        found: Counter[tuple[str, str]] = Counter()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name:
                    labels = dict(sample.labels)
                    topic = labels.pop("topic").removeprefix(self.stand.prefix)
                    (label,) = labels.values()
                    found[topic, label] += int(sample.value)
        return found

    def printed(self, *arguments: str, run: Run = influence) -> dict[str, Any]:
        """Run a command against this stand."""
        directory, settings = self.stand.directory, self.worker.env
        return printed(*arguments, directory=directory, settings=settings, run=run)


@pytest.fixture(scope="module")
def judged(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """Send good records, then bad ones among good ones, and wait until all are committed."""
    directory = tmp_path_factory.mktemp("bad-input")
    events = world(21, brands=2, days=20, mentions_a_day=20, tickets_a_day=2, rates=RATES)
    brands = Counter(partition_of(b, PARTITIONS) for b in {event["brand"] for event in events})
    fullest, most = brands.most_common(1)[0]
    with RedisServer(directory / "redis") as redis:
        stand = Stand(broker, redis, directory, events)
        try:
            worker = stand.worker(INFLUENCE_BRAND_CAP=str(most * PARTITIONS))
            worker.wait_ready()
            bad = [
                *bad_records(BRAND, rfc3339(stand.as_of - HOUR)),
                *_beyond_the_cap(stand, fullest),
            ]
            _send_among_good_ones(stand, bad)
            stand.wait_committed()
            yield Judged(stand, worker, {(each.topic, each.value): each.reason for each in bad})
        finally:
            stand.close()


def _beyond_the_cap(stand: Stand, partition: int) -> list[Bad]:
    """Return a mention and a ticket of a brand that would be the partition's last and one more."""
    names = (f"newcomer{number}" for number in range(1000))
    brand = next(name for name in names if partition_of(name, PARTITIONS) == partition)
    of_it = [
        bad
        for bad in bad_records(brand, rfc3339(stand.as_of))
        if bad.name in {"an unknown field", "a reply of nobody"}
    ]
    found = []
    for bad in of_it:
        event = json.loads(bad.value or b"")
        event.pop("mood", None)
        event.update({"actor": "agent"} if event.get("type") == "replied" else {})
        value = json.dumps(event).encode()
        found.append(Bad("a brand beyond the cap", bad.topic, value, "too_many_brands"))
    assert len(found) == 2
    return found


def _send_among_good_ones(stand: Stand, bad: list[Bad]) -> None:
    """Send half of the good events, then some of the rest before each burst of bad records."""
    half = len(stand.events) // 2
    stand.produce(stand.events[:half])
    together = [each for each in bad if each.name in JOINING]
    bursts = [[each] for each in bad if each.name not in JOINING]
    bursts.insert(len(bursts) // 2, together)
    good = stand.events[half:]
    share = max(1, len(good) // (len(bursts) + 1))
    for number, burst in enumerate(bursts):
        stand.produce(good[number * share : (number + 1) * share])
        for each in burst:
            stand.produce_raw(each.topic, each.value, *_key_and_partition(each, number))
    stand.produce(good[len(bursts) * share :])


def _key_and_partition(bad: Bad, number: int) -> tuple[bytes | None, int | None]:
    if bad.reason == "too_many_brands":
        return json.loads(bad.value or b"")["brand"].encode(), None
    if bad.reason == "too_late" or bad.name in JOINING or number % 3:
        return BRAND.encode(), None
    # Whatever the key, and wherever it is: what cannot be read belongs to no brand.
    return (None, b"\xff\x00 no text", b"")[number % 9 // 3], number % PARTITIONS


def test_every_kind_of_bad_input_is_sent(judged: Judged) -> None:
    expected = judged.expected()
    assert len(expected) == len(judged.bad)
    assert len(TIME_FORMATS) >= 10
    assert len(sources(judged.stand)) == len(judged.stand.events) + len(judged.bad)
    assert {letter.record.key for letter in expected.values()} >= {None, b"", BRAND.encode()}


def test_each_is_one_dead_letter_with_its_reason_and_its_bytes(judged: Judged) -> None:
    found = letters(judged.stand)
    assert unique(found) == judged.expected()
    assert len(found) == len(judged.bad), "without a crash there are no copies"


def test_they_are_counted(judged: Judged) -> None:
    reasons = Counter((topic, reason) for (topic, _), reason in judged.bad.items())
    expected = judged.stand.expected().outcomes
    assert expected["dead_letter"] == 0

    def counted() -> bool:
        assert judged.metric("pipeline_dead_letters_total") == reasons
        outcomes: Counter[str] = Counter()
        for (_, outcome), total in judged.metric("pipeline_records_total").items():
            outcomes[outcome] += total
        assert outcomes == Counter(expected | {"dead_letter": len(judged.bad)})
        return True

    eventually(counted, 10, what="dead letters counted by topic and reason, all by outcome")


def test_the_good_records_around_them_are_untouched(judged: Judged) -> None:
    judged.stand.assert_exact()
    assert judged.worker.running
    assert judged.worker.get("/ready")[0] == 200


def test_list_and_show(judged: Judged) -> None:
    expected = judged.expected()
    listed = judged.printed("dead-letters", "list")["dead_letters"]
    assert {_letter(document) for document in listed} == set(expected.values())
    assert len(listed) == len(expected)
    only = ("--reason", "invalid_utf8", "--limit", "3")
    some = judged.printed("dead-letters", "list", *only, run=influence_here)
    assert [each["reason"] for each in some["dead_letters"]] == ["invalid_utf8"] * 3
    for name in ("tombstone", "too_large", "invalid_utf8"):
        letter = next(each for each in expected.values() if each.reason == name)
        place = "/".join(map(str, letter.place))
        told = judged.printed("dead-letters", "show", place, run=influence_here)
        assert _letter(told) == letter
        shown = influence_here(
            "dead-letters",
            "show",
            place,
            directory=judged.stand.directory,
            settings=judged.worker.env,
        )
        assert shown.returncode == 0, shown.stderr
        assert name in shown.stdout
        assert len(shown.stdout) < 20_000, "a terminal is not flooded"
        assert shown.stdout.replace("\n", "").isprintable(), "nothing that steers a terminal"


def test_a_place_without_a_dead_letter_is_one_line_and_exit_2(judged: Judged) -> None:
    ended = influence(
        "dead-letters",
        "show",
        f"{judged.stand.prefix}social-mentions/0/999999",
        directory=judged.stand.directory,
        settings=judged.worker.env,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1


def test_a_replayed_record_that_is_still_bad_is_a_new_dead_letter(judged: Judged) -> None:
    before = judged.expected()
    cut_off = next(
        each for each in before.values() if each.reason == "not_json" and each.record.key
    )
    too_large = [each for each in before.values() if each.reason == "too_large"]
    place = "/".join(map(str, cut_off.place))
    assert judged.printed("dead-letters", "replay", place) == {"replayed": 1}
    answer = judged.printed("dead-letters", "replay", "--reason", "too_large")
    assert answer == {"replayed": len(too_large)}
    judged.stand.wait_committed()
    after = judged.expected()
    new = [letter for place, letter in after.items() if place not in before]
    assert sorted((each.reason, each.record.key, each.record.value) for each in new) == sorted(
        (each.reason, each.record.key, each.record.value) for each in (cut_off, *too_large)
    )
    assert unique(letters(judged.stand)) == after
    judged.stand.assert_exact()


def _letter(document: dict[str, Any]) -> Letter:
    key, value = (
        None if document[name] is None else base64.b64decode(document[name], validate=True)
        for name in ("key", "value")
    )
    place = (document["topic"], document["partition"], document["offset"])
    return Letter(place, document["reason"], Content(key, value, document["timestamp"]))


def test_replay_of_a_file_counts_bad_lines_and_ends_with_0(tmp_path: Path) -> None:
    good = {
        "topic": "social-mentions",
        "id": "1",
        "brand": BRAND,
        "author": "ann",
        "source": "mastodon",
        "occurred_at": "2026-01-20T12:00:00Z",
        "text": "größer als 1\u20282",
        "sentiment": 1,
    }
    lines = [
        json.dumps(good, ensure_ascii=False).encode(),
        b"not json",
        b"[]",
        b"42",
        b'{"topic":"social-mentions"',
        json.dumps({**good, "topic": "elsewhere"}).encode(),
        json.dumps({k: v for k, v in good.items() if k != "topic"}).encode(),
        json.dumps({**good, "topic": None}).encode(),
        json.dumps({**good, "id": ""}).encode(),
        json.dumps({**good, "brand": "No Brand"}).encode(),
        json.dumps({**good, "occurred_at": "2100-01-01T00:00:00Z"}).encode(),
        json.dumps({**good, "sentiment": float("nan")}).encode(),
        json.dumps({**good, "text": "\ud800"}).encode(),
        b'{"topic":"social-mentions","text":"caf\xe9"}',
        json.dumps(good).encode(),
    ]
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join(lines))
    ended = influence("replay", "events.ndjson", "--json", directory=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.isascii()
    document = json.loads(ended.stdout.splitlines()[-1])
    assert document.keys() == {"as_of", "brands", "alerts", "records", "dead_letters"}
    assert document["as_of"] == good["occurred_at"]
    assert document["brands"].keys() == {BRAND}
    assert document["brands"][BRAND]["mentions_28d"] == "1"
    assert document["alerts"] == []
    assert document["records"] == {
        "applied": 1,
        "duplicate": 1,
        "dead_letter": len(lines) - 2,
        "rerouted": 0,
    }
    assert document["dead_letters"] == {
        "bad_brand_id": 1,
        "empty_field": 1,
        "in_future": 1,
        "invalid_utf8": 2,
        "malformed_line": 4,
        "not_json": 1,
        "unknown_topic": 3,
    }


def test_replay_of_a_file_of_nothing_but_bad_lines(tmp_path: Path) -> None:
    (tmp_path / "bad.ndjson").write_bytes(b"\x00\n{}\n" + b"[" * 100_000 + b"\n")
    document = printed("replay", "bad.ndjson", directory=tmp_path)
    assert document["brands"] == {}
    assert sum(document["dead_letters"].values()) == document["records"]["dead_letter"] == 3
