"""The running parts of a demonstration: embedded servers, their settings, and a worker process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from pipeline import tether
from pipeline.cli import machine, view
from pipeline.cli.alerts import EPISODE, document
from pipeline.clock import Clock, WallClock
from pipeline.embedded import EmbeddedBroker, EmbeddedStore, free_port
from pipeline.errors import Retry
from pipeline.events.instants import SECOND, from_datetime
from pipeline.settings import PREFIX, KafkaSettings, MetricsSettings, RedisSettings
from pipeline.sources.produce import Loader, loader
from pipeline.sources.provision import provision

SESSION_SECONDS = 6
"""The embedded broker lets a join of a group wait for half of this, always."""

REBALANCE_SECONDS = 3
HEARTBEAT_SECONDS = 1

_END_SECONDS = 10.0


@dataclass(slots=True)
class Parts:
    """What runs, where it is, and what was loaded into it: how many records, of which brands."""

    kafka: KafkaSettings
    redis: RedisSettings
    metrics: MetricsSettings
    clock: Clock
    worker: subprocess.Popen[bytes]
    log: IO[bytes]
    produced: int = 0
    expected: set[str] = field(default_factory=set)

    def loader(self) -> AbstractContextManager[Loader]:
        """Open a loader into the source topics."""
        return loader(self.kafka)

    def brands(self) -> dict[str, dict[str, str]]:
        """Return the published snapshots by brand."""
        return view.brands(self.redis)

    def episodes(self) -> list[dict[str, Any]]:
        """Return the latest episode of each alert that ever began to fire, by its beginning."""
        _, shown = view.alerts(self.redis)
        begun = [each for each in shown if "started_at" in each]
        begun.sort(key=itemgetter("started_at", "brand", "kind"))
        return [
            {name: document(each).get(name) for name in (*EPISODE, "evidence")} for each in begun
        ]

    def machine(self) -> machine.MachineReading | None:
        """Return what the worker says about itself; None while it does not answer."""
        return machine.read(self.metrics.host, self.metrics.port)

    def shows_all(self) -> bool:
        """Tell whether Redis holds every brand, each as the worker evaluated it last."""
        reading = self.machine()
        if reading is None or not reading.evaluated_at.keys() >= self.expected:
            return False
        published = {brand: _as_of(fields) for brand, fields in self.brands().items()}
        return all(
            published.get(brand, 0) >= round(at * SECOND)
            for brand, at in reading.evaluated_at.items()
        )

    def check_worker(self) -> None:
        """Raise :class:`~pipeline.errors.Retry`, with its last words, if the worker has ended."""
        status = self.worker.poll()
        if status is not None:
            self.log.seek(0)
            lines = self.log.read().decode(errors="replace").strip().splitlines()
            raise Retry(
                f"the worker ended with status {status}: {lines[-1] if lines else 'silent'}"
            )


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
        # Without a name, so that nothing is left behind when this process is killed.
        tempfile.TemporaryFile() as log,
    ):
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap, idempotent_producer=False)
        redis = RedisSettings(url=store.url)
        metrics = MetricsSettings(port=free_port())
        clock = WallClock()
        provision(kafka, clock)
        worker = _start_worker(_environment(kafka, redis, metrics), Path(directory), log)
        try:
            yield Parts(kafka, redis, metrics, clock, worker, log)
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
        f"{PREFIX}KAFKA__SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
        f"{PREFIX}KAFKA__HEARTBEAT_INTERVAL_SECONDS": str(HEARTBEAT_SECONDS),
        f"{PREFIX}KAFKA__REBALANCE_TIMEOUT_SECONDS": str(REBALANCE_SECONDS),
        f"{PREFIX}REDIS__URL": redis.url,
        f"{PREFIX}METRICS__HOST": metrics.host,
        f"{PREFIX}METRICS__PORT": str(metrics.port),
        f"{PREFIX}LOG__LEVEL": "WARNING",
    }


def _as_of(fields: dict[str, str]) -> int:
    return from_datetime(datetime.fromisoformat(fields["as_of"]))


def _start_worker(
    environment: dict[str, str], directory: Path, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start the worker on a tether; what it says is kept for the case that it ends."""
    return subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", tether.__file__),
            *(sys.executable, "-m", "pipeline.cli", "worker"),
        ],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
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
