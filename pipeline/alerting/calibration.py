"""How high the bar is: from the pooled tail of all brands to a mean time between false alarms.

The statistic is standardised a brand, so the tails of all brands can be pooled. Exceedances of one
cluster are one alarm; what exceeds the 98th percentile follows a generalised Pareto law (Pickands
1975; Coles, *An Introduction to Statistical Modeling of Extreme Values*, 2001, chapter 4), which
gives the threshold for any mean time between alarms, also such as no history is long enough for.
The tails below are committed: with constants a decision is the same in a replay and in a worker,
today and after any history. ``make detection`` fits them again (:mod:`pipeline.alerting.tail_fit`)
and says how far off they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.alerting.kinds import STATISTICAL, TARGET, Kind
from pipeline.events.instants import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Tail:
    """Clusters above ``threshold`` come ``rate`` times a brand-day; their excess is Pareto.

    Formula: ``rate(h) = rate · (1 + shape · (h - threshold) / scale)^(-1/shape)`` a day.
    """

    threshold: float
    rate: float
    shape: float
    scale: float

    def rate_above(self, bar: float) -> float:
        """Return how many clusters a brand-day reach ``bar``."""
        excess = (bar - self.threshold) / self.scale
        if abs(self.shape) < 1e-6:
            return self.rate * math.exp(-excess)
        return float(self.rate * max(0.0, 1 + self.shape * excess) ** (-1 / self.shape))

    def bar(self, mean_time: float) -> float:
        """Return the bar that is reached once in ``mean_time`` microseconds.

        >>> tail = Tail(2.0, 0.1, 0.0, 0.5)
        >>> round(tail.bar(100 * DAY), 6) == round(2.0 + 0.5 * math.log(10), 6)
        True
        """
        ratio = self.rate * mean_time / DAY
        if abs(self.shape) < 1e-6:
            return self.threshold + self.scale * math.log(ratio)
        return float(self.threshold + self.scale / self.shape * (ratio**self.shape - 1))


TAILS = {
    Kind.INFLUENCE_DROP: (
        Tail(1.759, 0.0773, -0.036, 0.479),
        Tail(1.923, 0.0482, -0.099, 0.665),
        Tail(1.458, 0.0090, 0.072, 0.442),
    ),
    Kind.DETRACTION_SURGE: (
        Tail(0.526, 0.0622, 0.176, 0.175),
        Tail(0.579, 0.0406, 0.084, 0.246),
        Tail(0.929, 0.0095, 0.105, 0.391),
    ),
}
"""The pooled tail of each kind, by resolution; from ``make detection``."""


def target(kind: Kind) -> float:
    """Return a kind's mean time between false alarms, microseconds, such that all make up 90 d."""
    return TARGET / STATISTICAL[kind]


BARS = {kind: tuple(tail.bar(target(kind)) for tail in tails) for kind, tails in TAILS.items()}
"""What the statistic must reach, by kind and resolution."""


def mean_time(kind: Kind, episodes: int, hours: int) -> float:
    """Return the achieved mean time between false alarms of a brand, microseconds.

    Brand-days ÷ alarms, every alarm taken for a false one, on top of what the calibration promises
    as if it had been seen for one such time: a new brand starts at the target, and a long history
    speaks for itself.
    """
    return (target(kind) + hours * HOUR) / (1 + episodes)
