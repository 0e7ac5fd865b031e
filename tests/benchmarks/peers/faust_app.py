"""Stock Faust: a tumbling table of count and sum a minute and brand, as its guide shows it.

The store is in memory, which is Faust's fastest, with a changelog; values pass as JSON by orjson,
and uvloop runs the loop, both as its guide recommends.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import faust
from progress import Progress

REPORTED = 200

# Its worker leaves these at DEBUG and filters later, which costs two log records an event.
for name in ("faust", "aiokafka"):
    logging.getLogger(name).setLevel(logging.WARNING)

progress = Progress()
app = faust.App(
    progress.group,
    broker=f"kafka://{progress.bootstrap}",
    store="memory://",
    topic_partitions=8,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    # Do not wait for the whole backlog in flight at start, and send changelog records in batches.
    stream_wait_empty=False,
    stream_buffer_maxsize=16_384,
    broker_max_poll_records=5_000,
    producer_linger=0.05,
    producer_max_batch_size=256 * 1024,
)
mentions = app.topic(progress.topic, key_type=bytes, value_serializer="json")


class Counts(list):
    """Count and sum, which add up."""

    def __add__(self, other: Sequence[int]) -> Counts:
        return Counts((self[0] + other[0], self[1] + other[1]))


table = app.Table("counts", default=lambda: Counts((0, 0))).tumbling(60.0)


@app.agent(mentions)
async def count(stream: faust.StreamT) -> None:
    """Add each mention to its window."""
    pending = 0
    left = progress.wanted
    async for mention in stream:
        table[mention["brand"]] += (1, mention["likes"])
        pending += 1
        left -= 1
        if pending == REPORTED or not left:
            progress.add(pending)
            pending = 0
        if not left:
            finish()


def finish() -> None:
    """Tell what all windows add up to."""
    windows = list(table.table.values())
    progress.finish(records=sum(n for n, _ in windows), likes=sum(s for _, s in windows))
