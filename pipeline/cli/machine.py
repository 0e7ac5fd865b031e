"""What a worker says about itself on ``/metrics``."""

from __future__ import annotations

import http.client
from collections import Counter
from dataclasses import dataclass, field

_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class MachineReading:
    """One scrape: totals over all partitions, and when the worker last published (seconds)."""

    records: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    published_at: float = 0.0

    @property
    def taken(self) -> int:
        """Records that have their outcome. One that was rerouted is counted where it arrived."""
        return self.records.total() - self.records["rerouted"]


def read(host: str, port: int) -> MachineReading | None:
    """Scrape a worker; None while it does not answer."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return parse(body.decode()) if response.status == http.client.OK else None


def parse(text: str) -> MachineReading:
    """Read the pipeline's own series out of an exposition in text format."""
    from prometheus_client.parser import text_string_to_metric_families

    reading = MachineReading()
    published_at = 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "pipeline_records_total":
                reading.records[sample.labels["outcome"]] += int(sample.value)
            elif sample.name == "pipeline_dead_letters_total":
                reading.dead_letters[sample.labels["reason"]] += int(sample.value)
            elif sample.name == "pipeline_last_publish_timestamp_seconds":
                published_at = sample.value
    return MachineReading(reading.records, reading.dead_letters, published_at)
