"""Waiting times: how long customers wait for a first reply and for a resolution.

Formula: quantiles of Kaplan and Meier's estimate over every ticket that was still without its reply
(or solve) at some time in 28 d: those opened in the window, and older ones from their age at its
start on. First reply = opened → first public reply by a human agent, censored where the ticket
first ended without one; resolution = opened → last solve, censored where the ticket was removed;
what has not come is censored at t. By business hours, ages are business time. Unit: microseconds.
Source: definition "First reply"; the cohort as ``pipeline/README.md`` decides. Example: of four
tickets opened at 0, two were solved after 1,000, and two are open at t, after 2,000::

    >>> opened, until = np.zeros(4, np.int64), np.array([1000, 1000, 2000, 2000])
    >>> survival = waiting_times(opened, until, until == 1000, start=0)
    >>> round(survival.quantile(0.5), -1), survival.quantile(0.9)
    (1000.0, None)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

import numpy as np

from pipeline.metrics.business_time import BusinessTime
from pipeline.metrics.kaplan_meier import Survival, kaplan_meier
from pipeline.state.ticket_columns import NEVER, Column, Mask, TicketColumns

_GROWS = 1.645
"""Standard errors by which openings must exceed endings: one-sided 5 % for Poisson counts."""


Outcome = Callable[[TicketColumns], tuple[Column, Column]]


class Wait:
    """How each ticket's wait for one outcome ended, or that it lasts.

    Args:
        columns: The tickets.
        outcome: Gives when the outcome of each came, and when else its wait ended.
    """

    def __init__(self, columns: TicketColumns, outcome: Outcome) -> None:
        came, censored = outcome(columns)
        self._opened = columns.opened
        self._observed = came != NEVER
        self._ended = np.where(self._observed, came, censored)
        self.lasting_since = self._opened[(self._ended == NEVER) & (self._opened != NEVER)]
        """When the tickets were opened whose wait lasts."""

    def survival(self, t: int, start: int, hours: BusinessTime | None) -> Survival:
        """Estimate how long the wait takes; arguments as for :func:`waiting_times`."""
        until = np.where(self._ended == NEVER, t, self._ended)
        return waiting_times(self._opened, until, self._observed, start, hours)


OUTCOMES: Mapping[str, Outcome] = {
    "first_reply": lambda columns: (columns.replied, columns.first_ended),
    "resolution": lambda columns: (columns.solved, columns.ended),
}


def waiting_times(
    opened: Column, until: Column, observed: Mask, start: int, hours: BusinessTime | None = None
) -> Survival:
    """Estimate the survival function of the time from the opening to an outcome.

    Args:
        opened: When each ticket was opened, microseconds; those never opened are left out.
        until: Until when it was without the outcome.
        observed: Whether the outcome came then (else it was censored).
        start: Start of the window. Tickets whose wait was over before tell nothing.
        hours: The clock of the ages; None for calendar time.
    """
    at_risk = (opened != NEVER) & ((opened >= start) | (until > start))
    opened, until, observed = opened[at_risk], until[at_risk], observed[at_risk]
    if hours is not None:
        passed = hours.passed(np.concatenate((opened, until, (start,))))
        opened, until, start = passed[: len(opened)], passed[len(opened) : -1], int(passed[-1])
    return kaplan_meier(until - opened, observed, start - opened)


def backlog_grows(openings: int, endings: int) -> bool:
    """Tell whether more tickets come than end, beyond what chance explains.

    While it is so, those that are still open would take longer than those that have ended: they
    are not censored independently of how long they take.
    """
    return openings - endings > _GROWS * sqrt(openings + endings)
