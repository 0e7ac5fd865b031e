"""Metrics of the machine itself, in a registry of their own.

Totals are absolute: they live in the partition rows and survive a crash, so they are set and not
counted here.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from pipeline import __version__
from pipeline.events.instants import SECOND

DELAY_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86400)
"""Upper bounds of the event delay's buckets, in seconds."""

_COUNTERS: Final = {
    "pipeline_records": ("Records by what became of them, in records.", ("topic", "outcome")),
    "pipeline_dead_letters": ("Dead letters by reason, in records.", ("topic", "reason")),
    "pipeline_redis_evicted_keys": ("Keys that Redis evicted since its start, in keys.", ()),
    "pipeline_redis_rejected_writes": (
        "Publications that Redis refused for a newer one, in publications.",
        (),
    ),
    "pipeline_unknown_brands": ("Records of brands that the book lacks, in records.", ()),
    "pipeline_dedup_skipped": ("Mentions counted without deduplication, in mentions.", ()),
}
_GAUGES: Final = {
    "pipeline_lag_records": ("Records not yet applied, in records.", ("topic", "partition")),
    "pipeline_watermark_timestamp_seconds": (
        "Latest event time applied, in seconds since 1970.",
        ("topic", "partition"),
    ),
    "pipeline_resting_brands": (
        "Brands that hardly speak, whose alerts wait until they do, in brands.",
        (),
    ),
    "pipeline_redis_up": ("Whether Redis takes writes (1) or not (0).", ()),
    "pipeline_recovering": ("Whether state is being recovered (1) or not (0).", ()),
    "pipeline_last_publish_timestamp_seconds": (
        "Time of the last publication, in seconds since 1970.",
        (),
    ),
    "pipeline_build_info": ("Version that runs; always 1 (no unit).", ("version",)),
}


class MachineMetrics(Collector):
    """Takes the machine's measurements and exposes them; safe between threads.

    A series appears once it was set, those without labels that count faults at 0 from the start -
    but not what Redis counts: its total after a 0 of ours would look like an increase.
    """

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._lock = threading.Lock()
        self._values: dict[str, dict[tuple[str, ...], float]] = {
            name: {} for name in (*_COUNTERS, *_GAUGES)
        }
        self._delays = [0] * (len(DELAY_BUCKETS) + 1)
        self._delay_sum = 0.0
        for name, (_, labels) in _COUNTERS.items():
            if not labels and name != "pipeline_redis_evicted_keys":
                self._set(name, 0)
        self._set("pipeline_redis_up", 0)
        # A worker has no state before it has recovered it, and is told of nothing until then.
        self._set("pipeline_recovering", 1)
        self._set("pipeline_build_info", 1, __version__)
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def set_records(self, topic: str, outcome: str, total: int) -> None:
        """Set how many of a topic's records ended in an outcome."""
        self._set("pipeline_records", total, topic, outcome)

    def set_dead_letters(self, topic: str, reason: str, total: int) -> None:
        """Set how many of a topic's records became dead letters for a reason."""
        self._set("pipeline_dead_letters", total, topic, reason)

    def observe_delay(self, seconds: float, records: int = 1) -> None:
        """Count ``records`` that were applied so many seconds after they were produced."""
        with self._lock:
            self._delays[bisect_left(DELAY_BUCKETS, seconds)] += records
            self._delay_sum += seconds * records

    def set_lag(self, topic: str, partition: int, records: int) -> None:
        """Set how many records of a partition are not yet applied."""
        self._set("pipeline_lag_records", records, topic, str(partition))

    def set_watermark(self, topic: str, partition: int, at: int) -> None:
        """Set a partition's watermark, in microseconds since the epoch."""
        name = "pipeline_watermark_timestamp_seconds"
        self._set(name, at / SECOND, topic, str(partition))

    def drop_partition(self, partition: int) -> None:
        """Take out lag and watermark of a partition that moved away."""
        with self._lock:
            for name in ("pipeline_lag_records", "pipeline_watermark_timestamp_seconds"):
                series = self._values[name]
                for labels in [each for each in series if each[1] == str(partition)]:
                    del series[labels]

    def set_redis_up(self, up: bool) -> None:
        """Set whether Redis takes writes."""
        self._set("pipeline_redis_up", up)

    def set_redis_evicted_keys(self, total: int) -> None:
        """Set how many keys Redis evicted since its start."""
        self._set("pipeline_redis_evicted_keys", total)

    def set_redis_rejected_writes(self, total: int) -> None:
        """Set how many publications Redis refused because it held a newer one."""
        self._set("pipeline_redis_rejected_writes", total)

    def set_unknown_brands(self, total: int) -> None:
        """Set how many records named a brand that the book lacks."""
        self._set("pipeline_unknown_brands", total)

    def set_dedup_skipped(self, total: int) -> None:
        """Set how many mentions were counted without deduplication."""
        self._set("pipeline_dedup_skipped", total)

    def set_recovering(self, recovering: bool) -> None:
        """Set whether state is being recovered."""
        self._set("pipeline_recovering", recovering)

    def set_resting_brands(self, brands: int) -> None:
        """Set how many brands are at rest."""
        self._set("pipeline_resting_brands", brands)

    def set_last_publish(self, at: int) -> None:
        """Set the time of the last publication, in microseconds since the epoch."""
        self._set("pipeline_last_publish_timestamp_seconds", at / SECOND)

    def render(self, openmetrics: bool = False) -> bytes:
        """Return the text format 0.0.4, or OpenMetrics 1.0.0 with its end mark."""
        if openmetrics:
            text: bytes = generate_openmetrics(self.registry)  # type: ignore[no-untyped-call]
            return text
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every family that has a series."""
        with self._lock:
            values = {name: dict(series) for name, series in self._values.items()}
            delays, delay_sum = list(self._delays), self._delay_sum
        for name, (text, labels) in _COUNTERS.items():
            if values[name]:
                counter = CounterMetricFamily(name, text, labels=labels)
                for label_values, value in sorted(values[name].items()):
                    counter.add_metric(label_values, value)
                yield counter
        for name, (text, labels) in _GAUGES.items():
            if values[name]:
                gauge = GaugeMetricFamily(name, text, labels=labels)
                for label_values, value in sorted(values[name].items()):
                    gauge.add_metric(label_values, value)
                yield gauge
        counts = zip((*map(str, DELAY_BUCKETS), "+Inf"), accumulate(delays), strict=True)
        yield HistogramMetricFamily(
            "pipeline_event_delay_seconds",
            "Time from a record's production to its application, in seconds.",
            buckets=[(bound, float(count)) for bound, count in counts],
            sum_value=delay_sum,
        )

    def _set(self, name: str, value: float, *labels: str) -> None:
        with self._lock:
            self._values[name][labels] = float(value)
