"""What a question about growth is answered with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.drain import Drained
from tests.benchmarks.stand import Stand

Point = dict[str, float]
"""One measurement: numbers by the name of their column."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A question, its measurements, the figure that they come to, and what it should be.

    ``figure`` must not exceed ``limit``; ``unit`` says what both are.
    """

    question: str
    points: Sequence[Point]
    figure: float
    limit: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the figure is within its limit."""
        return self.figure <= self.limit

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self) | {"holds": self.holds}


Measure = Callable[[Stand, float], Curve]
"""Answers a question; the number scales the load, 1 for what is reported."""


def point(run: Drained, **where: float) -> Point:
    """Return what a run of the worker gave, and where on the curve it lies."""
    return where | {
        "records_per_second": round(run.rate),
        "microseconds_per_record": round(run.microseconds, 2),
        "peak_megabytes": round(run.memory_bytes / 2**20),
        "changelog_bytes_per_record": round(run.extra["changelog_bytes_per_record"], 1),
    }


def fall(before: float, after: float) -> float:
    """Return by how many percent a value falls.

    >>> fall(200.0, 150.0)
    25.0
    """
    return 100 * (1 - after / before)
