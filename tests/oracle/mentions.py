"""What a brand's accepted mentions say, counted from the list of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import fsum

from tests.oracle.calendar import DAY, WINDOWS, in_window

Author = tuple[str, str]
Strength = tuple[float, float]
Voices = dict[Author, Strength]
VANITY = ("likes", "shares", "followers", "clicks")


@dataclass(frozen=True)
class Mention:
    """One accepted mention; ``p`` and ``q`` are its strength for and against, 0 if unscored."""

    at: int
    author: Author
    p: float
    q: float
    scored: bool
    earned: bool
    retraction: bool
    vanity: tuple[int, int, int, int]

    @property
    def counts(self) -> bool:
        """Whether it is an earned creation, the only kind that makes influence."""
        return self.earned and not self.retraction


def voices(mentions: list[Mention]) -> Voices:
    """Return each author's strongest word for and strongest word against."""
    result: Voices = {}
    for mention in mentions:
        if mention.counts:
            p, q = result.get(mention.author, (0.0, 0.0))
            result[mention.author] = (max(p, mention.p), max(q, mention.q))
    return result


def voices_by_day(mentions: list[Mention]) -> dict[int, Voices]:
    """Return :func:`voices` of each day that has any."""
    by_day: dict[int, list[Mention]] = defaultdict(list)
    for mention in mentions:
        by_day[mention.at // DAY].append(mention)
    return {day: voices(of_day) for day, of_day in sorted(by_day.items())}


def advocacy(authors: Voices) -> float:
    """Sum of strengths for."""
    return fsum(p for p, _ in authors.values())


def detraction(authors: Voices) -> float:
    """Sum of strengths against."""
    return fsum(q for _, q in authors.values())


def advocates(authors: Voices) -> int:
    """Number of distinct authors who said anything for."""
    return sum(1 for p, _ in authors.values() if p > 0)


def mention_fields(
    mentions: list[Mention], t: int
) -> tuple[dict[str, int | float], dict[str, str], dict[str, int]]:
    """Return all plain mention fields at ``t``, their states, and the distinct authors behind.

    The third part names, for each field that reads author samples, the largest number of distinct
    authors in any one sample: beyond the sample's size the product may estimate.
    """
    fields: dict[str, int | float] = {}
    states: dict[str, str] = {}
    distinct: dict[str, int] = {}
    for window in WINDOWS:
        inside = [m for m in mentions if in_window(m.at, t, window)]
        fields[f"mentions_{window}"] = sum(1 for m in inside if m.counts)
        union = voices(inside)
        samples = [union] if window in {"1h", "24h"} else list(voices_by_day(inside).values())
        fields[f"advocacy_{window}"] = fsum(advocacy(sample) for sample in samples)
        fields[f"detraction_{window}"] = fsum(detraction(sample) for sample in samples)
        largest = max(map(len, samples), default=0)
        distinct[f"advocacy_{window}"] = distinct[f"detraction_{window}"] = largest
        if window != "1h":
            fields[f"advocates_{window}"] = advocates(union)
            distinct[f"advocates_{window}"] = len(union)

    month = [m for m in mentions if in_window(m.at, t, "28d")]
    fields["mentions_unscored_28d"] = sum(1 for m in month if m.counts and not m.scored)
    fields["mentions_retracted_28d"] = sum(1 for m in month if m.retraction)
    for index, name in enumerate(VANITY):
        fields[f"vanity_{name}_28d"] = sum(m.vanity[index] for m in month if m.counts)

    a, d = fields["advocacy_28d"], fields["detraction_28d"]
    if a + d > 0:
        fields["net_sentiment_28d"] = (a - d) / (a + d)
        distinct["net_sentiment_28d"] = distinct["advocacy_28d"]
    else:
        states["net_sentiment_28d"] = "insufficient"
    return fields, states, distinct


def mentions_on(mentions: list[Mention], days: range) -> int:
    """Count earned creations on these days."""
    return sum(1 for m in mentions if m.counts and m.at // DAY in days)
