"""The running parts of a demonstration: embedded servers, their settings, and a worker process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline import tether
from pipeline.cli import machine, view
from pipeline.clock import Clock, WallClock
from pipeline.embedded import EmbeddedBroker, EmbeddedStore, free_port
from pipeline.errors import Retry
from pipeline.settings import PREFIX, KafkaSettings, MetricsSettings, RedisSettings
from pipeline.sources.produce import Loader, loader
from pipeline.sources.provision import provision

REBALANCE_SECONDS = 3
"""A join of the embedded broker's groups waits for this long, always."""

_END_SECONDS = 10.0


@dataclass(slots=True)
class Parts:
    """What runs, where it is, and how many records were loaded into it."""

    kafka: KafkaSettings
    redis: RedisSettings
    metrics: MetricsSettings
    clock: Clock
    worker: subprocess.Popen[bytes]
    produced: int = 0

    def loader(self) -> AbstractContextManager[Loader]:
        """Open a loader into the source topics."""
        return loader(self.kafka)

    def brands(self) -> dict[str, dict[str, str]]:
        """Return the published snapshots by brand."""
        return view.brands(self.redis)

    def machine(self) -> machine.MachineReading | None:
        """Return what the worker says about itself; None while it does not answer."""
        return machine.read(self.metrics.host, self.metrics.port)

    def check_worker(self) -> None:
        """Raise :class:`~pipeline.errors.Retry` if the worker has ended."""
        status = self.worker.poll()
        if status is not None:
            raise Retry(f"the worker ended with status {status}; its last words are above")


@contextmanager
def parts() -> Iterator[Parts]:
    """Start everything, and end it with the block, or with this process however that ends.

    Raises:
        Usage: The embedded servers are not installed or do not run here.
        Retry: One did not start in time.
    """
    with (
        EmbeddedBroker() as broker,
        EmbeddedStore() as store,
        tempfile.TemporaryDirectory(prefix="influence-demo-") as directory,
    ):
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap, idempotent_producer=False)
        redis = RedisSettings(url=store.url)
        metrics = MetricsSettings(port=free_port())
        clock = WallClock()
        provision(kafka, clock)
        worker = _start_worker(_environment(kafka, redis, metrics), Path(directory))
        try:
            yield Parts(kafka, redis, metrics, clock, worker)
        finally:
            _end(worker)


def _environment(
    kafka: KafkaSettings, redis: RedisSettings, metrics: MetricsSettings
) -> dict[str, str]:
    """Return the worker's environment: this one without its settings, and the demo's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    # The package is found from the empty directory that the worker runs in, installed or not.
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, inherited.get("PYTHONPATH", ""))))
    return inherited | {
        "PYTHONPATH": path,
        f"{PREFIX}KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        f"{PREFIX}KAFKA__IDEMPOTENT_PRODUCER": str(kafka.idempotent_producer),
        f"{PREFIX}KAFKA__REBALANCE_TIMEOUT_SECONDS": str(REBALANCE_SECONDS),
        f"{PREFIX}REDIS__URL": redis.url,
        f"{PREFIX}METRICS__HOST": metrics.host,
        f"{PREFIX}METRICS__PORT": str(metrics.port),
        f"{PREFIX}LOG__LEVEL": "WARNING",
    }


def _start_worker(environment: dict[str, str], directory: Path) -> subprocess.Popen[bytes]:
    """Start the worker on a tether; what it logs goes to stderr, stdout is for the result."""
    return subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", tether.__file__),
            *(sys.executable, "-m", "pipeline.cli", "worker"),
        ],
        stdin=subprocess.PIPE,
        stdout=sys.stderr,
        cwd=directory,
        env=environment,
        # Ctrl-C in a terminal is for the demo, which ends its parts in order.
        start_new_session=True,
    )


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Let go of the tether. The embedded broker keeps nothing, so there is nothing to flush."""
    if worker.stdin is not None:
        worker.stdin.close()
    try:
        worker.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
