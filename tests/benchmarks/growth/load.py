"""Curves over the load: brands, a hot brand, authors, lag, and the share of work among workers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from tests.benchmarks import peer, worker
from tests.benchmarks.drain import Drained, Watch
from tests.benchmarks.growth.curve import Curve, Point, fall, point
from tests.benchmarks.stand import Load, Stand
from tests.benchmarks.worker import PATIENCE, Workers, scraped
from tests.benchmarks.workload import Workload

MANY = 16
"""Partitions where workers share them."""

FOUR = 4
"""The most workers that share a load."""

ROUNDS = 3
"""How often each number of workers is measured."""

WHOLE = 0.0
"""Seconds that are left out at the ends where workers are compared: none. Of a backlog commits lag
behind, of a few workers by more than of many, and what a cut takes is not the same for them."""


def now() -> int:
    """Return the end of a load that is produced now, in milliseconds."""
    return int(time.time() * 1000)  # noqa: TID251 - the load ends now


def brands(stand: Stand, scale: float) -> Curve:
    """Measure throughput from one brand to ten thousand."""
    # One brand drains half as many within what is cut off at both ends.
    mentions = int(4_000_000 * scale)
    points = [
        _drained(stand, _of_brands(n, mentions), brands=n) for n in (1, 10, 100, 1_000, 10_000)
    ]
    rates = [each["records_per_second"] for each in points]
    return Curve("1 to 10,000 brands", points, fall(rates[0], rates[-1]), 30.0, "% less throughput")


def brands_beside_streams(stand: Stand, scale: float) -> Curve:
    """Compare with Kafka Streams on the same loads, which counts by brand and minute.

    More brands make more windows of the same records, for any engine.
    """
    streams = next(each for each in peer.PEERS if each.name == "kafka_streams")
    points: list[Point] = []
    for count in (1, 1_000, 10_000):
        load = stand.produce(_of_brands(count, int(2_000_000 * scale)))
        try:
            own, theirs = worker.drain(stand, load), peer.drain(stand, streams, load)
        finally:
            stand.forget(load.prefix)
        points.append(
            {
                "brands": count,
                "records_per_second": round(own.rate),
                "of_Kafka_Streams": round(theirs.rate),
                "times_as_fast": round(own.rate / theirs.rate, 2),
            }
        )
    least = min(each["times_as_fast"] for each in points)
    return Curve(
        "Kafka Streams (RocksDB), 1 to 10,000 brands",
        points,
        1 / least,
        0.5,
        "of the worker's throughput",
    )


def _of_brands(count: int, mentions: int) -> Workload:
    # At a rate at which one brand's ids are all remembered, minute by minute.
    return Workload(end=now(), mentions=mentions, brands=count, live_rate=200.0)


def hot_brand(stand: Stand, scale: float) -> Curve:
    """Measure throughput where one brand has nine tenths of all mentions."""
    mentions = int(2_000_000 * scale)
    points = [
        _drained(stand, Workload(end=now(), mentions=mentions, first_share=share), percent=percent)
        for share, percent in ((None, 13), (0.9, 90))
    ]
    rates = [each["records_per_second"] for each in points]
    return Curve("90 % of the load on one brand", points, fall(*rates), 20.0, "% less throughput")


def authors(stand: Stand, scale: float) -> Curve:
    """Measure memory where ten million mentions a day of a brand come from ever more authors."""
    mentions = int(10_000_000 * scale)
    points = []
    for millions in (1, 10):
        count = int(millions * 1_000_000 * scale)
        load = Workload(
            end=now(),
            mentions=mentions,
            brands=1,
            authors=count,
            in_turn=True,
            plain=True,
            live_rate=mentions / (22 * 3600),
        )
        points.append(_drained(stand, load, authors=count))
    peaks = [each["peak_megabytes"] for each in points]
    growth = 100 * (peaks[-1] / peaks[0] - 1)
    return Curve(
        "1 to 10 million authors a day on one brand", points, growth, 10.0, "% more memory"
    )


def workers(stand: Stand, scale: float) -> Curve:
    """Measure processor time a record where 1, 2 and 4 workers share 16 partitions.

    In rounds, each beginning with another number of them; the median counts. A machine that others
    use as well is faster in one minute than in the next, by more than what is asked here.
    """
    # Of less not much more than the end would be left, where each evaluates all of its brands.
    load = stand.produce(Workload(end=now(), mentions=int(6_000_000 * scale)), partitions=MANY)
    counts = (1, 2, FOUR)
    runs: dict[int, list[Drained]] = {count: [] for count in counts}
    for turn in range(ROUNDS):
        for count in counts[turn % len(counts) :] + counts[: turn % len(counts)]:
            group = Workers(stand, load, count)
            try:
                group.start()
                runs[count].append(group.drain(WHOLE))
            finally:
                group.close()
    stand.forget(load.prefix)
    points = [
        point(sorted(runs[count], key=lambda run: run.microseconds)[ROUNDS // 2], workers=count)
        for count in counts
    ]
    cost = [each["microseconds_per_record"] for each in points]
    spread = 100 * (max(cost) / min(cost) - 1)
    return Curve(
        f"1, 2 and 4 workers on {MANY} partitions", points, spread, 15.0, "% apart in time a record"
    )


def workers_apart(stand: Stand, scale: float) -> Curve:
    """Work out what four workers cost that have a processor each, where there is but one.

    On one processor four are slower than one whatever they do: none finds its memory in the cache
    again when its turn comes. So it is measured what sharing a load costs four workers beside four
    that share nothing but the processor, and what a worker with a quarter of the load costs that
    has the processor to itself, beside one with all of it. Both ratios together are the figure.

    A quarter has a quarter of the brands, authors and partitions. Of one group the end is measured
    as well, where some have nothing left to read and the others the processor: that sharing a load
    seems to make it cheaper counts for nothing. What they count is checked where their number is
    looked at.
    """
    whole = Workload(end=now(), mentions=int(6_000_000 * scale))
    quarter = replace(
        whole,
        mentions=whole.mentions // FOUR,
        brands=whole.brands // FOUR,
        authors=whole.authors // FOUR,
        live_rate=whole.live_rate / FOUR,
    )
    shared = stand.produce(whole, partitions=MANY)
    own = [stand.produce(quarter, partitions=MANY // FOUR) for _ in range(FOUR)]
    # What is drained at once, each by how many workers of a group.
    ways: dict[str, tuple[Sequence[Load], int]] = {
        "one, everything": ([shared], 1),
        "four in a group": ([shared], FOUR),
        "four by themselves": (own, 1),
        "one, a quarter": (own[:1], 1),
    }
    costs: dict[str, list[float]] = {way: [] for way in ways}
    try:
        for turn in range(ROUNDS):
            for way in [*ways][turn % FOUR :] + [*ways][: turn % FOUR]:
                loads, count = ways[way]
                groups = [Workers(stand, load, count, _apart(load)) for load in loads]
                costs[way].append(_until_the_first_is_done(stand, groups))
    finally:
        stand.forget(*(load.prefix for load in (shared, *own)))
    cost = {way: sorted(its)[ROUNDS // 2] for way, its in costs.items()}
    points: list[Point] = [
        {
            "workers": count * len(loads),
            "groups": len(loads),
            "records": sum(load.records for load in loads),
            "microseconds_per_record": round(cost[way], 2),
        }
        for way, (loads, count) in ways.items()
    ]
    shares_load = max(1.0, cost["four in a group"] / cost["four by themselves"])
    has_less = cost["one, a quarter"] / cost["one, everything"]
    return Curve(
        "Four workers with a processor each, and one",
        points,
        100 * (shares_load * has_less - 1),
        15.0,
        "% more time a record",
    )


def _apart(load: Load) -> dict[str, str]:
    """Return settings by which workers on different loads do not meet in Redis."""
    return {"INFLUENCE_REDIS__PREFIX": load.prefix}


def _until_the_first_is_done(stand: Stand, groups: Sequence[Workers]) -> float:
    """Drain until one group has drained its load; returns microseconds a record, of all together.

    Raises:
        Failed: One ended or stood still.
    """
    processes = [worker for group in groups for worker in group.processes]
    committed = [group.committed() for group in groups]
    done = False

    def records() -> int:
        nonlocal done
        reached = [each.records() for each in committed]
        done = any(n >= group.load.records for n, group in zip(reached, groups, strict=True))
        return sum(reached)

    try:
        for group in groups:
            group.start()
        for group in groups:
            group.wait_ready()
        watch = Watch(stand.kafka.process, processes)
        with scraped(processes):
            progress = watch.until(lambda: done, records, PATIENCE)
        return watch.drained(progress, WHOLE).microseconds
    finally:
        for each in committed:
            each.close()
        for group in groups:
            group.close()


def lag(stand: Stand, scale: float) -> Curve:
    """Measure memory over the drain of ten million records.

    All are of the last ten hours: what state keeps of that is soon all there, and what memory grows
    by afterwards is the backlog's.
    """
    mentions = int(10_000_000 * scale)
    workload = Workload(end=now(), mentions=mentions, live_share=1.0, live_rate=mentions / 36_000)
    load = stand.produce(workload)
    run = worker.drain(stand, load)
    stand.forget(load.prefix)
    points: list[Point] = []
    for tenth in range(1, 11):
        until = tenth * load.records // 10
        held = [size for records, size in run.memory if until * 0.9 <= records <= until]
        if held:
            points.append({"records": until, "peak_megabytes": round(max(held) / 2**20)})
    half = points[len(points) // 2 :]
    growth = 100 * (half[-1]["peak_megabytes"] / half[0]["peak_megabytes"] - 1)
    return Curve(
        "Ten million records of lag", points, growth, 10.0, "% more memory in the second half"
    )


def recovery(stand: Stand, scale: float) -> Curve:
    """Measure how 1,000 brands with 400 days are recovered, and what memory they take."""
    points = [_recovered(stand, int(mentions * scale)) for mentions in (1_000_000, 4_000_000)]
    return Curve(
        "1,000 brands with 400 days: recovery", points, points[-1]["recovery_seconds"], 120.0, "s"
    )


def memory(stand: Stand, scale: float) -> Curve:
    """Measure the memory of 1,000 brands with 400 days once more, with more mentions."""
    found = _recovered(stand, int(8_000_000 * scale))
    held = found["peak_megabytes"] / 1024
    return Curve("1,000 brands with 400 days: memory", [found], held, 2.0, "GiB")


def _recovered(stand: Stand, mentions: int) -> Point:
    workload = Workload(end=now(), mentions=mentions, history_days=399, live_share=0.05)
    load = stand.produce(workload)
    group = Workers(stand, load)
    try:
        group.start()
        run = group.drain()
        group.stop()
        began = time.monotonic()
        group.start()
        group.wait_ready()
        taken = time.monotonic() - began
        changelog = group.changelog_bytes / 2**20
    finally:
        group.close()
        stand.forget(load.prefix)
    return point(run, mentions=load.records) | {
        "recovery_seconds": round(taken, 1),
        "changelog_megabytes": round(changelog),
    }


def _drained(stand: Stand, workload: Workload, **where: float) -> Point:
    load: Load = stand.produce(workload)
    try:
        return point(worker.drain(stand, load), **where)
    finally:
        stand.forget(load.prefix)
