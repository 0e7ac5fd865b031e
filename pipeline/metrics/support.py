"""Support burden: how many tickets come and stay, how long customers wait, and who it takes.

Formula: none of its own; it selects tickets, and names and completes what other modules compute.
Units: those of the fields. Source: definition "Support burden", none of which is part of the index.
Example: a brand without tickets needs nobody::

    >>> fields = support_fields(BrandState("acme"), None, 0)
    >>> fields["tickets_open"], fields["offered_load_agents"], fields["required_staff"]
    ('0', '0', '0')
"""

from __future__ import annotations

from pipeline.events.brands import Brand
from pipeline.events.instants import SECOND
from pipeline.metrics.backlog import backlog_agent_hours
from pipeline.metrics.business_time import BusinessTime
from pipeline.metrics.csat import csat_ratio
from pipeline.metrics.fields import BEYOND_HORIZON, INSUFFICIENT, LOWER_BOUND
from pipeline.metrics.kaplan_meier import Survival
from pipeline.metrics.known import known
from pipeline.metrics.mentions import mentions
from pipeline.metrics.number import decimal
from pipeline.metrics.offered_load import offered_load
from pipeline.metrics.reopen import reopen_ratio
from pipeline.metrics.sla import Agreement, sla_breach_ratio
from pipeline.metrics.staffing import required_agents, required_staff
from pipeline.metrics.ticket_rates import per_thousand
from pipeline.metrics.waiting_times import backlog_grows, first_reply, resolution, waiting_times
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
    book = TicketBook(state.brand) if state.tickets is None else state.tickets
    agreement = Agreement.of(entry)
    tickets = _Tickets(book.columns(agreement), t)
    fields = {
        **_counts(tickets),
        **_load(tickets, state.first_seen or 0),
        **_waiting_times(tickets, None),
        **_ratios(tickets),
        **_rates(tickets.openings, state, entry, t),
    }
    if agreement.hours is not None:
        fields |= _waiting_times(tickets, agreement.hours)
        fields |= _breaches("sla_breach_business_ratio_28d", tickets, by_hours=True)
    return fields


class _Tickets:
    """A brand's tickets as ``t`` sees them: the window of 28 d, and what was opened in it."""

    def __init__(self, columns: TicketColumns, t: int) -> None:
        self.columns = columns
        self.t = t
        self.start, self.end = _span(MONTH_WINDOW, t)
        self.is_open = columns.is_open
        self.opened_28d = self.within_28d(columns.opened)
        self.openings = int(self.opened_28d.sum())

    def within_28d(self, instants: Column) -> Mask:
        return (instants >= self.start) & (instants < self.end)


def _span(over: Window, t: int) -> tuple[int, int]:
    """Return the first instant of a window of whole panes, and the one after the last."""
    panes = window(t, over.tier, over.panes)
    return panes.start * over.tier.size, panes.stop * over.tier.size


def _counts(tickets: _Tickets) -> dict[str, str]:
    columns, t = tickets.columns, tickets.t
    start, end = _span(DAY_WINDOW, t)
    opened_24h = int(((columns.opened >= start) & (columns.opened < end)).sum())
    oldest = int(columns.opened[tickets.is_open].min(initial=NEVER))
    return {
        "tickets_opened_24h": decimal(opened_24h),
        "tickets_opened_28d": decimal(tickets.openings),
        "tickets_open": decimal(int(tickets.is_open.sum())),
        "tickets_waiting": decimal(int(columns.is_waiting.sum())),
        **known("oldest_open_seconds", None if oldest == NEVER else max(0, t - oldest) / SECOND),
    }


def _load(tickets: _Tickets, first_seen: int) -> dict[str, str]:
    columns, opened = tickets.columns, tickets.opened_28d
    since = max(tickets.start, first_seen)
    load = offered_load(columns.opened[opened], columns.handle[opened], since, tickets.t)
    agents, peak = (
        None if each is None else required_agents(each, load.mean_handle or 0.0)
        for each in (load.agents, load.peak_agents)
    )
    pending = int((tickets.is_open & ~columns.is_waiting).sum())
    state = LOWER_BOUND if columns.is_handle_estimated[opened].any() else None
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


def _waiting_times(tickets: _Tickets, hours: BusinessTime | None) -> dict[str, str]:
    columns, t = tickets.columns, tickets.t
    opened = columns.opened
    endings = int((tickets.within_28d(columns.ended) & (opened != NEVER)).sum())
    state = LOWER_BOUND if backlog_grows(tickets.openings, endings) else None
    unit = "seconds" if hours is None else "business_seconds"
    fields: dict[str, str] = {}
    for name, outcome in (("first_reply", first_reply), ("resolution", resolution)):
        until, observed = outcome(columns, t)
        survival = waiting_times(opened, until, observed, tickets.start, hours)
        for suffix, p in QUANTILES.items():
            fields |= _quantile(f"{name}_{unit}_{suffix}_28d", survival, p, state)
    return fields


def _quantile(field: str, survival: Survival, p: float, state: str | None) -> dict[str, str]:
    value = survival.quantile(p)
    return known(
        field,
        None if value is None else value / SECOND,
        why=INSUFFICIENT if survival.is_empty else BEYOND_HORIZON,
        beside=state,
    )


def _ratios(tickets: _Tickets) -> dict[str, str]:
    columns = tickets.columns
    ratings = columns.csat[tickets.within_28d(columns.rated)].tolist()
    return {
        **known("reopen_ratio_28d", reopen_ratio(*columns.solves, tickets.t)),
        **_breaches("sla_breach_ratio_28d", tickets, by_hours=False),
        **known("csat_ratio_28d", csat_ratio(ratings)),
    }


def _breaches(field: str, tickets: _Tickets, *, by_hours: bool) -> dict[str, str]:
    columns = tickets.columns
    verdicts = columns.business_verdicts if by_hours else columns.calendar_verdicts
    return known(field, sla_breach_ratio(verdicts, tickets.is_open, tickets.start, tickets.t))


def _rates(opened: int, state: BrandState, entry: Brand | None, t: int) -> dict[str, str]:
    said = 0 if state.mentions is None else mentions(state.mentions, MONTH_WINDOW, t).mentions
    customers = None if entry is None else entry.customers
    return {
        **known("tickets_per_1k_mentions_28d", per_thousand(opened, said)),
        **known("tickets_per_1k_customers_28d", per_thousand(opened, customers)),
    }
