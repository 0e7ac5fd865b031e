"""Hands what a flush has cut to the views: Redis and Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.agents.publish import Tick
from pipeline.clock import Clock
from pipeline.events.instants import SECOND
from pipeline.events.records import Topic
from pipeline.sinks.prometheus import BrandMetrics, MachineMetrics
from pipeline.sinks.redis import RedisSink
from pipeline.state.row import NO_WATERMARK
from pipeline.state.shard import Shard


class RedisView:
    """Offers publications to Redis, and keeps its heartbeats to the partitions owned."""

    def __init__(self, sink: RedisSink) -> None:
        self._sink = sink
        self._owned: set[int] = set()

    def publish(self, shards: Sequence[Shard], tick: Tick) -> None:
        """Take a tick's publications; see :class:`pipeline.agents.checkpoint.Sink`."""
        if not tick.incarnation:
            return  # not known yet; without it Redis would refuse everything
        owned = {shard.partition for shard in shards}
        for partition in self._owned - owned:
            self._sink.release(partition)
        for shard in shards:
            if shard.partition not in self._owned:
                self._sink.own(shard.partition)
                self._sink.retain(shard.partition, shard.brands, tick.incarnation, shard.offsets)
        self._owned = owned
        self._sink.offer(tick.publications)


class PrometheusView:
    """Exposes brands and totals.

    Args:
        brands: Series of brands.
        machine: Series of the machine.
        names: The topics' full names, for labels.
        clock: The wall clock, whatever time the evaluation has: delays are real ones.
    """

    def __init__(
        self,
        brands: BrandMetrics,
        machine: MachineMetrics,
        names: Mapping[Topic, str],
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._brands = brands
        self._machine = machine
        self._names = names
        self._owned: set[int] = set()
        self._outcomes: set[tuple[Topic, str]] = set()
        self._reasons: set[tuple[Topic, str]] = set()

    def publish(self, shards: Sequence[Shard], tick: Tick) -> None:
        """Take a tick's publications; see :class:`pipeline.agents.checkpoint.Sink`."""
        owned = {shard.partition for shard in shards}
        if tick.taken or owned != self._owned:
            self._totals(shards)
        for partition in self._owned - owned:
            self._brands.drop_partition(partition)
            self._machine.drop_partition(partition)
        self._owned = owned
        for each in tick.publications:
            self._brands.publish(
                each.partition,
                each.brand,
                each.fields,
                tick.sources.get(each.brand, {}),
                each.alerts,
            )
        now = self._clock.now()
        for produced, records in tick.taken:
            self._machine.observe_delay(max(0.0, (now - produced * 1000) / SECOND), records)
        self._machine.set_last_publish(now)

    def _totals(self, shards: Sequence[Shard]) -> None:
        # What left with its partition is 0 here: the new owner counts it.
        outcomes = Counter(dict.fromkeys(self._outcomes, 0))
        reasons = Counter(dict.fromkeys(self._reasons, 0))
        skipped = unknown = 0
        for table in (table for shard in shards for table in shard.tables):
            row = table.row
            outcomes.update({(table.topic, outcome): n for outcome, n in row.outcomes.items()})
            reasons.update({(table.topic, reason): n for reason, n in row.dead_letters.items()})
            skipped += row.dedup_skipped
            unknown += row.unknown_brands
            if row.watermark > NO_WATERMARK:
                self._machine.set_watermark(
                    self._names[table.topic], table.partition, row.watermark
                )
        self._outcomes.update(outcomes)
        self._reasons.update(reasons)
        for (topic, outcome), total in outcomes.items():
            self._machine.set_records(self._names[topic], outcome, total)
        for (topic, reason), total in reasons.items():
            self._machine.set_dead_letters(self._names[topic], reason, total)
        self._machine.set_dedup_skipped(skipped)
        self._machine.set_unknown_brands(unknown)
