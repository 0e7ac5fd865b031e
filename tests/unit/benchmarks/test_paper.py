"""What is computed from the measurements moves the way it must."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.paper import MEAN, PEAK, Measured, need, render

MEASURED = Measured(
    rate=100_000,
    changelog_bytes=100,
    record_bytes=300,
    redis_bytes=20_000,
    redis_seconds=1e-4,
    series=20,
    tick_seconds=1e-3,
    entry_bytes=50,
)
BRANDS = 100_000


def test_posts_need_as_many_workers_as_the_busiest_calls_for() -> None:
    mean, peak = need(MEASURED, MEAN, BRANDS), need(MEASURED, PEAK, BRANDS)
    assert mean.workers_for["posts"] == 1
    assert peak.workers_for["posts"] >= 3
    assert peak.skew.top_brand * PEAK < MEASURED.rate
    assert peak.top_brand == pytest.approx(peak.skew.top_brand * PEAK / (MEASURED.rate / 2))


def test_a_brand_that_is_too_much_for_a_worker_is_seen() -> None:
    assert need(replace(MEASURED, rate=10_000), PEAK, BRANDS).top_brand > 1


def test_publishing_less_often_evaluates_less() -> None:
    workers = need(MEASURED, PEAK, BRANDS).workers_for
    every = [workers[f"evaluation every {seconds} s"] for seconds in (1, 10, 60)]
    assert every == sorted(every, reverse=True)
    assert every[0] > every[-1]


def test_memory_follows_the_size_of_an_entry() -> None:
    small, large = (
        need(replace(MEASURED, entry_bytes=size), MEAN, BRANDS).workers_for["memory"]
        for size in (50, 500)
    )
    assert large == pytest.approx(10 * small, rel=0.05)


def test_it_reads_what_the_benchmarks_write(tmp_path: Path) -> None:
    worker = {
        "records_per_second": 50_000,
        "changelog_bytes_per_record": 80.0,
        "redis_bytes_per_brand": 10_000.0,
        "redis_microseconds_per_publish": 100.0,
        "series_per_brand": 18.0,
    }
    sizes = [{"mentions": n, "peak_megabytes": mb} for n, mb in ((400_000, 300), (800_000, 400))]
    curves = {
        "tick": {"points": [{"brands": 1_000, "seconds": 0.5}]},
        "recovery": {"points": sizes},
    }
    (tmp_path / "bench").write_text(
        json.dumps({"engines": {"worker": worker}, "record_bytes": 300})
    )
    (tmp_path / "growth").write_text(json.dumps({"curves": curves}))
    found = Measured.read(tmp_path / "bench", tmp_path / "growth")
    assert found.tick_seconds == pytest.approx(5e-4)
    # 400,000 more mentions over 400 days of 1,000 brands, of which none reaches the sample's size.
    assert found.entry_bytes == pytest.approx(100 * 2**20 / 400_000)
    assert "Most workers are needed for" in render(found)
