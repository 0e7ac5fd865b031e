"""Support burden: how many tickets come and stay, and how long customers wait."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pipeline.events.instants import SECOND
from pipeline.metrics.kaplan_meier import Survival, kaplan_meier
from pipeline.metrics.number import decimal
from pipeline.state.ticket_columns import NEVER, Column, TicketColumns
from pipeline.state.tickets import TicketBook
from pipeline.state.tiers import DAY, HOUR, Tier, window

HOURS_24H = 24
DAYS_28D = 28
QUANTILES = {"p50": 0.5, "p90": 0.9}
BACKLOG_GROWS = 1.645
"""Standard errors by which openings must exceed endings: one-sided 5 % for Poisson counts."""


def ticket_fields(book: TicketBook | None, t: int) -> dict[str, str]:
    """Return the snapshot fields of tickets at ``t`` (microseconds).

    ``tickets_opened_24h`` and ``_28d`` count openings in whole hour and day panes. Open and waiting
    tickets and ``oldest_open_seconds`` are as the events applied leave them, also those after
    ``t``. The quantiles of first reply and resolution (Kaplan-Meier over :class:`_Cohort`) are in
    seconds. What cannot be known is absent, and its ``_state`` says why: ``insufficient`` (no
    ticket), ``beyond_horizon`` (too few have come to an end); ``lower_bound`` stands beside a value
    while the backlog grows. Call :meth:`TicketBook.drop_expired` before.
    """
    columns = (TicketBook("") if book is None else book).columns()
    opened_24h, _ = _within(columns.opened, t, HOUR, HOURS_24H)
    opened_28d, start = _within(columns.opened, t, DAY, DAYS_28D)
    ended_28d, _ = _within(columns.ended, t, DAY, DAYS_28D)
    is_open = columns.is_open
    fields = {
        "tickets_opened_24h": decimal(int(opened_24h.sum())),
        "tickets_opened_28d": decimal(int(opened_28d.sum())),
        "tickets_open": decimal(int(is_open.sum())),
        "tickets_waiting": decimal(int(columns.is_waiting.sum())),
    }
    if is_open.any():
        oldest = int(columns.opened[is_open].min())
        fields["oldest_open_seconds"] = decimal(max(0, t - oldest) / SECOND)
    else:
        fields["oldest_open_seconds_state"] = "insufficient"
    cohort = _Cohort(opened_28d | is_open, columns.opened, start)
    openings = int(opened_28d.sum())
    endings = int((ended_28d & (columns.opened != NEVER)).sum())
    grows = openings - endings > BACKLOG_GROWS * sqrt(openings + endings)
    fields |= _quantiles("first_reply_seconds", cohort.survival(_first_reply(columns, t)), grows)
    fields |= _quantiles("resolution_seconds", cohort.survival(_resolution(columns, t)), grows)
    return fields


def _within(instants: Column, t: int, tier: Tier, panes: int) -> tuple[NDArray[np.bool_], int]:
    """Return which instants lie in the window of whole panes at ``t``, and where it starts."""
    indexes = window(t, tier, panes)
    start, end = indexes.start * tier.size, indexes.stop * tier.size
    return (instants >= start) & (instants < end), start


class _Cohort:
    """Tickets opened in 28 d, and all open ones, which enter at their age at the window's start."""

    def __init__(self, members: NDArray[np.bool_], opened: Column, start: int) -> None:
        self._members = members
        self._opened = opened[members]
        self._entered = np.maximum(start - self._opened, 0)

    def survival(self, outcome: tuple[Column, NDArray[np.bool_]]) -> Survival:
        """Estimate the survival function of the time from the opening to an outcome."""
        until, observed = outcome
        durations = until[self._members] - self._opened
        return kaplan_meier(durations, observed[self._members], self._entered)


def _first_reply(columns: TicketColumns, t: int) -> tuple[Column, NDArray[np.bool_]]:
    """Return until when each ticket was without a reply, and whether it then got one.

    Censored when it first ended without one, else at ``t``.
    """
    observed = columns.replied != NEVER
    censored = np.where(columns.first_ended == NEVER, t, columns.first_ended)
    return np.where(observed, columns.replied, censored), observed


def _resolution(columns: TicketColumns, t: int) -> tuple[Column, NDArray[np.bool_]]:
    """Return until when each ticket was unsolved, and whether it then was solved for good so far.

    Open tickets are censored at ``t``, removed ones when they were removed.
    """
    observed = columns.solved != NEVER
    censored = np.where(columns.ended == NEVER, t, columns.ended)
    return np.where(observed, columns.solved, censored), observed


def _quantiles(name: str, survival: Survival, backlog_grows: bool) -> dict[str, str]:
    fields: dict[str, str] = {}
    for suffix, p in QUANTILES.items():
        field = f"{name}_{suffix}_28d"
        value = survival.quantile(p)
        if value is not None:
            fields[field] = decimal(value / SECOND)
            if backlog_grows:
                fields[f"{field}_state"] = "lower_bound"
        else:
            fields[f"{field}_state"] = "insufficient" if survival.is_empty else "beyond_horizon"
    return fields
