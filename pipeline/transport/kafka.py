"""Kafka connection settings in the forms that Faust and aiokafka want them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust import SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT
from yarl import URL

from pipeline.errors import Usage
from pipeline.settings import KafkaSettings

logger = logging.getLogger(__name__)


def broker_urls(kafka: KafkaSettings) -> list[URL]:
    """Return the bootstrap servers as Faust's broker URLs."""
    return [URL(f"aiokafka://{server.strip()}") for server in kafka.bootstrap_servers.split(",")]


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


def credentials(kafka: KafkaSettings) -> CredentialsT | None:
    """Return Faust credentials for the protocol chosen; None for plaintext."""
    context = tls_context(kafka)
    if kafka.security_protocol.startswith("SASL"):
        return SASLCredentials(
            username=kafka.sasl_username,
            password=_secret(kafka),
            mechanism=kafka.sasl_mechanism or "PLAIN",
            ssl_context=context,
        )
    return SSLCredentials(context) if context is not None else None


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Return the options that a plain aiokafka client needs to connect."""
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap_servers,
        "security_protocol": kafka.security_protocol,
        "ssl_context": tls_context(kafka),
    }
    if kafka.security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": kafka.sasl_mechanism or "PLAIN",
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": _secret(kafka),
        }
    return options


async def read_all(
    kafka: KafkaSettings, topic: str, again_after: float = 2.0
) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
    """Yield key and value of every record of a topic of one partition, from its start, without end.

    Reads outside of any group. When the connection breaks the topic is read from
    the beginning again after ``again_after`` seconds: readers keep the newest, so this is harmless.
    """
    partition = TopicPartition(topic, 0)
    while True:
        consumer = AIOKafkaConsumer(enable_auto_commit=False, **client_options(kafka))
        try:
            await consumer.start()
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            async for record in consumer:
                yield record.key, record.value
        except KafkaError as error:
            logger.warning("reading %s: %r; again in %.0f s", topic, error, again_after)
        finally:
            await consumer.stop()
        await asyncio.sleep(again_after)


def _secret(kafka: KafkaSettings) -> str:
    return kafka.sasl_password.get_secret_value() if kafka.sasl_password else ""


def _text(path: object) -> str | None:
    return None if path is None else str(path)
