"""kafka-python's clients from our settings, and their errors mapped to ours: its only edge.

Administration and loading are synchronous and short; the worker's own traffic does not pass here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import KafkaAdminClient

from pipeline.errors import Retry, Usage
from pipeline.settings import KafkaSettings
from pipeline.transport.client import MAX_MESSAGE_BYTES, reach, security

CONNECT_SECONDS = 10.0
"""How long a first connection may take."""

_POLL_MILLISECONDS = 500
_LINGER_MILLISECONDS = 20
_BATCH_BYTES = 256 * 1024
_VARIABLE = "INFLUENCE_KAFKA__BOOTSTRAP_SERVERS"


def _options(kafka: KafkaSettings) -> dict[str, Any]:
    """Make sure that somebody answers, and return what every client needs to connect."""
    reach(kafka, CONNECT_SECONDS)
    return {
        "bootstrap_servers": [server.strip() for server in kafka.bootstrap_servers.split(",")],
        "bootstrap_timeout_ms": int(CONNECT_SECONDS * 1000),
        **security(kafka),
    }


@contextmanager
def mapped(kafka: KafkaSettings) -> Iterator[None]:
    """Turn the driver's errors into one line: Usage for settings, Retry for the outside world."""
    servers = kafka.bootstrap_servers
    try:
        yield
    except kafka_errors.AuthorizationError as error:
        raise Usage(
            f"Kafka at {servers} denies {kafka.sasl_username or 'anonymous'} something: "
            f"{_said(error)}",
            "run: influence doctor",
        ) from error
    except (kafka_errors.KafkaConfigurationError, ValueError) as error:
        raise Usage(f"Kafka client: {_said(error)}", f"check {_VARIABLE}") from error
    except (
        kafka_errors.KafkaConnectionError,
        kafka_errors.KafkaTimeoutError,
        kafka_errors.NodeNotReadyError,
        OSError,
    ) as error:
        raise Retry(f"Kafka at {servers} does not answer; try again") from error
    except kafka_errors.KafkaError as error:
        raise Retry(f"Kafka at {servers}: {_said(error)}; try again") from error


@contextmanager
def admin(kafka: KafkaSettings) -> Iterator[KafkaAdminClient]:
    """Open an administration client."""
    with mapped(kafka):
        client = KafkaAdminClient(**_options(kafka))
        try:
            yield client
        finally:
            client.close()


@contextmanager
def consumer(kafka: KafkaSettings) -> Iterator[KafkaConsumer]:
    """Open a consumer outside of any group that reads from the beginning."""
    with mapped(kafka):
        client = KafkaConsumer(
            **_options(kafka),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=2 * MAX_MESSAGE_BYTES,
        )
        try:
            yield client
        finally:
            client.close()


def stored(client: KafkaConsumer, partitions: Sequence[TopicPartition]) -> Iterator[Any]:
    """Yield every record that some partitions hold by now, those of one partition in order.

    Where a partition ends is told by the answers to fetches. The embedded broker's list of end
    offsets leaves out all but the first record of the last batch.
    """
    client.assign(list(partitions))
    ends = client.end_offsets(list(partitions))
    client.seek_to_beginning(*partitions)
    while any(
        client.position(each) < max(ends[each], client.highwater(each) or 0) for each in partitions
    ):
        for records in client.poll(timeout_ms=_POLL_MILLISECONDS).values():
            yield from records


@contextmanager
def producer(kafka: KafkaSettings) -> Iterator[KafkaProducer]:
    """Open a producer whose sends count only when all replicas have them."""
    with mapped(kafka):
        client = KafkaProducer(
            **_options(kafka),
            acks="all",
            enable_idempotence=kafka.idempotent_producer,
            linger_ms=_LINGER_MILLISECONDS,
            batch_size=_BATCH_BYTES,
            max_request_size=MAX_MESSAGE_BYTES,
            max_block_ms=int(CONNECT_SECONDS * 1000),
            allow_auto_create_topics=False,
        )
        try:
            yield client
        finally:
            client.close(timeout=CONNECT_SECONDS)


def _said(error: BaseException) -> str:
    """Return an error's words on one line, without the request that it quotes."""
    words = " ".join(str(error).split()).partition(": Request ")[0]
    return words[:200] or type(error).__name__
