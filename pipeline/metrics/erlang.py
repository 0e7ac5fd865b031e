"""Erlang C: how long work waits for one of several agents.

Formulas: with offered load ``a`` and ``n`` agents, Erlang B (the chance that all are busy where
nothing waits) by the recurrence ``B(0) = 1, B(k) = a·B(k-1) / (k + a·B(k-1))``; Erlang C (the
chance to wait) ``C = n·B / (n - a·(1 - B))``; service level (the share served within T at mean
handle time h) ``1 - C·exp(-(n - a)·T/h)``. All terms of the recurrence lie in 0..1, so that it is
as exact for thousands of agents as for two. Units: ``a`` in agents (erlang), times in seconds.
Source: Erlang 1917; Cooper, "Introduction to Queueing Theory", chapter 3. Example::

    >>> round(erlang_c(10, 14), 9)
    0.174131934
    >>> round(service_level(5, 7, handle=3600, within=3600), 6)
    0.956131
"""

from __future__ import annotations

from math import exp


def erlang_b(load: float, agents: int) -> float:
    """Return the chance that all agents are busy where nothing waits; 1 for no agents."""
    blocked = 1.0
    for k in range(1, agents + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, agents: int) -> float:
    """Return the chance that work has to wait; 1 where the agents do not suffice."""
    if agents <= load:
        return 1.0
    blocked = erlang_b(load, agents)
    return agents * blocked / (agents - load * (1 - blocked))


def service_level(load: float, agents: int, handle: float, within: float) -> float:
    """Return the share of work that is begun within a time; 0 where the agents do not suffice.

    Args:
        load: Offered load in agents, not negative.
        agents: How many there are.
        handle: Mean handle time in seconds, above 0.
        within: The time in seconds.
    """
    if agents <= load:
        return 0.0
    return 1 - erlang_c(load, agents) * exp(-(agents - load) * within / handle)
