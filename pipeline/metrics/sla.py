"""Service levels: how many tickets were not answered or solved by the time agreed.

A ticket's targets are those that its events give, an instant before a number of seconds; else those
of the brand book. The clock of a target runs from the opening, but not while the ball is with the
customer: while the ticket waits on them, and from a solve until it is reopened. An instant is moved
by what of that came after it was given. The first-reply target is met by a public reply of a human
agent, or by a solve before any; the other by the last solve. Merging, deleting or transferring a
ticket ends the targets that are still open.

Formula: missed / (missed + met). A ticket is missed from when its first target was due and not met,
and met when all of them were; one that still has time is neither. Those missed or met in 28 d
count, and every open ticket that was ever missed. By business hours, seconds count while the
brand's support is open. Unit: 0..1. Source: definition "SLA breach ratio". Example: one ticket met,
another overdue::

    >>> met, missed = np.array([1, NEVER]), np.array([NEVER, 1])
    >>> sla_breach_ratio((met, missed), np.array([False, True]), start=0, t=2)
    0.5
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.events.brands import Brand
from pipeline.events.instants import SECOND
from pipeline.metrics.business_time import BusinessTime, business_time
from pipeline.state.lifecycle import Lifecycle
from pipeline.state.ticket_columns import NEVER, Column, Mask, Verdict
from pipeline.state.ticket_event import MAX_DURATION, Targets, WaitingOn


class Clock(Protocol):
    """Tells how much time counts."""

    def between(self, start: int, end: int) -> int:
        """Return the time that counts between two instants."""
        ...

    def after(self, start: int, duration: int) -> int:
        """Return the earliest instant by which a duration has passed since ``start``."""
        ...


class CalendarTime:
    """All time counts."""

    def between(self, start: int, end: int) -> int:
        """Return the time between two instants."""
        return end - start

    def after(self, start: int, duration: int) -> int:
        """Return the instant a duration after another."""
        return start + duration


_CALENDAR = CalendarTime()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Judges tickets by a brand's targets, in microseconds, and its business hours."""

    first_reply: int | None = None
    resolution: int | None = None
    hours: BusinessTime | None = None

    @classmethod
    def of(cls, entry: Brand | None) -> Agreement:
        """Return what the brand book agrees on."""
        if entry is None:
            return NO_AGREEMENT
        return cls(
            _microseconds(entry.sla_first_reply_seconds),
            _microseconds(entry.sla_resolution_seconds),
            business_time(entry),
        )

    def __call__(self, life: Lifecycle) -> tuple[Verdict, Verdict]:
        """Judge a ticket by calendar time and by business hours, where there are any."""
        opened_at = life.opened_at
        in_book = self.first_reply is not None or self.resolution is not None
        if opened_at is None or not (in_book or life.targets != _NO_TARGETS):
            return _UNDECIDED, _UNDECIDED
        business = _UNDECIDED if self.hours is None else self._judge(life, opened_at, self.hours)
        return self._judge(life, opened_at, _CALENDAR), business

    def _judge(self, life: Lifecycle, opened_at: int, clock: Clock) -> Verdict:
        given = life.targets
        answered_at = life.replied_in_time_at
        if answered_at is None and life.solves:
            answered_at = life.first_ended_at
        reply = self.first_reply if given.first_reply is None else given.first_reply
        resolution = self.resolution if given.resolution is None else given.resolution
        met_at, missed_at, is_pending = -1, NEVER, False
        for done_at, duration, due_at, set_at in (
            (answered_at, reply, given.first_reply_due_at, life.reply_due_set_at),
            (life.solved_at, resolution, given.resolution_due_at, life.resolution_due_set_at),
        ):
            if due_at is not None and set_at is not None:
                due = _due(life, _CALENDAR, set_at, due_at - set_at)
            elif duration is not None:
                due = _due(life, clock, opened_at, duration)
            else:
                continue
            if due < (_stopped_at(life) if done_at is None else done_at):
                missed_at = min(missed_at, due)
            elif done_at is not None:
                met_at = max(met_at, done_at)
            elif life.is_open:
                is_pending = True
        if missed_at < NEVER or is_pending or met_at < 0:
            return Verdict(NEVER, missed_at)
        return Verdict(met_at, NEVER)


NO_AGREEMENT = Agreement()
"""Of a brand that the book knows nothing of."""

_UNDECIDED = Verdict()
_NO_TARGETS = Targets()


def _stopped_at(life: Lifecycle) -> int:
    """Return since when the clock of a target that was not met stands still; ``NEVER``: it runs."""
    if life.ended_at is not None:
        return life.ended_at
    if life.waiting_on is WaitingOn.CUSTOMER and life.waiting_since is not None:
        return life.waiting_since
    return NEVER


def _due(life: Lifecycle, clock: Clock, since: int, duration: int) -> int:
    """Return when a duration has passed during which the ball was not with the customer."""
    due = clock.after(since, duration)
    if not (life.waits or life.reopens):
        return due
    for start, end in _with_customer(life):
        start = max(start, since)
        if start > due:
            break
        if start < end:
            duration += clock.between(start, end)
            due = clock.after(since, duration)
    return due


def _with_customer(life: Lifecycle) -> list[tuple[int, int]]:
    """Return when the ball was with the customer, ascending; a wait in progress is none yet."""
    spans = [(wait.since, wait.until) for wait in life.waits]
    spans += [(each.at, each.reopened_at) for each in life.solves if each.reopened_at is not None]
    return sorted(spans)


def sla_breach_ratio(
    verdicts: tuple[Column, Column], is_open: Mask, start: int, t: int
) -> float | None:
    """Return the ratio; None where no ticket was judged.

    Args:
        verdicts: ``met_at`` and ``missed_at`` of every ticket, see :class:`Verdict`.
        is_open: Whether it is open.
        start: Start of the window, microseconds.
        t: Evaluation time, microseconds.
    """
    met_at, missed_at = verdicts
    missed = int(((missed_at < t) & ((missed_at >= start) | is_open)).sum())
    met = int(((met_at >= start) & (met_at <= t)).sum())
    return missed / (missed + met) if missed + met else None


def changes_at(verdicts: tuple[Column, Column]) -> Column:
    """Return every instant from which on other tickets are met or missed than before."""
    met_at, missed_at = verdicts
    return np.concatenate((met_at[met_at != NEVER], missed_at[missed_at != NEVER] + 1))


def _microseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(min(seconds * SECOND, MAX_DURATION))
