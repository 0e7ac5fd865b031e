"""Staffing: how many agents an offered load calls for.

Formula: the least ``n`` with an Erlang C service level of at least 0.80 within 60 minutes and an
occupancy ``a/n`` of at most 0.85; 0 at ``a = 0``. Staff is ``⌈10·n/7⌉``: of ten people, three are
away. Units: concurrent positions, not shifts. Source: definition "Required agents". Example: ten
agents' worth of tickets, 600 s each::

    >>> required_agents(10, 600), required_staff(12)
    (12, 18)
"""

from __future__ import annotations

from math import ceil

from pipeline.metrics.erlang import service_level

SERVICE_LEVEL = 0.80
WITHIN = 3600.0
"""Seconds within which that share is to be begun."""
OCCUPANCY = 0.85
_ROUNDING = 1e-9
_NEVER_SHORT = 48
"""From so many agents on, at most one in five waits at all at the highest occupancy.

The chance to wait at a fixed occupancy falls with the number of agents; a test finds the first.
"""


def required_agents(load: float, handle: float) -> int:
    """Return the agents that are needed at once.

    Args:
        load: Offered load in agents, not negative.
        handle: Mean handle time in seconds; above 0 where there is any load.
    """
    if load <= 0:
        return 0
    agents = max(1, ceil(load / OCCUPANCY) - 1)
    if load > OCCUPANCY * agents + _ROUNDING:
        agents += 1
    while agents < _NEVER_SHORT and service_level(load, agents, handle, WITHIN) < SERVICE_LEVEL:
        agents += 1
    return agents


def required_staff(agents: int) -> int:
    """Return the positions to fill for so many agents at once."""
    return -(-10 * agents // 7)
