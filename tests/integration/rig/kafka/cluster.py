"""Real Apache Kafka in KRaft mode, with the configuration file of ``deploy/kafka``."""

from __future__ import annotations

import base64
import socket
import subprocess
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.integration.rig import needs
from tests.integration.rig.kafka import jars
from tests.integration.rig.process import REPOSITORY, Server, start_on_free_port

CONFIGURATION = REPOSITORY / "deploy/kafka/server.properties"
START_SECONDS = 60.0
_JAVA_OPTIONS = ["-Xmx512m", "-XX:+UseSerialGC", "-Dlog4j2.level=INFO"]
_QUICKLY = "-XX:TieredStopAtLevel=1"


class KafkaCluster(Server):
    """One broker that is its own controller, on free ports that it keeps over restarts.

    Args:
        directory: Data, configuration and log.
        overrides: Further properties, such as ``{"message.max.bytes": "1024"}``.
        lasting: Whether it will be so busy, and for so long, that Java had better spend its first
            minute on compiling well.
    """

    def __init__(
        self,
        directory: Path,
        overrides: dict[str, str] | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        super().__init__(directory / "kafka.log")
        self._directory = directory
        self._overrides = overrides or {}
        self._java_options = _JAVA_OPTIONS if lasting else [*_JAVA_OPTIONS, _QUICKLY]
        self._formatted = False

    @property
    def bootstrap(self) -> str:
        """``host:port`` for clients to bootstrap from."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, again with its ports and data; wait until it answers."""
        java = needs.program("java", "openjdk-17-jre-headless")
        java_command = [java, *self._java_options, "-cp", f"{jars.directory()}/*"]
        self._directory.mkdir(parents=True, exist_ok=True)
        if self.port:
            self._start(java_command)
            return

        def on_free_ports() -> None:
            self.port, controller = _free_ports(2)
            self._properties.write_text(self._configuration(controller))
            self._start(java_command)

        start_on_free_port(on_free_ports, self.process)

    def stop(self) -> None:
        """Shut down in order; data and ports are kept for the next start."""
        self.process.terminate(60.0)

    def kill(self) -> None:
        """SIGKILL; data and ports are kept for the next start."""
        self.process.kill()

    def admin(self) -> KafkaAdminClient:
        """Return a new administration client; close it."""
        return KafkaAdminClient(bootstrap_servers=self.bootstrap, **self._client_options())

    def _client_options(self) -> dict[str, Any]:
        """Return what a client of the administrator needs besides the address."""
        return {}

    def _format_options(self) -> list[str]:
        """Return further options for formatting the storage."""
        return []

    @property
    def _properties(self) -> Path:
        return self._directory / "server.properties"

    def _configuration(self, controller: int) -> str:
        replaced = {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": (f"INTERNAL://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}"),
            "advertised.listeners": f"INTERNAL://127.0.0.1:{self.port}",
            "log.dirs": str(self._directory / "data"),
            **self._overrides,
        }
        lines = [
            line
            for line in CONFIGURATION.read_text().splitlines()
            if line.partition("=")[0] not in replaced
        ]
        lines += [f"{name}={value}" for name, value in replaced.items()]
        return "\n".join(lines) + "\n"

    def _start(self, java_command: list[str]) -> None:
        if not self._formatted:
            self._format(java_command)
            self._formatted = True
        self.process.command = [*java_command, "kafka.Kafka", str(self._properties)]
        self.process.start()
        self.process.until(self._answers, START_SECONDS, "answering")

    def _format(self, java_command: list[str]) -> None:
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        done = subprocess.run(
            [
                *java_command,
                "kafka.tools.StorageTool",
                *("format", "--config", str(self._properties), f"--cluster-id={identity}"),
                *self._format_options(),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"Kafka could not format its storage: {done.stderr[-2000:]}"

    def _answers(self) -> bool:
        # The client alone would wait for its own timeouts while nobody listens.
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
        except OSError:
            return False
        try:
            admin = self.admin()
        except KafkaError:
            return False
        try:
            admin.list_topics()
        except KafkaError:
            return False
        finally:
            admin.close()
        return True


def _free_ports(count: int) -> list[int]:
    """Return different ports: all are held before any is let go."""
    with ExitStack() as held:
        ports = []
        for _ in range(count):
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            ports.append(int(probe.getsockname()[1]))
        return ports
