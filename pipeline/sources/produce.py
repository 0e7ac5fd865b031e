"""Loading: the records of a source into their topics, each acknowledged or accounted for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownTopicOrPartitionError,
)
from kafka.partitioner.default import murmur2

from pipeline.errors import Reject, Retry, Usage
from pipeline.events.records import Topic
from pipeline.settings import KafkaSettings
from pipeline.sources import kafka_client, provision
from pipeline.sources.record import RejectedLine, SourceItem, SourceRecord

ACKNOWLEDGE_SECONDS = 120.0
"""How long the broker may take to confirm a record."""

_UNCONFIRMED = 20_000
"""At most so many records are under way; the oldest is awaited before more are sent."""

_PROGRESS_EVERY = 1_000
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


@dataclass(slots=True)
class Loaded:
    """What became of the items of a source."""

    produced: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)


class Loader:
    """Sends records to the partition of their key, as Java's default partitioner does.

    Args:
        kafka: Connection, prefix and number of partitions.
        producer: kafka-python's, open.
    """

    def __init__(self, kafka: KafkaSettings, producer: KafkaProducer) -> None:
        self._kafka = kafka
        self._producer = producer
        self._partitions: dict[bytes, int] = {}
        self._names = {topic: kafka.topic_prefix + topic for topic in Topic}
        self._under_way: deque[tuple[SourceRecord, Any]] = deque()
        self.loaded = Loaded()

    def send(self, item: SourceItem) -> None:
        """Queue a record; note a rejected line. Waits only when too much is under way."""
        if isinstance(item, RejectedLine):
            self.loaded.rejected.append(item)
            return
        try:
            future = self._producer.send(
                self._names[item.topic],
                key=item.key,
                value=item.value,
                partition=self._partition(item.key),
            )
        except _TOO_LARGE:
            self._reject(item)
            return
        self._under_way.append((item, future))
        if len(self._under_way) >= _UNCONFIRMED:
            self._confirm(_UNCONFIRMED // 2)

    def finish(self) -> Loaded:
        """Wait until everything sent is confirmed, and return the account.

        Raises:
            Retry: The broker did not confirm in time.
        """
        self._producer.flush(timeout=ACKNOWLEDGE_SECONDS)
        self._confirm(0)
        return self.loaded

    def _confirm(self, remaining: int) -> None:
        while len(self._under_way) > remaining:
            item, future = self._under_way.popleft()
            try:
                future.get(timeout=ACKNOWLEDGE_SECONDS)
            except _TOO_LARGE:
                self._reject(item)
            except UnknownTopicOrPartitionError as error:
                name = self._names[item.topic]
                raise Retry(f"topic {name} is gone; run: influence topics") from error
            else:
                self.loaded.produced += 1

    def _reject(self, record: SourceRecord) -> None:
        reject = Reject("too_large", f"{len(record.value)} bytes; the broker takes less")
        self.loaded.rejected.append(RejectedLine(record.line, record.value, reject))

    def _partition(self, key: bytes | None) -> int | None:
        if key is None:
            return None
        partition = self._partitions.get(key)
        if partition is None:
            partition = (murmur2(key) & 0x7FFFFFFF) % self._kafka.partitions
            self._partitions[key] = partition
        return partition


@contextmanager
def loader(kafka: KafkaSettings) -> Iterator[Loader]:
    """Open a loader; its topics are checked first.

    Raises:
        Usage: Settings, credentials or topics are wrong.
        Retry: Kafka cannot be reached.
    """
    names = [kafka.topic_prefix + topic for topic in Topic]
    with kafka_client.admin(kafka) as admin:
        existing = provision.partitions(admin, names)
    for name in names:
        if name not in existing:
            raise Usage(f"topic {name} does not exist", "run: influence topics")
    provision.check(kafka, existing)
    with kafka_client.producer(kafka) as producer:
        yield Loader(kafka, producer)


def load(
    items: Iterable[SourceItem],
    kafka: KafkaSettings,
    progress: Callable[[int], None] | None = None,
) -> Loaded:
    """Produce every record, wait for the acknowledgement of each, and say what became of them.

    Args:
        items: From a source; rejected lines are passed through to the result.
        kafka: Where to.
        progress: Called now and then with the number of items taken so far.

    Raises:
        Usage: Settings, credentials or topics are wrong.
        Retry: Kafka cannot be reached or did not confirm; what was confirmed stays there, and
            loading the same again is harmless: repeats are recognised by their ids.
    """
    with loader(kafka) as opened:
        for number, item in enumerate(items, 1):
            opened.send(item)
            if progress and number % _PROGRESS_EVERY == 0:
                progress(number)
        return opened.finish()
