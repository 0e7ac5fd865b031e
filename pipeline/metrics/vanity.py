"""Vanity counts: likes, shares, followers, clicks. Shown apart, used nowhere.

Formula: sums over accepted earned creates of 28 days. Unit: as delivered by the sources. Source:
definition "Vanity". Example: two mentions with 10 and 5 likes give::

    >>> Vanity(likes=10 + 5, shares=0, followers=0, clicks=0).likes
    15
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import DAY, MONTH_WINDOW, current_pane


class Vanity(NamedTuple):
    """Sums over 28 days."""

    likes: int
    shares: int
    followers: int
    clicks: int


def vanity(brand: BrandMentions, t: int) -> Vanity:
    """Sum a brand's vanity counts over 28 days at ``t`` (microseconds)."""
    current = current_pane(t, DAY)
    before = brand.past(MONTH_WINDOW, current).tally
    now = brand.tally(DAY, current)
    return Vanity(
        before.likes + now.likes,
        before.shares + now.shares,
        before.followers + now.followers,
        before.clicks + now.clicks,
    )
