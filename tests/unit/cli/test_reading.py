"""What people and the demo read: cells of tables, and the worker's exposition."""

from __future__ import annotations

import pytest

from pipeline.cli import machine
from pipeline.cli.show import OVERVIEW, cell, duration, overview
from pipeline.embedded import free_port

EXPOSITION = """\
# HELP pipeline_records_total Records.
# TYPE pipeline_records_total counter
pipeline_records_total{topic="social-mentions",outcome="applied"} 5
pipeline_records_total{topic="support-tickets",outcome="applied"} 2
pipeline_records_total{topic="social-mentions",outcome="rerouted"} 1
pipeline_records_total{topic="social-mentions",outcome="dead_letter"} 1
# HELP pipeline_dead_letters_total Dead letters.
# TYPE pipeline_dead_letters_total counter
pipeline_dead_letters_total{topic="social-mentions",reason="not_json"} 1
# HELP pipeline_last_publish_timestamp_seconds When.
# TYPE pipeline_last_publish_timestamp_seconds gauge
pipeline_last_publish_timestamp_seconds 1.5e9
"""


def test_the_machine_is_read() -> None:
    reading = machine.parse(EXPOSITION)
    assert reading.records == {"applied": 7, "rerouted": 1, "dead_letter": 1}
    assert reading.taken == 8
    assert reading.dead_letters == {"not_json": 1}
    assert reading.published_at == 1.5e9


def test_a_machine_that_does_not_answer_is_none() -> None:
    assert machine.read("127.0.0.1", free_port()) is None


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"goodwill": "1234.56789"}, "1,234.568"),
        ({"goodwill": "3"}, "3"),
        ({"goodwill_state": "not_implemented"}, "not implemented"),
        ({}, "-"),
    ],
)
def test_a_cell_is_rounded_or_says_why_not(fields: dict[str, str], shown: str) -> None:
    assert cell(fields, "goodwill") == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(5, "5 s"), (90, "1.5 min"), (5400, "1.5 h"), (129_600, "1.5 d")]
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_the_overview_has_the_most_goodwill_first() -> None:
    rows = overview({"a": {"goodwill": "1"}, "b": {"goodwill": "20"}, "c": {}})
    assert [row[0] for row in rows] == ["b", "a", "c"]
    assert {len(row) for row in rows} == {len(OVERVIEW) + 1}
