"""The other engines: how each is started, which load it drains, and what its result must be."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks import environments, machine
from tests.benchmarks.drain import Drained, Failed, Watch
from tests.benchmarks.rates import Sample
from tests.benchmarks.stand import Load, Stand
from tests.integration.rig.process import Process

WARMING_SECONDS = 4.0
"""Java compiles meanwhile, which a stream that goes on for days does not feel."""

PATIENCE = 120.0
"""Seconds without a record after which a peer is given up: starting takes the longest."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine that others would use.

    Args:
        name: In JSON and on the command line.
        title: In tables.
        size: Which load it drains; slow ones a smaller one.
        version: What runs.
        command: Installs what is needed, and returns the command line.
        environment: Further variables.
        passes: How often it reads the load.
        counts_closing: Whether its result holds the mentions that only close windows.
        warming: Seconds at its start that are left out, where one is not enough.
    """

    name: str
    title: str
    size: str
    version: str
    command: Callable[[], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    passes: int = 1
    counts_closing: bool = True
    warming: float = 0.0

    def expected(self, load: Load) -> dict[str, int]:
        """Return what the result must be."""
        account = load.account
        records, likes = account.records * self.passes, account.likes
        if not self.counts_closing:
            records, likes = records - account.closing_records, likes - account.closing_likes
        if self.name == "raw_aiokafka":
            return {"records": records, "bytes": account.bytes * self.passes}
        return {"records": records, "likes": likes}


def drain(stand: Stand, peer: Peer, load: Load) -> Drained:
    """Have a peer drain a load.

    Raises:
        Failed: It ended early, stood still or counted wrongly.
    """
    directory = stand.run_directory(peer.name)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("INFLUENCE_")
    } | {
        "BENCH_BOOTSTRAP": stand.kafka.bootstrap,
        "BENCH_TOPIC": load.topic,
        "BENCH_GROUP": directory.name,
        "BENCH_RECORDS": str(load.records * peer.passes),
        "BENCH_DIRECTORY": str(directory),
        "PYTHONPATH": str(environments.PEERS),
        **peer.environment,
    }
    process = Process(peer.command(), log=directory / f"{peer.name}.log", env=environment)
    result, progress = directory / "result", directory / "progress"
    try:
        with machine.on(machine.CLIENT):
            process.start()
        watch = Watch(stand.kafka.process, [process])
        watch.until(result.exists, lambda: _size(progress), PATIENCE)
        process.kill()
        found = json.loads(result.read_text())
        if found != peer.expected(load):
            raise Failed(f"{peer.title} counted {found}, not {peer.expected(load)}")
        return watch.drained(_progress(progress), stand.edge, peer.warming)
    finally:
        process.close()
        stand.forget(directory.name, f"changelog__{directory.name}")
        shutil.rmtree(directory, ignore_errors=True)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _progress(file: Path) -> list[Sample]:
    lines = (line.split() for line in file.read_text().splitlines())
    return [Sample(int(at) / 1e9, int(records)) for at, records in lines]


def _own(program: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, str(environments.PEERS / program)]


def _python(peer: str, program: str) -> Callable[[], list[str]]:
    return lambda: [str(environments.python(peer)), str(environments.PEERS / program)]


def _faust() -> list[str]:
    worker = ["--app", "faust_app", "--loop", "uvloop", "worker", "--loglevel", "warn"]
    return [str(environments.python("faust").with_name("faust")), *worker]


def _streams() -> list[str]:
    directory = environments.streams()
    return ["java", "-Xmx2g", "-cp", f"{directory}/*:{directory}", "TumblingCount"]


def _streams_settings(name: str) -> dict[str, Any]:
    return {"BENCH_PROPERTIES": str(environments.PEERS / "streams" / f"{name}.properties")}


PEERS = (
    Peer(
        "raw_aiokafka",
        "aiokafka, reading only",
        "large",
        version("aiokafka"),
        _own("raw_aiokafka.py"),
        passes=3,
    ),
    Peer(
        "kafka_streams",
        "Kafka Streams, RocksDB",
        "large",
        environments.streams_version(),
        _streams,
        _streams_settings("rocksdb"),
        warming=WARMING_SECONDS,
    ),
    Peer(
        "kafka_streams_in_memory",
        "Kafka Streams, in memory",
        "large",
        environments.streams_version(),
        _streams,
        _streams_settings("in-memory"),
        warming=WARMING_SECONDS,
    ),
    Peer(
        "bytewax",
        "Bytewax",
        "medium",
        environments.versions("bytewax")["bytewax"],
        _python("bytewax", "bytewax_flow.py"),
    ),
    Peer(
        "quix",
        "Quix Streams",
        "small",
        environments.versions("quix")["quixstreams"],
        _python("quix", "quix_app.py"),
        counts_closing=False,
    ),
    Peer(
        "faust",
        "Faust",
        "small",
        environments.versions("faust")["faust-streaming"],
        _faust,
    ),
)
