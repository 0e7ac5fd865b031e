"""Every field about tickets, from their stories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum, sqrt
from typing import Any

from tests.oracle.calendar import DAY, SECOND, in_window, window_days
from tests.oracle.office_hours import OfficeHours
from tests.oracle.service_levels import breach_ratio
from tests.oracle.staffing import agents_needed, load, positions
from tests.oracle.stories import Story, Ticket, story
from tests.oracle.survival import Subject, bracket, quantile, watched

SHARES = {"p50": Fraction(1, 2), "p90": Fraction(9, 10)}

Brackets = dict[str, tuple[float | None, float | None]]
Waited = Callable[[Story, int], tuple[int, bool]]


@dataclass
class Reading:
    """What a brand's tickets are read with, and what is read."""

    stories: list[Story]
    entry: Mapping[str, Any]
    first_seen: int
    mentions_28d: int
    t: int

    def __post_init__(self) -> None:
        self.fields: dict[str, int | float] = {}
        self.states: dict[str, str] = {}
        self.brackets: Brackets = {}
        self.start = window_days(self.t, "28d").start * DAY
        self.opened_28d = [s for s in self.stories if self._in_28d(s.opened_at)]

    def _in_28d(self, at: int | None) -> bool:
        return at is not None and in_window(at, self.t, "28d")

    def put(self, name: str, value: float | None, state: str | None = None) -> None:
        """Take down a value with a state beside it, or that it cannot be known."""
        if value is not None:
            self.fields[name] = value
        if value is None or state is not None:
            self.states[name] = "insufficient" if value is None else str(state)

    def read(self) -> None:
        """Read every field."""
        self._counts()
        self._load()
        self._ratios()
        self._quantiles("seconds", None)
        hours = self.entry.get("business_hours", {})
        if any(hours.values()):
            earliest = min([told.opened_at or 0 for told in self.stories], default=self.t)
            office = OfficeHours(self.entry, min(earliest, self.start), self.t)
            self._quantiles("business_seconds", office)
            ratio = breach_ratio(self.stories, self.entry, office, self.start, self.t)
            self.put("sla_breach_business_ratio_28d", ratio)

    def _counts(self) -> None:
        opened = [told.opened_at or 0 for told in self.stories]
        still_open = [told.opened_at or 0 for told in self.stories if told.is_open]
        self.put("tickets_opened_24h", sum(in_window(at, self.t, "24h") for at in opened))
        self.put("tickets_opened_28d", len(self.opened_28d))
        self.put("tickets_open", len(still_open))
        self.put("tickets_waiting", sum(told.is_waiting for told in self.stories))
        oldest = max(0, self.t - min(still_open)) / SECOND if still_open else None
        self.put("oldest_open_seconds", oldest)

    def _load(self) -> None:
        flag = "lower_bound" if any(told.estimated for told in self.opened_28d) else None
        found = load(self.opened_28d, max(self.start, self.first_seen), self.t)
        agents = None if found is None else agents_needed(found.agents, found.mean)
        self.put("offered_load_agents", None if found is None else found.agents, flag)
        self.put("required_agents", agents, flag)
        peak = None if found is None else agents_needed(found.peak, found.mean)
        self.put("required_agents_peak", peak, flag)
        self.put("required_staff", None if agents is None else positions(agents), flag)
        pending = sum(told.is_open and not told.is_waiting for told in self.stories)
        if pending == 0:
            self.put("backlog_agent_hours", 0)
        elif not self.opened_28d:
            self.put("backlog_agent_hours", None)
        else:
            mean = sum(told.handle for told in self.opened_28d) / len(self.opened_28d)
            self.put("backlog_agent_hours", pending * mean / (3600 * SECOND), flag)

    def _ratios(self) -> None:
        solves = [
            (at, again)
            for told in self.stories
            for at, again in told.solves
            if at is not None and self.t - 35 * DAY < at <= self.t - 7 * DAY
        ]
        undone = sum(again is not None and again <= at + 7 * DAY for at, again in solves)
        self.put("reopen_ratio_28d", undone / len(solves) if solves else None)
        ratio = breach_ratio(self.stories, self.entry, None, self.start, self.t)
        self.put("sla_breach_ratio_28d", ratio)
        ratings = [s.rating[1] for s in self.stories if s.rating and self._in_28d(s.rating[0])]
        self.put("csat_ratio_28d", fsum(ratings) / len(ratings) if ratings else None)
        opened, customers = len(self.opened_28d), self.entry.get("customers")
        said = self.mentions_28d
        self.put("tickets_per_1k_mentions_28d", opened / said * 1000 if said else None)
        self.put("tickets_per_1k_customers_28d", opened / customers * 1000 if customers else None)

    def _quantiles(self, unit: str, office: OfficeHours | None) -> None:
        ended = sum(self._in_28d(told.ended_at) for told in self.stories)
        opened = len(self.opened_28d)
        growing = opened - ended > 1.645 * sqrt(opened + ended)
        waits: dict[str, Waited] = {"first_reply": _unanswered, "resolution": _unsolved}
        for name, waited in waits.items():
            subjects = [
                _subject(told.opened_at or 0, *waited(told, self.t), self.start, office)
                for told in self.stories
                if self._in_28d(told.opened_at) or waited(told, self.t)[0] > self.start
            ]
            for label, share in SHARES.items():
                self._quantile(f"{name}_{unit}_{label}_28d", subjects, share, growing)

    def _quantile(
        self, name: str, subjects: Sequence[Subject], share: Fraction, growing: bool
    ) -> None:
        if not watched(subjects):
            self.states[name] = "insufficient"
            return
        value = quantile(subjects, share)
        self.brackets[name] = bracket(subjects, share)
        if value is None:
            self.states[name] = "beyond_horizon"
        else:
            self.put(name, value, "lower_bound" if growing else None)


def _unanswered(told: Story, t: int) -> tuple[int, bool]:
    """Return until when a ticket was without a reply, and whether one came then."""
    if told.first_reply_at is not None:
        return told.first_reply_at, True
    return (t if told.first_ended_at is None else told.first_ended_at), False


def _unsolved(told: Story, t: int) -> tuple[int, bool]:
    """Return until when a ticket was unsolved, and whether it was solved then."""
    return (t if told.ended_at is None else told.ended_at), told.solved_at is not None


def _subject(
    opened_at: int, until: int, event: bool, start: int, office: OfficeHours | None
) -> Subject:
    passed = (lambda at: at) if office is None else office.passed
    age = max(0, passed(until) - passed(opened_at)) / SECOND
    entry = (passed(start) - passed(opened_at)) / SECOND if opened_at < start else 0.0
    return Subject(entry if entry > 0 else None, age, event)


def read_tickets(
    tickets: list[Ticket], entry: Mapping[str, Any], first_seen: int, mentions_28d: int, t: int
) -> Reading:
    """Return all ticket fields at ``t``, their states, and brackets of the quantiles.

    ``entry`` is the brand's in the brand book, empty without one; ``first_seen`` the time of its
    earliest event of any topic.
    """
    stories = [told for told in map(story, tickets) if told.opened_at is not None]
    reading = Reading(stories, entry, first_seen, mentions_28d, t)
    reading.read()
    return reading
