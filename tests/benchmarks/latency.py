"""From event to Redis: every event of a steady load, from its due time until Redis shows it.

A brand's ``mentions_1h`` counts its mentions of the last hour. All events of a run are new, earned
and less than an hour old, and those of a brand are applied in order; so when Redis shows *n* for a
brand, its first *n* events have arrived. Whenever the stream ``updates`` names a brand the number
is read, and every event that it covers for the first time has been under way from the moment at
which it was due - not from when the producer got round to it - until the answer came.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import redis
from aiokafka import AIOKafkaProducer
from numpy.typing import NDArray

from pipeline.settings import RedisSettings
from tests.benchmarks.drain import Failed
from tests.benchmarks.load import BATCH_BYTES, key_of, partition_of
from tests.benchmarks.stand import PARTITIONS, Stand, say
from tests.benchmarks.worker import Workers
from tests.benchmarks.workload import HOUR, SECOND, Workload
from tests.integration.rig.process import REPOSITORY, Process

WARM_SECONDS = 5.0
"""Left out at the start."""

PAST_MENTIONS = 200_000

SLICE_MILLISECONDS = 20
"""The producer sends what has become due this often."""

_PATIENCE = 30.0
_PREFIX = RedisSettings().prefix

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from an event's due time until Redis shows it."""

    events_per_second: float
    events: int
    p50: float
    p99: float
    longest: float

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


class Arrivals:
    """Which events of each brand Redis has shown so far, and after how long.

    Args:
        due: When the events of each brand are due, in order, in seconds since the epoch.

    >>> arrivals = Arrivals({"brand-0000": np.array([10.0, 11.0])})
    >>> arrivals.show("brand-0000", 2, 12.5)
    >>> arrivals.missing, arrivals.waited(since=0.0).tolist()
    (0, [2.5, 1.5])
    """

    def __init__(self, due: dict[str, Times]) -> None:
        self._due = due
        self._shown = dict.fromkeys(due, 0)
        self._seen: list[tuple[Times, float]] = []
        self.missing = sum(map(len, due.values()))

    def show(self, brand: str, count: int, now: float) -> None:
        """Take note that Redis shows ``count`` events of a brand at ``now``."""
        shown = self._shown.get(brand, count)
        if count > shown:
            self._seen.append((self._due[brand][shown:count], now))
            self._shown[brand] = count
            self.missing -= count - shown

    def waited(self, since: float) -> Times:
        """Return how long each event took that was due after a time."""
        return np.concatenate([now - due[due >= since] for due, now in self._seen])


def measure(stand: Stand, rate: float, seconds: float) -> Latency:
    """Produce at a rate for so long, with a worker on it, and watch Redis.

    The brands have a past by then, of 26 weeks that ended two hours ago: without it they would be
    quicker to evaluate than brands are.

    Raises:
        Failed: Redis did not show all events in time.
    """
    ended = int(_now() * SECOND) - 2 * HOUR
    past = stand.produce(Workload(end=ended, mentions=PAST_MENTIONS, live_share=0.0))
    workers = Workers(stand, past)
    try:
        workers.start()
        workers.catch_up()
        return _measure(stand, past.topic, rate, seconds)
    finally:
        workers.close()
        stand.forget(past.prefix)


def _measure(stand: Stand, topic: str, rate: float, seconds: float) -> Latency:
    # Drawing takes a while on both sides, and nothing is due before it is over.
    start = _now() + 15.0 + rate * seconds / 60_000
    producer = Process(
        [
            sys.executable,
            *("-m", "tests.benchmarks.latency", stand.kafka.bootstrap, topic),
            *(str(start), str(rate), str(seconds)),
        ],
        log=stand.run_directory("producer") / "producer.log",
        cwd=REPOSITORY,
    )
    say(f"{rate:,.0f} events/s for {seconds:.0f} s")
    with producer, stand.redis.client() as client:
        arrivals = Arrivals(_due(workload(start, rate, seconds)))
        _watch(client, arrivals, start + seconds + _PATIENCE)
        if arrivals.missing:
            raise Failed(f"Redis does not show {arrivals.missing:,} events\n{producer.tail()}")
    waited = arrivals.waited(start + WARM_SECONDS)
    p50, p99, longest = (float(each) for each in np.quantile(waited, [0.5, 0.99, 1.0]))
    return Latency(rate, len(waited), p50, p99, longest)


