"""A real Alertmanager, with the configuration and templates of ``deploy/alertmanager``."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.embedded import free_port
from tests.integration.rig import needs
from tests.integration.rig.process import REPOSITORY, Server, start_on_free_port

CONFIGURATION = REPOSITORY / "deploy/alertmanager/alertmanager.yml"
CREDENTIALS = "/etc/alertmanager/credentials"
TOKENS = {"oncall-token": "token-of-oncall", "heartbeat-token": "token-of-heartbeat"}


class AlertmanagerServer(Server):
    """``prometheus-alertmanager`` on a port that is free when this is made.

    Args:
        directory: Data, configuration, credentials and log.
        receivers: Where ``/oncall``, ``/chat`` and ``/heartbeat`` are, as ``http://host:port``.
        hours: The business hours, in place of those of the file.
        wait: Time that a group waits at first and between notifications.
    """

    def __init__(
        self,
        directory: Path,
        receivers: str,
        hours: Sequence[Mapping[str, Any]] | None = None,
        wait: str = "1s",
    ) -> None:
        super().__init__(directory / "alertmanager.log")
        self._directory = directory
        self._receivers = receivers
        self._hours = hours
        self._wait = wait
        self.port = free_port()

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        binary = needs.program("prometheus-alertmanager", "prometheus-alertmanager")
        file = self._configured()

        def on_port() -> None:
            self.process.command = [
                binary,
                f"--config.file={file}",
                f"--storage.path={self._directory / 'data'}",
                f"--web.listen-address={self.address}",
                "--cluster.listen-address=",
            ]
            self.process.start()
            self.process.until(lambda: self._call("/-/ready") is not None, 30.0, "ready")

        start_on_free_port(on_port, self.process)

    def send(self, *alerts: Mapping[str, Any]) -> None:
        """Send alerts as Prometheus does, each with ``labels`` and whatever else it has."""
        body = json.dumps([{"annotations": {}, **alert} for alert in alerts]).encode()
        assert self._call("/api/v2/alerts", body) is not None, "alertmanager takes no alerts"

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that fire, with labels, and status that names what inhibits them."""
        body = self._call("/api/v2/alerts")
        assert body is not None, "alertmanager does not answer"
        found: list[dict[str, Any]] = json.loads(body)
        return found

    def metrics(self) -> str:
        """Return its own metrics."""
        body = self._call("/metrics")
        assert body is not None, "alertmanager does not answer"
        return body.decode()

    def _configured(self) -> Path:
        """Write the configuration with addresses, intervals and paths replaced."""
        credentials = self._directory / "credentials"
        credentials.mkdir(parents=True, exist_ok=True)
        for name, token in TOKENS.items():
            (credentials / name).write_text(token)
        (credentials / "chat-url").write_text(f"{self._receivers}/chat")
        text = CONFIGURATION.read_text().replace(CREDENTIALS, str(credentials))
        for service in ("oncall", "heartbeat"):
            text = text.replace(
                f"https://{service}.invalid/alertmanager", f"{self._receivers}/{service}"
            )
        configuration = yaml.safe_load(text)
        configuration["templates"] = [
            str(CONFIGURATION.parent / each) for each in configuration["templates"]
        ]
        _shorten(configuration["route"], self._wait)
        if self._hours is not None:
            (interval,) = configuration["time_intervals"]
            interval["time_intervals"] = [dict(each) for each in self._hours]
        file = self._directory / "alertmanager.yml"
        file.write_text(yaml.safe_dump(configuration))
        return file

    def _call(self, path: str, body: bytes | None = None) -> bytes | None:
        request = urllib.request.Request(
            f"http://{self.address}{path}", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - http, loopback
                content: bytes = answer.read()
                return content
        except OSError:
            return None


def _shorten(route: dict[str, Any], wait: str) -> None:
    """Replace the intervals of a route and all below it, but for how often it repeats itself."""
    for name in ("group_wait", "group_interval"):
        if name in route:
            route[name] = wait
    if route.get("receiver") == "heartbeat":
        route["repeat_interval"] = wait
    for each in route.get("routes", ()):
        _shorten(each, wait)
