"""Whether Kafka lets the user of our settings do what a worker does, asked before it is needed.

Without this a missing right shows in the middle of the work, as an error without a name. A broker
without an authorizer allows everything; one that says nothing about rights is taken at its word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kafka.admin import KafkaAdminClient
from kafka.errors import TopicAuthorizationFailedError

from pipeline.errors import Usage
from pipeline.events.records import Topic
from pipeline.settings import KafkaSettings
from pipeline.sinks import topics

_READ, _WRITE = "READ", "WRITE"


def needs(kafka: KafkaSettings, changelogs: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return the operations that a worker needs on each topic, by full name."""
    prefix = kafka.topic_prefix
    return {
        # Written to as well: records under a wrong key are sent to where they belong.
        **{prefix + topic: (_READ, _WRITE) for topic in Topic},
        **dict.fromkeys(changelogs, (_READ, _WRITE)),
        prefix + topics.TOTALS: (_READ, _WRITE),
        **{
            prefix + name: (_WRITE,)
            for name in (topics.SNAPSHOTS, topics.ALERTS, topics.DEAD_LETTERS)
        },
    }


def check(
    admin: KafkaAdminClient, kafka: KafkaSettings, wanted: Mapping[str, tuple[str, ...]]
) -> None:
    """Compare what is allowed on topics with what is wanted; absent topics are left aside.

    Raises:
        Usage: An operation is not allowed.
    """
    for found in admin.describe_topics(list(wanted)):
        name, allowed = found["name"], found["authorized_operations"]
        if found["error_code"] == TopicAuthorizationFailedError.errno:  # may not even be seen
            raise refusal(kafka, ("DESCRIBE", *wanted[name]), name)
        if allowed is None:
            continue
        missing = [operation for operation in wanted[name] if operation not in allowed]
        if missing:
            raise refusal(kafka, missing, name)


def refusal(kafka: KafkaSettings, operations: Iterable[str], topic: str) -> Usage:
    """Return the error for operations that are not allowed on a topic."""
    named = [operation.capitalize() for operation in operations]
    user = kafka.sasl_username or "ANONYMOUS"
    options = " ".join(f"--operation {operation}" for operation in named)
    return Usage(
        f"Kafka at {kafka.bootstrap_servers} does not allow user {user} "
        f"{' and '.join(named)} on topic {topic}",
        f"grant it: kafka-acls --add --allow-principal User:{user} {options} --topic {topic}",
    )
