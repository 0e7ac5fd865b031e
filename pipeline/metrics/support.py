"""Support burden: how many tickets come and stay, how long customers wait, and who it takes.

Formula: none of its own; it selects tickets, and names and completes what other modules compute.
Units: those of the fields. Source: definition "Support burden", none of which is part of the index.
Example: a brand without tickets needs nobody::

    >>> fields = support_fields(BrandState("acme"), None, 0)
    >>> fields["tickets_open"], fields["offered_load_agents"], fields["required_staff"]
    ('0', '0', '0')
"""

from __future__ import annotations

from functools import cache

import numpy as np

from pipeline.events.brands import Brand
from pipeline.events.instants import SECOND
from pipeline.metrics import reopen, sla
from pipeline.metrics.backlog import backlog_agent_hours
from pipeline.metrics.business_time import BusinessTime
from pipeline.metrics.csat import csat_ratio
from pipeline.metrics.fields import BEYOND_HORIZON, INSUFFICIENT, LOWER_BOUND
from pipeline.metrics.kaplan_meier import Survival, bucket
from pipeline.metrics.known import known
from pipeline.metrics.number import decimal
from pipeline.metrics.offered_load import Work
from pipeline.metrics.sla import Agreement
from pipeline.metrics.staffing import required_agents, required_staff
from pipeline.metrics.ticket_rates import per_thousand
from pipeline.metrics.waiting_times import OUTCOMES, Wait, backlog_grows
from pipeline.state.shard import BrandState
from pipeline.state.ticket_columns import NEVER, Column, Mask, TicketColumns
from pipeline.state.tickets import TicketBook
from pipeline.state.tiers import DAY_WINDOW, MONTH_WINDOW, Window, window

QUANTILES = {"p50": 0.5, "p90": 0.9}


def support_fields(state: BrandState, entry: Brand | None, t: int) -> dict[str, str]:
    """Return the snapshot fields of tickets at ``t`` (microseconds).

    Openings, endings and ratings are counted in whole panes. Open and waiting tickets are as the
    events applied leave them, also those after ``t``. What cannot be known is absent, and its
    ``_state`` says why: ``insufficient`` (nothing to go by) or ``beyond_horizon`` (too few waits
    have come to an end). ``lower_bound`` stands beside waiting times while the backlog grows, and
    beside load and backlog where a ticket's handle time is estimated from its replies and touches:
    work that left no event is not in it. Call :meth:`TicketBook.drop_expired` before.
    """
    agreement = Agreement.of(entry)
    if state.tickets is None and agreement.hours is None:
        return _without_tickets() | _rates(0, state, entry, t)
    book = TicketBook("") if state.tickets is None else state.tickets
    tickets = _tickets(book, agreement, t)
    fields = {
        **_of_tickets(book, tickets, state.first_seen or 0, t),
        **_rates(tickets.openings, state, entry, t),
    }
    if agreement.hours is not None:
        fields |= _waiting_times(book, tickets, agreement.hours, t)
        fields |= _judged(book, tickets, t, by_hours=True)
    return fields


@cache
def _without_tickets() -> dict[str, str]:
    """Return the fields of a brand that never had a ticket: no time changes them."""
    book = TicketBook("")
    return _of_tickets(book, _tickets(book, Agreement(), 0), 0, 0)


def _tickets(book: TicketBook, agreement: Agreement, t: int) -> _Tickets:
    columns = book.columns(agreement)
    spans = (_span(MONTH_WINDOW, t), _span(DAY_WINDOW, t))
    return book.memory.remember(
        "tickets", (columns.version, spans), lambda: _Tickets(columns, *spans)
    )


def _of_tickets(book: TicketBook, tickets: _Tickets, first_seen: int, t: int) -> dict[str, str]:
    return {
        **tickets.counts,
        **_oldest_open(tickets, t),
        **_load(tickets, first_seen, t),
        **_waiting_times(book, tickets, None, t),
        **_judged(book, tickets, t, by_hours=False),
    }


