"""Expressions parse, and the check of their names finds what is wrong with one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.integration.rig import needs
from tests.operations.expressions import (
    Expression,
    Rule,
    every_expression,
    expressions_of,
    rules,
)
from tests.operations.names import Names, UnknownName

METRICS = """\
# TYPE influence_index gauge
influence_index{brand="acme"} 40
# TYPE influence_alert_state gauge
influence_alert_state{brand="acme",kind="influence_drop",state="ok"} 1
# TYPE pipeline_lag_records gauge
pipeline_lag_records{topic="social-mentions",partition="0"} 0
# TYPE pipeline_event_delay_seconds histogram
pipeline_event_delay_seconds_bucket{le="1.0"} 1
pipeline_event_delay_seconds_bucket{le="+Inf"} 1
pipeline_event_delay_seconds_count 1
pipeline_event_delay_seconds_sum 1
"""
KNOWN = {"state": ("ok", "firing"), "kind": ("influence_drop",)}
RULES = (
    Rule("brand:lag:sum", False, Expression("", "sum by (topic) (pipeline_lag_records)"), {}, ()),
    Rule("Drop", True, Expression("", "influence_index > 1"), {"severity": "page"}, ()),
)
NAMES = Names({"influence-worker": METRICS}, RULES, KNOWN)


@pytest.mark.parametrize(
    "right",
    [
        'max by (brand) (last_over_time(influence_index{brand=~".+"}[3m]))',
        'influence_alert_state{state="firing",kind=~"influence_drop"} == 1',
        'influence_alert_state{state!~"ok|firing"}',
        "max without (instance, job) (influence_index) * 2",
        "histogram_quantile(0.9, sum by (le) (rate(pipeline_event_delay_seconds_bucket[1m])))",
        'influence_index and on (brand) influence_alert_state{state="ok"}',
        "time() - brand:lag:sum > 1 or vector(0)",
        'absent(up{job="influence-worker"})',
        'count(ALERTS{alertname="Drop",alertstate="firing",severity="page",brand="acme"})',
        "topk(2, sum by (topic) (pipeline_lag_records)) / on (topic) brand:lag:sum",
        "influence_alert_state * on (brand) group_left () max by (brand) (influence_index)",
        'label_replace(influence_index, "name", "$1", "brand", "(.*)")',
        "max_over_time(sum by (topic) (pipeline_lag_records)[1h:1m])",
    ],
)
def test_what_is_right_passes(right: str) -> None:
    NAMES.check(Expression("here", right))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("influence_indx", "nothing exports or records influence_indx"),
        ("rate(pipeline_event_delay_seconds[1m])", "pipeline_event_delay_seconds$"),
        ('influence_index{brnd="acme"}', "influence_index has no label brnd"),
        ('brand:lag:sum{partition="0"}', "brand:lag:sum has no label partition"),
        ('influence_alert_state{state="fireing"}', "state is never fireing"),
        ('influence_alert_state{state=~"ok|fireing"}', "state is never fireing"),
        ('influence_alert_state{kind!="drop"}', "kind is never drop"),
        ('up{job="worker"}', "job is never worker"),
        ('ALERTS{alertname="Dorp"}', "alertname is never Dorp"),
        ("sum by (brnd) (influence_index)", "no label.*brnd"),
        ("sum without (host) (influence_index)", "no label.*host"),
        ("influence_index and on (brand) brand:lag:sum", "not both sides have.*brand"),
        ("influence_index + influence_alert_state", "never match"),
        ("influence_index * on (brand) group_left (name) influence_alert_state", "name"),
        ("histogram_quantile(0.9, influence_index)", "no label le"),
        ('label_replace(influence_index, "name", "$1", "brnd", "(.*)")', "no label among.*brnd"),
        ('{brand="acme"}', "names no metric"),
    ],
)
def test_what_is_wrong_is_found_with_its_place(wrong: str, said: str) -> None:
    with pytest.raises(UnknownName, match=f"here: .*{said}"):
        NAMES.check(Expression("here", wrong))


def test_labels_that_a_text_asks_for_must_be_returned() -> None:
    NAMES.check(Expression("here", "influence_index", frozenset(["brand"])))
    with pytest.raises(UnknownName, match=r"returns no \['kind'\]"):
        NAMES.check(Expression("here", "influence_index", frozenset(["kind"])))


def test_rules_are_read_with_what_their_texts_ask(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(
        """
groups:
  - name: some
    rules:
      - record: a:b:c
        expr: influence_index
      - alert: Drop
        expr: influence_index > 1
        labels: {severity: page}
        annotations:
          summary: "{{ $labels.brand }} {{ $labels.severity }}"
          description: "{{ with printf `x{brand=%q}` $labels.brand | query }}{{ end }}"
"""
    )
    recorded, alert = rules(tmp_path)
    assert (recorded.name, recorded.is_alert) == ("a:b:c", False)
    assert alert.expression == ("rules.yml, Drop", "influence_index > 1", frozenset(["brand"]))
    assert [text.text for text in alert.texts] == ['x{brand="acme"}']


def dashboard(expression: str, variable: str = "label_values(influence_index, brand)") -> object:
    return {
        "title": "Some",
        "templating": {"list": [{"name": "b", "type": "query", "query": {"query": variable}}]},
        "panels": [
            {"type": "stat", "title": "One", "targets": [{"refId": "A", "expr": expression}]}
        ],
    }


def test_variables_of_a_dashboard_are_replaced() -> None:
    board = dashboard('x{brand=~"${b:regex}"}[$__rate_interval] / y{z="$b"}[$__range]')
    asked, shown = expressions_of(board)  # type: ignore[arg-type]  # a small one
    assert asked == ("Some, variable b", "influence_index", frozenset(["brand"]))
    assert shown.where == "Some, One A"
    assert shown.text == 'x{brand=~"acme"}[1m] / y{z="acme"}[6h]'


@pytest.mark.parametrize(
    ("board", "said"),
    [
        (dashboard("x{brand=~'$brnd'}"), "there is no variable brnd"),
        (dashboard("x", "query_result(x)"), "only label_values"),
    ],
)
def test_a_variable_that_is_not_there_is_found(board: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(expressions_of(board))  # type: ignore[arg-type]  # a small one


def _promtool(expressions: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    """Have promtool check expressions, as recording rules."""
    promtool = needs.program("promtool", "prometheus")
    recorded = [{"record": f"it:{n}", "expr": each} for n, each in enumerate(expressions)]
    file = directory / "expressions.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": recorded}]}))
    return subprocess.run(
        [promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False
    )


def test_promtool_parses_every_expression(tmp_path: Path) -> None:
    ended = _promtool([each.text for each in every_expression()], tmp_path)
    assert ended.returncode == 0, ended.stderr


def test_promtool_would_object(tmp_path: Path) -> None:
    assert _promtool(["rate(x)"], tmp_path).returncode != 0
