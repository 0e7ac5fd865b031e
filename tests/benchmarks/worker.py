"""The worker with everything on: a real ``influence worker``, Redis, and scrapes of its metrics."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from pipeline.settings import RedisSettings
from tests.benchmarks import machine
from tests.benchmarks.drain import Drained, Failed, Watch
from tests.benchmarks.stand import Committed, Load, Stand
from tests.benchmarks.workload import DAY
from tests.integration.rig import Worker, eventually

COMMIT_SECONDS = 0.5
"""Commits are how a worker's progress is seen from outside: what it commits is durable."""

SCRAPE_SECONDS = 5.0
PATIENCE = 120.0
PUBLISH_SECONDS = 90.0


class Workers:
    """Some workers of one group on a load, started and ended together.

    Args:
        stand: The servers; Redis is emptied.
        load: What they read.
        count: How many workers.
        settings: Further ``INFLUENCE_…`` variables.
    """

    def __init__(
        self, stand: Stand, load: Load, count: int = 1, settings: Mapping[str, str] | None = None
    ) -> None:
        self.stand = stand
        self.load = load
        with stand.redis.client() as client:
            client.config_resetstat()
        self.directory = stand.run_directory("worker")
        self.group = self.directory.name
        environment = {
            "INFLUENCE_KAFKA__BOOTSTRAP_SERVERS": stand.kafka.bootstrap,
            "INFLUENCE_KAFKA__TOPIC_PREFIX": load.prefix,
            "INFLUENCE_KAFKA__GROUP": self.group,
            "INFLUENCE_KAFKA__PARTITIONS": str(load.partitions),
            "INFLUENCE_KAFKA__COMMIT_INTERVAL_SECONDS": str(COMMIT_SECONDS),
            "INFLUENCE_REDIS__URL": stand.redis.url,
            # Brands share a cap evenly among partitions, and do not spread evenly.
            "INFLUENCE_BRAND_CAP": str(100 * load.partitions + 4 * load.workload.brands),
            "INFLUENCE_LOG__LEVEL": "WARNING",
            **(settings or {}),
        }
        self.processes = [
            Worker(self.directory, environment, f"worker-{number}") for number in range(count)
        ]

    @property
    def changelog_bytes(self) -> int:
        """What the broker keeps of their changelogs."""
        return self.stand.log_bytes(f"{self.group}-")

    def start(self) -> None:
        """Start them; does not wait."""
        with machine.on(machine.CLIENT):
            for worker in self.processes:
                worker.start()

    def wait_ready(self, timeout: float = 600.0) -> None:
        """Wait until each owns partitions and has recovered their state."""
        for worker in self.processes:
            worker.wait_ready(timeout)

    def catch_up(self, timeout: float = 600.0) -> None:
        """Wait until everything is committed, without measuring."""
        committed = self.committed()
        try:
            eventually(lambda: committed.records() >= self.load.records, timeout, every=0.5)
        finally:
            committed.close()

    def drain(self, edge: float | None = None) -> Drained:
        """Wait until everything is committed, and check what became of it.

        They are measured from when all are ready: what they read until their first commits counts.
        Left out are ``edge`` seconds at both ends, or what is always left out.

        Raises:
            Failed: They ended or stood still, or counted wrongly.
        """
        committed = self.committed()
        watch = Watch(self.stand.kafka.process, self.processes)
        reached = 0

        def records() -> int:
            nonlocal reached
            reached = committed.records()
            return reached

        try:
            self.wait_ready()
            began = time.monotonic()
            with scraped(self.processes):
                progress = watch.until(lambda: reached >= self.load.records, records, PATIENCE)
        finally:
            committed.close()
        self._check()
        whole = sum(machine.cpu_seconds(worker.pid) for worker in self.processes)
        drained = watch.drained(progress, self.stand.edge if edge is None else edge, began=began)
        drained.extra["changelog_bytes_per_record"] = self.changelog_bytes / self.load.records
        # From the start of the processes until Redis shows all.
        drained.extra["whole_client_seconds"] = whole
        drained.extra |= self._a_brand()
        return drained

    def stop(self) -> None:
        """End them in order; their state stays in the changelogs."""
        for worker in self.processes:
            if worker.running:
                worker.terminate(60.0)

    def close(self) -> None:
        """End them, and remove what they left on the servers."""
        for worker in self.processes:
            worker.close()
        self.stand.forget(self.load.prefix, keep=self.load)
        self.stand.redis.flush()
        shutil.rmtree(self.directory, ignore_errors=True)

    def outcomes(self) -> dict[str, int]:
        """Return records by outcome, as the workers' metrics tell."""
        totals: dict[str, int] = {}
        for worker in self.processes:
            for line in worker.get("/metrics", timeout=60.0)[1].splitlines():
                if line.startswith("pipeline_records_total{"):
                    outcome = line.partition('outcome="')[2].partition('"')[0]
                    count = int(float(line.rpartition(" ")[2]))
                    totals[outcome] = totals.get(outcome, 0) + count
        return totals

    def committed(self) -> Committed:
        """Return what shows their progress; to be closed."""
        return Committed(self.stand, f"{self.load.prefix}{self.group}", self.load)

    def _check(self) -> None:
        """Hold the outcomes, and what Redis publishes, against the load's account."""
        account = self.load.account
        wanted = {"applied": account.records - account.repeats}
        if account.repeats:
            wanted["duplicate"] = account.repeats

        def counted() -> bool:
            found = {outcome: n for outcome, n in self.outcomes().items() if n}
            assert found == wanted, found
            return True

        def published() -> bool:
            found, as_of = self._published()
            assert found == account.mentions_28d(as_of), found
            return True

        try:
            eventually(counted, PUBLISH_SECONDS, every=1.0, what=f"outcomes {wanted}")
            eventually(published, PUBLISH_SECONDS, every=1.0, what="Redis holds all mentions")
        except AssertionError as error:
            raise Failed(f"the worker counted wrongly: {error}") from error

    def _published(self) -> tuple[int, int]:
        """Return the sum of ``mentions_28d`` in Redis, and the latest evaluation (ms)."""
        prefix = RedisSettings().prefix
        total = latest = 0
        with self.stand.redis.client() as client:
            keys = list(client.scan_iter(match=f"{prefix}brand:*", count=1000))
            reading = client.pipeline(transaction=False)
            for key in keys:
                reading.hmget(key, "mentions_28d", "as_of")
            for mentions, as_of in reading.execute():
                total += int(mentions or 0)
                latest = max(latest, int(datetime.fromisoformat(as_of).timestamp() * 1000))
        return total, latest or self.load.workload.end // DAY * DAY

    def _a_brand(self) -> dict[str, float]:
        """Return what a brand costs in Redis and Prometheus."""
        brands = self.load.workload.brands
        with self.stand.redis.client() as client:
            held = client.info("memory")["used_memory"]
            commands = client.info("commandstats")
        lines = [
            line
            for worker in self.processes
            for line in worker.get("/metrics", timeout=60.0)[1].splitlines()
        ]
        published = commands["cmdstat_evalsha"]
        return {
            "redis_bytes_per_brand": held / brands,
            "redis_microseconds_per_publish": published["usec"] / published["calls"],
            "series_per_brand": sum(line.startswith("influence_") for line in lines) / brands,
        }


@contextmanager
def scraped(workers: Sequence[Worker]) -> Iterator[None]:
    """Scrape the metrics of workers meanwhile, as Prometheus would."""
    ended = threading.Event()

    def scrape() -> None:
        while not ended.wait(SCRAPE_SECONDS):
            for worker in workers:
                worker.get("/metrics", timeout=30.0)

    thread = threading.Thread(target=scrape, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def drain(stand: Stand, load: Load, settings: Mapping[str, str] | None = None) -> Drained:
    """Have one worker, with no state, drain a load."""
    workers = Workers(stand, load, settings=settings)
    try:
        workers.start()
        began = time.monotonic()
        drained = workers.drain()
        drained.extra["seconds"] = time.monotonic() - began
        return drained
    finally:
        workers.close()
