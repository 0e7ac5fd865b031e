"""Reading the dead-letter topic, and putting its records back where they came from."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from kafka import TopicPartition

from pipeline.errors import Usage
from pipeline.events.records import DeadLetter
from pipeline.settings import KafkaSettings
from pipeline.sinks.topics import DEAD_LETTERS, dead_letter
from pipeline.sources import kafka_client

REPLAYED = "replayed"
"""Header of a copy of a dead letter, which says that its record was produced again. Readers that do
not know it count a letter once anyway, by its place."""


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
    """A dead letter as stored on the topic, and whether its record was produced again."""

    letter: DeadLetter
    replayed: bool = False

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
    found: dict[tuple[str, int, int], DeadLetter] = {}
    replayed: set[tuple[str, int, int]] = set()
    name = kafka.topic_prefix + DEAD_LETTERS
    with kafka_client.consumer(kafka) as consumer:
        numbers = consumer.partitions_for_topic(name)
        if not numbers:
            raise Usage(f"topic {name} does not exist", "run: influence topics")
        partitions = [TopicPartition(name, number) for number in sorted(numbers)]
        for record in kafka_client.stored(consumer, partitions):
            if record.value is None:
                continue
            letter = _letter(record.value)
            found.setdefault(letter.place, letter)
            if any(header == REPLAYED for header, _ in record.headers):
                replayed.add(letter.place)
    return [StoredLetter(found[place], place in replayed) for place in sorted(found)]


def replay(letters: Iterable[StoredLetter], kafka: KafkaSettings) -> int:
    """Produce the raw bytes again to the topic they came from, and note that; return how many.

    A record keeps its key and so its partition. It gets a new offset: if it is still bad it becomes
    a new dead letter. A record with neither key nor value has nothing to produce and is left out.
    A crash in between leaves letters that were replayed and are not noted as such.

    Raises:
        Retry: Kafka cannot be reached or did not confirm.
    """
    chosen = [
        stored.letter
        for stored in letters
        if not (stored.letter.key is None and stored.letter.value is None)
    ]
    with kafka_client.producer(kafka) as producer:
        _confirm(
            [
                producer.send(
                    letter.topic,
                    key=letter.key,
                    value=letter.value,
                    partition=letter.partition if letter.key is None else None,
                )
                for letter in chosen
            ]
        )
        noted = [dead_letter(letter, kafka.topic_prefix + DEAD_LETTERS) for letter in chosen]
        _confirm(
            [
                producer.send(each.topic, key=each.key, value=each.value, headers=[(REPLAYED, b"")])
                for each in noted
            ]
        )
    return len(chosen)


def _confirm(futures: Sequence[Any]) -> None:
    for future in futures:
        future.get(timeout=kafka_client.CONNECT_SECONDS)


def _letter(value: bytes) -> DeadLetter:
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
    return DeadLetter(
        document.reason,
        document.detail,
        document.topic,
        document.partition,
        document.offset,
        document.timestamp,
        key,
        raw,
    )
