"""Kafka connection settings in the forms that Faust wants them."""

from __future__ import annotations

from faust import SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT
from yarl import URL

from pipeline.settings import KafkaSettings
from pipeline.transport.client import password, tls_context


def broker_urls(kafka: KafkaSettings) -> list[URL]:
    """Return the bootstrap servers as Faust's broker URLs."""
    return [URL(f"aiokafka://{server.strip()}") for server in kafka.bootstrap_servers.split(",")]


def credentials(kafka: KafkaSettings) -> CredentialsT | None:
    """Return Faust credentials for the protocol chosen; None for plaintext."""
    context = tls_context(kafka)
    if kafka.security_protocol.startswith("SASL"):
        return SASLCredentials(
            username=kafka.sasl_username,
            password=password(kafka),
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    return SSLCredentials(context) if context is not None else None
