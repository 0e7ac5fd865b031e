"""Real servers on their own processor, and loads that are produced once."""

from __future__ import annotations

import fcntl
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from pipeline.errors import Usage
from pipeline.events.records import Topic
from tests.benchmarks import machine
from tests.benchmarks.environments import CACHE
from tests.benchmarks.load import Account, load
from tests.benchmarks.rates import EDGE_SECONDS
from tests.benchmarks.workload import Workload
from tests.integration.rig import KafkaCluster, RedisServer

PARTITIONS = 8
"""The project's default."""

_PROGRAMS = {
    "java": "openjdk-17-jdk-headless",
    "javac": "openjdk-17-jdk-headless",
    "mvn": "maven",
    "redis-server": "redis-server",
}


def say(text: str) -> None:
    """Tell how far it is; results alone go to stdout."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


@dataclass(frozen=True, slots=True)
class Load:
    """A load in its topic; ``prefix`` is that of the topics of a worker that reads it."""

    prefix: str
    partitions: int
    workload: Workload
    account: Account

    @property
    def topic(self) -> str:
        """The topic's name."""
        return self.prefix + Topic.MENTIONS

    @property
    def records(self) -> int:
        """How many records are in it."""
        return self.account.records


class Stand:
    """One Apache Kafka and one Redis; everything is gone when it is closed.

    Args:
        edge: Seconds that are left out at both ends of a run; less only to try things out.

    Raises:
        Usage: A program is missing on this machine, or (entering) another benchmark is running.
    """

    def __init__(self, edge: float = EDGE_SECONDS) -> None:
        self.edge = edge
        for program, package in _PROGRAMS.items():
            if shutil.which(program) is None:
                raise Usage(f"{program} is not installed", f"Debian: apt-get install {package}")
        self.directory = CACHE / "servers"
        self.kafka = KafkaCluster(self.directory / "kafka", lasting=True)
        self.redis = RedisServer(self.directory / "redis")
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            CACHE.mkdir(parents=True, exist_ok=True)
            lock = opening.enter_context((CACHE / "lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Usage("another benchmark is running", "wait for its end") from error
            shutil.rmtree(self.directory, ignore_errors=True)
            opening.callback(shutil.rmtree, self.directory, ignore_errors=True)
            opening.enter_context(machine.on(machine.SERVERS))
            opening.enter_context(self.kafka)
            opening.enter_context(self.redis)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def produce(self, workload: Workload, partitions: int = PARTITIONS) -> Load:
        """Bring a load into a topic of its own."""
        prefix = f"load-{uuid4().hex[:6]}."
        started = time.monotonic()
        account = load(self.kafka.bootstrap, prefix + Topic.MENTIONS, partitions, workload)
        took = time.monotonic() - started
        say(f"{account.records:,} mentions produced in {took:.0f} s")
        return Load(prefix, partitions, workload, account)

    def forget(self, *prefixes: str, keep: Load | None = None) -> None:
        """Delete all topics that start so, but for the load itself."""
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        try:
            gone = [
                name
                for name in admin.list_topics()
                if name.startswith(prefixes) and (keep is None or name != keep.topic)
            ]
            if gone:
                admin.delete_topics(gone)
        finally:
            admin.close()

    def run_directory(self, name: str) -> Path:
        """Return a new, empty directory for one run."""
        directory = self.directory / f"{name}-{uuid4().hex[:6]}"
        directory.mkdir(parents=True)
        return directory

    def log_bytes(self, part: str) -> int:
        """Return how much the broker keeps of all topics whose name contains a word."""
        data = self.directory / "kafka" / "data"
        return sum(
            file.stat().st_size for topic in data.glob(f"*{part}*") for file in topic.glob("*.log")
        )


class Committed:
    """Looks up, again and again, how far a consumer group is with a load."""

    def __init__(self, stand: Stand, group: str, load: Load) -> None:
        self._admin = KafkaAdminClient(bootstrap_servers=stand.kafka.bootstrap)
        self._group = group
        self._partitions = [TopicPartition(load.topic, p) for p in range(load.partitions)]
        self._known = 0

    def records(self) -> int:
        """Return the sum of the committed offsets; the last one seen where the broker is busy."""
        try:
            offsets = self._admin.list_group_offsets(self._group).get(self._group, {})
        except KafkaError as error:
            if not error.retriable:
                raise
            return self._known
        self._known = sum(max(0, offsets[tp].offset) for tp in self._partitions if tp in offsets)
        return self._known

    def close(self) -> None:
        """Close the connection."""
        self._admin.close()
