"""The life of an alert: from ok over pending to firing, and by way of resolved back to ok.

It goes up and down at different levels, so that a value near the threshold does not flap. While
nothing can be known, or the brand is in maintenance, an alert waits where it is: an episode that
was firing goes on firing, or is resolved, when it is known again.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

import msgspec

from pipeline.alerting.kinds import State


class Sign(IntEnum):
    """What an hour says."""

    CLEAR = 0
    BETWEEN = 1
    HIGH = 2
    UNKNOWN = 3
    MUTED = 4


_WAITING = {Sign.UNKNOWN: State.UNKNOWN, Sign.MUTED: State.MUTED}
"""The states in which an alert waits, and the signs that say so."""


class Patience(msgspec.Struct, frozen=True):
    """How many hours in a row it takes to fire and to resolve, and how long resolved is shown."""

    fire: int = 2
    resolve: int = 4
    rest: int = 24


class Alert(msgspec.Struct, array_like=True):
    """One alert of one brand and kind. Hours are hours since the epoch.

    ``since`` is the hour at which ``state`` was entered; ``started_at`` and ``resolved_at`` are
    those of the latest episode, None where there was none, or while it lasts. ``episodes`` counts
    how often firing was entered, ``hours`` how many were decided.
    """

    state: State = State.UNKNOWN
    since: int = 0
    started_at: int | None = None
    resolved_at: int | None = None
    streak: int = 0
    episodes: int = 0
    hours: int = 0

    @property
    def is_open(self) -> bool:
        """Whether an episode lasts, shown or not."""
        return self.started_at is not None and self.resolved_at is None


def step(alert: Alert, hour: int, sign: Sign, patience: Patience) -> bool:
    """Take one hour's sign; tells whether the state changed. ``hour`` is the evaluation time."""
    before = alert.state
    waiting = _WAITING.get(sign)
    if waiting is not None:
        alert.streak = 0
        alert.state = waiting
    else:
        alert.hours += 1
        if alert.is_open:
            _while_open(alert, hour, sign, patience)
        else:
            _while_closed(alert, hour, sign, patience)
    if alert.state is before:
        return False
    alert.since = hour
    return True


def run(alert: Alert, hours: range, sign: Sign, patience: Patience) -> Iterator[int]:
    """Take the same sign at many evaluation times; yields each at which the state changed.

    Together that is what :func:`step` does at each of them.
    """
    for done, hour in enumerate(hours):
        if stays(alert, sign):
            if sign is Sign.CLEAR:
                alert.hours += len(hours) - done
            return
        if step(alert, hour, sign, patience):
            yield hour


def pass_quietly(alert: Alert, hours: int) -> bool:
    """Take so many hours none of which is high, if that changes nothing but their number."""
    quiet = stays(alert, Sign.CLEAR)
    if quiet:
        alert.hours += hours
    return quiet


def stays(alert: Alert, sign: Sign) -> bool:
    """Tell whether a sign leaves all as it is but for the count of hours."""
    if alert.streak:
        return False
    if sign is Sign.CLEAR:
        return alert.state is State.OK and not alert.is_open
    return alert.state is _WAITING.get(sign)


def _while_open(alert: Alert, hour: int, sign: Sign, patience: Patience) -> None:
    alert.streak = alert.streak + 1 if sign is Sign.CLEAR else 0
    if alert.streak >= patience.resolve:
        alert.state = State.RESOLVED
        alert.resolved_at = hour
        alert.streak = 0
    else:
        alert.state = State.FIRING


def _while_closed(alert: Alert, hour: int, sign: Sign, patience: Patience) -> None:
    alert.streak = alert.streak + 1 if sign is Sign.HIGH else 0
    if alert.streak >= patience.fire:
        alert.state = State.FIRING
        alert.started_at = hour
        alert.resolved_at = None
        alert.episodes += 1
        alert.streak = 0
    elif alert.streak:
        alert.state = State.PENDING
    elif alert.state is not State.RESOLVED or hour - alert.since >= patience.rest:
        alert.state = State.OK
