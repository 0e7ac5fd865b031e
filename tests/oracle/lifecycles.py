"""Random life stories of support tickets, as replay events."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.oracle.calendar import DAY, SECOND, rfc3339

Event = dict[str, Any]

REMOVED: tuple[Event, ...] = (
    {"type": "merged", "merged_into": "T-0"},
    {"type": "transferred", "to_brand": "somebody-else"},
    {"type": "deleted"},
)


def ticket_events(random: Random, brand: str, begin: int, end: int, a_day: float) -> list[Event]:
    """Return the events of all tickets of a brand; some were opened before the world began."""
    events: list[Event] = []
    for number in range(round(a_day * (end - begin) / DAY)):
        ticket = f"T-{number}"
        at = random.randrange(begin, end)
        steps = _lifecycle(random)
        if random.random() < 0.05:  # its opening is not in the data
            steps = [step for step in steps if step["type"] != "opened"]
        for step, event in enumerate(steps):
            for name in [name for name in event if name.endswith("_due_at")]:
                event[name] = rfc3339(at + event[name])
            events.append(
                {
                    "topic": "support-tickets",
                    "id": f"{ticket}/{step}",
                    "ticket": ticket,
                    "brand": brand,
                    "occurred_at": rfc3339(at),
                    **event,
                }
            )
            # Gaps of minutes to days, never long enough for a solved ticket to be forgotten.
            at += 30 * SECOND + round(min(5 * DAY, random.lognormvariate(9.5, 1.6) * SECOND))
            if at >= end:
                break
    return events


def _lifecycle(random: Random) -> list[Event]:
    """Return the types, and what belongs to them, of one ticket's events in order."""
    steps: list[Event] = []
    if random.random() < 0.05:  # assigned by a rule before it was opened
        steps.append({"type": "assigned", "agent": "router"})
        steps.append({"type": "replied", "actor": "agent"})
    steps.append({"type": "opened", "channel": "mail", "priority": "high", "customer": "c-1"})
    if random.random() < 0.3:
        steps[-1]["sla_first_reply_seconds"] = 3600 * random.randrange(9)
    if random.random() < 0.3:
        steps[-1]["sla_resolution_seconds"] = 86400 * random.randrange(1, 9)
    if random.random() < 0.7:
        steps.append({"type": "replied", "actor": "agent"})
    steps += [_step(random) for _ in range(random.choice((0, 0, 1, 1, 2, 3, 9)))]
    chance = random.random()
    if chance < 0.82:
        steps += _solved(random)
    elif chance < 0.87:
        steps.append({"type": "closed"})
    elif chance < 0.95:
        steps.append(dict(random.choice(REMOVED)))
    elif chance < 0.97:  # what makes no sense
        steps += [{"type": "reopened"}, {"type": "waiting"}, {"type": "opened"}]
    return steps


def _solved(random: Random) -> list[Event]:
    """Return a solve and what may follow it."""
    steps: list[Event] = [{"type": "solved", "actor": "agent"}]
    if random.random() < 0.3:
        steps.append({"type": "reopened", "actor": "customer"})
        steps += [_step(random) for _ in range(random.randrange(3))]
        if random.random() < 0.7:
            steps.append({"type": "solved", "handle_seconds": random.randrange(4000)})
    if random.random() < 0.1:  # when it has ended, as often as not
        steps.append(dict(random.choice(({"type": "solved"}, *REMOVED))))
    if random.random() < 0.3:
        steps.append({"type": "closed"})
    if random.random() < 0.3:
        steps.append({"type": "rated", "csat": round(random.random(), 2)})
    return steps


def _due(random: Random) -> Event:
    """Return a due time, to be counted from the event that gives it."""
    name = random.choice(("sla_first_reply_due_at", "sla_resolution_due_at"))
    return {name: random.randrange(-DAY, 9 * DAY)}


def _step(random: Random) -> Event:
    return dict(
        random.choices(
            (
                {"type": "replied", "actor": "agent"},
                {"type": "replied", "actor": "agent", "public": False},
                {"type": "replied", "actor": "bot", "public": True},
                {"type": "replied", "actor": "customer"},
                {"type": "touched", "handle_seconds": random.randrange(30, 3600)},
                {"type": "assigned", "agent": f"agent-{random.randrange(5)}"},
                {"type": "waiting", "waiting_on": random.choice(("customer", "third_party"))},
                {"type": "resumed"},
                {"type": "escalated", "sla_resolution_seconds": 86400},
                {"type": "escalated", **_due(random)},
            ),
            (8, 2, 2, 5, 4, 2, 3, 1, 1, 1),
        )[0]
    )
