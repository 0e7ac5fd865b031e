"""Vanity counts: likes, shares, followers, clicks. Shown apart, used nowhere.

Formula: sums over accepted earned creates of 28 days. Unit: as delivered by the sources. Source:
definition "Vanity". Example: two mentions with 10 and 5 likes give::

    >>> Vanity(likes=10 + 5, shares=0, followers=0, clicks=0).likes
    15
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.state.past import Tally


class Vanity(NamedTuple):
    """Sums over 28 days."""

    likes: int
    shares: int
    followers: int
    clicks: int


def vanity(month: Tally) -> Vanity:
    """Sum a brand's vanity counts over 28 days, of which the counters are given."""
    return Vanity(month.likes, month.shares, month.followers, month.clicks)
