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

from pipeline.state.past import Tally


class Mentions(NamedTuple):
    """Counts of one window."""

    mentions: int
    unscored: int
    retracted: int
    messages: int


def mentions(tally: Tally) -> Mentions:
    """Count a brand's mentions in a window, of which the counters are given."""
    return Mentions(tally.mentions, tally.unscored, tally.retracted, tally.non_earned)
