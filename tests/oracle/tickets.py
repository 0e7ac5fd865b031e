"""What a brand's tickets say, each told again from the list of its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import sqrt

from tests.oracle.calendar import DAY, SECOND, in_window, window_days
from tests.oracle.survival import Subject, bracket, quantile, watched

SOLVING = {"solved", "closed"}
ENDING = SOLVING | {"merged", "deleted", "transferred"}
KEPT_AFTER_ENDING = 42 * DAY
KEPT_AFTER_LAST_EVENT = 400 * DAY
SHARES = {"p50": Fraction(1, 2), "p90": Fraction(9, 10)}


@dataclass(frozen=True, order=True)
class TicketEvent:
    """One accepted event of a ticket."""

    at: int
    id: str
    type: str
    actor: str | None
    public: bool


@dataclass
class Ticket:
    """All accepted events of one ticket."""

    events: list[TicketEvent] = field(default_factory=list)


@dataclass
class Story:
    """What a ticket's events amount to; instants in microseconds."""

    opened_at: int | None = None
    is_open: bool = True
    is_waiting: bool = False
    ended_at: int | None = None
    solved: bool = False
    first_reply_at: int | None = None
    unanswered_end_at: int | None = None


def story(ticket: Ticket) -> Story:
    """Tell a ticket's events in order of time.

    An ending ends an open ticket; further endings of an ended ticket change nothing. The first
    reply no longer counts once the ticket has ended without one.
    """
    told = Story()
    told.opened_at = min((e.at for e in ticket.events if e.type == "opened"), default=None)
    for event in sorted(ticket.events):
        if event.type in ENDING and told.is_open:
            told.is_open = told.is_waiting = False
            told.ended_at = event.at
            told.solved = event.type in SOLVING
            if told.first_reply_at is None and told.unanswered_end_at is None:
                told.unanswered_end_at = event.at
        elif event.type == "reopened":
            told.is_waiting = False
            if told.solved:
                told.is_open, told.ended_at, told.solved = True, None, False
        elif event.type == "waiting" and told.is_open:
            told.is_waiting = True
        elif event.type == "resumed" or (event.type == "replied" and event.actor == "customer"):
            told.is_waiting = False
        if (
            event.type == "replied"
            and event.actor == "agent"
            and event.public
            and told.opened_at is not None
            and event.at >= told.opened_at
            and told.first_reply_at is None
            and told.unanswered_end_at is None
        ):
            told.first_reply_at = event.at
    return told


def is_forgotten(ticket: Ticket, watermark: int) -> bool:
    """Tell whether retention has dropped a ticket once the watermark stands here."""
    told = story(ticket)
    if told.ended_at is not None and told.ended_at <= watermark - KEPT_AFTER_ENDING:
        return True
    return max(e.at for e in ticket.events) <= watermark - KEPT_AFTER_LAST_EVENT


def _subject(opened_at: int, window_start: int, until: int, event: bool) -> Subject:
    entry = (window_start - opened_at) / SECOND if opened_at < window_start else None
    return Subject(entry, max(0, until - opened_at) / SECOND, event)


def _first_reply(told: Story, opened_at: int, start: int, t: int) -> Subject:
    if told.first_reply_at is not None:
        return _subject(opened_at, start, told.first_reply_at, event=True)
    if told.unanswered_end_at is not None:
        return _subject(opened_at, start, told.unanswered_end_at, event=False)
    return _subject(opened_at, start, t, event=False)


def _resolution(told: Story, opened_at: int, start: int, t: int) -> Subject:
    if told.ended_at is not None:
        return _subject(opened_at, start, told.ended_at, event=told.solved)
    return _subject(opened_at, start, t, event=False)


Brackets = dict[str, tuple[float | None, float | None]]


def ticket_fields(
    tickets: list[Ticket], t: int
) -> tuple[dict[str, int | float], dict[str, str], Brackets]:
    """Return all ticket fields at ``t``, their states, and brackets of the quantiles."""
    counted = [(told, told.opened_at) for told in map(story, tickets) if told.opened_at is not None]
    fields: dict[str, int | float] = {
        "tickets_opened_24h": sum(in_window(opened, t, "24h") for _, opened in counted),
        "tickets_opened_28d": sum(in_window(opened, t, "28d") for _, opened in counted),
        "tickets_open": sum(told.is_open for told, _ in counted),
        "tickets_waiting": sum(told.is_waiting for told, _ in counted),
    }
    states: dict[str, str] = {}
    open_since = [opened for told, opened in counted if told.is_open]
    if open_since:
        fields["oldest_open_seconds"] = max(0, t - min(open_since)) / SECOND
    else:
        states["oldest_open_seconds"] = "insufficient"

    opened_28d = fields["tickets_opened_28d"]
    ended_28d = sum(
        told.ended_at is not None and in_window(told.ended_at, t, "28d") for told, _ in counted
    )
    growing = opened_28d - ended_28d > 1.645 * sqrt(opened_28d + ended_28d)

    start = window_days(t, "28d").start * DAY
    cohort = [
        (told, opened) for told, opened in counted if told.is_open or in_window(opened, t, "28d")
    ]
    brackets: Brackets = {}
    for name, subject_of in (("first_reply", _first_reply), ("resolution", _resolution)):
        subjects = [subject_of(told, opened, start, t) for told, opened in cohort]
        for label, share in SHARES.items():
            quantity = f"{name}_seconds_{label}_28d"
            value = quantile(subjects, share)
            if not watched(subjects):
                states[quantity] = "insufficient"
            elif value is None:
                states[quantity] = "beyond_horizon"
                brackets[quantity] = bracket(subjects, share)
            else:
                fields[quantity] = value
                brackets[quantity] = bracket(subjects, share)
                if growing:
                    states[quantity] = "lower_bound"
    return fields, states, brackets
