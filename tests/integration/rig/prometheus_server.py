"""A real Prometheus, with the configuration file of ``deploy/prometheus``."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.embedded import free_port
from tests.integration.rig import needs
from tests.integration.rig.process import REPOSITORY, Server, start_on_free_port

CONFIGURATION = REPOSITORY / "deploy/prometheus/prometheus.yml"


class PrometheusServer(Server):
    """``prometheus`` on a free port, scraping the given addresses once a second.

    Args:
        directory: Data, configuration and log.
        targets: ``host:port`` of what the configuration file calls the workers.
    """

    def __init__(self, directory: Path, targets: Sequence[str]) -> None:
        super().__init__(directory / "prometheus.log")
        self._directory = directory
        self._targets = list(targets)

    def start(self) -> None:
        """Start it and wait until it is ready."""
        binary = needs.program("prometheus", "prometheus")
        self._directory.mkdir(parents=True, exist_ok=True)
        configuration = yaml.safe_load(CONFIGURATION.read_text())
        configuration["global"].update(scrape_interval="1s", scrape_timeout="1s")
        (job,) = configuration["scrape_configs"]
        job["static_configs"] = [{"targets": self._targets}]
        file = self._directory / "prometheus.yml"
        file.write_text(yaml.safe_dump(configuration))

        def on_free_port() -> None:
            self.port = free_port()
            self.process.command = [
                binary,
                f"--config.file={file}",
                f"--storage.tsdb.path={self._directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ]
            self.process.start()
            self.process.until(lambda: self._get("/-/ready") is not None, 30.0, "ready")

        start_on_free_port(on_free_port, self.process)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the result of an instant query: ``{"metric": labels, "value": [time, text]}``."""
        body = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        assert body is not None, f"prometheus does not answer {expression!r}"
        result: list[dict[str, Any]] = json.loads(body)["data"]["result"]
        return result

    def _get(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                content: bytes = answer.read()
                return content
        except OSError:
            return None
