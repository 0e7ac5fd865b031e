"""Backlog: how much work lies before us.

Formula: the number of tickets that are open and do not wait on the customer or a third party, times
the mean handle time of the tickets opened in 28 d. Unit: agent hours. Source: definition "Backlog".
Example: six tickets of ten minutes::

    >>> backlog_agent_hours(6, 600.0)
    1.0
"""

from __future__ import annotations

_HOUR = 3600


def backlog_agent_hours(pending: int, mean_handle: float | None) -> float | None:
    """Return the work in hours.

    Args:
        pending: Open tickets that wait on nobody.
        mean_handle: Seconds a ticket; None where no ticket tells.

    Returns:
        None where there is work and nothing tells how long it takes.
    """
    if pending == 0:
        return 0.0
    return None if mean_handle is None else pending * mean_handle / _HOUR
