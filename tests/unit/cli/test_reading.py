"""What people and the demo read: cells of tables, and the worker's exposition."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from pipeline.cli import demo_table, machine
from pipeline.cli.output import table
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
# HELP influence_snapshot_timestamp_seconds When.
# TYPE influence_snapshot_timestamp_seconds gauge
influence_snapshot_timestamp_seconds{brand="acme"} 1795529882.523452
"""


def test_the_machine_is_read() -> None:
    reading = machine.parse(EXPOSITION)
    assert reading.records == {"applied": 7, "rerouted": 1, "dead_letter": 1}
    assert reading.taken == 8
    assert reading.dead_letters == {"not_json": 1}
    assert reading.evaluated_at == {"acme": 1795529882.523452}


def test_a_machine_that_does_not_answer_is_none() -> None:
    assert machine.read("127.0.0.1", free_port()) is None


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"goodwill": "1234.56789"}, "1,235"),
        ({"goodwill": "3"}, "3"),
        ({"goodwill": "-0.456"}, "-0.46"),
        ({"goodwill_state": "insufficient"}, "-"),
        ({"goodwill_state": "beyond_horizon"}, "beyond"),
        ({}, "-"),
    ],
)
def test_a_cell_is_rounded_or_marked_unknown(fields: dict[str, str], shown: str) -> None:
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


def test_an_ordinary_overview_fits_a_terminal() -> None:
    fields = dict.fromkeys(OVERVIEW.values(), "1234.5")
    fields |= {"net_sentiment_28d": "-0.75", "share_of_voice_28d": "0.25"}
    fields |= {"tickets_open": "190", "required_staff": "36"}
    console = Console(width=80, record=True, file=StringIO())
    console.print(table("x", ("brand", *OVERVIEW), overview({"evergreen": fields})))
    shown = console.export_text()
    assert "evergreen" in shown
    assert "21 min" in shown
    assert "…" not in shown


def test_the_demo_fits_a_terminal_and_says_what_became_of_the_records() -> None:
    fields = dict.fromkeys(demo_table.COLUMNS.values(), "1234.5")
    fields |= {"mentions_24h": "170", "required_agents": "36"}
    fields |= {"goodwill": "6115.2", "goodwill_low": "5927.1", "goodwill_high": "6304.4"}
    brands = {"monolith": {"goodwill": "0"}, "evergreen": fields}
    console = Console(width=80, record=True, file=StringIO())
    console.print(demo_table.drawing("x", brands, machine.parse(EXPOSITION)))
    shown = console.export_text()
    assert "5,927-6,304" in shown
    assert shown.index("evergreen") < shown.index("monolith")
    assert "9 records: 7 applied, 0 repeats, 1 dead letters" in shown
    assert "…" not in shown
