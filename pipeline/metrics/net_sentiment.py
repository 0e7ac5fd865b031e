"""Net sentiment: the balance of what authors said, over 28 days.

Formula: ``(A - D) / (A + D)``, A and D being advocacy and detraction summed over author-days. Unit:
ratio, -1..1. Source: definition "Net sentiment". Absent (``insufficient``) where nobody spoke for
or against. Example::

    >>> net_sentiment(3.0, 1.0)
    0.5
    >>> net_sentiment(0.0, 0.0) is None
    True
"""

from __future__ import annotations


def net_sentiment(advocacy: float, detraction: float) -> float | None:
    """Return the balance of two sums in advocate-days, None where both are 0."""
    spoken = advocacy + detraction
    return (advocacy - detraction) / spoken if spoken else None
