"""What a worker says about itself on ``/metrics``."""

from __future__ import annotations

import http.client
from collections import Counter
from dataclasses import dataclass, field

_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class MachineReading:
    """One scrape: totals over all partitions, and the evaluation time of each brand (seconds)."""

    records: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    evaluated_at: dict[str, float] = field(default_factory=dict)

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
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "pipeline_records_total":
                reading.records[sample.labels["outcome"]] += int(sample.value)
            elif sample.name == "pipeline_dead_letters_total":
                reading.dead_letters[sample.labels["reason"]] += int(sample.value)
            elif sample.name == "influence_snapshot_timestamp_seconds":
                reading.evaluated_at[sample.labels["brand"]] = sample.value
    return reading
