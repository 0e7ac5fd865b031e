"""Mentions: how often a brand was spoken of.

Formula: the number of accepted earned creates in a window; ``unscored`` those of them that have
neither sentiment, rating nor text; ``retracted`` the accepted edits and deletes; ``messages`` the
accepted creates that are owned, by employees or paid. Unit: mentions. Source: definition "Mentions"
(distinct ids, deduplicated within the minute tier, before they come here). Example: three tweets of
one author and one deletion within an hour count as::

    >>> Mentions(mentions=3, unscored=0, retracted=1, messages=0).mentions
    3
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import Window, current_pane


class Mentions(NamedTuple):
    """Counts of one window."""

    mentions: int
    unscored: int
    retracted: int
    messages: int


def mentions(brand: BrandMentions, over: Window, t: int) -> Mentions:
    """Count a brand's mentions in the window ``over`` at ``t`` (microseconds)."""
    current = current_pane(t, over.tier)
    before = brand.past(over, current).tally
    now = brand.tally(over.tier, current)
    return Mentions(
        before.mentions + now.mentions,
        before.unscored + now.unscored,
        before.retracted + now.retracted,
        before.non_earned + now.non_earned,
    )
