"""Ticket books built from rows, and what is published of them."""

from __future__ import annotations

from typing import Any

from pipeline.events.admitted import AdmittedTicketEvent
from pipeline.events.brands import Brand
from pipeline.events.instants import DAY, HOUR
from pipeline.metrics.support import support_fields
from pipeline.state.shard import BrandState
from pipeline.state.tickets import TicketBook

TODAY = 20_000 * DAY
T = TODAY + 10 * HOUR + HOUR // 2

Row = tuple[str, str, int] | tuple[str, str, int, dict[str, Any]]
"""Ticket, type, time, and what else the event says."""


def book(*rows: Row) -> TicketBook:
    """Return a book of events; replies are public, by an agent, unless said."""
    result = TicketBook("acme")
    for offset, (ticket, kind, at, *more) in enumerate(rows):
        said: dict[str, Any] = {"actor": "agent"} if kind == "replied" else {}
        said |= more[0] if more else {}
        event = AdmittedTicketEvent("acme", at, ticket, offset, kind, **said)
        assert result.apply(event, offset, TODAY)
    return result


def several(n: int, *rows: tuple[str, int], name: str = "t", **said: Any) -> list[Row]:
    """Return the rows of ``n`` tickets that all go the same way."""
    return [(f"{name}{ticket}", kind, at, said) for ticket in range(n) for kind, at in rows]


def fields_of(tickets: TicketBook | None, t: int = T, entry: Brand | None = None) -> dict[str, str]:
    """Return the fields of tickets of a brand of which nothing else is known."""
    return support_fields(BrandState("acme", None, tickets), entry, t)
