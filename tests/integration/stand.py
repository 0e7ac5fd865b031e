"""A stand for fault tests: topics of its own on a shared broker, events, workers, the oracle."""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.partitioner.default import murmur2

from pipeline.clock import FixedClock
from pipeline.events.records import Topic
from pipeline.settings import KafkaSettings
from pipeline.sources.provision import provision
from tests.integration.command import printed
from tests.integration.rig import Broker, KafkaCluster, RedisServer, Worker, eventually, log
from tests.integration.rig.nursery import Nursery
from tests.oracle.calendar import parse, rfc3339
from tests.oracle.compare import redis_differences
from tests.oracle.recount import World, recount
from tests.oracle.worlds import Event

MakeStand = Callable[[Sequence[Event]], "Stand"]

on_kafka = pytest.mark.parametrize("broker", ["kafka"], indirect=True)
"""For controls: what a defence is for is shown on one broker."""

first_on_kafka = pytest.mark.parametrize(
    "broker",
    ["kafka", pytest.param("embedded_broker", marks=pytest.mark.faults)],
    indirect=True,
)
"""For long tests: on the embedded broker only with ``make faults``."""

PARTITIONS = 4
COMMIT_SECONDS = 0.5
WORKER = "tests.integration.worker_main"
SESSION_SECONDS = 4.0
"""As short as a slow machine allows: the embedded broker answers a join after half of it."""


@cache
def nursery() -> Nursery | None:
    """Start what forks workers, once; None where they must be started anew."""
    if sys.platform != "linux":
        return None
    started = Nursery(WORKER)
    atexit.register(started.close)
    return started


def _partition_of(key: bytes) -> int:
    return int((murmur2(key) & 0x7FFFFFFF) % PARTITIONS)


def _value_of(event: Event) -> bytes:
    return json.dumps({k: v for k, v in event.items() if k != "topic"}).encode()


