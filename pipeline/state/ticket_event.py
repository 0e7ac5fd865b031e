"""What is kept of a ticket event, and the order in which events count."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from pipeline.events.admitted import AdmittedTicketEvent
from pipeline.events.instants import SECOND

MAX_DURATION = 1 << 53
"""Longest duration that is told apart from longer ones, in microseconds (285 years)."""


class EventType(IntEnum):
    """What happened to the ticket; the numbers are stored and must never change."""

    OPENED = 0
    REPLIED = 1
    TOUCHED = 2
    ASSIGNED = 3
    WAITING = 4
    RESUMED = 5
    SOLVED = 6
    REOPENED = 7
    CLOSED = 8
    ESCALATED = 9
    MERGED = 10
    TRANSFERRED = 11
    RATED = 12
    DELETED = 13


class Actor(IntEnum):
    """Who did it; stored."""

    UNKNOWN = 0
    CUSTOMER = 1
    AGENT = 2
    BOT = 3


class WaitingOn(IntEnum):
    """Whom the ticket waits on; stored. A wait that does not say is on the customer."""

    NOBODY = 0
    CUSTOMER = 1
    THIRD_PARTY = 2


class Targets(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Service-level targets: microseconds from the opening, or instants; None: not given."""

    first_reply: int | None = None
    resolution: int | None = None
    first_reply_due_at: int | None = None
    resolution_due_at: int | None = None

    def updated(self, newer: Targets) -> Targets:
        """Return these targets, each replaced by the newer one where that is given."""
        return Targets(
            *(
                old if new is None else new
                for old, new in zip(
                    msgspec.structs.astuple(self), msgspec.structs.astuple(newer), strict=True
                )
            )
        )


class LoggedEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is kept of a ticket event. Times in microseconds; ``offset`` is that of its record."""

    at: int
    id_hash: int
    offset: int
    type: EventType
    actor: Actor = Actor.UNKNOWN
    public: bool = True
    waiting_on: WaitingOn = WaitingOn.NOBODY
    handle: int | None = None
    csat: float | None = None
    targets: Targets | None = None


_TYPES = {each.name.lower(): each for each in EventType}
_ACTORS = {None: Actor.UNKNOWN} | {each.name.lower(): each for each in Actor}
_WAITING_ON = {None: WaitingOn.NOBODY} | {each.name.lower(): each for each in WaitingOn}


def in_order(event: LoggedEvent) -> tuple[int, bool, int]:
    """Key of the order in which events count: by time, openings first, then by id hash."""
    return (event.at, event.type is not EventType.OPENED, event.id_hash)


def logged(event: AdmittedTicketEvent, offset: int) -> LoggedEvent:
    """Return what is kept of an admitted event that the record at ``offset`` brought."""
    targets = Targets(
        _duration(event.sla_first_reply_seconds),
        _duration(event.sla_resolution_seconds),
        event.sla_first_reply_due_at,
        event.sla_resolution_due_at,
    )
    return LoggedEvent(
        event.at,
        event.id_hash,
        offset,
        _TYPES[event.type],
        _ACTORS[event.actor],
        event.public,
        _WAITING_ON[event.waiting_on],
        _duration(event.handle_seconds),
        event.csat if event.type == "rated" else None,
        None if targets == _NO_TARGETS else targets,
    )


def _duration(seconds: float | None) -> int | None:
    """Return seconds as microseconds, nonsensically long ones cut so that they can be stored."""
    return None if seconds is None else round(min(seconds * SECOND, MAX_DURATION))


_NO_TARGETS = Targets()
