"""Tickets of one partition: a book a brand.

Keys in the changelog: ``brand|t|ticket id``, and ``brand|s`` for what outlives a brand's tickets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipeline.events.admitted import AdmittedEvent, AdmittedTicketEvent
from pipeline.events.records import Outcome, Topic
from pipeline.state.entries import Entries
from pipeline.state.source import SourceTable
from pipeline.state.tickets import TicketBook


class TicketTable(SourceTable):
    """Decoded ticket state of one partition."""

    topic = Topic.TICKETS

    def __init__(self, partition: int) -> None:
        super().__init__(partition)
        self.by_brand: dict[str, TicketBook] = {}

    @property
    def brands(self) -> Collection[str]:
        """Brands that ever had a ticket here."""
        return self.by_brand.keys()

    def apply(self, offset: int, event: AdmittedEvent) -> Outcome:
        """Put an event into its ticket.

        Raises:
            Reject: ``too_late`` or ``too_many_tickets``, see :meth:`TicketBook.apply`.
        """
        if not isinstance(event, AdmittedTicketEvent):
            raise TypeError(f"{type(event).__name__} among the ticket events")
        # A brand begins with its first event applied, not with one that is refused.
        book = self.by_brand.get(event.brand)
        if book is None:
            book = TicketBook(event.brand)
        applied = book.apply(event, offset, max(self.row.watermark, event.at))
        self.by_brand[event.brand] = book
        return Outcome.APPLIED if applied else Outcome.DUPLICATE

    def _load_values(self, values: Mapping[bytes, bytes]) -> None:
        for key, value in values.items():
            brand, ticket = _parse(key)
            book = self.by_brand.get(brand)
            if book is None:
                book = self.by_brand[brand] = TicketBook(brand)
            if ticket is None:
                book.load_summary(value)
            else:
                book.load(ticket, value)

    def _dirty_values(self, applied: int, _limit: int | None, /) -> Entries:
        values: list[tuple[bytes, bytes]] = []
        for brand, book in self.by_brand.items():
            dirty, book.dirty = book.dirty, set()
            values.extend(
                (ticket_key(brand, ticket), book.encode(ticket, applied)) for ticket in dirty
            )
            values.extend(
                (ticket_key(brand, ticket), value) for ticket, value in book.last_words(applied)
            )
            if book.summary_dirty:
                book.summary_dirty = False
                values.append((f"{brand}|s".encode(), book.encode_summary(applied)))
        return Entries(values)

    def _drop_expired(self) -> list[bytes]:
        """Forget tickets that the watermark has left behind.

        To the microsecond, as a recovery does; an event of long ago may end a ticket that is
        forgotten at once. Most books have nothing to forget, and say so without a look at them.
        """
        watermark = self.row.watermark
        return [
            ticket_key(brand, ticket)
            for brand, book in self.by_brand.items()
            if book.may_drop(watermark)
            for ticket in book.drop_expired(watermark)
        ]


def ticket_key(brand: str, ticket: str) -> bytes:
    """Return the changelog key of a ticket."""
    return f"{brand}|t|{ticket}".encode()


def _parse(key: bytes) -> tuple[str, str | None]:
    """Return brand and ticket of a key; no ticket for the brand's summary."""
    brand, kind, *rest = key.decode().split("|", 2)
    return brand, rest[0] if kind == "t" else None
