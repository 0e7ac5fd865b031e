"""Load and staff from the formulas as textbooks write them, term by term."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, exp, fsum, lgamma, log
from typing import NamedTuple

from tests.oracle.calendar import DAY, HOUR, SECOND
from tests.oracle.stories import Story


class Load(NamedTuple):
    """Agents kept busy, over all and in the busiest hour of the day; mean handle time, seconds."""

    agents: float
    peak: float
    mean: float


def load(stories: Sequence[Story], since: int, t: int) -> Load | None:
    """Return the load of tickets that could come since an instant; None without any time."""
    if not stories:
        return Load(0, 0, 0)
    if t <= since:
        return None
    work = sum(told.handle for told in stories)
    peak = work / (t - since)
    for hour in range(24):
        days = range(since // DAY, t // DAY + 1)
        hours = [(day * DAY + hour * HOUR, day * DAY + (hour + 1) * HOUR) for day in days]
        passed = sum(max(0, min(end, t) - max(start, since)) for start, end in hours)
        told_then = [s for s in stories if (s.opened_at or 0) % DAY // HOUR == hour]
        if passed:
            peak = max(peak, sum(told.handle for told in told_then) / passed)
    return Load(work / (t - since), peak, work / len(stories) / SECOND)


def chance_to_wait(agents_busy: float, n: int) -> float:
    """Return Erlang C as the ratio of its sums, each term by its logarithm."""
    if n <= agents_busy:
        return 1.0
    terms = [k * log(agents_busy) - lgamma(k + 1) - agents_busy for k in range(n + 1)]
    waiting = exp(terms[n]) * n / (n - agents_busy)
    return waiting / (fsum(map(exp, terms[:n])) + waiting)


def agents_needed(agents_busy: float, mean: float) -> int:
    """Return the least number that is at most 85 % busy and begins 80 % within the hour."""
    if agents_busy == 0:
        return 0
    n = int(agents_busy) + 1
    while True:
        served = 1 - chance_to_wait(agents_busy, n) * exp(-(n - agents_busy) * 3600 / mean)
        if agents_busy <= 0.85 * n + 1e-9 and served >= 0.8:
            return n
        n += 1


def positions(n: int) -> int:
    """Return how many to employ where three of ten are away."""
    return ceil(Fraction(10 * n, 7))
