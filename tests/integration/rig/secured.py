"""Kafka and Redis with TLS, logins and access lists, and certificates of their own."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import redis
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
)

from tests.integration.rig.kafka.cluster import KafkaCluster
from tests.integration.rig.redis_server import RedisServer

ADMIN = "admin"
MECHANISM = "SCRAM-SHA-512"
_SECURITY = "org.apache.kafka.common.security"


class Authority:
    """A certificate authority; ``file`` holds its own certificate, in PEM."""

    def __init__(self, directory: Path) -> None:
        self._ca = trustme.CA()
        directory.mkdir(parents=True, exist_ok=True)
        self.file = directory / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def issue(self, file: Path) -> Path:
        """Write key and certificate of a server on loopback into one file."""
        issued = self._ca.issue_cert("127.0.0.1")
        key = load_pem_private_key(issued.private_key_pem.bytes(), password=None)
        # Java reads keys in this form only.
        pem = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())]
        pem += [each.bytes() for each in issued.cert_chain_pems]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(pem))
        return file


class Grant(NamedTuple):
    """Operations on all resources of a type whose name starts with ``prefix``."""

    resource: ResourceType
    prefix: str
    operations: Iterable[ACLOperation]


class SecuredKafka(KafkaCluster):
    """Apache Kafka with ``SASL_SSL`` and an authorizer that allows only what was granted.

    Args:
        directory: Data, configuration and log.
        authority: Issues its certificate.
        users: Password by name; they may log in by SCRAM-SHA-512 and PLAIN.
    """

    def __init__(self, directory: Path, authority: Authority, users: Mapping[str, str]) -> None:
        self._authority = authority
        self._users = {ADMIN: secrets.token_hex(), **users}
        login = f'username="{ADMIN}" password="{self._users[ADMIN]}"'
        known = " ".join(f'user_{name}="{password}"' for name, password in self._users.items())
        listener = "listener.name.internal"
        super().__init__(
            directory,
            {
                "listener.security.protocol.map": "INTERNAL:SASL_SSL,CONTROLLER:PLAINTEXT",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(authority.issue(directory / "kafka.pem")),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(authority.file),
                "sasl.enabled.mechanisms": f"{MECHANISM},PLAIN",
                "sasl.mechanism.inter.broker.protocol": MECHANISM,
                f"{listener}.{MECHANISM.lower()}.sasl.jaas.config": (
                    f"{_SECURITY}.scram.ScramLoginModule required {login};"
                ),
                f"{listener}.plain.sasl.jaas.config": (
                    f"{_SECURITY}.plain.PlainLoginModule required {login} {known};"
                ),
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                # Nobody gets in by INTERNAL without a name; anonymous is who uses CONTROLLER.
                "super.users": f"User:{ADMIN};User:ANONYMOUS",
            },
        )

    def grant(self, user: str, grants: Iterable[Grant]) -> None:
        """Let a user do something."""
        with closing(self.admin()) as admin:
            admin.create_acls(_acls(user, grants))

    def revoke(self, user: str, grants: Iterable[Grant]) -> None:
        """Take back what was granted."""
        with closing(self.admin()) as admin:
            admin.delete_acls(_acls(user, grants))

    def _client_options(self) -> dict[str, Any]:
        return {
            "security_protocol": "SASL_SSL",
            "ssl_cafile": str(self._authority.file),
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": ADMIN,
            "sasl_plain_password": self._users[ADMIN],
        }

    def _format_options(self) -> list[str]:
        return [
            f"--add-scram={MECHANISM}=[name={name},password={password}]"
            for name, password in self._users.items()
        ]


def _acls(user: str, grants: Iterable[Grant]) -> list[ACL]:
    return [
        ACL(
            f"User:{user}",
            "*",
            operation,
            ACLPermissionType.ALLOW,
            ResourcePattern(resource, prefix, ACLResourcePatternType.PREFIXED),
        )
        for resource, prefix, operations in grants
        for operation in operations
    ]


class SecuredRedis(RedisServer):
    """Redis that speaks TLS only and knows the administrator and the users given.

    Args:
        directory: Data, configuration and log.
        authority: Issues its certificate.
        users: By name, the password and the rules of an ACL.
    """

    def __init__(
        self, directory: Path, authority: Authority, users: Mapping[str, tuple[str, str]]
    ) -> None:
        self._authority = authority
        self._password = secrets.token_hex()
        known = {ADMIN: (self._password, "~* &* +@all"), **users}
        pem = str(authority.issue(directory / "redis.pem"))
        rules = directory / "users.acl"
        lines = [f"user {name} on >{password} {rule}" for name, (password, rule) in known.items()]
        rules.write_text("\n".join(["user default off", *lines, ""]))
        super().__init__(
            directory,
            {
                "tls-cert-file": pem,
                "tls-key-file": pem,
                "tls-ca-cert-file": str(authority.file),
                "tls-auth-clients": "no",
                "aclfile": str(rules),
            },
        )

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"rediss://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """Return a new client of the administrator; close it."""
        return redis.Redis.from_url(
            self.url,
            username=ADMIN,
            password=self._password,
            ssl_ca_certs=str(self._authority.file),
            decode_responses=True,
        )

    def _listening(self) -> dict[str, str]:
        return {"port": "0", "tls-port": str(self.port)}
