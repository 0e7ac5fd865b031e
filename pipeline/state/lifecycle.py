"""A ticket's lifecycle: what its events, in order of time, come to.

The reducer is pure: :func:`fold` takes one event after the other, in the order that
:func:`pipeline.state.ticket_event.in_order` gives.
A ticket begins to exist with its earliest ``opened`` event. Input that makes no sense has a defined
result, and none of it raises:

* Before the opening nothing changes the state: a solve, a wait or a reply from before is ignored
  (clocks of two systems differ). The work it reports counts, since somebody did it.
* At the very instant of the opening, the opening comes first.
* Without an opening the ticket does not count at all (``opened_at`` is None).
* A second ``opened`` changes nothing; the earliest counts.
* A solve of a solved ticket moves the time of the solve. ``closed`` solves a ticket that is open;
  on a solved one it only starts the retention anew.
* ``reopened`` opens a solved or closed ticket. On an open one it ends a wait, and is no reopening.
* Merged, deleted and transferred tickets are removed for good, solved ones too: later solves,
  closings, reopenings and removals are ignored. Where a ticket was merged into is never followed,
  so cycles of merges are harmless: each ticket is removed at its own merge. Whatever a transferred
  ticket becomes elsewhere starts with an ``opened`` there.
* A ticket belongs to its brand: the same id under another brand is another ticket. One that changes
  brand without ``transferred`` stays open where it was, until 400 d after its last event there, and
  does not count at the other brand unless it is opened there.
* Negative handle times do not get here: decoding refuses them.

The ball is with the customer while the ticket waits on them, and from a solve until it is reopened.
"""

from __future__ import annotations

from copy import copy
from enum import IntEnum

import msgspec

from pipeline.events.instants import DAY, SECOND
from pipeline.state.ticket_event import (
    MAX_DURATION,
    Actor,
    EventType,
    LoggedEvent,
    Targets,
    WaitingOn,
)

ENDED_RETENTION = 42 * DAY
"""How long a ticket is kept after its last solve, closing or removal."""
RETENTION = 400 * DAY
"""How long a ticket that has not ended is kept after its last event."""
DEFAULT_HANDLE = 360 * SECOND
"""Handle time assumed for each reply and touch of a ticket none of whose events gives one."""
MAX_SOLVES = 32
"""Solves remembered a ticket, the newest ones."""
MAX_WAITS = 256
"""Waits on the customer remembered a ticket, the newest ones."""


class Phase(IntEnum):
    """Where a ticket is in its life; stored. Removed: merged, deleted or transferred."""

    OPEN = 0
    SOLVED = 1
    REMOVED = 2


