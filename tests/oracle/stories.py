"""What a ticket's events amount to, told from the list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.calendar import DAY, SECOND, parse

SOLVING = {"solved", "closed"}
REMOVING = {"merged", "deleted", "transferred"}
KEPT_AFTER_ENDING = 42 * DAY
KEPT_AFTER_LAST_EVENT = 400 * DAY
ASSUMED_HANDLE = 360 * SECOND
TARGETS = (
    "sla_first_reply_seconds",
    "sla_resolution_seconds",
    "sla_first_reply_due_at",
    "sla_resolution_due_at",
)


@dataclass(frozen=True, order=True)
class TicketEvent:
    """One accepted event of a ticket; ``fields`` are the contract's."""

    at: int
    id: str
    fields: Mapping[str, Any] = field(compare=False)

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.fields["type"])

    @property
    def actor(self) -> str | None:
        """Who did it."""
        actor = self.fields.get("actor")
        return None if actor is None else str(actor)


@dataclass
class Ticket:
    """All accepted events of one ticket."""

    events: list[TicketEvent] = field(default_factory=list)


@dataclass
class Story:
    """What a ticket's events amount to; instants and durations in microseconds.

    ``solves``: [when, when undone or None]. ``waits``: [since, until or None, on whom].
    ``targets``: name -> (value, when it was given), the latest of each; instants as microseconds.
    """

    opened_at: int | None = None
    ended_at: int | None = None
    removed: bool = False
    settled_at: int | None = None
    first_ended_at: int | None = None
    first_reply_at: int | None = None
    solves: list[list[int | None]] = field(default_factory=list)
    waits: list[list[Any]] = field(default_factory=list)
    handle: int = 0
    estimated: bool = False
    rating: tuple[int, float] | None = None
    targets: dict[str, tuple[float, int]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @property
    def is_waiting(self) -> bool:
        """Whether it waits on anybody."""
        return bool(self.waits) and self.waits[-1][1] is None

    @property
    def solved_at(self) -> int | None:
        """The last solve, if the ticket is solved."""
        return None if self.is_open or self.removed else self.ended_at


def story(ticket: Ticket) -> Story:
    """Tell a ticket's events in order of time; what came before the opening is only work."""
    told = Story()
    events = sorted(ticket.events)
    told.opened_at = min((e.at for e in events if e.type == "opened"), default=None)
    _read_work(told, events)
    if told.opened_at is None:
        return told
    for event in events:
        if event.at >= told.opened_at and not told.removed:
            _follow(told, event)
            is_reply = event.type == "replied" and event.actor == "agent"
            if is_reply and event.fields.get("public") is not False and told.first_reply_at is None:
                told.first_reply_at = event.at
    reply, ended = told.first_reply_at, told.first_ended_at
    if reply is not None and ended is not None and reply > ended:
        told.first_reply_at = None
    told.estimated = told.estimated and (told.handle > 0 or not told.is_open)
    return told


def _read_work(told: Story, events: list[TicketEvent]) -> None:
    given = [
        e.fields["handle_seconds"] for e in events if e.fields.get("handle_seconds") is not None
    ]
    acts = [e for e in events if e.type == "replied" and e.actor == "agent"]
    acts += [e for e in events if e.type == "touched" and e.actor not in {"customer", "bot"}]
    told.estimated = not given
    told.handle = sum(round(s * SECOND) for s in given) if given else ASSUMED_HANDLE * len(acts)
    for event in events:
        if event.type == "rated" and event.fields.get("csat") is not None:
            told.rating = (event.at, event.fields["csat"])
        for name in TARGETS:
            value = event.fields.get(name)
            if value is not None:
                told.targets[name] = (
                    parse(value) if name.endswith("_due_at") else value * SECOND,
                    event.at,
                )


def _follow(told: Story, event: TicketEvent) -> None:
    """Let one event change the state of a ticket that is not removed."""
    at, kind = event.at, event.type
    solved = not told.is_open
    if kind in SOLVING and not solved:
        told.solves.append([at, None])
        _end(told, at)
    elif kind == "solved":
        told.solves[-1][0] = at
        _end(told, at)
    elif kind == "closed":
        told.settled_at = at
    elif kind in REMOVING:
        told.removed = True
        _end(told, at)
    elif kind == "reopened" and solved:
        told.solves[-1][1] = at
        told.ended_at = None
    elif kind in {"reopened", "resumed"} or (kind == "replied" and event.actor == "customer"):
        _stop_waiting(told, at)
    elif kind == "waiting" and not solved:
        on = event.fields.get("waiting_on") or "customer"
        if not told.is_waiting or told.waits[-1][2] != on:
            _stop_waiting(told, at)
            told.waits.append([at, None, on])


def _end(told: Story, at: int) -> None:
    _stop_waiting(told, at)
    told.ended_at = told.settled_at = at
    if told.first_ended_at is None:
        told.first_ended_at = at


def _stop_waiting(told: Story, at: int) -> None:
    if told.is_waiting:
        told.waits[-1][1] = at


def is_forgotten(ticket: Ticket, watermark: int) -> bool:
    """Tell whether retention has dropped a ticket once the watermark stands here."""
    told = story(ticket)
    if told.ended_at is not None and told.settled_at is not None:
        return told.settled_at <= watermark - KEPT_AFTER_ENDING
    return max(e.at for e in ticket.events) <= watermark - KEPT_AFTER_LAST_EVENT