class _Tickets:
    """A brand's tickets, and all about them that time does not change while its windows stand.

    Valid as long as the columns have the version with which it was made; ``month`` and ``day`` are
    the first instant of a window and the one after its last.
    """

    def __init__(
        self, columns: TicketColumns, month: tuple[int, int], day: tuple[int, int]
    ) -> None:
        self.columns = columns
        self.start, self.end = month
        self.is_open = columns.is_open
        opened = self._within(columns.opened)
        self.openings = int(opened.sum())
        endings = int((self._within(columns.ended) & (columns.opened != NEVER)).sum())
        self.waiting_state = LOWER_BOUND if backlog_grows(self.openings, endings) else None
        self.work = Work.of(columns.opened[opened], columns.handle[opened])
        self.handle_state = LOWER_BOUND if columns.is_handle_estimated[opened].any() else None
        self.pending = int((self.is_open & ~columns.is_waiting).sum())
        self.oldest_open = int(columns.opened[self.is_open].min(initial=NEVER))
        opened_24h = int(((columns.opened >= day[0]) & (columns.opened < day[1])).sum())
        self.counts = {
            "tickets_opened_24h": decimal(opened_24h),
            "tickets_opened_28d": decimal(self.openings),
            "tickets_open": decimal(int(self.is_open.sum())),
            "tickets_waiting": decimal(int(columns.is_waiting.sum())),
        }
        ratings = columns.csat[self._within(columns.rated)].tolist()
        self.csat = known("csat_ratio_28d", csat_ratio(ratings))
        self.waits = {name: Wait(columns, outcome) for name, outcome in OUTCOMES.items()}
        self.lasting_since = np.concatenate([each.lasting_since for each in self.waits.values()])
        solved, _ = columns.solves
        self.changes = {
            by_hours: np.sort(
                np.concatenate((reopen.changes_at(solved), sla.changes_at(self.verdicts(by_hours))))
            )
            for by_hours in (False, True)
        }

    def _within(self, instants: Column) -> Mask:
        return (instants >= self.start) & (instants < self.end)

    def verdicts(self, by_hours: bool) -> tuple[Column, Column]:
        columns = self.columns
        return columns.business_verdicts if by_hours else columns.calendar_verdicts


def _span(over: Window, t: int) -> tuple[int, int]:
    """Return the first instant of a window of whole panes, and the one after the last."""
    panes = window(t, over.tier, over.panes)
    return panes.start * over.tier.size, panes.stop * over.tier.size


def _oldest_open(tickets: _Tickets, t: int) -> dict[str, str]:
    oldest = tickets.oldest_open
    return known("oldest_open_seconds", None if oldest == NEVER else max(0, t - oldest) / SECOND)


def _load(tickets: _Tickets, first_seen: int, t: int) -> dict[str, str]:
    load = tickets.work.load(max(tickets.start, first_seen), t)
    agents, peak = (
        None if each is None else required_agents(each, load.mean_handle or 0.0)
        for each in (load.agents, load.peak_agents)
    )
    state, pending = tickets.handle_state, tickets.pending
    return {
        **known("offered_load_agents", load.agents, beside=state),
        **known("required_agents", agents, beside=state),
        **known("required_agents_peak", peak, beside=state),
        **known("required_staff", None if agents is None else required_staff(agents), beside=state),
        **known(
            "backlog_agent_hours",
            backlog_agent_hours(pending, load.mean_handle),
            beside=state if pending else None,
        ),
    }


def _waiting_times(
    book: TicketBook, tickets: _Tickets, hours: BusinessTime | None, t: int
) -> dict[str, str]:
    unit = "seconds" if hours is None else "business_seconds"

    def quantiles() -> dict[str, str]:
        fields: dict[str, str] = {}
        for name, wait in tickets.waits.items():
            survival = wait.survival(t, tickets.start, hours)
            fields |= _quantiles(f"{name}_{unit}", survival, tickets.waiting_state)
        return fields

    # Time only makes those wait longer who wait still, and the estimate looks at buckets.
    lasting = tickets.lasting_since
    buckets = bucket(_ages(lasting, hours, t)).tobytes() if lasting.size else b""
    return book.memory.remember(unit, (tickets, hours, buckets), quantiles)


def _ages(since: Column, hours: BusinessTime | None, t: int) -> Column:
    if hours is None:
        return t - since
    passed = hours.passed(np.append(since, t))
    ages: Column = passed[-1] - passed[:-1]
    return ages


def _quantiles(stem: str, survival: Survival, state: str | None) -> dict[str, str]:
    fields: dict[str, str] = {}
    for suffix, p in QUANTILES.items():
        value = survival.quantile(p)
        fields |= known(
            f"{stem}_{suffix}_28d",
            None if value is None else value / SECOND,
            why=INSUFFICIENT if survival.is_empty else BEYOND_HORIZON,
            beside=state,
        )
    return fields


def _judged(book: TicketBook, tickets: _Tickets, t: int, *, by_hours: bool) -> dict[str, str]:
    """Return the ratios that change at certain instants only; the same until the next of them."""
    passed = int(np.searchsorted(tickets.changes[by_hours], t, side="right"))

    def ratios() -> dict[str, str]:
        verdicts = tickets.verdicts(by_hours)
        breached = sla.sla_breach_ratio(verdicts, tickets.is_open, tickets.start, t)
        if by_hours:
            return known("sla_breach_business_ratio_28d", breached)
        solves = tickets.columns.solves
        return {
            **known("reopen_ratio_28d", reopen.reopen_ratio(*solves, t)),
            **known("sla_breach_ratio_28d", breached),
            **tickets.csat,
        }

    return book.memory.remember(f"ratios {by_hours}", (tickets, passed), ratios)


def _rates(opened: int, state: BrandState, entry: Brand | None, t: int) -> dict[str, str]:
    said = 0 if state.mentions is None else state.mentions.look(MONTH_WINDOW, t).mentions
    customers = None if entry is None else entry.customers
    of_mentions = known("tickets_per_1k_mentions_28d", per_thousand(opened, said))
    return of_mentions | known("tickets_per_1k_customers_28d", per_thousand(opened, customers))
