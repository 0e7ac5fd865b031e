"""What a proof finds: a number, what it should be, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

ALPHA = 0.1
"""One minus the coverage that intervals promise."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One measured number.

    ``metric`` and ``world`` say what was measured where, ``what`` which number it is, ``worlds``
    on how many; ``error`` is its standard error. It should lie within ``low`` and ``high``.
    """

    metric: str
    world: str
    what: str
    value: float
    error: float
    worlds: int
    low: float = -math.inf
    high: float = math.inf

    def holds(self, slack: float = 0.0) -> bool:
        """Tell whether it is within its limits, these widened by so many standard errors."""
        extra = slack * self.error
        return self.low - extra <= self.value <= self.high + extra

    @property
    def wanted(self) -> str:
        """The limits, for people."""
        if math.isinf(self.low):
            return "" if math.isinf(self.high) else f"≤ {self.high:g}"
        if math.isinf(self.high):
            return f"≥ {self.low:g}"
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Place:
    """A metric and a world, in which several things are measured."""

    metric: str
    world: str

    def share(
        self, what: str, hits: Iterable[bool], low: float = -math.inf, high: float = math.inf
    ) -> Finding:
        """Return how often something was so."""
        each = np.fromiter(hits, bool)
        value = float(each.mean())
        # Wilson's centre, so that a share of exactly 0 or 1 is not taken to be certain.
        centre = (each.sum() + 2) / (each.size + 4)
        error = math.sqrt(centre * (1 - centre) / each.size)
        return Finding(self.metric, self.world, what, value, error, each.size, low, high)

    def mean(
        self, what: str, values: Iterable[float], low: float = -math.inf, high: float = math.inf
    ) -> Finding:
        """Return a mean."""
        each = np.fromiter(values, float)
        error = float(each.std(ddof=1)) / math.sqrt(each.size)
        return Finding(
            self.metric, self.world, what, float(each.mean()), error, each.size, low, high
        )

    def ratio(
        self, what: str, above: Numbers, below: Numbers, low: float = -math.inf, high: float = 1.3
    ) -> Finding:
        """Return the ratio of two means, its error by the delta method."""
        value = float(above.mean() / below.mean())
        residual = above - value * below
        error = float(residual.std(ddof=1) / below.mean()) / math.sqrt(above.size)
        return Finding(self.metric, self.world, what, value, error, above.size, low, high)


def interval_score(low: Numbers, high: Numbers, truth: Numbers | float) -> Numbers:
    """Return the interval score of 90 % intervals: width, and 2/.1 for each unit missed.

    Source: Gneiting and Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation", JASA
    2007, equation 43. The smaller, the better.
    """
    missed = np.maximum(0.0, low - truth) + np.maximum(0.0, truth - high)
    score: Numbers = high - low + 2.0 / ALPHA * missed
    return score


def markdown(findings: Iterable[Finding]) -> str:
    """Return a table a metric: a row a world, a column for each thing measured."""
    metrics: dict[str, dict[str, dict[str, Finding]]] = {}
    for finding in findings:
        worlds = metrics.setdefault(finding.metric, {})
        worlds.setdefault(finding.world, {})[finding.what] = finding
    return "\n".join(_table(metric, worlds) for metric, worlds in metrics.items())


def _table(metric: str, worlds: dict[str, dict[str, Finding]]) -> str:
    wanted: dict[str, str] = {}
    for row in worlds.values():
        for what, finding in row.items():
            wanted.setdefault(what, finding.wanted)
    heads = [f"{what} ({limits})" if limits else what for what, limits in wanted.items()]
    lines = [
        f"**{metric}**",
        "",
        f"| world | worlds | {' | '.join(heads)} |",
        f"|---|{'---:|' * (len(heads) + 1)}",
    ]
    for world, row in worlds.items():
        count = max(finding.worlds for finding in row.values())
        cells = [_cell(row.get(what)) for what in wanted]
        lines.append(f"| {world} | {count:,} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(finding: Finding | None) -> str:
    if finding is None:
        return ""
    digits = 3 if abs(finding.value) < 10 else 1
    text = f"{finding.value:.{digits}f}"
    return text if finding.holds() else f"**{text}**"
