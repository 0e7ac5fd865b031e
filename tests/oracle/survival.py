"""Kaplan-Meier with left truncation, in exact fractions."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

# Two times may share a bucket if they differ by less than this factor: a bucket's value is within
# 1 % of everything in it.
BUCKET = 1.01 / 0.99


@dataclass(frozen=True)
class Subject:
    """One ticket under observation; ages in seconds.

    Watched from ``entry`` (None: from the beginning) until ``age``, when either the event happened
    (``event``) or the watching ended.
    """

    entry: float | None
    age: float
    event: bool


def watched(subjects: Sequence[Subject]) -> list[Subject]:
    """Return the subjects whose time came after they entered; of the others nothing was seen."""
    return [s for s in subjects if s.entry is None or s.age > s.entry]


def quantile(subjects: Sequence[Subject], share: Fraction) -> float | None:
    """Return the smallest age by which ``share`` of events have happened; None if not reached."""
    subjects = watched(subjects)
    entries = sorted(-1.0 if s.entry is None else s.entry for s in subjects)
    ages = sorted(s.age for s in subjects)
    survival = Fraction(1)
    for age, events in sorted(Counter(s.age for s in subjects if s.event).items()):
        entered_before = bisect_left(entries, age)
        left_before = bisect_left(ages, age)
        survival *= 1 - Fraction(events, entered_before - left_before)
        if survival <= 1 - share:
            return age
    return None


def _moved(subjects: Sequence[Subject], watching: float, entering: float) -> list[Subject]:
    """Stretch censored ages by one factor and entries by another; events stay where they are."""
    return [
        Subject(
            None if s.entry is None else s.entry * entering,
            s.age if s.event else s.age * watching,
            s.event,
        )
        for s in subjects
    ]


def bracket(subjects: Sequence[Subject], share: Fraction) -> tuple[float | None, float | None]:
    """Return the least and largest quantile that the order within buckets could produce."""
    subjects = watched(subjects)
    found = [
        quantile(subjects, share),
        quantile(_moved(subjects, 1 / BUCKET, BUCKET), share),
        quantile(_moved(subjects, BUCKET, 1 / BUCKET), share),
    ]
    reached = [value for value in found if value is not None]
    least = min(reached) if reached else None
    return least, max(reached) if len(reached) == len(found) else None
