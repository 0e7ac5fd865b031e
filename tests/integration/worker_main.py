"""A worker that stops the world at a named point, or runs with one of its defences switched off.

Started as a process of its own by the fault tests:
``python -m tests.integration.worker_main [--kill-at POINT[:COUNT] | --stop-at POINT[:COUNT]]
[--without DEFENCE]``.
The worker itself knows nothing of this: points come through the hook that a flush takes, defences
are taken out by :mod:`tests.integration.defences`.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
from collections.abc import Awaitable, Mapping
from functools import partial

from faust.types import TP

from pipeline import app, cli
from pipeline.sinks.redis import RedisSink
from pipeline.sinks.topics import Kind
from pipeline.transport.consumer import RecordBatchConsumer
from tests.integration.defences import SWITCHES

logger = logging.getLogger(__name__)


class SignalAt:
    """Sends this process a signal the ``count``-th time that a flush reaches a point.

    * ``between-values``: some values of a flush are durable, others were never sent.
    * ``before-row``: all values are durable, of which there are some; the rows are not.
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
        if kind is Kind.VALUE and acknowledgement is not None:
            self._values += 1
        is_here = self._is_here(kind, acknowledgement)
        if acknowledgement is None:
            self._values = 0
        if not is_here:
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
            "before-row": step_ended and self._values > 0,
            "before-commit": kind is Kind.ROW and step_ended,
            "after-reroute": kind is Kind.REROUTE and not step_ended,
            "in-dead-letter": kind is Kind.DEAD_LETTER and not step_ended,
        }[self._point]


def stop_before_publication(count: int) -> None:
    """Stop before the ``count``-th time that something goes to Redis; once continued, end there."""
    original = RedisSink._publish_some
    left = count

    async def publish_some(self: RedisSink) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
        await original(self)
        if left == 0:
            os._exit(0)

    RedisSink._publish_some = publish_some  # type: ignore[method-assign]  # observed, no more


def report_bookkeeping() -> None:
    """Log, at each acknowledgement, how many entries the consumer keeps about its messages."""
    original = RecordBatchConsumer.acknowledge

    def acknowledge(self: RecordBatchConsumer, ends: Mapping[TP, int], generation: int) -> bool:
        acknowledged = original(self, ends, generation)
        kept = (*self._acked.values(), *self._acked_index.values(), *self._gap.values())
        entries = sum(map(len, kept)) + len(self._durable) + len(self._next) + len(self._gaps)
        logger.info("bookkeeping holds %d entries", entries)
        return acknowledged

    RecordBatchConsumer.acknowledge = acknowledge  # type: ignore[method-assign]  # likewise


def main() -> int:
    """Run ``influence worker``, changed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kill-at", default="")
    parser.add_argument("--stop-at", default="")
    parser.add_argument("--without", action="append", default=[], choices=sorted(SWITCHES))
    options = parser.parse_args()
    for defence in options.without:
        SWITCHES[defence]()
    report_bookkeeping()
    number = signal.SIGKILL if options.kill_at else signal.SIGSTOP
    point, _, count = (options.kill_at or options.stop_at).partition(":")
    reached = None
    if point == "before-publication":
        stop_before_publication(int(count or 1))
    elif point:
        reached = SignalAt(number, point, int(count or 1))
    app.run_worker = partial(app.run_worker, reached=reached)
    return cli.main(["worker"])


if __name__ == "__main__":
    raise SystemExit(main())
