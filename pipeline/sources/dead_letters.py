"""Reading the dead-letter topic, and putting its records back where they came from."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import msgspec
from kafka import TopicPartition

from pipeline.errors import Usage
from pipeline.events.records import DeadLetter
from pipeline.settings import KafkaSettings
from pipeline.sinks.topics import DEAD_LETTERS
from pipeline.sources import kafka_client

Place = tuple[str, int, int]
"""Topic, partition and offset at which the record was first; unique to it."""


class _Document(msgspec.Struct):
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A dead letter as stored on the topic."""

    letter: DeadLetter

    @property
    def place(self) -> Place:
        """Where the record was."""
        return self.letter.topic, self.letter.partition, self.letter.offset

    def document(self) -> dict[str, object]:
        """Return it for printing as JSON: ``dead_letter.v1``."""
        letter = asdict(self.letter)
        for name in ("key", "value"):
            raw = letter[name]
            letter[name] = None if raw is None else base64.b64encode(raw).decode()
        return letter


def read(kafka: KafkaSettings) -> list[StoredLetter]:
    """Return all dead letters on the topic at this moment, each once, by place.

    A crash may have written one twice; they are unique by topic, partition and offset.

    Raises:
        Usage: The topic is not there, or holds something else.
        Retry: Kafka cannot be reached.
    """
    found: dict[Place, StoredLetter] = {}
    for value in _values(kafka):
        letter = _letter(value)
        found.setdefault(letter.place, letter)
    return [found[place] for place in sorted(found)]


def replay(letters: Iterable[StoredLetter], kafka: KafkaSettings) -> int:
    """Produce the raw bytes again to the topic they came from; return how many.

    A record keeps its key and so its partition. It gets a new offset: if it is still bad it becomes
    a new dead letter. A record with neither key nor value has nothing to produce and is left out.

    Raises:
        Retry: Kafka cannot be reached or did not confirm.
    """
    with kafka_client.producer(kafka) as producer:
        futures = [
            producer.send(
                stored.letter.topic,
                key=stored.letter.key,
                value=stored.letter.value,
                partition=stored.letter.partition if stored.letter.key is None else None,
            )
            for stored in letters
            if not (stored.letter.key is None and stored.letter.value is None)
        ]
        for future in futures:
            future.get(timeout=kafka_client.CONNECT_SECONDS)
        return len(futures)


def _values(kafka: KafkaSettings) -> Iterator[bytes]:
    name = kafka.topic_prefix + DEAD_LETTERS
    with kafka_client.consumer(kafka) as consumer:
        numbers = consumer.partitions_for_topic(name)
        if not numbers:
            raise Usage(f"topic {name} does not exist", "run: influence topics")
        partitions = [TopicPartition(name, number) for number in sorted(numbers)]
        for record in kafka_client.stored(consumer, partitions):
            if record.value is not None:
                yield record.value


def _letter(value: bytes) -> StoredLetter:
    try:
        document = msgspec.json.decode(value, type=_Document)
        key, raw = (
            None if text is None else base64.b64decode(text, validate=True)
            for text in (document.key, document.value)
        )
    except ValueError as error:
        raise Usage(
            f"the dead-letter topic holds something that is no dead letter: {error}",
            "check INFLUENCE_KAFKA__TOPIC_PREFIX",
        ) from error
    return StoredLetter(
        DeadLetter(
            document.reason,
            document.detail,
            document.topic,
            document.partition,
            document.offset,
            document.timestamp,
            key,
            raw,
        )
    )
