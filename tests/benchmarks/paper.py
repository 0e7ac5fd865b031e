"""``make bench-paper``: what a global network would need, computed from what was measured here.

Every figure follows from the results of ``make bench`` and ``make bench-growth`` in the cache, the
simulation of skew, and the assumptions named below.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import readme, skew
from tests.benchmarks.__main__ import RESULTS
from tests.benchmarks.compare import WORKER
from tests.benchmarks.growth.__main__ import RESULTS as GROWTH

MEAN, PEAK = 6_000, 150_000
"""Posts a second of a global network: over the year, and in its busiest second."""
BRANDS = 1_000_000
REGIONS = 3
BUSY = 0.5
"""Share of its measured rate that a worker is planned for: the delay is measured there."""
WORKER_BYTES = 8 * 2**30
"""Memory of a worker."""
SERIES = 5_000_000
"""Series that one Prometheus server is planned for."""
DAYS, SAMPLE = 400, 1_024
"""Day panes kept, and the authors that an old one samples at most."""
PUBLISH_SECONDS = (1, 10, 60)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the results say of one worker."""

    rate: float
    changelog_bytes: float
    record_bytes: float
    redis_bytes: float
    redis_seconds: float
    series: float
    tick_seconds: float
    entry_bytes: float

    @classmethod
    def read(cls, bench: Path = RESULTS, growth: Path = GROWTH) -> Measured:
        """Read the results.

        Raises:
            FileNotFoundError: A benchmark has not been run.
            KeyError: It gave no result for what is needed here.
        """
        compared, curves = json.loads(bench.read_text()), json.loads(growth.read_text())["curves"]
        own = compared["engines"][WORKER]
        tick, (less, more) = curves["tick"]["points"][0], curves["recovery"]["points"]
        # Two sizes of the same history: what differs is what state takes.
        entries = [_entries(each["mentions"] / DAYS, 1_000) for each in (less, more)]
        held = more["peak_megabytes"] - less["peak_megabytes"]
        return cls(
            rate=own["records_per_second"],
            changelog_bytes=own["changelog_bytes_per_record"],
            record_bytes=compared["record_bytes"],
            redis_bytes=own["redis_bytes_per_brand"],
            redis_seconds=own["redis_microseconds_per_publish"] / 1e6,
            series=own["series_per_brand"],
            tick_seconds=tick["seconds"] / tick["brands"],
            entry_bytes=held * 2**20 / (entries[1] - entries[0]),
        )


@dataclass(frozen=True, slots=True)
class Need:
    """What a load needs, over all regions; ``workers_for`` by what they are needed for.

    ``top_brand`` is the part of a worker that the first brand takes alone; it must not be above 1.
    """

    posts: int
    top_brand: float
    partitions: int
    skew: skew.Skew
    workers_for: dict[str, int]
    changelog_bytes_per_second: float
    redis_busy: dict[int, float]
    redis_bytes: float
    crossing_bytes_per_second: float
    prometheus: int

    @property
    def workers(self) -> int:
        """How many workers are enough for everything."""
        return max(self.workers_for.values())


def need(measured: Measured, posts: int, brands: int = BRANDS) -> Need:
    """Compute what so many posts a second about so many brands need.

    A worker is needed for applying posts, for evaluating brands that changed since they were last
    published, and for the memory that state takes; the first is bound by the busiest worker, the
    others spread with the brands.
    """
    shares = skew.zipf(brands)
    capacity = measured.rate * BUSY
    workers_for = {"posts": _appliers(shares, posts / capacity)}
    for every in PUBLISH_SECONDS:
        touched = skew.seen(shares, posts * every) / every
        workers_for[f"evaluation every {every} s"] = math.ceil(touched * measured.tick_seconds)
    state = _entries(MEAN * 86_400, brands) * measured.entry_bytes
    workers_for["memory"] = math.ceil(state / WORKER_BYTES)
    workers = max(workers_for["posts"], workers_for["memory"])
    # Twice as many as workers, and a power of two: room to grow without moving brands.
    partitions = 2 ** math.ceil(math.log2(2 * workers))
    return Need(
        posts=posts,
        top_brand=float(shares.max()) * posts / capacity,
        partitions=partitions,
        skew=skew.simulate(shares, partitions, workers, seeds=5),
        workers_for=workers_for,
        changelog_bytes_per_second=posts * measured.changelog_bytes,
        redis_busy={
            every: skew.seen(shares, posts * every) / every * measured.redis_seconds
            for every in PUBLISH_SECONDS
        },
        redis_bytes=brands * measured.redis_bytes,
        # Posts arise everywhere, and a brand is at home in one region.
        crossing_bytes_per_second=posts * measured.record_bytes * (REGIONS - 1) / REGIONS,
        prometheus=math.ceil(brands * measured.series / SERIES),
    )


