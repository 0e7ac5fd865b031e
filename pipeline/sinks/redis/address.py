"""Where Redis is and how to get in; the edge at which the driver's errors are mapped, once."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import redis.asyncio as redis
from redis import exceptions
from redis.asyncio.retry import Retry as DriverRetry
from redis.backoff import NoBackoff

from pipeline.errors import Retry, Usage
from pipeline.sinks.redis.keys import DEFAULT_PREFIX

if TYPE_CHECKING:
    from pipeline.settings import RedisSettings

DRIVER_ERRORS = (exceptions.RedisError, OSError)
"""All that the driver raises when a server cannot be reached or refuses."""

RIGHTS = "~{prefix}* +@read +@write +@scripting +@connection +time +info"
"""The rules of an ACL user that can do all that a worker and the commands do."""

_USERINFO = re.compile(r"//[^/?#]*@")
_SECRETS = re.compile(r"((?:password|passwd|secret)=)[^&#]*", re.IGNORECASE)
_PREFIXES = {"redis", "rediss", "unix"}


def masked(url: str) -> str:
    """Return a URL without its credentials, fit for logs and messages."""
    return _SECRETS.sub(r"\1***", _USERINFO.sub("//***@", url))


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """How to reach a Redis or Valkey server (6.2 or newer, not a cluster).

    ``url`` is ``redis://``, ``rediss://`` (TLS) or ``unix://``; ``username`` and ``password`` win
    over the URL's. ``ca_file``, ``cert_file`` and ``key_file`` are PEM files for ``rediss://``.
    ``timeout`` is in seconds, for connecting and for each reply.
    """

    url: str = field(repr=False)
    prefix: str = DEFAULT_PREFIX
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    timeout: float = 5.0

    @classmethod
    def of(cls, settings: RedisSettings) -> Self:
        """Return the address that the settings name."""
        return cls(
            url=settings.url,
            prefix=settings.prefix,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else None,
            ca_file=settings.tls_cafile,
        )

    def __str__(self) -> str:
        return masked(self.url)

    def client(self) -> redis.Redis:
        """Return a client that is not connected yet and leaves retrying to its owner.

        Raises:
            Usage: The URL or a file named beside it cannot be used.
        """
        options: dict[str, Any] = {
            "decode_responses": True,
            "encoding_errors": "replace",
            "socket_timeout": self.timeout,
            "socket_connect_timeout": self.timeout,
            "retry": DriverRetry(NoBackoff(), 0),
            # The older protocol: every server speaks it and scripts reply the same.
            "protocol": 2,
        }
        if self.username is not None:
            options["username"] = self.username
        if self.password is not None:
            options["password"] = self.password
        for name, path in (
            ("ssl_ca_certs", self.ca_file),
            ("ssl_certfile", self.cert_file),
            ("ssl_keyfile", self.key_file),
        ):
            if path is None:
                continue
            if not self.url.startswith("rediss://"):
                raise Usage(f"a TLS file is set but {self} is not TLS", "use a rediss:// URL")
            if not path.is_file():
                raise Usage(f"the TLS file {path} does not exist", "correct the path")
            options[name] = str(path)
        mend = "write it as redis://HOST:PORT/DATABASE, rediss:// for TLS"
        try:
            parts = urlsplit(self.url)
            if parts.scheme not in _PREFIXES:
                raise Usage(f"the Redis URL {self} has an unknown scheme", mend)
            if parts.scheme != "unix" and not re.fullmatch(r"/?\d*", parts.path):
                raise Usage(f"the Redis URL {self} names no database number", mend)
            client = redis.Redis.from_url(self.url, **options)
            # The driver looks at most options only when it connects; ask it now.
            client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        except (ValueError, TypeError, exceptions.RedisError) as error:
            raise Usage(f"the Redis URL {self} cannot be used", mend) from error
        return client


def mapped(error: Exception, address: RedisAddress) -> Retry | Usage:
    """Return what a driver's error asks for: a person to mend something, or another attempt."""
    text = " ".join(str(error).split()) or type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Usage(
                f"Redis at {address} shows a certificate that is not trusted",
                "name its authority's file in INFLUENCE_REDIS__TLS_CAFILE",
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, exceptions.NoPermissionError):
        return Usage(
            f"Redis at {address} denies a command: {text}",
            f"grant the user {RIGHTS.format(prefix=address.prefix)}",
        )
    if isinstance(
        error,
        exceptions.AuthenticationError
        | exceptions.AuthorizationError
        | exceptions.AuthenticationWrongNumberOfArgsError,
    ):
        return Usage(
            f"Redis at {address} refuses the login: {text}",
            "check INFLUENCE_REDIS__USERNAME and __PASSWORD",
        )
    if isinstance(error, exceptions.OutOfMemoryError):
        return Retry(f"Redis at {address} is full (maxmemory): {text}")
    if isinstance(error, exceptions.ResponseError):
        if text.startswith("WRONGTYPE"):
            return Usage(
                f"Redis at {address} holds other data under the prefix {address.prefix!r}: {text}",
                "choose another prefix or database",
            )
        if "DB index" in text or text.startswith("unknown command"):
            return Usage(f"Redis at {address} cannot serve this: {text}", "check the URL")
    return Retry(f"Redis at {address} is not available: {text}")
