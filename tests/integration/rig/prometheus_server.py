"""A real Prometheus, with the configuration and the rules of ``deploy/prometheus``."""

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
RUNBOOKS = REPOSITORY / "deploy/runbooks"


class PrometheusServer(Server):
    """``prometheus`` on a free port, scraping the given addresses and evaluating once a second.

    Args:
        directory: Data, configuration and log.
        targets: ``host:port`` of what the configuration file calls the workers.
        alertmanager: ``host:port`` of Alertmanager, which need not run yet; none without.
        brand_waits: How long alerts of brands wait (``for``), and how far they look back over a
            brand's move to another worker; a minute and three without.
    """

    def __init__(
        self,
        directory: Path,
        targets: Sequence[str],
        alertmanager: str = "",
        brand_waits: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(directory / "prometheus.log")
        self._directory = directory
        self._targets = list(targets)
        self._alertmanager = alertmanager
        self._brand_waits = brand_waits

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        binary = needs.program("prometheus", "prometheus")
        self._directory.mkdir(parents=True, exist_ok=True)

        def on_free_port() -> None:
            self.port = free_port()
            self.process.command = [
                binary,
                f"--config.file={self._configured()}",
                f"--storage.tsdb.path={self._directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                f"--web.external-url={self.url}",
                f"--web.user-assets={RUNBOOKS}",
                "--rules.alert.resend-delay=1s",
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

    def alerts(self, state: str) -> set[str]:
        """Return the names of the alerts that are ``pending`` or ``firing``."""
        found = self.query(f'ALERTS{{alertstate="{state}"}}')
        return {each["metric"]["alertname"] for each in found}

    def _configured(self) -> Path:
        """Write the configuration with addresses and intervals replaced; returns the file."""
        configuration = yaml.safe_load(CONFIGURATION.read_text())
        configuration["global"].update(
            scrape_interval="1s", scrape_timeout="1s", evaluation_interval="1s"
        )
        addresses = {
            "influence-worker": self._targets,
            "prometheus": [f"127.0.0.1:{self.port}"],
            "alertmanager": [self._alertmanager] if self._alertmanager else [],
        }
        for job in configuration["scrape_configs"]:
            job["static_configs"] = [{"targets": addresses[job["job_name"]]}]
        (managers,) = configuration["alerting"]["alertmanagers"]
        managers["static_configs"] = [{"targets": addresses["alertmanager"]}]
        for pattern in configuration["rule_files"]:
            for source in CONFIGURATION.parent.glob(pattern):
                target = self._directory / source.relative_to(CONFIGURATION.parent)
                target.parent.mkdir(exist_ok=True)
                rules = source.read_text()
                target.write_text(self._hurried(rules) if "brands" in source.name else rules)
        file = self._directory / "prometheus.yml"
        file.write_text(yaml.safe_dump(configuration))
        return file

    def _hurried(self, rules: str) -> str:
        if self._brand_waits is None:
            return rules
        wait, reach = self._brand_waits
        return rules.replace("for: 1m\n", f"for: {wait}\n").replace("[3m]", f"[{reach}]")

    def _get(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:  # noqa: S310 - http, loopback
                content: bytes = answer.read()
                return content
        except OSError:
            return None