def workload(start: float, rate: float, seconds: float) -> Workload:
    """Return the load: producer and watcher draw it each for itself."""
    return Workload(
        end=int((start + seconds) * SECOND),
        mentions=int(rate * seconds),
        plain=True,
        live_rate=rate,
        seed=2,
    )


def _due(load: Workload) -> dict[str, Times]:
    at: dict[int, list[Times]] = defaultdict(list)
    for chunk in load.chunks():
        order = np.argsort(chunk.brand, kind="stable")
        brands, first = np.unique(chunk.brand[order], return_index=True)
        for brand, times in zip(
            brands.tolist(), np.split(chunk.at[order] / SECOND, first[1:]), strict=True
        ):
            at[brand].append(times)
    return {key_of(brand).decode(): np.concatenate(times) for brand, times in at.items()}


def _watch(client: redis.Redis, arrivals: Arrivals, until: float) -> None:
    last = "0"
    while arrivals.missing and _now() < until:
        answer: Any = client.xread({f"{_PREFIX}updates": last}, count=2_000, block=100)
        entries = answer[0][1] if answer else []
        brands = list(dict.fromkeys(fields["brand"] for _, fields in entries))
        if not brands:
            continue
        last = entries[-1][0]
        reading = client.pipeline(transaction=False)
        for brand in brands:
            reading.hget(f"{_PREFIX}brand:{brand}", "mentions_1h")
        counts = reading.execute()
        now = _now()
        for brand, count in zip(brands, counts, strict=True):
            arrivals.show(brand, int(count or 0), now)


def _now() -> float:
    """Return the wall clock: events are due by it."""
    return time.time()  # noqa: TID251 - two processes agree on it


# -- the producer, a process of its own


async def _produce(bootstrap: str, topic: str, load: Workload) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks=1, max_batch_size=BATCH_BYTES, max_request_size=2**20
    )
    await producer.start()
    try:
        slices = list(_slices(producer, load))
        if slices[0][0] < _now():
            raise Failed("drawing the events took longer than was planned for")
        for due, batches in slices:
            await asyncio.sleep(max(0.0, due - _now()))
            for partition, batch in batches:
                await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


def _slices(producer: AIOKafkaProducer, load: Workload) -> Iterator[tuple[float, list[Any]]]:
    """Yield what becomes due together, as record batches that are ready to be sent."""
    keys = [key_of(brand) for brand in range(load.brands)]
    homes = [partition_of(brand, PARTITIONS) for brand in range(load.brands)]
    ready: list[tuple[int, Any]] = []
    filling: dict[int, Any] = {}
    current = 0
    for chunk in load.chunks():
        for at, brand, value in zip(
            chunk.at.tolist(), chunk.brand.tolist(), chunk.values, strict=True
        ):
            if at // SLICE_MILLISECONDS != current:
                if ready:
                    yield _end_of(current), ready
                current, ready, filling = at // SLICE_MILLISECONDS, [], {}
            home = homes[brand]
            batch = filling.get(home)
            if batch is None or batch.append(key=keys[brand], value=value, timestamp=at) is None:
                batch = filling[home] = producer.create_batch()
                batch.append(key=keys[brand], value=value, timestamp=at)
                ready.append((home, batch))
    yield _end_of(current), ready


def _end_of(part: int) -> float:
    """Return when a slice is over, in seconds since the epoch."""
    return (part + 1) * SLICE_MILLISECONDS / SECOND


if __name__ == "__main__":
    where, name, *numbers = sys.argv[1:]
    asyncio.run(_produce(where, name, workload(*map(float, numbers))))
