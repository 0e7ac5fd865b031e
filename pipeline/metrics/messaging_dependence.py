"""Messaging dependence: how much of what is heard of a brand it says, or pays for, itself.

Formula: ``M / (M + A)`` over 28 days; M = distinct mentions that are owned, by employees or paid, A
= advocacy. Unit: ratio, 0..1, of mentions to mentions and advocate-days. Source: definition
"Messaging dependence". Absent (``insufficient``) where both are 0. Example::

    >>> messaging_dependence(25, 75.0)
    0.25
    >>> messaging_dependence(0, 0.0) is None
    True
"""

from __future__ import annotations


def messaging_dependence(messages: int, advocacy: float) -> float | None:
    """Return the share of ``messages`` in them and advocate-days, None where both are 0."""
    heard = messages + advocacy
    return messages / heard if heard else None