class Solve(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One solve, and when it was undone (None: it was not)."""

    at: int
    reopened_at: int | None = None


class Wait(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One wait on the customer that is over."""

    since: int
    until: int


class Lifecycle(msgspec.Struct, array_like=True, gc=False):
    """What a ticket's events come to. Times and durations in microseconds.

    ``opened_at``: earliest opening. ``first_reply_at``: first public reply by a human agent at or
    after it. ``last_solved_at``: the last solve, reopened or not. ``ended_at``: since when the
    ticket has not been open; None while it is. ``first_ended_at``: when it first ended, reopened or
    not. ``settled_at``: last solve, closing or removal, from which its retention counts.
    ``waiting_since``, ``waiting_on``: the present wait; ``waits``: those on the customer that are
    over. ``handle``: sum of the handle times given; None: none was. ``replies``: replies by agents;
    ``touches``: touches by anybody but customers and bots. ``csat``: latest rating, 0..1, given at
    ``rated_at``. ``targets``: the latest of each; ``reply_due_set_at``, ``resolution_due_set_at``:
    when its instants were given. ``folded_at``: latest event folded.
    """

    opened_at: int | None = None
    phase: Phase = Phase.OPEN
    first_reply_at: int | None = None
    last_solved_at: int | None = None
    ended_at: int | None = None
    first_ended_at: int | None = None
    settled_at: int | None = None
    waiting_since: int | None = None
    waiting_on: WaitingOn = WaitingOn.NOBODY
    waits: tuple[Wait, ...] = ()
    reopens: int = 0
    solves: tuple[Solve, ...] = ()
    events: int = 0
    handle: int | None = None
    replies: int = 0
    touches: int = 0
    csat: float | None = None
    rated_at: int | None = None
    targets: Targets = Targets()
    reply_due_set_at: int | None = None
    resolution_due_set_at: int | None = None
    folded_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the ticket was opened and has not ended."""
        return self.opened_at is not None and self.phase is Phase.OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether the ticket is open and waits on the customer or a third party."""
        return self.is_open and self.waiting_since is not None

    @property
    def solved_at(self) -> int | None:
        """When the ticket was last solved, if it is solved."""
        return self.last_solved_at if self.phase is Phase.SOLVED else None

    @property
    def replied_in_time_at(self) -> int | None:
        """The first reply, unless the ticket had ended before: its wait for one was over then."""
        reply, ended = self.first_reply_at, self.first_ended_at
        return reply if reply is None or ended is None or reply <= ended else None

    @property
    def handle_is_estimated(self) -> bool:
        """Whether the handle time is an estimate.

        No event gave one, and there is something to estimate: a ticket that is open and that nobody
        has worked on yet has taken no time so far.
        """
        return self.handle is None and (self.replies + self.touches > 0 or not self.is_open)

    @property
    def handle_seconds(self) -> float:
        """Sum of the handle times given; without any, 360 s for each agent's reply and touch."""
        return self.handle_time / SECOND

    @property
    def handle_time(self) -> int:
        """Handle time as in :attr:`handle_seconds`, in microseconds."""
        if self.handle is not None:
            return self.handle
        return DEFAULT_HANDLE * (self.replies + self.touches)

    @property
    def expires_at(self) -> int:
        """The watermark at which the ticket is forgotten.

        42 d after it was last settled if it has ended; else, and when it was never opened, 400 d
        after its last event.
        """
        if self.opened_at is not None and self.ended_at is not None and self.settled_at is not None:
            return self.settled_at + ENDED_RETENTION
        return (self.folded_at or 0) + RETENTION


def fold(life: Lifecycle, event: LoggedEvent) -> None:
    """Add one event to a lifecycle, in place.

    An event older than the last one folded (only possible beyond the events that a ticket keeps)
    counts as work, and for the earliest opening and first reply; the state stays as it is.
    """
    kind = event.type
    late = life.folded_at is not None and event.at < life.folded_at
    if not late:
        life.folded_at = event.at
    _count(life, event, late)
    if kind is EventType.OPENED:
        _open(life, event.at, late)
    elif kind is EventType.REPLIED and event.actor is Actor.AGENT:
        if event.public:
            _reply(life, event.at)
    elif not late:
        _advance(life, event)


def _count(life: Lifecycle, event: LoggedEvent, late: bool) -> None:
    """Add what does not depend on order: work done, ratings and targets (latest ones win)."""
    life.events += 1
    if event.handle is not None:
        life.handle = min((life.handle or 0) + event.handle, MAX_DURATION)
    if event.type is EventType.REPLIED and event.actor is Actor.AGENT:
        life.replies += 1
    elif event.type is EventType.TOUCHED and event.actor not in (Actor.CUSTOMER, Actor.BOT):
        life.touches += 1
    if event.csat is not None and (life.rated_at is None or event.at >= life.rated_at):
        life.csat, life.rated_at = event.csat, event.at
    if event.targets is not None:
        _agree(life, event.targets, event.at, late)


def _agree(life: Lifecycle, given: Targets, at: int, late: bool) -> None:
    """Take over targets; a late event's only where no other event gave one."""
    if given.first_reply_due_at is not None and not (late and life.reply_due_set_at is not None):
        life.reply_due_set_at = at
    if given.resolution_due_at is not None and not (
        late and life.resolution_due_set_at is not None
    ):
        life.resolution_due_set_at = at
    older, newer = (given, life.targets) if late else (life.targets, given)
    life.targets = older.updated(newer)


def _open(life: Lifecycle, at: int, late: bool) -> None:
    if life.opened_at is None:
        life.opened_at = at
        if not late:
            _forget_state(life)
        elif life.first_reply_at is not None and life.first_reply_at < at:
            life.first_reply_at = None
    else:
        life.opened_at = min(life.opened_at, at)


def _forget_state(life: Lifecycle) -> None:
    """Undo what came before the opening, work and ratings excepted."""
    life.phase = Phase.OPEN
    life.first_reply_at = life.last_solved_at = life.ended_at = None
    life.first_ended_at = life.settled_at = life.waiting_since = None
    life.waiting_on = WaitingOn.NOBODY
    life.reopens = 0
    life.waits, life.solves = (), ()


def _reply(life: Lifecycle, at: int) -> None:
    if life.opened_at is not None and at < life.opened_at:
        return
    if life.first_reply_at is None or at < life.first_reply_at:
        life.first_reply_at = at


def _advance(life: Lifecycle, event: LoggedEvent) -> None:
    """Change the state by an event other than an opening or an agent's reply."""
    at, kind = event.at, event.type
    if life.phase is Phase.REMOVED:
        return
    if kind in (EventType.RESUMED, EventType.REPLIED):
        if kind is EventType.RESUMED or event.actor is Actor.CUSTOMER:
            _stop_waiting(life, at)
    elif kind is EventType.WAITING:
        on = event.waiting_on or WaitingOn.CUSTOMER
        if life.phase is Phase.OPEN and life.waiting_on is not on:
            _stop_waiting(life, at)
            life.waiting_since, life.waiting_on = at, on
    elif kind is EventType.SOLVED or (kind is EventType.CLOSED and life.phase is Phase.OPEN):
        # A ticket solved again has one solve, which moved; it was not reopened between.
        before = life.solves[:-1] if life.phase is Phase.SOLVED else life.solves
        life.solves = (*before, Solve(at))[-MAX_SOLVES:]
        life.last_solved_at = at
        _end(life, at, Phase.SOLVED)
    elif kind is EventType.CLOSED:
        life.settled_at = at
    elif kind in (EventType.MERGED, EventType.DELETED, EventType.TRANSFERRED):
        _end(life, at, Phase.REMOVED)
    elif kind is EventType.REOPENED:
        if life.phase is Phase.SOLVED:
            life.phase, life.ended_at = Phase.OPEN, None
            life.reopens += 1
            life.solves = (*life.solves[:-1], Solve(life.solves[-1].at, at))
        else:
            _stop_waiting(life, at)


def _end(life: Lifecycle, at: int, phase: Phase) -> None:
    _stop_waiting(life, at)
    life.phase, life.ended_at, life.settled_at = phase, at, at
    if life.first_ended_at is None:
        life.first_ended_at = at


def _stop_waiting(life: Lifecycle, at: int) -> None:
    if life.waiting_since is not None and life.waiting_on is WaitingOn.CUSTOMER:
        life.waits = (*life.waits, Wait(life.waiting_since, at))[-MAX_WAITS:]
    life.waiting_since, life.waiting_on = None, WaitingOn.NOBODY


def lifecycle(events: list[LoggedEvent], prefix: Lifecycle | None = None) -> Lifecycle:
    """Return the lifecycle of events that are in order, continued from ``prefix`` (left alone)."""
    life = Lifecycle() if prefix is None else copy(prefix)
    for event in events:
        fold(life, event)
    return life
