"""Topics: created where missing, checked where present. The changelogs are the worker's own.

``influence-totals`` also holds the incarnation, a number that is raised whenever the topics are
made anew; with it Redis tells a new beginning from a worker that fell behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import AuthorizationError, TopicAlreadyExistsError

from pipeline.clock import Clock
from pipeline.errors import Usage
from pipeline.events.records import Topic
from pipeline.settings import KafkaSettings
from pipeline.sinks import topics as names
from pipeline.sinks.topics import INCARNATION_KEY
from pipeline.sources import kafka_client, permissions
from pipeline.transport.client import MAX_MESSAGE_BYTES

_COMPACT = {"cleanup.policy": "compact"}
_COMPACT_SOON = {
    **_COMPACT,
    "segment.bytes": str(16 * 1024 * 1024),
    "segment.ms": str(10 * 60 * 1000),
    "min.cleanable.dirty.ratio": "0.1",
}
"""Every worker reads the totals from the beginning when it starts."""

_SOURCE_MAX_BYTES = "2097152"
"""Above the contract's 64 KiB, so that records that are too large end as dead letters, visibly."""

_CHANGELOG = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": str(24 * 60 * 60 * 1000),
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
}
_WIDE = {"max.message.bytes": str(MAX_MESSAGE_BYTES)}


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as it should be; ``name`` is without the prefix."""

    name: str
    partitions: int
    config: Mapping[str, str]


def plan(kafka: KafkaSettings) -> list[TopicPlan]:
    """Return every topic that must be there before the worker starts."""
    count = kafka.partitions
    source = {"max.message.bytes": _SOURCE_MAX_BYTES}
    return [
        *(TopicPlan(topic, count, source) for topic in Topic),
        TopicPlan(names.SNAPSHOTS, count, _COMPACT),
        TopicPlan(names.ALERTS, count, {}),
        TopicPlan(names.DEAD_LETTERS, count, _WIDE),
        TopicPlan(names.TOTALS, 1, _COMPACT_SOON),
    ]


@dataclass(frozen=True, slots=True)
class Provisioned:
    """One topic after provisioning: its full name, partitions, and whether it is new."""

    name: str
    partitions: int
    created: bool


def provision(kafka: KafkaSettings, clock: Clock) -> list[Provisioned]:
    """Create the topics that are missing; those that are right are left alone.

    Raises:
        Usage: A topic is there with another number of partitions. Nothing was created then.
        Retry: Kafka cannot be reached or refuses for now.
    """
    with kafka_client.admin(kafka) as admin:
        wanted = plan(kafka)
        existing = partitions(admin, [kafka.topic_prefix + topic.name for topic in wanted])
        check(kafka, existing)
        result = []
        for topic in wanted:
            name = kafka.topic_prefix + topic.name
            created = name not in existing and _create(admin, kafka, name, topic)
            result.append(Provisioned(name, topic.partitions, created))
    totals = kafka.topic_prefix + names.TOTALS
    created = any(topic.name == totals and topic.created for topic in result)
    if created or not _has_incarnation(kafka, totals):
        _write_incarnation(kafka, totals, clock.now() // 1000)
    return result


def prepare(kafka: KafkaSettings, changelogs: Sequence[str], clock: Clock) -> dict[str, str]:
    """Make sure that a worker can start: topics that are missing are made, changelogs too.

    Returns what tells each source topic, by full name, from others of that name before and after.

    The changelogs are made here rather than by Faust, because they must be compacted late: a value
    that a suspended worker wrote over a newer one must not be all that is left of its key before an
    owner has noticed, see :mod:`pipeline.transport.store`.

    Raises:
        Usage: A topic has another number of partitions, or something is not allowed.
        Retry: Kafka cannot be reached or refuses for now.
    """
    provision(kafka, clock)
    with kafka_client.admin(kafka) as admin:
        existing = partitions(admin, changelogs)
        for name in changelogs:
            found = existing.get(name)
            if found is None:
                topic = TopicPlan(name, kafka.partitions, _CHANGELOG)
                _create(admin, kafka, name, topic)
            elif found != kafka.partitions:
                raise Usage(
                    f"changelog {name} has {found} partitions, not {kafka.partitions}",
                    f"set INFLUENCE_KAFKA__PARTITIONS={found}",
                )
        permissions.check(admin, kafka, permissions.needs(kafka, changelogs))
        sources = admin.describe_topics([kafka.topic_prefix + topic for topic in Topic])
        return {found["name"]: str(found["topic_id"] or "") for found in sources}


def check(kafka: KafkaSettings, existing: Mapping[str, int]) -> None:
    """Compare partition numbers of topics (by full name) with the plan; absent ones are right.

    Raises:
        Usage: One differs.
    """
    for topic in plan(kafka):
        name = kafka.topic_prefix + topic.name
        found = existing.get(name, topic.partitions)
        if found == topic.partitions:
            continue
        mend = (
            f"set INFLUENCE_KAFKA__PARTITIONS={found}, or use another INFLUENCE_KAFKA__TOPIC_PREFIX"
            if topic.partitions == kafka.partitions and name.endswith(tuple(Topic))
            else "delete it, or use another INFLUENCE_KAFKA__TOPIC_PREFIX"
        )
        raise Usage(f"topic {name} has {found} partitions, not {topic.partitions}", mend)


def partitions(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, int]:
    """Return the number of partitions of those of some topics that exist and may be seen."""
    return {
        found["name"]: len(found["partitions"])
        for found in admin.describe_topics(list(topics))
        if not found["error_code"]
    }


def _create(admin: KafkaAdminClient, kafka: KafkaSettings, name: str, topic: TopicPlan) -> bool:
    config = dict(topic.config)
    new = NewTopic(name, topic.partitions, kafka.replication_factor, topic_configs=config)
    try:
        admin.create_topics([new])
    except TopicAlreadyExistsError:
        return False  # somebody else was quicker, with the same plan
    except AuthorizationError as error:
        raise permissions.refusal(kafka, ("DESCRIBE", "CREATE"), name) from error
    return True


def _has_incarnation(kafka: KafkaSettings, topic: str) -> bool:
    """Look for the incarnation in a totals topic that somebody else made."""
    with kafka_client.consumer(kafka) as consumer:
        records = kafka_client.stored(consumer, [TopicPartition(topic, 0)])
        return any(record.key == INCARNATION_KEY for record in records)


def _write_incarnation(kafka: KafkaSettings, topic: str, number: int) -> None:
    with kafka_client.producer(kafka) as producer:
        producer.send(topic, key=INCARNATION_KEY, value=str(number).encode(), partition=0).get(
            timeout=kafka_client.CONNECT_SECONDS
        )
