"""What a brand does itself: launches, campaigns and maintenance, as activity events."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pipeline.events.instants import DAY, HOUR, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.simulation.mentions import CAMPAIGN_HOUR, LAUNCH_HOUR
from pipeline.sources.simulation.occurrence import Occurrence, record
from pipeline.sources.simulation.profile import BrandProfile

MAINTENANCE_HOUR = 2


def launch_name(day: int) -> str:
    """Return the name of the launch on a day."""
    return f"release-{day}"


def campaign_name(day: int) -> str:
    """Return the name of the campaign that begins on a day."""
    return f"push-{day}"


def plans(profile: BrandProfile, seed: int, day: int) -> Iterator[Occurrence]:
    """Yield what a brand begins on a day."""
    midnight = day * DAY
    cost = float(Random(f"{seed}/{profile.id}/cost/{day}").randrange(20, 200)) * 1_000
    for launches in profile.launches:
        if launches.days_since(day) == 0:
            at = midnight + LAUNCH_HOUR * HOUR
            yield _activity(profile, "launch", launch_name(day), at, DAY)
    for campaigns in profile.campaigns:
        if campaigns.days_since(day) == 0:
            at, lasts = midnight + CAMPAIGN_HOUR * HOUR, campaigns.days * DAY
            yield _activity(profile, "campaign", campaign_name(day), at, lasts, cost=cost)
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
