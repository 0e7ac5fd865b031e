"""Simulated tickets from opened to solved: replies, waiting, reopening, merging."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from random import Random
from typing import Any

import msgspec

from pipeline.events.instants import DAY, SECOND, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.record import SourceRecord
from pipeline.sources.scenario import BrandProfile

LONGEST = 14 * DAY
"""No step of a simulated ticket takes longer."""


def ticket_events(
    profile: BrandProfile, random: Random, name: str, opened: int, haste: float = 1.0
) -> Iterator[tuple[int, SourceRecord]]:
    """Yield instant and record of every event of one ticket, in order.

    Args:
        profile: The brand, for how long replies and solutions take.
        random: Drawn from.
        name: Id of the ticket; events add their number to it.
        opened: When it was opened, in microseconds.
        haste: Waiting times are divided by it.
    """
    at = opened
    number = 0

    def event(kind: str, **more: Any) -> tuple[int, SourceRecord]:
        nonlocal number
        number += 1
        content = {
            "id": f"{name}-{number}",
            "ticket": name,
            "brand": profile.brand,
            "occurred_at": to_rfc3339(at),
            "type": kind,
            **more,
        }
        key = profile.brand.encode()
        return at, SourceRecord(Topic.TICKETS, key, msgspec.json.encode(content))

    def later(median: float) -> int:
        seconds = random.lognormvariate(log(max(1.0, median / haste)), 0.7)
        return at + min(int(seconds * SECOND), LONGEST)

    agent = f"agent{random.randrange(40)}"
    yield event("opened", actor="customer", customer=f"customer{random.randrange(5_000)}")
    fate = random.random()
    if fate < 0.01:
        at = later(profile.reply)
        yield event("merged", merged_into=f"{name}-other")
        return
    # Events of one instant would have no order.
    if fate < 0.15:
        at += SECOND
        yield event("replied", actor="bot")
    at = later(profile.reply)
    yield event("replied", actor="agent", agent=agent)
    if random.random() < 0.2:
        at += SECOND
        yield event("waiting", waiting_on="customer")
        at = later(profile.reply * 2)
        yield event("replied", actor="customer")
    handle = profile.handle * random.uniform(0.6, 1.4)
    at = later(profile.resolution)
    yield event("solved", actor="agent", agent=agent, handle_seconds=round(handle, 1))
    if random.random() < profile.reopened:
        at = later(profile.resolution)
        yield event("reopened", actor="customer")
        at = later(profile.resolution)
        yield event("solved", actor="agent", agent=agent, handle_seconds=round(handle / 3, 1))
    elif random.random() < 0.2:
        at = later(3_600)
        yield event("rated", csat=round(random.uniform(0.2, 1.0), 2))
