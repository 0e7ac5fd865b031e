"""Service levels: every target's clock is followed from span to span until its time is used up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.calendar import SECOND
from tests.oracle.office_hours import OfficeHours
from tests.oracle.stories import Story

Span = tuple[int, int]


def breach_ratio(
    stories: Sequence[Story],
    entry: Mapping[str, Any],
    hours: OfficeHours | None,
    start: int,
    t: int,
) -> float | None:
    """Return missed / (missed + met) of tickets judged in the window or open and overdue."""
    missed = met = 0
    for told in stories:
        due = [_outcome(told, name, entry, hours, t) for name in ("first_reply", "resolution")]
        outcomes = [outcome for outcome in due if outcome is not None]
        late = [at for kind, at in outcomes if kind == "missed"]
        if late:
            missed += min(late) >= start or told.is_open
        elif outcomes and all(kind in {"met", "void"} for kind, _ in outcomes):
            kept = [at for kind, at in outcomes if kind == "met"]
            met += bool(kept) and start <= max(kept) <= t
    return missed / (missed + met) if missed + met else None


def _outcome(
    told: Story, name: str, entry: Mapping[str, Any], hours: OfficeHours | None, t: int
) -> tuple[str, int] | None:
    """Return what became of a target, and when; None where nothing was agreed on."""
    assert told.opened_at is not None
    due_at = told.targets.get(f"sla_{name}_due_at")
    seconds = told.targets.get(f"sla_{name}_seconds")
    in_book = entry.get(f"sla_{name}_seconds")
    if due_at is not None:
        begin, allowed, by = due_at[1], due_at[0] - due_at[1], None
    elif seconds is not None:
        begin, allowed, by = told.opened_at, seconds[0], hours
    elif in_book is not None:
        begin, allowed, by = told.opened_at, in_book * SECOND, hours
    else:
        return None
    done = told.solved_at
    if name == "first_reply":
        done = told.first_reply_at
        if done is None and told.solves:
            done = told.first_ended_at
    stop = done if done is not None else told.ended_at
    due = _used_up(_running(told, begin, t, by), begin, round(allowed))
    if due is not None and due < (t if stop is None else stop):
        return "missed", due
    if done is not None:
        return "met", done
    return ("void", stop) if stop is not None else ("pending", t)


def _running(told: Story, begin: int, t: int, hours: OfficeHours | None) -> list[Span]:
    """Return when the clock of a target runs, ascending, up to ``t``."""
    pauses = [(since, until) for since, until, on in told.waits if on == "customer"]
    pauses += [(at, again) for at, again in told.solves if at is not None and again is not None]
    spans: list[Span] = []
    at = begin
    for since, until in sorted(pauses, key=lambda pause: pause[0]):
        spans.append((at, since))
        at = max(at, t if until is None else until)
    spans.append((at, t))
    spans = [(start, end) for start, end in spans if start < end]
    if hours is None:
        return spans
    return [span for start, end in spans for span in hours.spans(start, end)]


def _used_up(spans: list[Span], begin: int, allowed: int) -> int | None:
    """Return when the time allowed has run out; None if it has not."""
    if allowed <= 0:
        return begin + allowed
    for start, end in spans:
        if end - start >= allowed:
            return start + allowed
        allowed -= end - start
    return None
