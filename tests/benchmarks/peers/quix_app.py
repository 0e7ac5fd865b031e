"""Quix Streams: a tumbling window of count and sum a minute and brand, closed windows only.

With its defaults: state in RocksDB with a changelog, a checkpoint every 5 s.
"""

from __future__ import annotations

from itertools import count

from progress import Progress
from quixstreams import Application
from quixstreams.dataframe.windows import Count, Sum

REPORTED = 200

progress = Progress()
totals = [0, 0]
seen = count(1)


def processed(_topic: str, _partition: int, _offset: int) -> None:
    """Count a record that went through all steps."""
    number = next(seen)
    if number % REPORTED == 0 or number == progress.wanted:
        progress.add(number - progress.records)
    if number == progress.wanted:
        app.stop()


def take(window: dict[str, int]) -> None:
    """Add up a closed window."""
    totals[0] += window["count"]
    totals[1] += window["likes"]


app = Application(
    progress.bootstrap,
    consumer_group=progress.group,
    auto_offset_reset="earliest",
    state_dir=f"{progress.directory}/state",
    on_message_processed=processed,
    loglevel="WARNING",
)
mentions = app.topic(progress.topic, value_deserializer="json", key_deserializer="str")
(
    app.dataframe(mentions)
    .tumbling_window(duration_ms=60_000, grace_ms=600_000)
    .agg(count=Count(), likes=Sum("likes"))
    .final()
    .update(take)
)
app.run()
progress.finish(records=totals[0], likes=totals[1])
