"""What is said about one brand: by people, by those who are paid, and by those who pretend.

Every person has a lasting opinion and keeps to its sign; only an outcry makes anyone complain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from random import Random
from typing import Any

from pipeline.events.instants import DAY, HOUR, MINUTE, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.simulation.occurrence import Occurrence, Speaker, Word, record
from pipeline.sources.simulation.plans import (
    CAMPAIGN_HOUR,
    LAUNCH_HOUR,
    campaign_name,
    launch_name,
)
from pipeline.sources.simulation.profile import BrandProfile, Campaigns
from pipeline.sources.simulation.rhythm import HOURS, Rhythm, instants, started

SOURCES = ("mastodon", "twitter", "reviews")
LAUNCH_DAYS = (0.5, 0.3, 0.2)
"""On which day after a launch those speak whom it activates."""
FADE_DAYS = 56
"""Until then after its end a campaign may still win people; it fades by half each week."""
MEAN_STRENGTH = 0.65
"""Mean of how strongly ambassadors speak: uniform from .3 to 1."""

PRAISE = (
    "I love my new {name}, works perfectly",
    "{name} just works. Brilliant, thank you!",
    "Best decision this year: {name}. Highly recommended",
    "Impressed by {name} again, great update",
)
COMPLAINTS = (
    "{name} is broken again, terrible",
    "Thanks for nothing, {name}. Third failure this week",
    "Please help, my {name} stopped working and nobody answers",
    "Worst service ever, {name} cancelled my order again",
)
REMARKS = (
    "Does {name} open on Sundays?",
    "Saw a {name} ad on the train today",
    "Comparing {name} with two others",
)


class Mentions:
    """The mentions of one brand; those of any UTC day can be asked for.

    ``ambassadors``: the numbers of the people who speak for it, the most talkative first.
    """

    def __init__(self, profile: BrandProfile, seed: int) -> None:
        self._profile = profile
        self._seed = f"{seed}/{profile.id}"
        self._rhythm = Rhythm(profile, seed)
        self._opinions = _opinions(profile, Random(f"{self._seed}/people"))
        numbers = range(profile.people)
        self.ambassadors = [n for n in numbers if self._opinions[n] > 0]
        self._detractors = [n for n in numbers if self._opinions[n] < 0]
        self._bystanders = [n for n in numbers if self._opinions[n] == 0]

    def day(self, day: int) -> Iterator[Occurrence]:
        """Yield all that is said on a day, in no order."""
        random = Random(f"{self._seed}/{day}")
        means = self._rhythm.mentions(day)
        number = 0
        voices: tuple[tuple[Sequence[int], Sequence[float], int], ...] = (
            (self.ambassadors, means.praise, 1),
            (self._detractors, means.complaints, -1),
            (range(self._profile.people), means.outcries, -1),
            (self._bystanders, means.remarks, 0),
        )
        for people, rates, sign in voices:
            for at in instants(random, day, rates) if people else ():
                person = _one_of(people, random)
                name = f"{self._profile.id}-{day}-{number}"
                yield from self._delivered(random, self._said(random, name, person, sign, at))
                number += 1
        for bot in range(round(number * self._profile.feed.bots)):
            at = day * DAY + random.randrange(DAY // 1000) * 1000
            yield self._bot(random, f"{self._profile.id}-{day}-b{bot}", f"bot{bot}", at, 0.9)
        yield from self._owned(day)
        for calendar in range(len(self._profile.launches)):
            yield from self._launched(calendar, day)
        for calendar in range(len(self._profile.campaigns)):
            yield from self.campaigned(calendar, day)
        for calendar in range(len(self._profile.floods)):
            yield from self._flooded(calendar, day)

    def some(self, random: Random, name: str, at: int) -> Occurrence:
        """Return one mention by anybody, as on a usual day."""
        person = _one_of(range(self._profile.people), random)
        opinion = self._opinions[person]
        sign = (opinion > 0) - (opinion < 0)
        return self._said(random, name, person, sign, at)

    def _said(self, random: Random, name: str, person: int, sign: int, at: int) -> Occurrence:
        """Return what a person says, in one of the forms that come in."""
        strength = abs(self._opinions[person]) or 0.6
        meant = sign * round(min(1.0, max(0.05, random.gauss(strength, 0.15))), 3)
        event = self._by_person(random, name, person, at)
        event["kind"] = "review" if person % 3 == 2 else "original"
        feed = self._profile.feed
        form = random.random()
        if form < feed.unscored:
            pass
        elif form < feed.unscored + feed.text:
            phrases = PRAISE if sign > 0 else COMPLAINTS if sign < 0 else REMARKS
            event["text"] = random.choice(phrases).format(name=self._profile.name)
        elif form < feed.unscored + feed.text + feed.rating:
            # At least half a star away from the middle, so that the sign stays.
            event["rating"] = 3 + sign * max(0.5, round(4 * abs(meant)) / 2)
            meant = (event["rating"] - 3) / 2
        else:
            event["sentiment"] = meant
        return self._occurrence(event, at, "person", meant)

    def _delivered(self, random: Random, said: Occurrence) -> Iterator[Occurrence]:
        """Yield it as it comes in: mostly at once, some late, some twice."""
        feed = self._profile.feed
        luck = random.random()
        arrives = said.arrives
        if luck < feed.very_late:
            arrives += random.randrange(30 * HOUR)
        elif luck < feed.very_late + feed.late:
            arrives += random.randrange(90 * MINUTE)
        yield said._replace(arrives=arrives)
        if random.random() < feed.repeated:
            yield Occurrence(arrives + random.randrange(40 * MINUTE), said.record)

    def _launched(self, calendar: int, day: int) -> Iterator[Occurrence]:
        """Yield what is said because of a launch on this day or just before.

        Every ambassador speaks or not, independently of the others and of what he says anyway.
        """
        launches = self._profile.launches[calendar]
        since = launches.days_since(day)
        if since >= len(LAUNCH_DAYS):
            return
        launch = day - since
        called = launch_name(calendar, launch)
        random = Random(f"{self._seed}/{called}")
        for person in self.ambassadors:
            if random.random() >= launches.activation:
                continue
            (on,) = random.choices(range(len(LAUNCH_DAYS)), LAUNCH_DAYS)
            first_hour = LAUNCH_HOUR if on == 0 else 0
            at = (launch + on) * DAY + random.randrange(first_hour * HOUR, DAY) // 1000 * 1000
            meant = round(min(1.0, max(0.05, random.gauss(self._opinions[person], 0.15))), 3)
            name = f"{self._profile.id}-{called}-{person}"
            event = self._by_person(random, name, person, at)
            event["sentiment"] = meant
            if on == since:
                yield self._occurrence(event, at, "person", meant, prompted=True)

    def campaigned(self, calendar: int, day: int) -> Iterator[Occurrence]:
        """Yield what is said for pay, and by people whom a campaign has won."""
        campaigns = self._profile.campaigns[calendar]
        since = campaigns.days_since(day)
        called = campaign_name(calendar, day - since)
        own = f"{self._profile.id}-{called}-{since}"
        random = Random(f"{self._seed}/{called}/{since}")
        if since < campaigns.days:
            for number, at in enumerate(instants(random, day, [campaigns.paid / 24] * 24)):
                author = f"influencer{random.randrange(30)}"
                event = self._mention(random, f"{own}-paid{number}", author, "twitter", at, 50)
                event |= {"relation": "paid", "sentiment": 1.0, "campaign": called}
                yield self._occurrence(event, at, "paid", 1.0)
        for number, at in enumerate(instants(random, day, won_on(campaigns, since))):
            name = f"{own}-won{number}"
            event = self._mention(random, name, name, SOURCES[number % 3], at)
            event["sentiment"] = round(random.uniform(0.3, 1.0), 3)
            yield self._occurrence(event, at, "person", event["sentiment"], prompted=True)

    def _flooded(self, calendar: int, day: int) -> Iterator[Occurrence]:
        """Yield the posts of a flood that began on this day or before."""
        flood = self._profile.floods[calendar]
        rates = [0.0] * 24
        first = 0
        for hour in range(24):
            begun = started(flood, flood.hour, flood.hours, 24 * day + hour)
            if begun is not None:
                rates[hour] = flood.posts / flood.hours
                first = begun
        random = Random(f"{self._seed}/flood{calendar}/{day}")
        for number, at in enumerate(instants(random, day, rates)):
            name = f"{self._profile.id}-{day}-flood{calendar}-{number}"
            author = f"{flood.kind}{calendar}-{first}-{random.randrange(flood.accounts)}"
            if flood.kind == "bots":
                yield self._bot(random, name, author, at, flood.sentiment)
                continue
            event = self._mention(random, name, author, "twitter", at)
            event["sentiment"] = flood.sentiment
            yield self._occurrence(event, at, "brigade", flood.sentiment)

    def _owned(self, day: int) -> Iterator[Occurrence]:
        random = Random(f"{self._seed}/owned/{day}")
        rates = [self._profile.owned / 24] * 24
        for number, at in enumerate(instants(random, day, rates)):
            name = f"{self._profile.id}-{day}-own{number}"
            event = self._mention(random, name, "press", "mastodon", at, 20)
            event |= {"relation": "owned", "sentiment": 0.9}
            yield self._occurrence(event, at, "brand", 0.9)

    def _bot(self, random: Random, name: str, author: str, at: int, sentiment: float) -> Occurrence:
        event = self._mention(random, name, author, "twitter", at)
        event |= {"sentiment": sentiment, "bot_probability": round(random.uniform(0.9, 1.0), 2)}
        return self._occurrence(event, at, "bot", sentiment)

    def _by_person(self, random: Random, name: str, person: int, at: int) -> dict[str, Any]:
        return self._mention(random, name, f"person{person}", SOURCES[person % 3], at)

    def _mention(
        self, random: Random, name: str, author: str, source: str, at: int, reach: int = 1
    ) -> dict[str, Any]:
        seen = reach * random.paretovariate(1.2)
        return {
            "id": name,
            "brand": self._profile.id,
            "author": author,
            "occurred_at": to_rfc3339(at),
            "source": source,
            "likes": min(10**6, int(seen)),
            "shares": min(10**6, int(seen / 8)),
            "clicks": min(10**6, int(seen / 3)),
            "followers": min(10**7, int(100 * seen)),
        }

    def _occurrence(
        self,
        event: dict[str, Any],
        at: int,
        speaker: Speaker,
        meant: float,
        *,
        prompted: bool = False,
    ) -> Occurrence:
        author = f"{event['source']}:{event['author']}"
        word = Word(at, author, speaker, max(0.0, meant), max(0.0, -meant), prompted)
        return Occurrence(at, record(Topic.MENTIONS, event), word)


def won_on(campaigns: Campaigns, since: int) -> Sequence[float]:
    """Return the mean number of people that a campaign wins in each hour of a day.

    ``since``: days after the one on which it begins.
    """
    fading = since - campaigns.days + 1
    if fading > FADE_DAYS:
        return [0.0] * 24
    won = campaigns.won * (1.0 if fading <= 0 else 0.5 ** ceil(fading / 7))
    begins = CAMPAIGN_HOUR if since == 0 else 0
    return [won * share if hour >= begins else 0.0 for hour, share in enumerate(HOURS)]


def _opinions(profile: BrandProfile, random: Random) -> Sequence[float]:
    """Return the lasting opinion, -1..1, of every person, the most talkative first."""
    opinions = []
    for _ in range(profile.people):
        kind = random.random()
        strength = random.uniform(0.3, 1.0)
        if kind < profile.advocates:
            opinions.append(strength)
        else:
            opinions.append(-strength if kind < profile.advocates + profile.detractors else 0.0)
    return opinions


def _one_of(people: Sequence[int], random: Random) -> int:
    """Return somebody; a few speak much, most seldom."""
    return people[int(len(people) * random.random() ** 2)]
