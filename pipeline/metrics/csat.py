"""Customer satisfaction, as those who were asked rated it.

Formula: the mean of the latest ratings of the tickets that were last rated in 28 d; ratings are
0..1 as they come, none is counted as "satisfied" or not. Unit: 0..1. Source: contract ``csat`` and
``csat_ratio_28d``. Example::

    >>> csat_ratio([1.0, 0.5])
    0.75
"""

from __future__ import annotations

from collections.abc import Collection
from math import fsum


def csat_ratio(ratings: Collection[float]) -> float | None:
    """Return the mean; None without ratings."""
    # Sums of doubles depend on their order, and that of tickets means nothing.
    return fsum(ratings) / len(ratings) if ratings else None
