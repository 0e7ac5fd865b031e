"""What the way of a record into the state costs, beside decoding it and nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import msgspec
import pytest

from pipeline.app import admission_of
from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.decode import decode_batch
from pipeline.events.instants import DAY, to_rfc3339
from pipeline.events.records import RawRecord, RecordBatch, Topic
from pipeline.settings import Settings
from pipeline.state.intake import Intake
from pipeline.state.mention_table import MentionTable

NOW = 1_767_225_600_000_000
RECORDS = 200_000
BATCH = 5_000


def mentions() -> list[bytes]:
    """Return 26 weeks of mentions of 100 brands, Zipf-distributed, in order of time."""
    draw = random.Random(1)
    weights = [1 / rank for rank in range(1, 101)]
    brands = draw.choices(range(100), weights, k=RECORDS)
    step = 182 * DAY // RECORDS
    return [
        msgspec.json.encode(
            {
                "id": f"https://social.example/@someone/{number:018d}",
                "brand": f"brand-{brand}",
                "author": f"author-{draw.randrange(1_000_000)}@social.example",
                "occurred_at": to_rfc3339(NOW - 182 * DAY + number * step),
                "source": "mastodon",
                "sentiment": round(draw.uniform(-1, 1), 3),
                "lang": "en",
                "likes": draw.randrange(50),
            }
        )
        for number, brand in enumerate(brands)
    ]


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@pytest.mark.bench
def test_intake_beside_decoding() -> None:
    values = mentions()
    batches = [values[start : start + BATCH] for start in range(0, RECORDS, BATCH)]
    table = MentionTable(0)
    intake = Intake(
        table, admission_of(Settings(), BrandBook(), FixedClock(NOW)), routing=None, brand_cap=1_000
    )

    def take() -> None:
        offset = 0
        for batch in batches:
            records = [RawRecord(offset + at, value) for at, value in enumerate(batch)]
            intake.take(RecordBatch(Topic.MENTIONS, 0, records))
            offset += len(batch)
            table.cut(1)

    plain = seconds(lambda: [msgspec.json.decode(value) for value in values])
    decoded = seconds(lambda: [decode_batch(Topic.MENTIONS, batch) for batch in batches])
    taken = seconds(take)
    print()
    for name, took in (
        ("decode as plain JSON", plain),
        ("decode by the contract", decoded),
        ("decode, admit, apply, encode", taken),
    ):
        print(f"{name:30} {RECORDS / took:12,.0f} records/s {took / plain:8.1f} x plain")
    assert table.row.outcomes["applied"] == RECORDS
    assert taken < 60 * plain, "the way into the state costs far more than it did"
