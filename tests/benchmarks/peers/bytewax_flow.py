"""Bytewax: a tumbling window of count and sum a minute and brand, without recovery snapshots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import bytewax.operators.windowing as win
import orjson
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from progress import Progress

progress = Progress()
totals = [0, 0]


def decode(batch: list) -> list:
    """Decode a batch: brand, and what the window needs."""
    progress.add(len(batch))
    loads = orjson.loads
    decoded = []
    for message in batch:
        mention = loads(message.value)
        decoded.append((mention["brand"], (message.timestamp[1], mention["likes"])))
    return decoded


def when(value: tuple) -> datetime:
    return datetime.fromtimestamp(value[0] / 1000, UTC)


def add(counts: tuple, value: tuple) -> tuple:
    return counts[0] + 1, counts[1] + value[1]


def merge(a: tuple, b: tuple) -> tuple:
    return a[0] + b[0], a[1] + b[1]


class Totals(DynamicSink):
    """Takes closed windows."""

    def build(self, _step: str, _index: int, _count: int) -> StatelessSinkPartition:
        """Return the one worker's part."""
        return Total()


class Total(StatelessSinkPartition):
    """Adds up closed windows."""

    def write_batch(self, items: list) -> None:
        """Add up some."""
        for _, (_, (count, likes)) in items:
            totals[0] += count
            totals[1] += likes


flow = Dataflow("tumbling")
messages = op.input(
    "kafka",
    flow,
    KafkaSource(
        [progress.bootstrap],
        [progress.topic],
        tail=False,
        batch_size=5_000,
        add_config={"fetch.min.bytes": "65536", "fetch.wait.max.ms": "50"},
    ),
)
windows = win.fold_window(
    "count",
    op.flat_map_batch("decode", messages, decode),
    win.EventClock(when, wait_for_system_duration=timedelta(minutes=10)),
    win.TumblingWindower(length=timedelta(minutes=1), align_to=datetime(2020, 1, 1, tzinfo=UTC)),
    lambda: (0, 0),
    add,
    merge,
    ordered=False,
)
op.output("totals", windows.down, Totals())
run_main(flow)
progress.finish(records=totals[0], likes=totals[1])
