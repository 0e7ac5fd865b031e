"""More support burden than a brand is staffed for, or a backlog that grows old.

Formula: the load of the last 24 hours is the tickets opened in them times the mean handle time of
the tickets of 28 days that have come to an end, over 86,400 s (agents); it is high above
``staffed_agents`` and two standard deviations of the chance that so many tickets come, and clear
again below 0.9 of that. Where nobody says how many agents there are,
only age speaks: the mean age of open tickets is high above ``median · (q / median)^4`` over the
weeks before, ``q`` its 90th percentile, at least twice the median and four hours; clear below the
middle of the two on the log scale. Unit: agents, or seconds. Source: definitions "Alerts",
``burden_surge``, and "Offered load". A reopened ticket counts as open from its first opening.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
import numpy as np

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.fit import LEAST_WEEKS
from pipeline.alerting.machine import Alert, Patience, Sign, step
from pipeline.events.instants import DAY, HOUR, SECOND
from pipeline.state.ticket_columns import NEVER, TicketColumns

PATIENCE = Patience(fire=3)

_WEEKS = 5
"""Solved tickets are kept 42 days, so no longer history is whole."""
_EVERY = 6
_HANDLE_SPAN = 28 * DAY
_LEAST_AGE = 4 * HOUR
_SPREADS = 4
_CLEAR = 0.9
_CHANCE = 2.0
_HIGH_QUANTILE = 0.9


@dataclass(frozen=True, slots=True)
class Load:
    """What the alert looks at: which measure, what it is, what is usual, and where the bar is."""

    measure: str
    observed: float
    expected: float
    limit: float

    @property
    def sign(self) -> Sign:
        """What it says."""
        if self.observed > self.limit:
            return Sign.HIGH
        clear = (
            _CLEAR * self.limit
            if self.measure == "offered_load_agents"
            else math.sqrt(self.limit * self.expected)
        )
        return Sign.CLEAR if self.observed < clear else Sign.BETWEEN


class Burden(msgspec.Struct, array_like=True):
    """The alert and what it has learnt of a backlog's age; ``hour`` is the next to be decided."""

    hour: int
    next_fit: int
    usual_age: float = 0.0
    most_age: float = 0.0
    alert: Alert = msgspec.field(default_factory=Alert)

    @classmethod
    def begin(cls, first: int) -> Burden:
        """Return that of a brand whose first ticket came before hour ``first``."""
        start = first + LEAST_WEEKS * WEEK
        return cls(start, start, alert=Alert(since=first))

    def decide(
        self, columns: TicketColumns, first: int, staffed: float | None, muted: bool
    ) -> tuple[bool, Load | None]:
        """Decide the next hour; tells whether the state changed, and what was looked at."""
        if self.hour >= self.next_fit:
            self._fit(columns, first)
            self.next_fit = self.hour + WEEK
        t = (self.hour + 1) * HOUR
        loads = [load for load in (_load(columns, t, staffed), self._age(columns, t)) if load]
        # The worst speaks; a load that is over its bar before an age that is.
        worst = max(loads, key=lambda load: load.sign, default=None)
        sign = Sign.MUTED if muted else worst.sign if worst else Sign.CLEAR
        self.hour += 1
        return step(self.alert, self.hour, sign, PATIENCE), worst

    def _age(self, columns: TicketColumns, t: int) -> Load | None:
        if self.most_age <= 0.0:
            return None
        age = _mean_age(columns, t)
        return Load(
            "backlog_age_seconds",
            age / SECOND,
            self.usual_age / SECOND,
            self.most_age / SECOND,
        )

    def _fit(self, columns: TicketColumns, first: int) -> None:
        start = max(first, self.hour - _WEEKS * WEEK)
        ages = np.array([_mean_age(columns, h * HOUR) for h in range(start, self.hour, _EVERY)])
        ages = ages[ages > 0]
        if not ages.size:
            self.usual_age = self.most_age = 0.0
            return
        middle, high = np.quantile(ages, (0.5, _HIGH_QUANTILE))
        self.usual_age = float(middle)
        spread = float(high / middle) ** _SPREADS
        self.most_age = max(_LEAST_AGE, 2 * self.usual_age, self.usual_age * spread)


def _mean_age(columns: TicketColumns, t: int) -> float:
    opened = columns.opened
    waiting = (opened < t) & (columns.ended >= t)
    count = int(np.count_nonzero(waiting))
    return 0.0 if not count else float((t - opened[waiting]).sum()) / count


def _load(columns: TicketColumns, t: int, staffed: float | None) -> Load | None:
    if not staffed:
        return None
    opened, ended = columns.opened, columns.ended
    finished = (opened >= t - _HANDLE_SPAN) & (opened < t) & (ended != NEVER) & (ended < t)
    if not finished.any():
        return None
    each = float(columns.handle[finished].mean()) / DAY
    recent = int(np.count_nonzero((opened >= t - DAY) & (opened < t)))
    capacity = staffed / each if each > 0.0 else math.inf
    chance = _CHANCE * math.sqrt(capacity) * each if math.isfinite(capacity) else 0.0
    return Load("offered_load_agents", recent * each, staffed, staffed + chance)
