"""From samples of progress to a rate: pure arithmetic, the same for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EDGE_SECONDS = 1.0
"""What is left out at both ends: connecting and filling up, and running dry."""


class TooShort(ValueError):
    """A run that has nothing left between its first and its last second."""


@dataclass(frozen=True, slots=True)
class Sample:
    """So many records were taken by ``at`` (seconds of a steady clock)."""

    at: float
    records: int


@dataclass(frozen=True, slots=True)
class Steady:
    """The part of a run that counts."""

    first: Sample
    last: Sample

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.last.at - self.first.at

    @property
    def records(self) -> int:
        """Records taken in it."""
        return self.last.records - self.first.records

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds


def steady(
    samples: Sequence[Sample],
    edge: float = EDGE_SECONDS,
    warming: float = 0.0,
    began: float | None = None,
) -> Steady:
    """Cut off the first and the last second of a run, and more of its start for ``warming``.

    The run starts when the first records are seen to be taken, or when it ``began`` to read where
    that is known, and ends when the count reaches its last value. Samples may come in steps, such
    as commits: what a step brings was taken evenly since the one before, so that neither the moment
    nor the size of a single step decides.
    With an ``edge`` of 0, for trying things out, all counts, from the first sample on.

    Raises:
        TooShort: Nothing is left.

    >>> seconds = [Sample(second, 100 * second) for second in range(6)]
    >>> steady(seconds).rate, steady(seconds).seconds
    (100.0, 2.0)
    >>> steps = [Sample(0, 100), Sample(3, 400), Sample(6, 700)]
    >>> steady(steps).first, steady(steps).last
    (Sample(at=1.0, records=200), Sample(at=5.0, records=600))
    >>> steady(steps[1:], began=0.0).first
    Sample(at=1.0, records=133)
    """
    grown = [
        sample
        for before, sample in zip([Sample(0.0, 0), *samples], samples, strict=False)
        if sample.records > before.records
    ]
    if grown and not edge and grown[-1].at > samples[0].at:
        return Steady(samples[0], grown[-1])
    if grown:
        steps = [(sample.at, float(sample.records)) for sample in grown]
        if began is not None:
            steps.insert(0, (began, 0.0))
        start, end = steps[0][0] + max(edge, warming), steps[-1][0] - edge
        if start < end:
            first, last = (Sample(when, round(at(steps, when))) for when in (start, end))
            return Steady(first, last)
    raise TooShort(
        f"nothing is left of {len(grown)} samples without the start and the last {edge:g} s"
    )


def at(samples: Sequence[tuple[float, float]], when: float) -> float:
    """Return the value of a growing quantity at a time, linear between its samples.

    >>> at([(0.0, 10.0), (2.0, 20.0)], 0.5)
    12.5
    """
    earlier = max((each for each in samples if each[0] <= when), default=samples[0])
    later = min((each for each in samples if each[0] >= when), default=samples[-1])
    if later[0] == earlier[0]:
        return earlier[1]
    share = (when - earlier[0]) / (later[0] - earlier[0])
    return earlier[1] + share * (later[1] - earlier[1])
