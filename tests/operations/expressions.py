"""Every PromQL expression of ``deploy``: of rules, of the texts of alerts, and of dashboards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.operations.rules import rules as rules_of

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARDS = DEPLOY / "grafana/dashboards"

_TEMPLATED = re.compile(r"(?:printf|query) `([^`]+)`")
"""A query in an alert's text; ``%q`` stands for a label's value."""
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")
_LABEL_VALUES = re.compile(r"label_values\((.+),\s*(\w+)\)")
_BUILT_IN = {"__interval": "1m", "__rate_interval": "1m", "__range": "6h"}
_VALUE = "acme"
_VALUES = r"acme|b2b\.tools"


class Expression(NamedTuple):
    """An expression as Prometheus gets it.

    ``where`` says where it stands; ``labels`` must be among those of what it returns.
    """

    where: str
    text: str
    labels: frozenset[str] = frozenset()


class Rule(NamedTuple):
    """A rule: the metric that it records, or the alert that it raises.

    ``labels`` are set on what ``expression`` returns.
    """

    name: str
    is_alert: bool
    expression: Expression
    labels: Mapping[str, str]
    texts: tuple[Expression, ...]


def rules(folder: Path = DEPLOY) -> list[Rule]:
    """Return all rules of the rule files below a folder, tests of rules aside."""
    return [
        _rule(rule, path.name)
        for path in sorted(folder.rglob("*rules*.yml"))
        if "test" not in str(path.relative_to(folder))
        for rule in rules_of(path)
    ]


def _rule(rule: Mapping[str, Any], file: str) -> Rule:
    name = rule.get("alert") or rule["record"]
    labels = rule.get("labels", {})
    texts = " ".join(map(str, (*rule.get("annotations", {}).values(), *labels.values())))
    where = f"{file}, {name}"
    named = frozenset(re.findall(r"\$labels\.(\w+)", texts)) - labels.keys()
    asked = (each.replace("%q", f'"{_VALUE}"') for each in _TEMPLATED.findall(texts))
    return Rule(
        name,
        "alert" in rule,
        Expression(where, rule["expr"], named),
        labels,
        tuple(Expression(f"{where}, its text", each) for each in asked),
    )


def dashboards() -> dict[str, dict[str, Any]]:
    """Return all dashboards by file name."""
    return {path.name: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the panels that show something, those of collapsed rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def expressions_of(dashboard: Mapping[str, Any]) -> Iterator[Expression]:
    """Yield the expressions of panels, variables and annotations, with all variables replaced.

    Raises:
        ValueError: A variable is used that the dashboard does not have, or asks in a way that
            cannot be checked.
    """
    title = dashboard["title"]
    values = dict(_BUILT_IN)
    for variable in dashboard["templating"]["list"]:
        where = f"{title}, variable {variable['name']}"
        if variable["type"] == "query":
            asked = _LABEL_VALUES.fullmatch(variable["query"]["query"])
            if asked is None:
                raise ValueError(f"{where}: only label_values(expression, label) is checked")
            text = _replaced(where, asked[1], values)
            yield Expression(where, text, frozenset([asked[2]]))
        several = variable.get("multi") or variable.get("includeAll")
        values[variable["name"]] = _VALUES if several else _VALUE
    for panel in panels(dashboard):
        for target in panel["targets"]:
            where = f"{title}, {panel['title']} {target['refId']}"
            yield Expression(where, _replaced(where, target["expr"], values))
    for annotation in dashboard.get("annotations", {}).get("list", ()):
        if "expr" in annotation:
            where = f"{title}, annotation {annotation['name']}"
            yield Expression(where, _replaced(where, annotation["expr"], values))


def _replaced(where: str, text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in values:
            raise ValueError(f"{where}: there is no variable {name}")
        # In a quoted string of PromQL a backslash is written twice.
        return values[name].replace("\\", "\\\\")

    return _VARIABLE.sub(value, text)


def every_expression() -> list[Expression]:
    """Return all expressions of rules, of the texts of alerts, and of dashboards."""
    ruled = (each for rule in rules() for each in (rule.expression, *rule.texts))
    shown = (each for board in dashboards().values() for each in expressions_of(board))
    return [*ruled, *shown]
