"""What Prometheus is shown when partitions come and go."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from pipeline.agents.publish import Tick
from pipeline.agents.views import PrometheusView
from pipeline.clock import FixedClock
from pipeline.events.records import Topic
from pipeline.sinks.prometheus import BrandMetrics, MachineMetrics
from pipeline.state.shard import Shard


def test_totals_leave_with_their_partition() -> None:
    machine = MachineMetrics()
    view = PrometheusView(
        BrandMetrics(), machine, {topic: str(topic) for topic in Topic}, FixedClock(0)
    )
    shard = Shard(0)
    shard.mentions.row.outcomes["dead_letter"] = 7
    shard.mentions.row.dead_letters["not_json"] = 7

    def shown(shards: list[Shard]) -> dict[tuple[str, ...], float]:
        view.publish(shards, Tick([], {}, 1, []))
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(machine.render().decode())
            for sample in family.samples
        }

    letters = ("pipeline_dead_letters_total", "not_json", "social-mentions")
    ended = ("pipeline_records_total", "dead_letter", "social-mentions")
    assert ended not in shown([])
    found = shown([shard])
    assert (found[ended], found[letters]) == (7, 7)
    # Another worker has the partition now, and counts the same records.
    found = shown([])
    assert (found[ended], found[letters]) == (0, 0)
