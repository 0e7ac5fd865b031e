"""Topics, loading and dead letters on both brokers."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import pytest
from kafka.partitioner.default import murmur2

from pipeline.clock import FixedClock
from pipeline.embedded import free_port
from pipeline.errors import Reject, Retry, Usage
from pipeline.events.records import DeadLetter, Topic
from pipeline.settings import KafkaSettings
from pipeline.sinks.topics import DEAD_LETTERS, INCARNATION_KEY, TOTALS
from pipeline.sources import dead_letters, kafka_client
from pipeline.sources.dead_letters import StoredLetter
from pipeline.sources.produce import load
from pipeline.sources.provision import provision
from pipeline.sources.record import RejectedLine, SourceItem, SourceRecord
from tests.integration.rig import Broker, log

CLOCK = FixedClock(1_700_000_000_000_000)


@pytest.fixture
def settings(broker: Broker) -> KafkaSettings:
    """Settings with topics of the test's own."""
    return KafkaSettings(
        bootstrap_servers=broker.bootstrap, topic_prefix=f"t{uuid4().hex}.", partitions=4
    )


def stored(settings: KafkaSettings, topic: str) -> list[tuple[int, bytes | None, bytes | None]]:
    """Return partition, key and value of everything on a topic."""
    found = log.records(settings.bootstrap_servers, [settings.topic_prefix + topic])
    return [(record.partition, record.key, record.value) for record in found]


def test_topics_are_made_once_and_the_incarnation_with_them(settings: KafkaSettings) -> None:
    first = provision(settings, CLOCK)
    assert all(topic.created for topic in first)
    assert {
        topic.name.removeprefix(settings.topic_prefix): topic.partitions for topic in first
    } == {
        "social-mentions": 4,
        "support-tickets": 4,
        "brand-activity": 4,
        "influence-snapshots": 4,
        "influence-alerts": 4,
        "dead-letters": 4,
        "influence-totals": 1,
    }
    assert not any(topic.created for topic in provision(settings, CLOCK))
    assert stored(settings, TOTALS) == [(0, INCARNATION_KEY, b"1700000000000")]


def test_another_number_of_partitions_is_refused(settings: KafkaSettings) -> None:
    provision(settings, CLOCK)
    with pytest.raises(Usage, match=r"has 4 partitions, not 5.*INFLUENCE_KAFKA__PARTITIONS=4"):
        provision(settings.model_copy(update={"partitions": 5}), CLOCK)


def test_records_go_to_the_partition_of_their_key(settings: KafkaSettings) -> None:
    provision(settings, CLOCK)
    keys = [f"brand{number}".encode() for number in range(20)]
    progress: list[int] = []
    items = [SourceRecord(Topic.TICKETS, key, b"{}", 1) for key in keys for _ in range(100)]
    result = load(items, settings, progress.append)
    assert (result.produced, result.rejected) == (2_000, [])
    assert progress == [1_000, 2_000]
    found = stored(settings, Topic.TICKETS)
    assert len(found) == 2_000
    assert {(partition, key) for partition, key, _ in found} == {
        ((murmur2(key) & 0x7FFFFFFF) % 4, key) for key in keys
    }


def test_what_the_broker_cannot_take_is_rejected_and_the_rest_goes(settings: KafkaSettings) -> None:
    provision(settings, CLOCK)
    bad = RejectedLine(2, b"x", Reject("malformed_line", "x"))
    items: list[SourceItem] = [
        SourceRecord(Topic.MENTIONS, b"a", b"1", 1),
        bad,
        SourceRecord(Topic.MENTIONS, b"a", b"x" * 5_000_000, 3),
        SourceRecord(Topic.MENTIONS, None, b"4", 4),
    ]
    result = load(items, settings)
    assert result.produced == 2
    assert [(line.line, line.reject.reason) for line in result.rejected] == [
        (2, "malformed_line"),
        (3, "too_large"),
    ]
    assert {value for _, _, value in stored(settings, Topic.MENTIONS)} == {b"1", b"4"}


def test_loading_without_topics_says_how_to_make_them(settings: KafkaSettings) -> None:
    with pytest.raises(Usage, match="does not exist; run: influence topics"):
        load([], settings)


def test_an_unreachable_broker_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_client, "CONNECT_SECONDS", 0.5)
    nobody = KafkaSettings(bootstrap_servers=f"127.0.0.1:{free_port()}")
    with pytest.raises(Retry, match=r"cannot reach Kafka.*INFLUENCE_KAFKA__BOOTSTRAP_SERVERS"):
        provision(nobody, CLOCK)


def letter(settings: KafkaSettings, offset: int, key: bytes | None, value: bytes | None) -> bytes:
    def text(raw: bytes | None) -> str | None:
        return None if raw is None else base64.b64encode(raw).decode()

    return json.dumps(
        {
            "reason": "not_json",
            "detail": "x",
            "topic": settings.topic_prefix + Topic.MENTIONS,
            "partition": 1,
            "offset": offset,
            "timestamp": 5,
            "key": text(key),
            "value": text(value),
        }
    ).encode()


def test_dead_letters_are_read_once_each_and_go_back_as_they_were(settings: KafkaSettings) -> None:
    provision(settings, CLOCK)
    name = settings.topic_prefix + DEAD_LETTERS
    with kafka_client.producer(settings) as producer:
        for offset, key, value in ((9, b"k", b"\xff{"), (8, None, b"v"), (9, b"k", b"\xff{")):
            producer.send(name, value=letter(settings, offset, key, value))
        producer.send(name, value=letter(settings, 10, None, None))
        producer.flush()
    topic = settings.topic_prefix + Topic.MENTIONS
    letters = dead_letters.read(settings)
    assert letters == [
        StoredLetter(DeadLetter("not_json", "x", topic, 1, 8, 5, None, b"v")),
        StoredLetter(DeadLetter("not_json", "x", topic, 1, 9, 5, b"k", b"\xff{")),
        StoredLetter(DeadLetter("not_json", "x", topic, 1, 10, 5, None, None)),
    ]
    assert letters[1].document()["value"] == base64.b64encode(b"\xff{").decode()
    assert dead_letters.replay(letters, settings) == 2
    assert {(key, value) for _, key, value in stored(settings, Topic.MENTIONS)} == {
        (None, b"v"),
        (b"k", b"\xff{"),
    }


def test_a_batch_of_dead_letters_is_read_to_its_end(settings: KafkaSettings) -> None:
    provision(settings, CLOCK)
    name = settings.topic_prefix + DEAD_LETTERS
    with kafka_client.producer(settings) as producer:
        for offset in range(1_200):
            producer.send(name, value=letter(settings, offset, b"k", b"v"), partition=offset % 2)
        producer.flush()
    assert [each.letter.place[2] for each in dead_letters.read(settings)] == list(range(1_200))
