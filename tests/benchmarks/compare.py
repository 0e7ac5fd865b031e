"""The comparison: every engine in rotation over the same broker, and the ratios of the medians."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pipeline.errors import Usage
from tests.benchmarks import peer, worker
from tests.benchmarks.drain import Drained, Failed
from tests.benchmarks.peer import PEERS, Peer
from tests.benchmarks.stand import Load, Stand, say

WORKER = "worker"
SIZES = {"large": 1.0, "medium": 0.3, "small": 0.1}
"""Parts of the whole load; what drains slowly drains less of it."""


@dataclass(slots=True)
class Comparison:
    """The runs of every engine, and why an engine gave none."""

    runs: dict[str, list[Drained]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def rate(self, name: str) -> float | None:
        """Return an engine's median rate."""
        runs = self.runs.get(name)
        return median(run.rate for run in runs) if runs else None

    def ratios(self) -> dict[str, float]:
        """Return how many times as fast as each peer the worker is; see :func:`times_as_fast`."""
        rates = {name: [run.rate for run in runs] for name, runs in self.runs.items() if runs}
        own = rates.get(WORKER)
        if own is None:
            return {}
        peers = [each.name for each in PEERS if each.name in rates]
        return {name: times_as_fast(own, rates[name]) for name in peers}

    def document(self) -> dict[str, Any]:
        """Return everything as JSON."""
        titles = {WORKER: "this worker, everything on"} | {p.name: p.title for p in PEERS}
        versions = {p.name: p.version for p in PEERS}
        return {
            name: {
                "title": titles[name],
                "version": versions.get(name, ""),
                "records_per_second": median(run.rate for run in runs),
                "runs": [round(run.rate) for run in runs],
                "microseconds_per_record": median(run.microseconds for run in runs),
                "client_cpu": median(run.client_share for run in runs),
                "broker_cpu": median(run.broker_share for run in runs),
                "memory_mb": max(run.memory_bytes for run in runs) / 2**20,
                **sorted(runs, key=lambda run: run.rate)[len(runs) // 2].extra,
            }
            for name, runs in self.runs.items()
            if runs
        } | {
            name: {"title": titles[name], "version": versions.get(name, ""), "failed": reason}
            for name, reason in self.failed.items()
            if not self.runs.get(name)
        }


def times_as_fast(own: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the ratios of two engines' rates, round by round.

    A machine that others use as well is faster in one minute than in the next, by more than what
    is measured here; the runs of a round lie close together. An engine that fails is not run
    again, so that equal places are the same round.

    >>> times_as_fast([300.0, 100.0, 200.0], [100.0, 50.0])
    2.5
    """
    return median(mine / theirs for mine, theirs in zip(own, others, strict=False))


def compare(
    stand: Stand,
    loads: Mapping[str, Load],
    rounds: int,
    deadline: float,
    wanted: Sequence[str] = (),
) -> Comparison:
    """Run every engine once a round, each round beginning with another.

    Args:
        stand: The servers.
        loads: By size, see ``SIZES``.
        rounds: How many.
        deadline: On the steady clock: no round is begun that would probably end later.
        wanted: Names of engines; all by default.
    """
    engines: list[Peer | None] = [None, *PEERS]
    if wanted:
        engines = [e for e in engines if (e.name if e else WORKER) in wanted]
    result = Comparison()
    for each in filter(None, engines):
        try:
            each.command()  # installs what is missing, so that no round is the longer for it
        except Usage as error:
            result.failed[each.name] = str(error)
    longest = 0.0
    for number in range(rounds):
        began = time.monotonic()
        if began + longest > deadline:
            say(f"no time for round {number + 1} of {rounds}")
            break
        turn = number % len(engines)
        for engine in engines[turn:] + engines[:turn]:
            _run(stand, loads, engine, result, number)
        longest = max(longest, time.monotonic() - began)
    return result


def _run(
    stand: Stand, loads: Mapping[str, Load], engine: Peer | None, result: Comparison, number: int
) -> None:
    name = engine.name if engine else WORKER
    if name in result.failed:
        return
    load = loads[engine.size if engine else "large"]
    try:
        run = peer.drain(stand, engine, load) if engine else worker.drain(stand, load)
    except (Failed, Usage) as error:
        result.failed[name] = str(error).splitlines()[0]
        say(f"{name} failed: {error}")
        return
    run.extra["records"] = load.records
    result.runs.setdefault(name, []).append(run)
    say(f"round {number + 1}: {name:24} {run.rate:9,.0f} records/s")
