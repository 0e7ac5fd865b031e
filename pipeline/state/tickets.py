"""A brand's tickets: a bounded log of events each, and their lifecycles in flat columns.

A stored ticket is the common header (state format, applied offset) and a MessagePack array of the
folded prefix and the events kept. At most 256 events a ticket are kept, in order; further ones fold
into the prefix, oldest first. Folded events are not known by their ids any more: a repeat of one
counts again.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator

import msgspec

from pipeline.errors import Reject, Stop
from pipeline.events.admitted import AdmittedTicketEvent
from pipeline.events.instants import to_rfc3339
from pipeline.state import encoding
from pipeline.state.lifecycle import ENDED_RETENTION, RETENTION, Lifecycle, fold, lifecycle
from pipeline.state.memory import Memory
from pipeline.state.ticket_columns import Judge, TicketColumns
from pipeline.state.ticket_event import LoggedEvent, in_order, logged

MAX_EVENTS = 256
"""Events kept a ticket."""
MAX_TICKETS = 100_000
"""Tickets kept a brand."""


class _Body(msgspec.Struct, array_like=True, gc=False):
    """The stored value after its header."""

    prefix: Lifecycle | None
    log: list[LoggedEvent]


class Ticket:
    """One ticket: folded prefix, events kept in order, and the lifecycle while it is known.

    ``applied``: offset up to which the stored value that this was decoded from contains every
    record of its partition. ``stored``: whether it has a stored value, up to date or not.
    """

    __slots__ = ("_lifecycle", "applied", "log", "prefix", "slot", "stored")

    def __init__(self, slot: int = 0) -> None:
        self.applied = encoding.NOTHING_APPLIED
        self.prefix: Lifecycle | None = None
        self.log: list[LoggedEvent] = []
        self.slot = slot
        self.stored = False
        self._lifecycle: Lifecycle | None = None

    @property
    def lifecycle(self) -> Lifecycle:
        """What the events come to; kept until one is added. Not to be changed."""
        if self._lifecycle is None:
            self._lifecycle = lifecycle(self.log, self.prefix)
        return self._lifecycle

    def offset_of(self, id_hash: int) -> int | None:
        """Return the offset of the record that brought an event; None if it is not kept."""
        for event in self.log:
            if event.id_hash == id_hash:
                return event.offset
        return None

    def add(self, event: LoggedEvent) -> None:
        """Put an event in its place; the oldest one folds into the prefix if there are too many."""
        insort(self.log, event, key=in_order)
        if len(self.log) > MAX_EVENTS:
            if self.prefix is None:
                self.prefix = Lifecycle()
            fold(self.prefix, self.log.pop(0))
        self._lifecycle = None

    def is_expired(self, watermark: int) -> bool:
        """Tell whether a watermark has left the ticket behind."""
        # The events kept can end no retention sooner than 42 d after the oldest of them, and the
        # prefix none sooner than it says itself: most tickets need no lifecycle here.
        if (not self.log or self.log[0].at + ENDED_RETENTION > watermark) and (
            self.prefix is None or self.prefix.expires_at > watermark
        ):
            return False
        return self.lifecycle.expires_at <= watermark

    def encode(self, applied: int) -> bytes:
        """Return the stored value that contains every record up to ``applied``."""
        return encoding.header(applied) + _ENCODER.encode(_Body(self.prefix, self.log))


class TicketBook:
    """The tickets of one brand.

    What it holds after a record is a function of the records up to it and their running watermark,
    never of when :meth:`drop_expired` was called. ``dirty``: ids of tickets changed since whoever
    flushes cleared it. ``first_seen``: earliest event time ever applied, in microseconds; it
    outlives the tickets and has a stored value of its own, to be written when ``summary_dirty``.
    ``memory`` is for what metrics derive from it.

    A stored value is deleted one flush after its ticket is forgotten. A crash in between must not
    bring back an older state of the ticket than the one that was forgotten, which may be an open
    one and would not be forgotten soon; so what was not written by then is written once more.

    Args:
        brand: The brand's id.
        limit: Most tickets kept.
    """

    def __init__(self, brand: str, limit: int = MAX_TICKETS) -> None:
        self.brand = brand
        self.dirty: set[str] = set()
        self.first_seen: int | None = None
        self.summary_dirty = False
        self.memory = Memory()
        self._limit = limit
        self._tickets: dict[str, Ticket] = {}
        self._columns = TicketColumns()
        self._judge: Judge | None = None
        self._stale: set[str] = set()
        self._dropped: set[str] = set()
        self._last_words: dict[str, Ticket] = {}

    def __len__(self) -> int:
        return len(self._tickets)

    def __contains__(self, ticket: object) -> bool:
        return ticket in self._tickets

    def lifecycles(self) -> Iterator[tuple[str, Lifecycle]]:
        """Yield id and lifecycle of every ticket, those never opened included."""
        for name, ticket in self._tickets.items():
            yield name, ticket.lifecycle

    def apply(self, event: AdmittedTicketEvent, offset: int, watermark: int) -> bool:
        """Take in one event; returns False for a duplicate (same id in the ticket, other record).

        ``watermark`` is the partition's before this record. A record that the ticket's value
        contains already changes nothing and has the outcome of its first time; if its event has
        been folded away since, that is taken to be "applied".

        Raises:
            Reject: ``too_late``: the ticket is not known (any more) and the event 400 d or more
                before the watermark; ``too_many_tickets``: it would be one more than the limit.
        """
        ticket = self._tickets.get(event.ticket)
        if ticket is not None and offset > ticket.applied and ticket.is_expired(watermark):
            self._forget(event.ticket, ticket)
            ticket = None
        if ticket is not None:
            stored = ticket.offset_of(event.id_hash)
            if stored is not None:
                return stored == offset
            if offset <= ticket.applied:
                # Nothing folded and yet not here: it was refused, before the ticket was known.
                if ticket.prefix is None:
                    _refuse_late(event, watermark)
                return True
        else:
            _refuse_late(event, watermark)
            ticket = self._add(event, watermark)
        ticket.add(logged(event, offset))
        self.dirty.add(event.ticket)
        self._stale.add(event.ticket)
        self._see(event.at)
        return True

    def _add(self, event: AdmittedTicketEvent, watermark: int) -> Ticket:
        if len(self._tickets) >= self._limit:
            self._forget_expired(watermark)
            if len(self._tickets) >= self._limit:
                raise Reject(
                    "too_many_tickets",
                    f"brand {self.brand!r} has {self._limit} tickets; ticket {event.ticket!r} "
                    "would be one more",
                )
        ticket = self._tickets[event.ticket] = Ticket(self._columns.take(event.ticket))
        ticket.stored = event.ticket in self._dropped
        self._dropped.discard(event.ticket)
        self._last_words.pop(event.ticket, None)
        return ticket

    def may_drop(self, watermark: int) -> bool:
        """Tell quickly whether :meth:`drop_expired` may have anything to say."""
        return bool(self._stale or self._dropped or self._columns.may_expire(watermark))

    def drop_expired(self, watermark: int) -> list[str]:
        """Forget what the watermark has left behind, and return the ids of what is gone.

        Those are all tickets forgotten since the last call, also in between, and not begun anew:
        their stored values may go.

        Call it before evaluating: a ticket that nobody touches is counted until then.
        """
        self._forget_expired(watermark)
        dropped, self._dropped = self._dropped, set()
        return sorted(dropped)

    def _forget_expired(self, watermark: int) -> None:
        for name in self.columns().expired(watermark):
            self._forget(name, self._tickets[name])

    def _forget(self, name: str, ticket: Ticket) -> None:
        del self._tickets[name]
        self._columns.release(ticket.slot)
        self._stale.discard(name)
        if ticket.stored and name in self.dirty:
            self._last_words[name] = ticket
        self.dirty.discard(name)
        self._dropped.add(name)

    def columns(self, judge: Judge | None = None) -> TicketColumns:
        """Return the lifecycles as flat columns, brought up to date.

        ``judge`` is remembered: until another one is given, every ticket that changes is judged by
        it. It costs once a change of a ticket, not once a call.
        """
        if judge is not None and judge != self._judge:
            self._judge = judge
            self._stale.update(self._tickets)
        for name in self._stale:
            ticket = self._tickets[name]
            self._columns.put(ticket.slot, ticket.lifecycle, self._judge)
        self._stale.clear()
        return self._columns

    def encode(self, ticket: str, applied: int) -> bytes:
        """Return the stored value of a ticket that contains every record up to ``applied``."""
        self._tickets[ticket].stored = True
        return self._tickets[ticket].encode(applied)

    def last_words(self, applied: int) -> list[tuple[str, bytes]]:
        """Return id and value of tickets that were forgotten with changes not yet written.

        The values are to be stored; each is returned once.
        """
        forgotten, self._last_words = self._last_words, {}
        return [(name, ticket.encode(applied)) for name, ticket in forgotten.items()]

    def load(self, name: str, value: bytes) -> None:
        """Take over the stored value of a ticket.

        Raises:
            Stop: It was written by another version, or is damaged.
        """
        applied = encoding.applied_offset(value)
        try:
            body = _DECODER.decode(memoryview(value)[encoding.HEADER_BYTES :])
        except msgspec.MsgspecError as error:
            raise Stop(
                f"stored ticket {name!r} of brand {self.brand!r} is damaged: {error}"
            ) from error
        known = self._tickets.get(name)
        ticket = Ticket(self._columns.take(name) if known is None else known.slot)
        ticket.applied, ticket.prefix, ticket.log = applied, body.prefix, body.log
        ticket.stored = True
        self._tickets[name] = ticket
        self._stale.add(name)

    def encode_summary(self, applied: int) -> bytes:
        """Return the stored value of what outlives the tickets: ``first_seen``."""
        return encoding.header(applied) + msgspec.msgpack.encode(self.first_seen)

    def load_summary(self, value: bytes) -> None:
        """Take over the stored value of what outlives the tickets.

        Raises:
            Stop: It was written by another version, or is damaged.
        """
        encoding.applied_offset(value)
        try:
            seen = msgspec.msgpack.decode(
                memoryview(value)[encoding.HEADER_BYTES :], type=int | None
            )
        except msgspec.MsgspecError as error:
            raise Stop(f"stored summary of brand {self.brand!r} is damaged: {error}") from error
        if seen is not None:
            self._see(seen)
            self.summary_dirty = False

    def _see(self, at: int) -> None:
        if self.first_seen is None or at < self.first_seen:
            self.first_seen = at
            self.summary_dirty = True


def _refuse_late(event: AdmittedTicketEvent, watermark: int) -> None:
    if event.at <= watermark - RETENTION:
        raise Reject(
            "too_late",
            f"ticket {event.ticket!r} is not known, and {to_rfc3339(event.at)} is 400 days or more "
            f"before {to_rfc3339(watermark)}",
        )


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Body)
