"""A worker that stops the world at a named point, or runs with one of its defences switched off.

Started as a process of its own by the fault tests:
``python -m tests.integration.worker_main [--kill-at POINT[:COUNT] | --stop-at POINT[:COUNT]]
[--without DEFENCE]``.
The worker itself knows nothing of this: points come through the hook that a flush takes, defences
are taken out from here.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline import app as app_module
from pipeline.agents.flush import Flush
from pipeline.agents.ownership import Ownership
from pipeline.agents.pulse import Pulse
from pipeline.events.records import RecordBatch
from pipeline.settings import load
from pipeline.sinks.topics import Bulk, Kind, Outgoing
from pipeline.state import encoding
from pipeline.state.intake import Intake
from pipeline.state.row import PartitionRow
from pipeline.state.source import SourceTable


class SignalAt:
    """Sends this process a signal the ``count``-th time that a flush reaches a point.

    * ``between-values``: some values of a flush are durable, others were never sent.
    * ``before-row``: all values are durable, the rows are not.
    * ``before-commit``: values and rows are durable, nothing is committed.
    * ``after-reroute``: a rerouted record is durable under its new key, nothing else is.
    * ``in-dead-letter``: a dead letter is on its way.
    """

    def __init__(self, number: signal.Signals, point: str, count: int) -> None:
        self._signal = number
        self._point = point
        self._left = count
        self._values = 0

    async def __call__(self, kind: Kind, acknowledgement: Awaitable[object] | None) -> None:
        """Take one step of a flush."""
        if acknowledgement is None:
            self._values = 0
        if kind is Kind.VALUE and acknowledgement is not None:
            self._values += 1
        if not self._is_here(kind, acknowledgement):
            return
        self._left -= 1
        if self._left != 0:
            return
        if acknowledgement is not None and self._point != "in-dead-letter":
            await acknowledgement
        os.kill(os.getpid(), self._signal)

    def _is_here(self, kind: Kind, acknowledgement: Awaitable[object] | None) -> bool:
        step_ended = acknowledgement is None
        return {
            "between-values": kind is Kind.VALUE and not step_ended and self._values == 2,
            "before-row": kind is not Kind.ROW and step_ended,
            "before-commit": kind is Kind.ROW and step_ended,
            "after-reroute": kind is Kind.REROUTE and not step_ended,
            "in-dead-letter": kind is Kind.DEAD_LETTER and not step_ended,
        }[self._point]


def without_applied_offsets() -> None:
    """Values no longer know what they contain."""
    original = SourceTable.load

    def load(self: SourceTable, values: Mapping[bytes, bytes], *rest: Any, **more: Any) -> None:
        forgotten = {
            key: encoding.header(encoding.NOTHING_APPLIED) + value[encoding.HEADER_BYTES :]
            if not key.startswith(b"|")
            else value
            for key, value in values.items()
        }
        original(self, forgotten, *rest, **more)

    SourceTable.load = load  # type: ignore[method-assign]  # this is what the test is for


def without_generations() -> None:
    """Decoded state of kept and returning partitions outlives a rebalance."""
    original = Ownership.take_over
    known: dict[int, Any] = {}

    def take_over(self: Ownership, generation: int, owned: Any) -> bool:
        taken = original(self, generation, list(owned))
        self.shards = {p: known.setdefault(p, shard) for p, shard in self.shards.items()}
        return taken

    Ownership.take_over = take_over  # type: ignore[method-assign]  # as above


def without_holes() -> None:
    """An intake takes any batch, whatever should have come before it."""
    original = Intake.take

    def take(self: Intake, batch: RecordBatch) -> int:
        return original(self, replace(batch, start=None))

    Intake.take = take  # type: ignore[method-assign]  # as above


def without_pulse() -> None:
    """A suspended worker does not notice that it stood still."""

    def beat(self: Pulse) -> None:
        """Say nothing."""

    Pulse.beat = beat  # type: ignore[method-assign]  # as above


def without_waiting() -> None:
    """Offsets are acknowledged first, and then the flush is sent."""
    original = Flush._deliver

    async def deliver(self: Flush, messages: Sequence[Outgoing], bulks: Sequence[Bulk]) -> None:
        ends = {
            (table.topic, shard.partition): table.row.applied + 1
            for shard in self._ownership.shards.values()
            for table in shard.tables
            if table.row.applied >= 0
        }
        self._acknowledge(ends, self._ownership.generation)
        await asyncio.sleep(3 * 0.5)  # longer than the commit interval of the tests
        await original(self, messages, bulks)

    Flush._deliver = deliver  # type: ignore[method-assign]  # as above


def without_origins() -> None:
    """A partition does not know which rerouted records it has had."""
    PartitionRow.first_arrival = lambda *_: True  # type: ignore[method-assign]  # as above


DEFENCES: dict[str, Callable[[], None]] = {
    "applied-offsets": without_applied_offsets,
    "generations": without_generations,
    "holes": without_holes,
    "origins": without_origins,
    "pulse": without_pulse,
    "waiting": without_waiting,
}


def main() -> int:
    """Run the worker."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kill-at", default="")
    parser.add_argument("--stop-at", default="")
    parser.add_argument("--without", action="append", default=[], choices=sorted(DEFENCES))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for defence in options.without:
        DEFENCES[defence]()
    number = signal.SIGKILL if options.kill_at else signal.SIGSTOP
    point, _, count = (options.kill_at or options.stop_at).partition(":")
    reached = SignalAt(number, point, int(count or 1)) if point else None
    return app_module.run_worker(load(), reached)


if __name__ == "__main__":
    raise SystemExit(main())
