"""Vanity counts: likes, shares, followers, clicks. Shown apart, used nowhere.

Formula: sums over accepted earned creates of 28 days. Unit: as delivered by the sources. Source:
definition "Vanity". Example: two mentions with 10 and 5 likes give::

    >>> Vanity(likes=10 + 5, shares=0, followers=0, clicks=0).likes
    15
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import MONTH_WINDOW, window


class Vanity(NamedTuple):
    """Sums over 28 days."""

    likes: int
    shares: int
    followers: int
    clicks: int


def vanity(brand: BrandMentions, t: int) -> Vanity:
    """Sum a brand's vanity counts over 28 days at ``t`` (microseconds)."""
    panes = brand.panes_in(MONTH_WINDOW.tier, window(t, MONTH_WINDOW.tier, MONTH_WINDOW.panes))
    return Vanity(
        sum([pane.likes for pane in panes]),
        sum([pane.shares for pane in panes]),
        sum([pane.followers for pane in panes]),
        sum([pane.clicks for pane in panes]),
    )
