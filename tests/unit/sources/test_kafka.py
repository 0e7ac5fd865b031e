"""Topics, loading and dead letters against the embedded broker."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from kafka import TopicPartition
from kafka.partitioner.default import murmur2

from pipeline.clock import FixedClock
from pipeline.embedded import EmbeddedBroker, free_port
from pipeline.errors import Reject, Retry, Usage
from pipeline.events.records import DeadLetter, Topic
from pipeline.settings import KafkaSettings
from pipeline.sinks.topics import DEAD_LETTERS, INCARNATION_KEY, TOTALS
from pipeline.sources import dead_letters, kafka_client
from pipeline.sources.dead_letters import StoredLetter
from pipeline.sources.produce import load
from pipeline.sources.provision import provision
from pipeline.sources.record import RejectedLine, SourceItem, SourceRecord

CLOCK = FixedClock(1_700_000_000_000_000)


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def kafka(broker: EmbeddedBroker, request: pytest.FixtureRequest) -> KafkaSettings:
    """Settings with topics of the test's own."""
    prefix = "".join(c if c.isalnum() else "-" for c in request.node.name)[:60] + "."
    return KafkaSettings(bootstrap_servers=broker.bootstrap, topic_prefix=prefix, partitions=4)


def stored(kafka: KafkaSettings, topic: str) -> list[tuple[int, bytes | None, bytes | None]]:
    """Return partition, key and value of everything on a topic."""
    name = kafka.topic_prefix + topic
    with kafka_client.consumer(kafka) as consumer:
        places = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name)]
        consumer.assign(places)
        ends = consumer.end_offsets(places)
        found: list[tuple[int, bytes | None, bytes | None]] = []
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(timeout_ms=500).values():
                found.extend((record.partition, record.key, record.value) for record in records)
        return found


def test_topics_are_made_once_and_the_incarnation_with_them(kafka: KafkaSettings) -> None:
    first = provision(kafka, CLOCK)
    assert all(topic.created for topic in first)
    assert {topic.name.removeprefix(kafka.topic_prefix): topic.partitions for topic in first} == {
        "social-mentions": 4,
        "support-tickets": 4,
        "brand-activity": 4,
        "influence-snapshots": 4,
        "influence-alerts": 4,
        "dead-letters": 4,
        "influence-totals": 1,
    }
    assert not any(topic.created for topic in provision(kafka, CLOCK))
    assert stored(kafka, TOTALS) == [(0, INCARNATION_KEY, b"1700000000000")]


def test_another_number_of_partitions_is_refused(kafka: KafkaSettings) -> None:
    provision(kafka, CLOCK)
    with pytest.raises(Usage, match=r"has 4 partitions, not 5.*INFLUENCE_KAFKA__PARTITIONS=4"):
        provision(kafka.model_copy(update={"partitions": 5}), CLOCK)


def test_records_go_to_the_partition_of_their_key(kafka: KafkaSettings) -> None:
    provision(kafka, CLOCK)
    keys = [f"brand{number}".encode() for number in range(20)]
    progress: list[int] = []
    items = [SourceRecord(Topic.TICKETS, key, b"{}", 1) for key in keys for _ in range(100)]
    result = load(items, kafka, progress.append)
    assert (result.produced, result.rejected) == (2_000, [])
    assert progress == [1_000, 2_000]
    found = stored(kafka, Topic.TICKETS)
    assert len(found) == 2_000
    assert {(partition, key) for partition, key, _ in found} == {
        ((murmur2(key) & 0x7FFFFFFF) % 4, key) for key in keys
    }


def test_what_the_broker_cannot_take_is_rejected_and_the_rest_goes(kafka: KafkaSettings) -> None:
    provision(kafka, CLOCK)
    bad = RejectedLine(2, b"x", Reject("malformed_line", "x"))
    items: list[SourceItem] = [
        SourceRecord(Topic.MENTIONS, b"a", b"1", 1),
        bad,
        SourceRecord(Topic.MENTIONS, b"a", b"x" * 5_000_000, 3),
        SourceRecord(Topic.MENTIONS, None, b"4", 4),
    ]
    result = load(items, kafka)
    assert result.produced == 2
    assert [(line.line, line.reject.reason) for line in result.rejected] == [
        (2, "malformed_line"),
        (3, "too_large"),
    ]
    assert {value for _, _, value in stored(kafka, Topic.MENTIONS)} == {b"1", b"4"}


def test_loading_without_topics_says_how_to_make_them(kafka: KafkaSettings) -> None:
    with pytest.raises(Usage, match="does not exist; run: influence topics"):
        load([], kafka)


def test_an_unreachable_broker_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_client, "CONNECT_SECONDS", 0.5)
    nobody = KafkaSettings(bootstrap_servers=f"127.0.0.1:{free_port()}")
    with pytest.raises(Retry, match=r"cannot reach Kafka.*INFLUENCE_KAFKA__BOOTSTRAP_SERVERS"):
        provision(nobody, CLOCK)


def letter(kafka: KafkaSettings, offset: int, key: bytes | None, value: bytes | None) -> bytes:
    def text(raw: bytes | None) -> str | None:
        return None if raw is None else base64.b64encode(raw).decode()

    return json.dumps(
        {
            "reason": "not_json",
            "detail": "x",
            "topic": kafka.topic_prefix + Topic.MENTIONS,
            "partition": 1,
            "offset": offset,
            "timestamp": 5,
            "key": text(key),
            "value": text(value),
        }
    ).encode()


def test_dead_letters_are_read_once_each_and_go_back_as_they_were(kafka: KafkaSettings) -> None:
    provision(kafka, CLOCK)
    name = kafka.topic_prefix + DEAD_LETTERS
    with kafka_client.producer(kafka) as producer:
        for offset, key, value in ((9, b"k", b"\xff{"), (8, None, b"v"), (9, b"k", b"\xff{")):
            producer.send(name, value=letter(kafka, offset, key, value))
        producer.send(name, value=letter(kafka, 10, None, None))
        producer.flush()
    topic = kafka.topic_prefix + Topic.MENTIONS
    letters = dead_letters.read(kafka)
    assert letters == [
        StoredLetter(DeadLetter("not_json", "x", topic, 1, 8, 5, None, b"v")),
        StoredLetter(DeadLetter("not_json", "x", topic, 1, 9, 5, b"k", b"\xff{")),
        StoredLetter(DeadLetter("not_json", "x", topic, 1, 10, 5, None, None)),
    ]
    assert letters[1].document()["value"] == base64.b64encode(b"\xff{").decode()
    assert dead_letters.replay(letters, kafka) == 2
    assert {(key, value) for _, key, value in stored(kafka, Topic.MENTIONS)} == {
        (None, b"v"),
        (b"k", b"\xff{"),
    }
