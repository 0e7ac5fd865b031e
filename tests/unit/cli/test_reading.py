"""What people and the demo read: cells of tables, and the worker's exposition."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from pipeline.cli import demo_table, machine
from pipeline.cli.activities import campaign_row, launch_row
from pipeline.cli.output import table
from pipeline.cli.show import OVERVIEW, cell, details, duration, overview
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


def test_the_overview_has_the_highest_index_first() -> None:
    rows = overview({"a": {"influence_index": "1"}, "b": {"influence_index": "20"}, "c": {}})
    assert [row[0] for row in rows] == ["b", "a", "c"]
    assert {len(row) for row in rows} == {len(OVERVIEW) + 1}


def test_an_ordinary_overview_fits_a_terminal() -> None:
    fields = dict.fromkeys(OVERVIEW.values(), "1234.5")
    fields |= {"influence_index": "64.09", "net_sentiment_28d": "-0.75"}
    fields |= {"tickets_open": "190", "required_staff": "36"}
    console = Console(width=80, record=True, file=StringIO())
    console.print(table("x", ("brand", *OVERVIEW), overview({"evergreen": fields})))
    shown = console.export_text()
    assert "evergreen" in shown
    assert "21 min" in shown
    assert "…" not in shown


def test_all_of_a_brand_comes_in_the_order_of_the_contract_with_what_is_to_be_said() -> None:
    fields = {
        "as_of": "2026-03-01T12:00:00Z",
        "sla_breach_business_ratio_28d": "0.1",
        "advocacy_28d_bound": "0.021",
        "advocacy_28d": "41.5",
        "consistency_state": "insufficient",
        "resolution_seconds_p90_28d_state": "lower_bound",
        "resolution_seconds_p90_28d": "5400.25",
        "goodwill_net": "-5135.932020417166",
        "messaging_dependence": "0.540624150706415",
        "influence_index": "63.2",
    }
    assert details(fields) == [
        ("influence_index", "63.2", ""),
        ("goodwill_net", "-5,136", ""),
        ("advocacy_28d", "41.5", "± 2.1%"),
        ("consistency", "-", "insufficient"),
        ("messaging_dependence", "0.5406", ""),
        ("resolution_seconds_p90_28d", "5,400", "lower bound 1.5 h"),
        ("as_of", "2026-03-01T12:00:00Z", ""),
        ("sla_breach_business_ratio_28d", "0.1", ""),
    ]


def test_launches_say_what_they_activated_or_why_not() -> None:
    dates = {"name": "one", "start": "2026-03-01T12:00:00Z", "final_at": "2026-03-06T00:00:00Z"}
    known = {
        "activation": "0.21348",
        "activation_low": "0.1893",
        "activation_high": "0.2376",
        "active_share": "0.3",
        "usual_share": "0.11",
        "audience": "1204",
        "new_advocates": "85",
    }
    assert launch_row(dates | known) == (
        "one",
        "2026-03-01",
        "0.213",
        "0.189 to 0.238",
        "30.0%",
        "11.0%",
        "1,204",
        "85",
        "2026-03-06",
    )
    for state, shown in (("beyond_horizon", "not yet"), ("insufficient", "-")):
        row = launch_row(dates | {f"{name}_state": state for name in known})
        assert row[2:8] == (shown, "", shown, shown, shown, shown)


def test_campaigns_say_what_is_surely_gained_and_with_whom() -> None:
    fields = {
        "name": "spring",
        "start": "2026-03-01T12:00:00Z",
        "contribution_28d": "1051.04",
        "contribution_28d_low": "12.3",
        "contribution_28d_high": "2089.7",
        "contribution_90d_state": "beyond_horizon",
        "jointly_with_28d": '["tv"]',
        "jointly_with_90d": '["tv","radio"]',
    }
    assert campaign_row(fields) == (
        "spring",
        "2026-03-01",
        "+1,051.0*",
        "+12.3 to +2,089.7",
        "not yet",
        "",
        "tv, radio",
    )
    many = {**fields, "jointly_with_90d": '["tv","radio","web"]'}
    assert campaign_row(many)[-1] == "tv, 2 more"


def test_the_demo_fits_a_terminal_and_says_what_became_of_the_records() -> None:
    fields = dict.fromkeys(demo_table.COLUMNS.values(), "1234.5")
    fields |= {"mentions_24h": "170", "required_agents": "36"}
    fields |= {"goodwill": "6115.2", "goodwill_low": "5927.1", "goodwill_high": "6304.4"}
    brands = {"monolith": {"goodwill": "0"}, "evergreen": fields}
    console = Console(width=80, record=True, file=StringIO())
    episode = {
        "brand": "monolith",
        "kind": "goodwill_impairment",
        "state": "ok",
        "started_at": "2026-01-02T03:00:00Z",
    }
    console.print(demo_table.drawing("x", brands, [episode], machine.parse(EXPOSITION)))
    shown = console.export_text()
    assert "5,927-6,304" in shown
    assert shown.index("evergreen") < shown.index("monolith")
    assert "alert: monolith goodwill_impairment, fired at 2026-01-02T03:00:00Z, is over" in shown
    assert "9 records: 7 applied, 0 repeats, 1 dead letters" in shown
    assert "…" not in shown
    assert all(len(line) <= 80 for line in demo_table.STORY)
    console.print(demo_table.drawing("x", brands, [], None))
    assert "alerts: none has fired yet" in console.export_text()