class Stand:
    """Everything that one test needs.

    Args:
        broker: Where the topics are made, under a prefix of this stand's.
        redis: A running, empty Redis.
        directory: For logs.
        events: What will be produced; the workers' clock stands at the newest of them.
    """

    def __init__(
        self, broker: Broker, redis: RedisServer, directory: Path, events: Sequence[Event]
    ) -> None:
        self.broker = broker
        self.redis = redis
        self.directory = directory
        self.events = list(events)
        self.as_of = max(parse(event["occurred_at"]) for event in events)
        self.prefix = f"t{uuid4().hex[:8]}."
        self.group = f"{self.prefix}collective-influence"
        self.kafka = KafkaSettings(
            bootstrap_servers=broker.bootstrap, topic_prefix=self.prefix, partitions=PARTITIONS
        )
        provision(self.kafka, FixedClock(self.as_of))
        self.workers: list[Worker] = []
        self.left = 0
        self._connect()

    # -- workers

    def worker(
        self, *options: str, session_seconds: float = SESSION_SECONDS, **settings: str
    ) -> Worker:
        """Start a worker; ``options`` are those of ``tests.integration.worker_main``."""
        environment = {
            "INFLUENCE_KAFKA__BOOTSTRAP_SERVERS": self.broker.bootstrap,
            "INFLUENCE_KAFKA__TOPIC_PREFIX": self.prefix,
            "INFLUENCE_KAFKA__PARTITIONS": str(PARTITIONS),
            "INFLUENCE_KAFKA__SESSION_TIMEOUT_SECONDS": str(session_seconds),
            "INFLUENCE_KAFKA__HEARTBEAT_INTERVAL_SECONDS": "1",
            "INFLUENCE_KAFKA__REBALANCE_TIMEOUT_SECONDS": "3",
            "INFLUENCE_KAFKA__COMMIT_INTERVAL_SECONDS": str(COMMIT_SECONDS),
            "INFLUENCE_KAFKA__MAX_POLL_RECORDS": "300",
            "INFLUENCE_KAFKA__IDEMPOTENT_PRODUCER": str(isinstance(self.broker, KafkaCluster)),
            "INFLUENCE_REDIS__URL": self.redis.url,
            "INFLUENCE_REDIS__REPUBLISH_SECONDS": "1",
            "INFLUENCE_CLOCK__FIXED_AT": rfc3339(self.as_of),
            "INFLUENCE_FLUSH_SECONDS": "0.2",
            **settings,
        }
        worker = Worker(self.directory, environment, f"worker-{len(self.workers) + 1}")
        worker.command = [sys.executable, "-m", WORKER, *options]
        worker.nursery = nursery()
        self.workers.append(worker)
        worker.start()
        return worker

    def kill_workers(self) -> None:
        """SIGKILL all that run."""
        for worker in self.workers:
            worker.kill()

    def close(self) -> None:
        """End everything."""
        for worker in self.workers:
            worker.close()
        self._disconnect()

    # -- input

    def produce(self, events: Sequence[Event]) -> None:
        """Produce events in this order, each under its brand's key and in its partition."""
        for event in events:
            self.produce_raw(event["topic"], _value_of(event), key=event["brand"].encode())
        self._producer.flush()

    async def produce_with(self, producer: AIOKafkaProducer, events: Sequence[Event]) -> None:
        """Produce as :meth:`produce` does by a client that a test has set up for it."""
        for event in events:
            key = event["brand"].encode()
            topic = self.prefix + event["topic"]
            await producer.send(topic, _value_of(event), key, partition=_partition_of(key))

    @contextmanager
    def producing(self, events: Sequence[Event]) -> Iterator[None]:
        """Produce in the background, a few at a time, and the last ones when the block is left.

        So whatever strikes within the block, work remains: ``left`` says how many events.
        """
        now, later = events[: -len(events) // 5], events[-len(events) // 5 :]
        self.left = len(events)

        def trickle() -> None:
            for start in range(0, len(now), 5):
                self.produce(now[start : start + 5])
                self.left = len(events) - start - 5

        thread = Thread(target=trickle, daemon=True)
        thread.start()
        yield
        thread.join()
        self.produce(later)
        self.left = 0

    def produce_raw(
        self, topic: str, value: bytes | None, key: bytes | None, partition: int | None = None
    ) -> None:
        """Produce one record to a source topic; without a partition into that of its key."""
        if partition is None:
            partition = _partition_of(key or b"")
        self.send(self.prefix + topic, value, key, partition)

    def send(self, topic: str, value: bytes | None, key: bytes | None, partition: int) -> None:
        """Produce one record to any topic, named in full."""
        self._producer.send(topic, key=key, value=value, partition=partition)

    def flush(self) -> None:
        """Wait until everything produced is there."""
        self._producer.flush()

    def delete(self, *topics: str) -> None:
        """Delete topics, named in full, and wait until they are gone."""
        self._admin.delete_topics(list(topics))
        eventually(lambda: not set(topics) & set(self._admin.list_topics()), 20, what="are deleted")
        # The clients still know them; without this the producer would send to the ones that are
        # gone.
        self._disconnect()
        self._connect()

    def _connect(self) -> None:
        bootstrap = self.broker.bootstrap
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        self._consumer = log.consumer(bootstrap)

    def _disconnect(self) -> None:
        for client in (self._producer, self._admin, self._consumer):
            client.close()

    # -- what became of it

    def changelog(self, topic: Topic) -> str:
        """Return the full name of a source topic's changelog."""
        return f"{self.group}-{topic}-state-changelog"

    def ends(self) -> dict[TopicPartition, int]:
        """Return the end offset of every source partition."""
        return log.ends(self._consumer, self._sources())

    def committed(self) -> dict[TopicPartition, int]:
        """Return the committed offset of every source partition, 0 where there is none."""
        offsets = self._admin.list_group_offsets(self.group)[self.group]
        return {tp: max(0, offsets[tp].offset) if tp in offsets else 0 for tp in self._sources()}

    def _sources(self) -> list[TopicPartition]:
        return [TopicPartition(self.prefix + t, p) for t in Topic for p in range(PARTITIONS)]

    def lag(self) -> int:
        """Return how many records are not committed."""
        committed = self.committed()
        return sum(end - committed[tp] for tp, end in self.ends().items())

    def wait_progress(self, before: int | None = None) -> None:
        """Wait until more is committed than now, or than ``before`` something was produced."""
        before = sum(self.committed().values()) if before is None else before
        eventually(lambda: sum(self.committed().values()) > before, 30, what="a commit")

    def wait_committed(self, timeout: float = 40.0) -> None:
        """Wait until the committed offset is the end of every partition."""
        eventually(lambda: self.lag() == 0, timeout, what="committed = end", every=0.2)

    def expected(self, **more: Any) -> World:
        """Return the oracle's world."""
        return recount(self.events, self.as_of, assume_valid=True, **more)

    def assert_exact(self, timeout: float = 20.0, **more: Any) -> None:
        """Wait until Redis equals the oracle, field by field and without an extra key."""
        world = self.expected(**more)

        def equal() -> bool:
            found = self.differences(world)
            assert not found, found[:5]
            return True

        eventually(equal, timeout, what="Redis equals the oracle", every=0.3)

    def assert_wrong(self, **more: Any) -> None:
        """Give Redis the time to become right, and expect that it does not."""
        with pytest.raises(AssertionError, match="Redis equals the oracle"):
            self.assert_exact(6.0, **more)

    def empty_redis(self) -> None:
        """Forget what a worker showed before its end: it may be right although it was not kept."""
        with self.redis.client() as client:
            client.flushall()

    def differences(self, world: World | None = None) -> list[str]:
        """Return where Redis and the oracle differ."""
        with self.redis.client() as client:
            return redis_differences(world or self.expected(), client, "influence:v1:", PARTITIONS)

    def published(self) -> dict[str, dict[str, str]]:
        """Return the snapshot of every brand in Redis."""
        prefix = "influence:v1:brand:"
        with self.redis.client() as client:
            names = list(client.scan_iter(match=f"{prefix}*", count=1000))
            return {name.removeprefix(prefix): client.hgetall(name) for name in names}

    def assert_equal_to_replay(self, file: str) -> dict[str, Any]:
        """Compare Redis with a replay of a file, text by text; return what that printed."""
        published = self.published()
        (as_of,) = {fields["as_of"] for fields in published.values()}
        replayed = printed("replay", file, "--as-of", as_of, directory=self.directory)
        for snapshots in (published, replayed["brands"]):
            for fields in snapshots.values():
                fields.pop("version", None)
        assert replayed["brands"] == published
        return replayed

    def records(self) -> Mapping[str, int]:
        """Return records by outcome, added up over the workers that run."""
        totals: dict[str, int] = {}
        for worker in self.workers:
            if not worker.running:
                continue
            for line in worker.get("/metrics")[1].splitlines():
                if line.startswith("pipeline_records_total{"):
                    outcome = line.split('outcome="')[1].split('"')[0]
                    totals[outcome] = totals.get(outcome, 0) + int(float(line.rsplit(" ", 1)[1]))
        return totals
