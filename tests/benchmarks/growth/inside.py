"""Curves without servers: a tick of many brands, and the replay of a file beside the worker."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from pipeline.agents.publish import Evaluator
from pipeline.alerting.watch import Watch
from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.records import RawRecord, RecordBatch, Topic
from pipeline.replay import Line, replay
from pipeline.settings import Settings
from pipeline.state.shard import Shard
from pipeline.wiring import admission_of
from tests.benchmarks import machine, worker
from tests.benchmarks.drain import Failed
from tests.benchmarks.growth.curve import Curve, Point
from tests.benchmarks.growth.load import now
from tests.benchmarks.stand import Load, Stand
from tests.benchmarks.workload import Workload
from tests.integration.rig.process import REPOSITORY

ROUNDS = 3
"""How often replay and worker take turns."""


def tick(_: Stand, scale: float) -> Curve:
    """Time a tick of 1,000 brands with 26 weeks of history, all of which were just mentioned."""
    workload = Workload(end=now(), mentions=int(500_000 * scale))
    clock = FixedClock(workload.end * 1000)
    book, settings = BrandBook(), Settings()
    admission = admission_of(settings, book, clock)
    shard = replay(_lines(workload), book, admission, clock, as_of=clock.now()).shard
    watch = Watch(shard, book)
    evaluator = Evaluator(
        clock, book, 3600.0, lambda: False, lambda _, brand: watch.standings(brand)
    )
    while _evaluated(evaluator, shard):
        pass  # the first look at each brand, as after a start
    # The closing mentions alone: one of each brand.
    once = Workload(end=workload.end, mentions=workload.brands, seed=2)
    first = shard.mentions.row.applied + 1
    records = [RawRecord(offset, line.value) for offset, line in enumerate(_lines(once), first)]
    shard.intakes[Topic.MENTIONS].take(RecordBatch(Topic.MENTIONS, 0, records))
    published, took = 0, 0.0
    while True:
        began = time.process_time()
        count = _evaluated(evaluator, shard)
        if not count:
            break
        took += time.process_time() - began
        published += count
    found = {"brands": published, "seconds": round(took, 2)}
    return Curve("Snapshots of 1,000 brands in a tick", [found], took, 0.5, "s")


def _evaluated(evaluator: Evaluator, shard: Shard) -> int:
    """Evaluate for the time of a tick; returns how many brands."""
    return sum(len(turn.publications) for turn in evaluator.tick([shard], None, 1))


def replayed(stand: Stand, scale: float) -> Curve:
    """Compare the processor time a record of ``influence replay`` and of the worker.

    They do the same with the load of the comparison in turns, and medians are compared: the
    machine's speed changes meanwhile. Both are measured from their start until every brand is
    evaluated with all there is: a replay until it has ended, the worker until Redis shows it.
    """
    workload = Workload(end=now(), mentions=int(2_000_000 * scale))
    load = stand.produce(workload)
    file = stand.run_directory("replay") / "events.ndjson"
    with file.open("wb") as out:
        for line in _lines(workload):
            out.write(b'{"topic":"social-mentions",' + line.value[1:] + b"\n")
    rounds = [(_replay(file, load.records), _drain(stand, load)) for _ in range(ROUNDS)]
    stand.forget(load.prefix)
    replays, drains = (median(times) for times in zip(*rounds, strict=True))
    points: list[Point] = [
        {"records": load.records, "microseconds_per_record": round(spent, 2)}
        for spent in (replays, drains)
    ]
    return Curve(
        "influence replay (first) and worker, whole",
        points,
        replays / drains,
        1.0,
        "times the worker's time a record",
    )


def _lines(workload: Workload) -> Iterator[Line]:
    for chunk in workload.chunks():
        for value in chunk.values:
            yield Line(Topic.MENTIONS, value)


def _drain(stand: Stand, load: Load) -> float:
    """Return the processor time a record of a worker, in microseconds."""
    whole: float = worker.drain(stand, load).extra["whole_client_seconds"]
    return 1e6 * whole / load.records


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
