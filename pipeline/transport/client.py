"""What a plain Kafka client needs to connect, and why it cannot, in one line each.

Neither client library says why it gets no connection before it has tried for a while, and then only
that it timed out. So a connection is made here once, by itself, before anything else is tried.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition, errors
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from pipeline.errors import InfluenceError, Retry, Stop, Usage
from pipeline.settings import KafkaSettings

logger = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Largest message sent or fetched: dead letters carry a record of up to 1 MiB as base64."""

_SERVERS = "INFLUENCE_KAFKA__BOOTSTRAP_SERVERS"
_PROTOCOL = "INFLUENCE_KAFKA__SECURITY_PROTOCOL"


def tls_context(kafka: KafkaSettings) -> ssl.SSLContext | None:
    """Return the TLS context where the protocol asks for one.

    Raises:
        Usage: A certificate or key file cannot be read.
    """
    if not kafka.security_protocol.endswith("SSL"):
        return None
    try:
        context = ssl.create_default_context(cafile=_text(kafka.ssl_cafile))
        if kafka.ssl_certfile is not None:
            context.load_cert_chain(str(kafka.ssl_certfile), _text(kafka.ssl_keyfile))
    except OSError as error:
        raise Usage(
            f"cannot load the Kafka TLS files: {error}",
            "check INFLUENCE_KAFKA__SSL_CAFILE, __SSL_CERTFILE and __SSL_KEYFILE",
        ) from error
    return context


def password(kafka: KafkaSettings) -> str:
    """Return the password for SASL; empty where there is none."""
    return kafka.sasl_password.get_secret_value() if kafka.sasl_password else ""


def security(kafka: KafkaSettings) -> dict[str, Any]:
    """Return the options for TLS and login, which both client libraries call the same."""
    options: dict[str, Any] = {
        "security_protocol": kafka.security_protocol,
        "ssl_context": tls_context(kafka),
    }
    if kafka.security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": password(kafka),
        }
    return options


def reach(kafka: KafkaSettings, seconds: float) -> None:
    """Connect and log in to one of the servers, each of which may take so long for an answer.

    Raises:
        Usage: A setting is wrong: TLS, login or address.
        Retry: No server can be reached.
    """
    options = security(kafka)
    try:
        hosts = collect_hosts(kafka.bootstrap_servers, randomize=False)
    except ValueError as error:
        raise Usage(
            f"{kafka.bootstrap_servers!r} names no servers", f"correct {_SERVERS}"
        ) from error
    failures: list[InfluenceError] = []
    for host, port, _ in hosts:
        try:
            asyncio.run(_answers(host, port, options, seconds))
        except (errors.KafkaError, OSError) as error:
            failures.append(explained(kafka, error, f"{host}:{port}"))
        else:
            return
    raise next((each for each in failures if isinstance(each, Usage)), failures[0])


async def _answers(host: str, port: int, options: dict[str, Any], seconds: float) -> None:
    milliseconds = int(seconds * 1000)
    connection = await create_conn(host, port, request_timeout_ms=milliseconds, **options)
    try:
        # A listener that wants a login answers the first request without, and not this one.
        await connection.send(MetadataRequest([]))
    finally:
        connection.close()


def explained(kafka: KafkaSettings, error: Exception, server: str = "") -> InfluenceError:
    """Return what a person can make of an error of aiokafka's, or of the socket's under it."""
    at = f"Kafka at {server or kafka.bootstrap_servers}"
    user = f"user {kafka.sasl_username!r}" if kafka.sasl_username else "the anonymous user"
    if isinstance(error, ssl.SSLCertVerificationError):
        return Usage(
            f"{at} shows a certificate that is not trusted: {error.verify_message}",
            "name its authority's file in INFLUENCE_KAFKA__SSL_CAFILE",
        )
    if isinstance(error, ssl.SSLError):
        return Usage(f"{at} does not speak TLS: {error.reason}", f"check {_PROTOCOL}")
    if isinstance(error, errors.UnsupportedSaslMechanismError):
        return Usage(
            f"{at} does not take logins by {kafka.sasl_mechanism}",
            f"check INFLUENCE_KAFKA__SASL_MECHANISM and {_PROTOCOL}",
        )
    if isinstance(error, errors.SaslAuthenticationFailed | errors.AuthenticationFailedError):
        return Usage(
            f"{at} refuses the login of {user}",
            "check INFLUENCE_KAFKA__SASL_USERNAME and __SASL_PASSWORD",
        )
    if isinstance(error, errors.GroupAuthorizationFailedError):
        return Usage(
            f"{at} does not let {user} join the group {kafka.group_id}",
            f"grant Read on group {kafka.group_id}",
        )
    if isinstance(
        error, errors.TopicAuthorizationFailedError | errors.ClusterAuthorizationFailedError
    ):
        return Usage(f"{at} denies {user} something: {error}", "run: influence doctor")
    if isinstance(error, errors.KafkaConnectionError):
        return Retry(f"{at} closes the connection; check {_PROTOCOL}, or try again")
    if isinstance(error, TimeoutError | errors.KafkaTimeoutError):
        return Retry(f"{at} does not answer; start it, or check {_SERVERS} and {_PROTOCOL}")
    if isinstance(error, OSError):
        return Retry(f"cannot reach {at}; start it or correct {_SERVERS}")
    return Stop(f"{at}: {error!r}")


async def read_all(
    kafka: KafkaSettings, topic: str, again_after: float = 2.0
) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
    """Yield key and value of every record of a topic of one partition, from its start, without end.

    Reads outside of any group. When the connection breaks the topic is read from
    the beginning again after ``again_after`` seconds: readers keep the newest, so this is harmless.
    """
    partition = TopicPartition(topic, 0)
    while True:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka.bootstrap_servers, enable_auto_commit=False, **security(kafka)
        )
        try:
            await consumer.start()
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            async for record in consumer:
                yield record.key, record.value
        except errors.KafkaError as error:
            logger.warning("reading %s: %r; again in %.0f s", topic, error, again_after)
        finally:
            await consumer.stop()
        await asyncio.sleep(again_after)


def _text(path: object) -> str | None:
    return None if path is None else str(path)
