"""Curves without servers: a tick of many brands, and the replay of a file beside the worker."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.records import Topic
from pipeline.replay import Line, replay
from pipeline.settings import Settings
from pipeline.wiring import admission_of
from tests.benchmarks import machine, worker
from tests.benchmarks.drain import Failed
from tests.benchmarks.growth.curve import Curve, Point
from tests.benchmarks.growth.load import now
from tests.benchmarks.stand import Stand
from tests.benchmarks.workload import Workload
from tests.integration.rig.process import REPOSITORY


def tick(_: Stand, scale: float) -> Curve:
    """Time the evaluation of all of 1,000 brands with 26 weeks of history."""
    workload = Workload(end=now(), mentions=int(500_000 * scale))
    clock = FixedClock(workload.end * 1000)
    book, settings = BrandBook(), Settings()
    admission = admission_of(settings, book, clock)
    state = replay(_lines(workload), book, admission, clock, as_of=clock.now())
    began = time.process_time()
    published = len(state.publications())
    took = time.process_time() - began
    found = {"brands": published, "seconds": round(took, 2)}
    return Curve("Snapshots of 1,000 brands in a tick", [found], took, 0.5, "s")


def replayed(stand: Stand, scale: float) -> Curve:
    """Compare the processor time a record of ``influence replay`` and of the worker."""
    workload = Workload(end=now(), mentions=int(1_000_000 * scale))
    load = stand.produce(workload)
    run = worker.drain(stand, load)
    stand.forget(load.prefix)
    file = stand.run_directory("replay") / "events.ndjson"
    with file.open("wb") as out:
        for line in _lines(workload):
            out.write(b'{"topic":"social-mentions",' + line.value[1:] + b"\n")
    spent = _replay(file, load.records)
    own: Point = {"records": load.records, "microseconds_per_record": round(spent, 2)}
    streamed = own | {"microseconds_per_record": round(run.microseconds, 2)}
    return Curve(
        "influence replay (first) and worker",
        [own, streamed],
        spent / run.microseconds,
        1.0,
        "times the worker's time a record",
    )


def _lines(workload: Workload) -> Iterator[Line]:
    for chunk in workload.chunks():
        for value in chunk.values:
            yield Line(Topic.MENTIONS, value)


def _replay(file: Path, records: int) -> float:
    """Return the processor time a record of a replay, in microseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with machine.on(machine.CLIENT):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", "replay", str(file), "--json"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise Failed(f"influence replay: {done.stderr.strip()}")
    outcomes = json.loads(done.stdout.splitlines()[-1])["records"]
    if sum(outcomes.values()) != records:
        raise Failed(f"influence replay counted {outcomes}, not {records} records")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1e6 * spent / records
