"""What a brand does itself: launches, campaigns and maintenance, as activity events."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pipeline.events.instants import DAY, HOUR, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.simulation.occurrence import Occurrence, record
from pipeline.sources.simulation.profile import BrandProfile

LAUNCH_HOUR = 15
CAMPAIGN_HOUR = 9
MAINTENANCE_HOUR = 2


def launch_name(calendar: int, day: int) -> str:
    """Return the name of the launch on a day; of a brand's first calendar, or a later one."""
    return _name("release", calendar, day)


def campaign_name(calendar: int, day: int) -> str:
    """Return the name of the campaign that begins on a day."""
    return _name("push", calendar, day)


def _name(what: str, calendar: int, day: int) -> str:
    return f"{what}-{day}" if calendar == 0 else f"{what}-{day}-{calendar + 1}"


def plans(profile: BrandProfile, seed: int, day: int) -> Iterator[Occurrence]:
    """Yield what a brand begins on a day."""
    midnight = day * DAY
    cost = float(Random(f"{seed}/{profile.id}/cost/{day}").randrange(20, 200)) * 1_000
    for number, launches in enumerate(profile.launches):
        if launches.days_since(day) == 0:
            at = midnight + LAUNCH_HOUR * HOUR
            yield _activity(profile, "launch", launch_name(number, day), at, DAY)
    for number, campaigns in enumerate(profile.campaigns):
        if campaigns.days_since(day) == 0:
            at, lasts = midnight + CAMPAIGN_HOUR * HOUR, campaigns.days * DAY
            yield _activity(profile, "campaign", campaign_name(number, day), at, lasts, cost=cost)
    every = profile.support.maintenance_every if profile.support else None
    if every is not None and day % every == 0:
        at = midnight + MAINTENANCE_HOUR * HOUR
        yield _activity(profile, "maintenance", f"night-{day}", at, 2 * HOUR)


def _activity(
    profile: BrandProfile, kind: str, name: str, at: int, lasts: int, **more: float
) -> Occurrence:
    event = {
        "id": f"{profile.id}-{name}",
        "brand": profile.id,
        "occurred_at": to_rfc3339(at),
        "type": kind,
        "name": name,
        "ends_at": to_rfc3339(at + lasts),
        **more,
    }
    return Occurrence(at, record(Topic.ACTIVITY, event))
