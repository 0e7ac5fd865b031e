"""Whether expressions name metrics, labels and values that there are.

The labels of what an expression returns are worked out along its tree, so that grouping by a label
that is not there, or matching two sides that can never match, is found as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

import promql_parser as promql
from prometheus_client.parser import text_string_to_metric_families

from tests.operations.expressions import Expression, Rule

Labels = frozenset[str]
Valued = dict[str, set[str]]
"""Labels with the values that were seen."""

_SET_OPERATORS = ("and", "or", "unless")
_DISTINCT = ("job", "quantile", "le")
"""Labels all of whose values can be seen."""


class UnknownName(ValueError):
    """An expression names what is not there, or cannot return anything."""


class Names:
    """What may be named.

    Args:
        scrapes: By job, what its targets expose.
        rules: What is recorded, and the alerts that ``ALERTS`` tells of.
        known: By label of our own metrics, all the values that it can have.
    """

    def __init__(
        self,
        scrapes: Mapping[str, str],
        rules: Iterable[Rule] = (),
        known: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._exported: defaultdict[str, Valued] = defaultdict(lambda: defaultdict(set))
        self._known = known or {}
        self._recorded = {rule.name: rule for rule in rules if not rule.is_alert}
        self._alerts = [rule for rule in rules if rule.is_alert]
        for job, text in scrapes.items():
            self._add("up", {"job": job, "instance": ""})
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    self._add(sample.name, {"job": job, "instance": "", **sample.labels})

    def _add(self, name: str, labels: Mapping[str, str]) -> None:
        for label, value in labels.items():
            self._exported[name][label].add(value)

    def exported(self, start: str) -> dict[str, Valued]:
        """Return the exported metrics whose names start so."""
        return {name: each for name, each in self._exported.items() if name.startswith(start)}

    def check(self, expression: Expression) -> None:
        """Make sure that an expression names only what is there.

        Raises:
            UnknownName: It does not.
            ValueError: It does not parse.
        """
        try:
            labels = self._labels(promql.parse(expression.text)) or Labels()
        except ValueError as error:
            raise type(error)(f"{expression.where}: {error}") from error
        if not expression.labels <= labels:
            missing = sorted(expression.labels - labels)
            raise UnknownName(f"{expression.where}: it returns no {missing}, only {sorted(labels)}")

    def faults(self, expressions: Iterable[Expression]) -> list[str]:
        """Return what is wrong with expressions, one line each."""
        found = []
        for expression in expressions:
            try:
                self.check(expression)
            except UnknownName as error:
                found.append(str(error))
        return found

    def _labels(self, expression: promql.Expr) -> Labels | None:
        """Return the labels of what an expression returns; None for numbers and texts."""
        match expression:
            case promql.NumberLiteral() | promql.StringLiteral():
                return None
            case promql.VectorSelector():
                return self._selected(expression)
            case promql.MatrixSelector():
                return self._selected(expression.vector_selector)
            case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
                return self._labels(expression.expr)
            case promql.AggregateExpr():
                return self._aggregated(expression)
            case promql.BinaryExpr():
                return self._combined(expression)
            case promql.Call():
                return self._called(expression)
        raise ValueError(f"{type(expression).__name__} is not known here")

    def _selected(self, selector: promql.VectorSelector) -> Labels:
        if selector.name is None:
            raise UnknownName(f"{selector} names no metric")
        matchers = [
            *selector.matchers.matchers,
            *(each for group in selector.matchers.or_matchers for each in group),
        ]
        labels = self._labels_of(selector.name)
        for matcher in matchers:
            if matcher.name not in labels:
                raise UnknownName(f"{selector.name} has no label {matcher.name}")
            values = self._values(selector.name, matcher.name)
            if values is not None:
                _check_values(selector.name, matcher, values)
        return labels

    def _labels_of(self, name: str) -> Labels:
        if name in self._exported:
            return Labels(self._exported[name])
        if name in self._recorded:
            return self._returned(self._recorded[name])
        if name == "ALERTS":
            all_labels = (self._returned(rule) for rule in self._alerts)
            return Labels({"alertname", "alertstate"}).union(*all_labels)
        raise UnknownName(f"nothing exports or records {name}")

    def _returned(self, rule: Rule) -> Labels:
        return (self._labels(promql.parse(rule.expression.text)) or Labels()) | rule.labels.keys()

    def _values(self, name: str, label: str) -> Collection[str] | None:
        """Return all values that a label can have; None where any may come."""
        if name == "ALERTS":
            if label == "alertname":
                return {rule.name for rule in self._alerts}
            return {"pending", "firing"} if label == "alertstate" else None
        if label in _DISTINCT and name in self._exported:
            return self._exported[name][label]
        is_ours = name.startswith(("influence_", "pipeline_")) or name in self._recorded
        return self._known.get(label) if is_ours else None

    def _aggregated(self, expression: promql.AggregateExpr) -> Labels:
        labels = self._labels(expression.expr)
        modifier = expression.modifier
        picks = str(expression.op) in ("topk", "bottomk")
        if labels is None or modifier is None:
            return labels if picks and labels is not None else Labels()
        named = Labels(modifier.labels)
        if not named <= labels:
            raise UnknownName(f"{expression}: there is no label {sorted(named - labels)} below it")
        if picks:
            return labels
        return named if modifier.type == promql.AggModifierType.By else labels - named

    def _combined(self, expression: promql.BinaryExpr) -> Labels | None:
        left, right = self._labels(expression.lhs), self._labels(expression.rhs)
        if left is None or right is None:
            return right if left is None else left
        modifier = expression.modifier
        operator = str(expression.op).split()[0]
        matching = modifier.matching if modifier is not None else None
        named = Labels(matching.labels) if matching is not None else Labels()
        if matching is not None and matching.type == promql.LabelModifierType.Include:
            if not named <= left & right:
                raise UnknownName(f"{expression}: not both sides have {sorted(named)}")
            shared = named
        else:
            if operator != "or" and left - named != right - named:
                sides = f"{sorted(left - named)} and {sorted(right - named)}"
                raise UnknownName(f"{expression}: its sides never match, they have {sides}")
            shared = left - named
        if operator in _SET_OPERATORS:
            return left | right if operator == "or" else left
        extra = Labels((modifier.group_labels if modifier is not None else None) or ())
        card = modifier.card if modifier is not None else None
        if card == promql.VectorMatchCardinality.ManyToOne:
            return left | self._within(expression, extra, right)
        if card == promql.VectorMatchCardinality.OneToMany:
            return right | self._within(expression, extra, left)
        return shared

    def _within(self, expression: promql.Expr, extra: Labels, side: Labels) -> Labels:
        if not extra <= side:
            raise UnknownName(f"{expression}: there is no label {sorted(extra - side)} to take")
        return extra

    def _called(self, expression: promql.Call) -> Labels | None:
        name = expression.func.name
        given = [self._labels(each) for each in expression.args]
        vectors = [each for each in given if each is not None]
        if name in ("absent", "absent_over_time"):
            return _that_are_set(expression.args[0])
        if name == "scalar" or not vectors:
            return Labels() if name == "vector" else None
        labels = Labels().union(*vectors)
        if name == "histogram_quantile":
            if "le" not in labels:
                raise UnknownName(f"{expression}: there is no label le below it")
            return labels - {"le"}
        if name in ("label_replace", "label_join"):
            texts = [each.val for each in expression.args if isinstance(each, promql.StringLiteral)]
            sources = texts[2:3] if name == "label_replace" else texts[2:]
            if not labels.issuperset(sources):
                raise UnknownName(f"{expression}: there is no label among {sources}")
            return labels | {texts[0]}
        return labels


def _that_are_set(expression: promql.Expr) -> Labels:
    """Return the labels that ``absent`` gives to what it returns."""
    if isinstance(expression, promql.MatrixSelector):
        expression = expression.vector_selector
    if not isinstance(expression, promql.VectorSelector):
        return Labels()
    matchers = expression.matchers.matchers
    return Labels(each.name for each in matchers if each.op == promql.MatchOp.Equal)


def _check_values(metric: str, matcher: promql.Matcher, values: Collection[str]) -> None:
    """Make sure that every alternative of a matcher is a value that there is."""
    is_pattern = matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe)
    matches: Callable[[str], bool] = (
        (lambda wanted: any(re.fullmatch(wanted, value) for value in values))
        if is_pattern
        else values.__contains__
    )
    alternatives = matcher.value.split("|") if is_pattern else [matcher.value]
    unknown = [each for each in alternatives if not matches(each)]
    if unknown:
        raise UnknownName(f"{metric}: {matcher.name} is never {' or '.join(unknown)}")
