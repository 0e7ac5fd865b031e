"""A seeded simulator of brands over weeks, for trying out, demonstrations and tests.

:func:`history` yields a past, :func:`live` a present, both in order of arrival and both always the
same for the same arguments. Among good events there is what real feeds hold: events that arrive
late, repeats, bots, paid and owned posts, mentions with nothing to score, and text only.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

import msgspec

from pipeline.events.instants import DAY, HOUR, MINUTE, SECOND, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.lifecycle import ticket_events
from pipeline.sources.record import SourceRecord
from pipeline.sources.scenario import (
    BRANDS,
    CAMPAIGN_DAYS,
    COMPLAINTS,
    HOURS,
    PRAISE,
    REMARKS,
    BrandProfile,
)

WEEK = 7 * DAY
DEFAULT_SEED = 1
DEFAULT_WEEKS = 26
LATE = 0.03
VERY_LATE = 0.003
REPEATED = 0.01
BOT = 0.02
UNSCORED = 0.04
LIVE_TICKETS = 0.15
"""Share of the live events that open a ticket, of a brand that has any."""

SOURCES = ("mastodon", "twitter", "reviews")
_CUMULATIVE_HOURS = list(accumulate(HOURS))
_encode = msgspec.json.encode


class Arrival(NamedTuple):
    """An event and when it arrives (microseconds); it may have occurred earlier.

    A tuple because a heap compares them by the million; numbers differ, so records never are.
    """

    at: int
    number: int
    record: SourceRecord


def history(
    seed: int, weeks: int, until: int, brands: Sequence[BrandProfile] = BRANDS
) -> Iterator[Arrival]:
    """Yield all that begins in the ``weeks`` before ``until`` (microseconds), in order of arrival.

    It begins at the midnight before; what would arrive at ``until`` or later is cut off.
    """
    start = (until - weeks * WEEK) // DAY
    waiting: list[Arrival] = []
    number = 0
    simulators = [_Brand(profile, seed) for profile in brands]
    for day in range(start, -(-until // DAY)):
        for simulator in simulators:
            for at, record in simulator.day(day):
                if at < until:
                    heapq.heappush(waiting, Arrival(at, number, record))
                    number += 1
        # Nothing of a later day can arrive before that day begins.
        while waiting and waiting[0].at < (day + 1) * DAY:
            yield heapq.heappop(waiting)
    while waiting:
        yield heapq.heappop(waiting)


def live(
    seed: int, start: int, rate: float = 5.0, brands: Sequence[BrandProfile] = BRANDS
) -> Iterator[Arrival]:
    """Yield arrivals from ``start`` (microseconds) on without end, ``rate`` a second on average.

    Tickets live fast here, seconds instead of hours, so that a watcher sees them come and go.
    """
    random = Random(f"{seed}/live/{start}")
    simulators = [_Brand(profile, seed) for profile in brands]
    shares = [simulator.profile.mentions for simulator in simulators]
    waiting: list[Arrival] = []
    at, number = start, 0
    while True:
        at += int(random.expovariate(rate) * SECOND)
        while waiting and waiting[0].at <= at:
            yield heapq.heappop(waiting)
        simulator = random.choices(simulators, shares)[0]
        name = f"{simulator.profile.brand}-live-{start}-{number}"
        if simulator.profile.tickets and random.random() < LIVE_TICKETS:
            haste = simulator.profile.resolution / 60
            for when, record in ticket_events(simulator.profile, random, name, at, haste):
                number += 1
                heapq.heappush(waiting, Arrival(when, number, record))
        else:
            number += 1
            heapq.heappush(waiting, Arrival(at, number, simulator.mention(random, name, at)))


class _Brand:
    """One brand's events."""

    def __init__(self, profile: BrandProfile, seed: int) -> None:
        self.profile = profile
        self._seed = seed
        self._stances = profile.stances(seed)

    def day(self, day: int) -> Iterator[tuple[int, SourceRecord]]:
        """Yield arrival and record of everything that begins on a UTC day, in no order."""
        profile = self.profile
        random = Random(f"{self._seed}/{profile.brand}/{day}")
        yield from self._activity(day, random)
        for number, at in enumerate(_instants(random, day, profile.mentions_on(day))):
            record = self.mention(random, f"{profile.brand}-{day}-{number}", at)
            arrives = at + _delay(random)
            yield arrives, record
            if random.random() < REPEATED:
                yield arrives + random.randrange(40 * MINUTE), record
        for number, at in enumerate(_instants(random, day, profile.tickets_on(day))):
            yield from ticket_events(profile, random, f"{profile.brand}-{day}-t{number}", at)
        yield from self._messaging(day, random)

    def mention(self, random: Random, name: str, at: int) -> SourceRecord:
        """Return one earned mention by some author; a few speak much, most seldom."""
        author = int(len(self._stances) * random.random() ** 2)
        stance = self._stances[author]
        event = self._mention(name, f"person{author}", at, SOURCES[author % 3])
        event["kind"] = "review" if author % 3 == 2 else "original"
        form = random.random()
        sentiment = min(1.0, max(-1.0, random.gauss(stance, 0.15)))
        if form >= UNSCORED:
            if form < 0.15:
                phrases = PRAISE if stance > 0.2 else COMPLAINTS if stance < -0.2 else REMARKS
                event["text"] = random.choice(phrases).format(name=self.profile.name)
            elif form < 0.30:
                event["rating"] = round(3 + 2 * sentiment)
            else:
                event["sentiment"] = round(sentiment, 3)
        if random.random() < BOT:
            event["bot_probability"] = 0.95
        event |= _vanity(random, 1)
        return self._record(Topic.MENTIONS, event)

    def _messaging(self, day: int, random: Random) -> Iterator[tuple[int, SourceRecord]]:
        """Yield what the brand itself says, and pays others to say."""
        profile = self.profile
        for number, at in enumerate(_instants(random, day, 2.0)):
            event = self._mention(f"{profile.brand}-{day}-own{number}", "press", at, "mastodon")
            event |= {"relation": "owned", "sentiment": 0.9} | _vanity(random, 20)
            yield at, self._record(Topic.MENTIONS, event)
        since = profile.days_since_campaign(day)
        if since >= CAMPAIGN_DAYS or not profile.push:
            return
        for number, at in enumerate(_instants(random, day, profile.push)):
            author = f"influencer{random.randrange(30)}"
            event = self._mention(f"{profile.brand}-{day}-paid{number}", author, at, "twitter")
            event |= {"relation": "paid", "sentiment": 1.0} | _vanity(random, 50)
            event["campaign"] = f"push-{day - since}"
            yield at, self._record(Topic.MENTIONS, event)

    def _activity(self, day: int, random: Random) -> Iterator[tuple[int, SourceRecord]]:
        """Yield launches, campaigns and maintenance that begin on this day."""
        profile = self.profile
        midnight = day * DAY
        planned: list[tuple[str, str, int, int]] = []
        if profile.days_since_launch(day) == 0:
            planned.append(("launch", f"release-{day}", midnight + 15 * HOUR, DAY))
        if profile.push and profile.days_since_campaign(day) == 0:
            planned.append(
                ("campaign", f"push-{day}", midnight + 9 * HOUR, (CAMPAIGN_DAYS - 1) * DAY)
            )
        if profile.tickets and day % 28 == 0:
            planned.append(("maintenance", f"night-{day}", midnight + 2 * HOUR, 2 * HOUR))
        for kind, name, at, lasts in planned:
            event: dict[str, Any] = {
                "id": f"{profile.brand}-{name}",
                "brand": profile.brand,
                "occurred_at": to_rfc3339(at),
                "type": kind,
                "name": name,
                "ends_at": to_rfc3339(at + lasts),
            }
            if kind == "campaign":
                event["cost"] = float(random.randrange(20, 200)) * 1_000
            yield at, self._record(Topic.ACTIVITY, event)

    def _mention(self, name: str, author: str, at: int, source: str) -> dict[str, Any]:
        return {
            "id": name,
            "brand": self.profile.brand,
            "author": author,
            "occurred_at": to_rfc3339(at),
            "source": source,
        }

    def _record(self, topic: Topic, event: dict[str, Any]) -> SourceRecord:
        return SourceRecord(topic, self.profile.brand.encode(), _encode(event))


def _instants(random: Random, day: int, mean: float) -> list[int]:
    """Return when a day's events occur: their number near Poisson, their hours as people's are."""
    count = max(0, round(random.gauss(mean, mean**0.5))) if mean else 0
    hours = random.choices(range(24), cum_weights=_CUMULATIVE_HOURS, k=count)
    return [day * DAY + hour * HOUR + random.randrange(3_600_000) * 1_000 for hour in hours]


def _delay(random: Random) -> int:
    """Return how much later than it occurs a mention arrives."""
    luck = random.random()
    if luck < VERY_LATE:
        return random.randrange(30 * HOUR)
    return random.randrange(90 * MINUTE) if luck < LATE else 0


def _vanity(random: Random, scale: int) -> dict[str, int]:
    reach = scale * random.paretovariate(1.2)
    return {
        "likes": min(10**6, int(reach)),
        "shares": min(10**6, int(reach / 8)),
        "clicks": min(10**6, int(reach / 3)),
        "followers": min(10**7, int(100 * reach)),
    }
