"""Tickets in proportion to how much a brand is spoken of, or used.

Formula: 1,000 times the tickets opened in 28 d ÷ the earned mentions of 28 d, or the customers that
the brand book gives. Unit: tickets per thousand. Source: contract ``tickets_per_1k_mentions_28d``
and ``tickets_per_1k_customers_28d``. Example::

    >>> per_thousand(3, 1500), per_thousand(3, 0)
    (2.0, None)
"""

from __future__ import annotations


def per_thousand(tickets: int, base: int | None) -> float | None:
    """Return tickets per thousand of the base; None where that is 0 or not known."""
    return 1000 * tickets / base if base else None
