"""The worker: a Faust app put together from settings. No app exists at import time.

This is the composition root: the only module that knows Faust, the sinks, the clock and the core at
once. Everything it wires is built here and passed on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from faust.types import TP

from pipeline.agents import rhythm_board, sources
from pipeline.agents.alerts import AlertDesk
from pipeline.agents.checkpoint import Checkpoint
from pipeline.agents.faust_settings import faust_app, state_table
from pipeline.agents.flush import Flush, Names, reach_nothing
from pipeline.agents.lag import LagWatch
from pipeline.agents.outbox import Outbox
from pipeline.agents.ownership import Ownership
from pipeline.agents.publish import Evaluator
from pipeline.agents.pulse import Pulse
from pipeline.agents.rhythm_board import RhythmBoard
from pipeline.agents.source_log import SourceLog
from pipeline.agents.totals import TotalsBoard, TotalsChanges
from pipeline.agents.views import PrometheusView, RedisView
from pipeline.clock import WallClock
from pipeline.collector import expect_long_lives
from pipeline.errors import InfluenceError, Stop
from pipeline.events.records import Topic
from pipeline.settings import Settings
from pipeline.sinks import topics
from pipeline.sinks.prometheus import BrandMetrics, MachineMetrics, MetricsServer
from pipeline.sinks.redis import RedisAddress, RedisSink
from pipeline.sinks.redis.check import reach as reach_redis
from pipeline.sinks.topics import Kind
from pipeline.sources.provision import prepare
from pipeline.state.intake import Intake, Routing
from pipeline.state.row import ROW_KEY, PartitionRow
from pipeline.state.shard import Shard
from pipeline.state.source import SourceTable
from pipeline.transport.client import explained, read_all
from pipeline.transport.store import StateStore
from pipeline.wiring import admission_of, book_of, clock_of, judgements_of

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 2.0
"""How long a worker that is told to stop waits for Redis to take what it published last."""

Reached = Callable[[Kind, Awaitable[object] | None], Awaitable[None]]


def partition_of(partitions: int) -> Callable[[bytes], int]:
    """Return the mapping of keys to partitions that Java's default partitioner makes (murmur2)."""
    return lambda key: int((murmur2(key) & 0x7FFFFFFF) % partitions)


