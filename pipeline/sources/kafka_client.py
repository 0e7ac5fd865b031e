"""kafka-python's clients from our settings, and their errors mapped to ours: its only edge.

Administration and loading are synchronous and short; the worker's own traffic does not pass here.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import KafkaAdminClient

from pipeline.errors import Retry, Usage
from pipeline.settings import KafkaSettings

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Largest message sent or fetched, as for the worker."""

CONNECT_SECONDS = 10.0
"""How long a first connection may take."""

_POLL_MILLISECONDS = 500
_LINGER_MILLISECONDS = 20
_BATCH_BYTES = 256 * 1024
_VARIABLE = "INFLUENCE_KAFKA__BOOTSTRAP_SERVERS"


def options(kafka: KafkaSettings) -> dict[str, Any]:
    """Return what every kafka-python client needs to connect."""
    config: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in kafka.bootstrap_servers.split(",")],
        "security_protocol": kafka.security_protocol,
        "bootstrap_timeout_ms": int(CONNECT_SECONDS * 1000),
    }
    for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
        path = getattr(kafka, name)
        if path is not None:
            config[name] = str(path)
    if kafka.security_protocol.startswith("SASL") and kafka.sasl_password is not None:
        config["sasl_mechanism"] = kafka.sasl_mechanism
        config["sasl_plain_username"] = kafka.sasl_username
        config["sasl_plain_password"] = kafka.sasl_password.get_secret_value()
    return config


@contextmanager
def mapped(kafka: KafkaSettings) -> Iterator[None]:
    """Turn the driver's errors into one line: Usage for settings, Retry for the outside world."""
    servers = kafka.bootstrap_servers
    try:
        yield
    except (
        kafka_errors.AuthorizationError,
        kafka_errors.ClusterAuthorizationFailedError,
    ) as error:
        raise Usage(
            f"Kafka at {servers} denies it: {_said(error)}", "grant the user the ACL it names"
        ) from error
    except (
        kafka_errors.SaslAuthenticationFailedError,
        kafka_errors.UnsupportedSaslMechanismError,
    ) as error:
        raise Usage(
            f"Kafka at {servers} refuses the login: {_said(error)}",
            "check INFLUENCE_KAFKA__SASL_MECHANISM, __SASL_USERNAME and __SASL_PASSWORD",
        ) from error
    except ssl.SSLError as error:
        raise Usage(
            f"TLS with Kafka at {servers} fails: {_said(error)}",
            "check INFLUENCE_KAFKA__SECURITY_PROTOCOL and __SSL_CAFILE",
        ) from error
    except (kafka_errors.KafkaConfigurationError, ValueError) as error:
        raise Usage(f"Kafka client: {_said(error)}", f"check {_VARIABLE}") from error
    except (
        kafka_errors.KafkaConnectionError,
        kafka_errors.KafkaTimeoutError,
        kafka_errors.NodeNotReadyError,
        OSError,
    ) as error:
        raise Retry(f"cannot reach Kafka at {servers}; start it or correct {_VARIABLE}") from error
    except kafka_errors.KafkaError as error:
        raise Retry(f"Kafka at {servers}: {_said(error)}; try again") from error


@contextmanager
def admin(kafka: KafkaSettings) -> Iterator[KafkaAdminClient]:
    """Open an administration client."""
    with mapped(kafka):
        client = KafkaAdminClient(**options(kafka))
        try:
            yield client
        finally:
            client.close()


@contextmanager
def consumer(kafka: KafkaSettings) -> Iterator[KafkaConsumer]:
    """Open a consumer outside of any group that reads from the beginning."""
    with mapped(kafka):
        client = KafkaConsumer(
            **options(kafka),
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
            **options(kafka),
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
