"""What a proof finds: a number, what it should be, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
    """Return a table a metric."""
    metrics: dict[str, list[Finding]] = {}
    for finding in findings:
        metrics.setdefault(finding.metric, []).append(finding)
    return "\n".join(_table(metric, found) for metric, found in metrics.items())


def _table(metric: str, findings: Sequence[Finding]) -> str:
    """Return a row a world and a column for each thing measured, or a row each if few have it.

    Limits stand in the head; beside a number that has another.
    """
    worlds = {finding.world: finding.worlds for finding in findings}
    wanted: dict[str, str] = {}
    for finding in findings:
        wanted.setdefault(finding.what, finding.wanted)
    if 2 * len(findings) < len(worlds) * len(wanted):
        head = ["world", "worlds", "measured", "", "wanted"]
        rows = [
            [each.world, f"{each.worlds:,}", each.what, _cell(each, each.wanted), each.wanted]
            for each in findings
        ]
    else:
        limits = [f"{what} ({limit})" if limit else what for what, limit in wanted.items()]
        head = ["world", "worlds", *limits]
        found = {(finding.world, finding.what): finding for finding in findings}
        rows = [
            [
                world,
                f"{count:,}",
                *(_cell(found.get((world, w)), limit) for w, limit in wanted.items()),
            ]
            for world, count in worlds.items()
        ]
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    lines.insert(1, f"|---|{'---:|' * (len(head) - 1)}")
    return "\n".join([f"**{metric}**", "", *lines, ""])


def _cell(finding: Finding | None, limit: str) -> str:
    if finding is None:
        return ""
    digits = 3 if abs(finding.value) < 10 else 1
    text = f"{finding.value:.{digits}f}"
    if finding.wanted != limit:
        return f"{text} ({finding.wanted or 'no limit'})"
    return text if finding.holds() else f"**{text}**"