class Worker:
    """Everything of one worker process, wired.

    Args:
        settings: As read from environment and file.
        reached: For fault tests: called at each step of a flush.

    ``logs`` identifies the source topics, by full name; to be set before it runs.
    """

    def __init__(self, settings: Settings, reached: Reached | None = None) -> None:
        kafka = settings.kafka
        self.settings = settings
        self.clock = clock_of(settings)
        self.names = {topic: f"{kafka.topic_prefix}{topic}" for topic in Topic}
        self.logs: Mapping[str, str] = {}
        self._partition_of = partition_of(kafka.partitions)
        book = book_of(settings)
        self._admission = admission_of(settings, book, self.clock)
        self.machine = MachineMetrics()
        self.brands = BrandMetrics({brand.id: brand.name for brand in book if brand.name})
        self.redis = RedisSink(RedisAddress.of(settings.redis), self.machine, self._republish)
        self.board = TotalsBoard(kafka.partitions)
        self.rhythm = RhythmBoard(kafka.partitions, settings.alerts.patience_seconds)
        self.app = faust_app(kafka, self.names.values(), self._position_in_state)
        self.source_log = SourceLog(self.app, self.names)
        self.outbox = Outbox(self.app)
        self.tables = {
            topic: state_table(self.app, f"{topic}-state", kafka.partitions) for topic in Topic
        }
        self.changelogs = {
            topic: table.changelog_topic_name for topic, table in self.tables.items()
        }
        self.ownership = Ownership(self.store, self._equip, kafka.partitions)
        self.lag = LagWatch(self.ownership, self.source_log.ends, self.source_log.starts)
        self.alerts = AlertDesk(
            book,
            self.rhythm,
            self._empty,
            lambda: self.board.decided,
            self.lag.is_behind,
            kafka.topic_prefix + topics.ALERTS,
            kafka.topic_prefix + topics.TOTALS,
        )
        self.evaluator = Evaluator(
            self.clock,
            book,
            settings.redis.republish_seconds,
            self.lag.is_behind,
            self.alerts.standings,
            judgements=judgements_of(settings),
        )
        self.pulse = Pulse(kafka.session_timeout_seconds)
        flush = Flush(
            self.ownership,
            self.store,
            Names(
                self.names,
                self.changelogs,
                kafka.topic_prefix + topics.DEAD_LETTERS,
            ),
            kafka.partitions,
            self._partition_of,
            self.outbox.send,
            self.outbox.send_batch,
            self.source_log.acknowledge,
            self.pulse,
            reached or reach_nothing,
            self.alerts.prepare,
        )
        self.checkpoint = Checkpoint(
            flush=flush,
            epoch=lambda: self.ownership.epoch,
            evaluator=self.evaluator,
            board=self.board,
            totals=TotalsChanges(kafka.topic_prefix + topics.TOTALS, self._is_read),
            snapshots_topic=kafka.topic_prefix + topics.SNAPSHOTS,
            send=self.outbox.send,
            send_batch=self.outbox.send_batch,
            commit=self.source_log.commit,
            settle=partial(self.redis.settle, SETTLE_SECONDS),
            sinks=[
                RedisView(self.redis),
                PrometheusView(self.brands, self.machine, self.names, WallClock()),
            ],
            tell=self.alerts.tell,
            is_behind=self.lag.is_behind,
        )
        self.app.ownership = self.ownership
        self.app.checkpoint = self.checkpoint
        self.app.explained = partial(explained, kafka)
        for topic, name in self.names.items():
            sources.register(self.app, topic, name, self.ownership, self.source_log.rewind)
        self.server = MetricsServer(
            settings.metrics.host,
            settings.metrics.port,
            self.brands,
            self.machine,
            ready=self._is_ready,
            live=self.lag.is_live,
        )
        self._tasks()

    def store(self, topic: Topic) -> StateStore:
        """Return the table store of a source topic."""
        return self.tables[topic].state

    def _position_in_state(self, tp: TP) -> int:
        topic = next(topic for topic, name in self.names.items() if name == tp.topic)
        row = self.store(topic).value(tp.partition, ROW_KEY)
        return PartitionRow.decode(row).applied + 1 if row is not None else 0

    def _equip(self, shard: Shard) -> None:
        for table in shard.tables:
            self._identify(table)
        partitions = self.settings.kafka.partitions
        routing = Routing(self._partition_of, partitions)
        cap = -(-self.settings.brand_cap // partitions)
        shard.intakes = {
            table.topic: Intake(
                table,
                self._admission,
                routing=routing,
                brand_cap=cap,
                topic_name=self.names[table.topic],
            )
            for table in shard.tables
        }

    def _identify(self, table: SourceTable) -> None:
        """Tie state to the topic that it is built from.

        Raises:
            Stop: That topic was deleted since; offsets of the one that there is mean other records.
        """
        name, changelog = self.names[table.topic], self.changelogs[table.topic]
        log = self.logs.get(name, "")
        if table.row.log and log and table.row.log != log:
            totals = self.settings.kafka.topic_prefix + topics.TOTALS
            raise Stop(
                f"topic {name} was made anew, and {changelog} holds what was made of the one "
                f"before; to begin anew, stop all workers and delete {changelog} and {totals}"
            )
        table.row.log = log or table.row.log

    def _is_read(self, partition: int) -> bool:
        return self.lag.is_read((Topic.MENTIONS, partition))

    def _empty(self) -> set[int]:
        owned = {number: shard.mentions for number, shard in self.ownership.shards.items()}
        return self.board.empty(owned, self._is_read)

    def _republish(self, _reason: str) -> None:
        self.evaluator.refresh_all()

    def _is_ready(self) -> tuple[bool, str]:
        if self.ownership.ready:
            return True, f"owns partitions {sorted(self.ownership.shards)}"
        return False, "no assignment yet, or recovering state"

    def _tasks(self) -> None:
        for task in (
            self._flush_forever,
            self._watch_lag,
            self._read_totals,
            self.redis.run,
            self._republish_forever,
        ):
            self.app.task(task)

    async def _flush_forever(self) -> None:
        every = self.settings.flush_seconds
        while not self.app.should_stop:
            started = time.monotonic()
            self.pulse.beat()
            await self.checkpoint.run()
            await self.app.sleep(max(0.05, every - (time.monotonic() - started)))

    async def _watch_lag(self) -> None:
        while not self.app.should_stop:
            self.machine.set_recovering(not self.ownership.ready)
            await self.lag.look()
            if self.ownership.ready:
                for (topic, partition), records in self.lag.records.items():
                    self.machine.set_lag(self.names[topic], partition, records)
                self.machine.set_resting_brands(self.alerts.resting)
            await self.app.sleep(2.0)

    async def _read_totals(self) -> None:
        topic = self.settings.kafka.topic_prefix + topics.TOTALS
        async for key, value in read_all(self.settings.kafka, topic):
            if key is not None and key.startswith(rhythm_board.PREFIX):
                self.rhythm.take(key, value)
            else:
                self.board.take(key, value)

    async def _republish_forever(self) -> None:
        # A refresh sends differences against what Redis acknowledged; this trusts nothing.
        while not self.app.should_stop:
            await self.app.sleep(20 * self.settings.redis.republish_seconds)
            self.redis.republish("as it is done periodically")


def run_worker(settings: Settings, reached: Reached | None = None) -> int:
    """Run a worker until it is told to stop, by SIGTERM or SIGINT; returns the exit status.

    Raises:
        Usage: A setting, a server or a missing right makes it impossible to start or to go on.
        Retry: A server is not there.
        Stop: Going on would lose or corrupt data.
    """
    worker = Worker(settings, reached)
    # By the wall clock, wherever the worker's own stands: what is made anew must come after.
    worker.logs = prepare(settings.kafka, list(worker.changelogs.values()), WallClock())
    asyncio.run(reach_redis(RedisAddress.of(settings.redis)))
    worker.server.start()
    worker.pulse.start()
    expect_long_lives()
    runner = worker.app.Worker(redirect_stdouts=False, override_logging=False, quiet=True)
    runner.spinner = None  # it would write to the terminal of whoever started the worker
    try:
        runner.execute_from_commandline()
    except SystemExit as ended:
        # After a crash as well: the reason is logged and left aside.
        if isinstance(runner.crash_reason, InfluenceError):
            raise runner.crash_reason from None
        if isinstance(runner.crash_reason, KafkaError):
            raise explained(settings.kafka, runner.crash_reason) from None
        return int(ended.code or 0)
    finally:
        worker.server.stop()
