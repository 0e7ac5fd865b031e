"""``influence bench``: what the way of a record costs on this machine, without servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import JsonOption, note, print_json, print_table, progress

if TYPE_CHECKING:
    from pipeline.events.records import RecordBatch
    from pipeline.settings import Settings

_SEED = 1
_WEEKS = 26
_BATCH = 5_000
"""Records a batch, about what one fetch brings of a partition with a backlog."""


def bench(
    events: Annotated[
        int, typer.Option(min=1_000, max=1_000_000, help="How many simulated mentions.")
    ] = 50_000,
    as_json: JsonOption = False,
) -> None:
    """Measure decoding, admission, state and its encoding on this machine, in this process.

    It tells how many events a worker could take at most: reading from Kafka, awaiting its
    acknowledgements and publishing come on top. Three brands, 26 weeks, one partition.
    """
    from pipeline import settings

    result = measure(events, settings.load())
    if as_json:
        print_json(result)
        return
    stages = result["seconds"]
    rows = [
        (stage, f"{1e6 * taken / events:.2f}", f"{events / taken:,.0f}")
        for stage, taken in stages.items()
    ]
    print_table(f"{events:,} mentions", ("stage", "µs an event", "events/s"), rows)
    note(f"changelog: {result['changelog_bytes_per_event']:,.0f} bytes an event")


def measure(events: int, settings: Settings) -> dict[str, Any]:
    """Take simulated mentions through every stage, and return what each took.

    ``seconds`` holds processor time: of decoding alone, of decoding and admission, and of all with
    state and its encoding (a flush after every batch).
    """
    from pipeline.clock import WallClock
    from pipeline.events.hashing import Hasher
    from pipeline.events.mention_columns import decode_mentions
    from pipeline.events.records import PackedRecords
    from pipeline.state.intake import Intake
    from pipeline.state.mention_table import MentionTable
    from pipeline.wiring import admission_of, book_of

    clock = WallClock()
    batches = list(_batches(events, clock.now()))
    packed = [PackedRecords.of(batch.records) for batch in batches]
    admission = admission_of(settings, book_of(settings), clock)
    hasher = Hasher(settings.author_hash_key.get_secret_value())
    table = MentionTable(0)
    intake = Intake(table, admission, routing=None, brand_cap=1_000)
    written = 0

    def apply() -> None:
        nonlocal written
        for batch in batches:
            intake.take(batch)
            changes = table.cut(1)
            written += sum(len(key) + len(value or b"") for key, value in changes.values)

    decoded = _seconds(lambda: [decode_mentions(records, hasher) for records in packed])
    admitted = _seconds(lambda: [admission.admit_mentions(records) for records in packed])
    everything = _seconds(apply)
    return {
        "events": events,
        "seconds": {
            "decode": decoded,
            "decode, admit": admitted,
            "decode, admit, apply, encode": everything,
        },
        "events_per_second": events / everything,
        "changelog_bytes_per_event": written / events,
    }


def _batches(events: int, end: int) -> Iterator[RecordBatch]:
    from pipeline.events.records import RawRecord, RecordBatch, Topic
    from pipeline.sources.simulation.feed import history
    from pipeline.sources.simulation.scenario import DEMO, scenario

    def mentions() -> Iterator[bytes]:
        seed = _SEED
        while True:  # as many worlds as it takes
            for arrival in history(scenario(DEMO), seed, _WEEKS, end):
                if arrival.record.topic == Topic.MENTIONS:
                    yield arrival.record.value
            seed += 1

    with progress("simulating", events) as step:
        values = islice(mentions(), events)
        offset = 0
        while batch := list(islice(values, _BATCH)):
            records = [RawRecord(offset + at, value) for at, value in enumerate(batch)]
            offset += len(batch)
            if step:
                step(offset)
            yield RecordBatch(Topic.MENTIONS, 0, records)


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
