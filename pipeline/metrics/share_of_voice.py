"""Share of voice: a brand's part of all brands' mentions.

Formula: the brand's mentions over all brands' on the 28 whole days before the current day. Unit:
ratio, 0..1. Source: definition "Share of voice". Absent (``insufficient``) where no brand was
mentioned or the totals are not known. Example: 5 of 20 mentions, all on day 99, seen from day 100::

    >>> totals = Totals({99: 20}, as_of=0)
    >>> 5 / sum(totals.mentions.get(day, 0) for day in days_before(100))
    0.25
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import DAY, current_pane

DAYS = 28


@dataclass(frozen=True, slots=True)
class Totals:
    """Mentions of all brands.

    ``mentions`` by UTC day (days since the epoch); ``as_of`` is the largest event time applied to
    mentions over all partitions, in microseconds.
    """

    mentions: Mapping[int, int]
    as_of: int
    _sums: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def before(self, current: int) -> int:
        """Return the mentions of the 28 whole days before a day; added up once for all brands."""
        known = self._sums.get(current)
        if known is None:
            days = days_before(current)
            known = self._sums[current] = sum([self.mentions.get(day, 0) for day in days])
        return known


def days_before(current: int) -> range:
    """Return the 28 whole days before the day ``current``."""
    return range(current - DAYS, current)


def share_of_voice(brand: BrandMentions, totals: Totals | None, t: int) -> float | None:
    """Return a brand's share at ``t`` (microseconds), None where it cannot be known."""
    if totals is None:
        return None
    current = current_pane(t, DAY)
    everybody = totals.before(current)
    if not everybody:
        return None
    return brand.mentions_before(current, DAYS) / everybody
