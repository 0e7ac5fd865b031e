"""A worker as its own process."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from pipeline.embedded import free_port
from tests.integration.rig.process import REPOSITORY, Process


class Worker(Process):
    """``influence worker`` with its settings in the environment.

    Args:
        directory: Its working directory and log.
        settings: ``INFLUENCE_…`` variables; others of this process are not passed on. Metrics get
            a free port unless it is given.
        name: Name of the log, for reports.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str], name: str = "worker") -> None:
        env = {k: v for k, v in os.environ.items() if not k.startswith("INFLUENCE_")}
        env["PYTHONPATH"] = str(REPOSITORY)
        env["INFLUENCE_METRICS__PORT"] = str(free_port())
        env.update(settings)
        super().__init__(
            [sys.executable, "-m", "pipeline.cli", "worker"],
            log=directory / f"{name}.log",
            env=env,
        )

    @property
    def address(self) -> str:
        """Where its HTTP endpoints are, without a slash at the end."""
        return f"http://127.0.0.1:{self.env['INFLUENCE_METRICS__PORT']}"

    def get(self, path: str, timeout: float = 5.0) -> tuple[int, str]:
        """Return status and body of one of its HTTP endpoints; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=timeout) as answer:  # noqa: S310 - http, loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Wait until it has recovered its state and owns partitions."""
        self.until(lambda: self.get("/ready")[0] == 200, timeout, "ready")