def _appliers(shares: skew.Shares, loads: float) -> int:
    """Return the least number of workers whose busiest has at most one load.

    Where one brand alone is more than that, no number is enough; then as if loads could be split.
    """
    workers = max(1, math.ceil(loads))
    if shares.max() * loads > 1:
        return workers
    while skew.simulate(shares, 2 * workers, workers, seeds=5).top_worker * loads > 1:
        workers = math.ceil(1.1 * workers)
    return workers


def _entries(mentions_a_day: float, brands: int) -> float:
    """Return how many sampled authors the day panes of all brands hold."""
    a_brand = mentions_a_day * skew.zipf(brands)
    return float(DAYS * np.minimum(a_brand, SAMPLE).sum())


def render(measured: Measured) -> str:
    """Return skew, needs, and what breaks first, as text."""
    return "\n".join([_skew(), "", *_needs(measured)])


def _skew() -> str:
    rows = []
    for brands in (1_000, BRANDS):
        shares = skew.zipf(brands)
        for partitions in (8, 64, 512):
            found = skew.simulate(shares, partitions, partitions // 2)
            rows.append(
                [
                    f"{brands:,}",
                    f"{partitions}",
                    f"{found.top_brand:.1%}",
                    f"{found.top_partition:.1%}",
                    f"{found.top_partition * partitions:.1f}",
                    f"{found.excess:.1f}",
                ]
            )
    header = ["brands", "partitions", "top brand", "top partition", "x mean", "top worker, x mean"]
    return readme.table(header, rows)


def _needs(measured: Measured) -> list[str]:
    cases = [need(measured, posts) for posts in (MEAN, PEAK)]
    columns: dict[str, list[str]] = {
        "posts a second": [f"{case.posts:,}" for case in cases],
        "of a worker, the first brand": [f"{case.top_brand:.2f}" for case in cases],
        "partitions": [f"{case.partitions:,}" for case in cases],
        "busiest worker, x mean": [f"{case.skew.excess:.1f}" for case in cases],
    }
    for name in cases[0].workers_for:
        columns[f"workers for {name}"] = [f"{case.workers_for[name]:,}" for case in cases]
    columns["changelog, MB/s"] = [f"{c.changelog_bytes_per_second / 1e6:,.1f}" for c in cases]
    columns["changelog of a day, TB"] = [
        f"{case.changelog_bytes_per_second * 86_400 / 1e12:.2f}" for case in cases
    ]
    for every in PUBLISH_SECONDS:
        columns[f"busy Redis servers, published every {every} s"] = [
            f"{case.redis_busy[every]:.2f}" for case in cases
        ]
    columns["Redis, GB"] = [f"{case.redis_bytes / 1e9:.1f}" for case in cases]
    columns["between regions, MB/s"] = [f"{c.crossing_bytes_per_second / 1e6:,.1f}" for c in cases]
    columns["Prometheus servers"] = [f"{case.prometheus}" for case in cases]
    first = max(cases[0].workers_for, key=cases[0].workers_for.__getitem__)
    return [
        readme.table(["a million brands, three regions", "mean", "peak"], _rows(columns)),
        "",
        f"One worker: {measured.rate:,.0f} records/s, planned for {BUSY:.0%} of it; "
        f"{measured.tick_seconds * 1e3:.2f} ms to evaluate a brand; "
        f"{measured.entry_bytes:,.0f} bytes more for each sampled author of a day, all tiers; "
        f"{measured.changelog_bytes:.0f} bytes of changelog a record; "
        f"{measured.redis_seconds * 1e6:,.0f} µs of Redis a publication; "
        f"{measured.series:.0f} series a brand.",
        f"Most workers are needed for {first}.",
    ]


def _rows(columns: dict[str, list[str]]) -> list[list[str]]:
    return [[name, *values] for name, values in columns.items()]


def main() -> int:
    """Compute, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make bench-paper", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the needs as JSON")
    parser.add_argument("--readme", action="store_true", help="put the text into the README")
    options = parser.parse_args()
    try:
        measured = Measured.read()
    except (FileNotFoundError, KeyError) as error:
        sys.stderr.write(f"bench-paper: no {error}; run: make bench bench-growth\n")
        return 2
    text = render(measured)
    print(text, file=sys.stderr if options.json else sys.stdout)
    if options.json:
        print(json.dumps(_document(measured), separators=(",", ":")))
    if options.readme:
        readme.put("paper", text)
    return 0


def _document(measured: Measured) -> dict[str, Any]:
    return {
        str(posts): {"workers_for": found.workers_for, "partitions": found.partitions}
        for posts in (MEAN, PEAK)
        for found in (need(measured, posts),)
    }


if __name__ == "__main__":
    sys.exit(main())
