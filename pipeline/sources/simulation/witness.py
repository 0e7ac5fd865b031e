"""The witness: it sees what is simulated and says what truly happened.

What people said counts as they meant it, whether or not it arrived, could be scored, or was taken
for something else; bots and brigades count apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from pipeline.events.instants import DAY, HOUR, day_name, to_rfc3339
from pipeline.sources.simulation.mentions import LAUNCH_DAYS, MEAN_STRENGTH, won_on
from pipeline.sources.simulation.occurrence import Job, Word
from pipeline.sources.simulation.plans import (
    CAMPAIGN_HOUR,
    LAUNCH_HOUR,
    campaign_name,
    launch_name,
)
from pipeline.sources.simulation.profile import BrandProfile, Calendar, Campaigns, Scenario
from pipeline.sources.simulation.rhythm import Rhythm
from pipeline.sources.simulation.tickets import Tickets
from pipeline.sources.simulation.truth import (
    Incident,
    SupportDay,
    TrueBrand,
    TrueCampaign,
    TrueDay,
    TrueLaunch,
    Truth,
)
from pipeline.state.carry import decay_weight, noon

AUDIENCE_DAYS = 84
HORIZONS = (28, 90)

Strongest = dict[str, tuple[float, float]]


class Witness:
    """Gathers the truth of a history while it is simulated.

    Args:
        name: The scenario's.
        scenario: What is simulated.
        seed: The simulation's.
        until: Its end, in microseconds; what occurs from then on is not of it.
    """

    def __init__(self, name: str, scenario: Scenario, seed: int, until: int) -> None:
        self._name = name
        self._seed = seed
        self._until = until
        self._brands = {profile.id: _Gatherer(profile, seed, until) for profile in scenario.brands}

    def see(self, brand: str, what: Word | Job) -> None:
        """Take in what was truly meant by a mention, or came of a ticket, of the current day."""
        self._brands[brand].see(what)

    def close(self, brand: str, day: int) -> None:
        """End a UTC day of a brand; days come in order."""
        self._brands[brand].close(day)

    def truth(self) -> Truth:
        """Return the truth of all days that have ended."""
        brands = {brand: gatherer.brand() for brand, gatherer in self._brands.items()}
        first = min(each.days[0].day for each in brands.values())
        return Truth(
            scenario=self._name,
            seed=self._seed,
            begin=f"{first}T00:00:00Z",
            until=to_rfc3339(self._until),
            brands=brands,
        )


@dataclass(slots=True)
class _Launch:
    """The audience at a launch, and who spoke in its window because of it, and who anyway."""

    audience: set[str]
    prompted: set[str] = field(default_factory=set)
    unprompted: set[str] = field(default_factory=set)


class _Gatherer:
    """The truth of one brand."""

    def __init__(self, profile: BrandProfile, seed: int, until: int) -> None:
        self._profile = profile
        self._until = until
        self._rhythm = Rhythm(profile, seed)
        self._tickets = Tickets(profile, profile.support, seed) if profile.support else None
        self._days: list[TrueDay] = []
        self._numbers: list[int] = []
        self._spoke: dict[str, int] = {}
        self._launches: dict[int, _Launch] = {}
        self._net = 0.0
        self._net_at = 0
        self._clear()

    def _clear(self) -> None:
        self._people: Strongest = {}
        self._brigade: Strongest = {}
        self._prompted: set[str] = set()
        self._unprompted: set[str] = set()
        self._counts: dict[str, int] = defaultdict(int)
        self._jobs: list[Job] = []

    def see(self, what: Word | Job) -> None:
        if isinstance(what, Job):
            if what.opened < self._until:
                self._jobs.append(what)
        elif what.at < self._until:
            self._counts[what.speaker] += 1
            if what.speaker == "person":
                _put(self._people, what)
                if what.p > 0:
                    (self._prompted if what.prompted else self._unprompted).add(what.author)
            elif what.speaker == "brigade":
                _put(self._brigade, what)

    def close(self, day: int) -> None:
        audience = {a for a, last in self._spoke.items() if last >= day - AUDIENCE_DAYS}
        self._follow_launches(day, audience)
        advocates = [author for author, (p, _) in self._people.items() if p > 0]
        advocacy = sum(p for p, _ in self._people.values())
        detraction = sum(q for _, q in self._people.values())
        end = min((day + 1) * DAY, self._until)
        self._net = self._net * decay_weight(end - self._net_at) + (
            (advocacy - detraction) * decay_weight(end - noon(day))
        )
        self._net_at = end
        self._days.append(
            TrueDay(
                day=day_name(day),
                level=self._rhythm.level(day),
                mentions=self._counts["person"],
                advocacy=advocacy,
                detraction=detraction,
                advocates=len(advocates),
                audience=len(audience),
                goodwill_net=self._net,
                brigade_detraction=sum(q for _, q in self._brigade.values()),
                bot_mentions=self._counts["bot"],
                messaging=self._counts["brand"] + self._counts["paid"],
                support=self._support(day),
            )
        )
        self._numbers.append(day)
        self._spoke |= dict.fromkeys(advocates, day)
        self._clear()

    def _follow_launches(self, day: int, audience: set[str]) -> None:
        if any(launches.days_since(day) == 0 for launches in self._profile.launches):
            self._launches[day] = _Launch(audience)
        for began, launch in self._launches.items():
            if day - began < len(LAUNCH_DAYS):
                launch.prompted |= self._prompted
                launch.unprompted |= self._unprompted

    def _activated(self, began: int) -> float | None:
        """Return the share that a launch did activate; None where that is not known."""
        if (began + len(LAUNCH_DAYS)) * DAY > self._until:
            return None
        launch = self._launches[began]
        silent = launch.audience - launch.unprompted
        return len(silent & launch.prompted) / len(silent) if silent else None

    def _support(self, day: int) -> SupportDay | None:
        if self._tickets is None:
            return None
        return SupportDay(
            tickets=len(self._jobs),
            work_seconds=sum(job.work for job in self._jobs),
            offered_load_agents=self._tickets.load(day),
            wait_seconds=self._tickets.waits(day)[12],
            first_reply_seconds_p50=_median([job.reply for job in self._jobs]),
            resolution_seconds_p50=_median([job.resolution for job in self._jobs]),
        )

    def brand(self) -> TrueBrand:
        profile = self._profile
        return TrueBrand(
            days=self._days,
            launches=[
                TrueLaunch(
                    name=launch_name(number, day),
                    at=to_rfc3339(day * DAY + LAUNCH_HOUR * HOUR),
                    activation=launches.activation,
                    activated=self._activated(day),
                )
                for number, launches in enumerate(profile.launches)
                for day in self._begun(launches)
            ],
            campaigns=[
                _campaign(campaigns, campaign_name(number, day), day)
                for number, campaigns in enumerate(profile.campaigns)
                for day in self._begun(campaigns)
            ],
            incidents=list(self._incidents()),
        )

    def _begun(self, calendar: Calendar) -> list[int]:
        return [day for day in self._numbers if calendar.days_since(day) == 0]

    def _incidents(self) -> Iterator[Incident]:
        first = self._numbers[0]
        for episode in self._profile.episodes:
            days = self._begun(episode)
            earlier = first - episode.days_since(first)
            if earlier < first < earlier + (episode.hour + episode.hours) / 24:
                days.insert(0, earlier)
            for day in days:
                begin = day * DAY + episode.hour * HOUR
                yield Incident(
                    kind="episode",
                    name=episode.name,
                    begin=to_rfc3339(begin),
                    until=to_rfc3339(begin + episode.hours * HOUR),
                    advocacy=episode.advocacy,
                    detraction=episode.detraction,
                    tickets=episode.tickets,
                )
        for flood in self._profile.floods:
            for day in self._begun(flood):
                begin = day * DAY + flood.hour * HOUR
                yield Incident(
                    kind=flood.kind,
                    name=f"{flood.kind}-{day}",
                    begin=to_rfc3339(begin),
                    until=to_rfc3339(begin + flood.hours * HOUR),
                    posts=flood.posts,
                )


def contribution(campaigns: Campaigns, horizon: int) -> float:
    """Return what a campaign contributes within ``horizon`` days of its start, in the mean.

    Formula: the sum over these days of ``w`` times the mean advocacy of the people won, the weights
    as of the end of the last of them. Unit: advocate-days.
    """
    return sum(
        decay_weight(horizon * DAY - noon(since)) * sum(won_on(campaigns, since)) * MEAN_STRENGTH
        for since in range(horizon)
    )


def _campaign(campaigns: Campaigns, name: str, day: int) -> TrueCampaign:
    at = day * DAY + CAMPAIGN_HOUR * HOUR
    after = {horizon: contribution(campaigns, horizon) for horizon in HORIZONS}
    return TrueCampaign(
        name=name,
        at=to_rfc3339(at),
        ends_at=to_rfc3339(at + campaigns.days * DAY),
        contribution_28d=after[28],
        contribution_90d=after[90],
    )


def _put(strongest: Strongest, word: Word) -> None:
    p, q = strongest.get(word.author, (0.0, 0.0))
    strongest[word.author] = (max(p, word.p), max(q, word.q))


def _median(waits: list[float | None]) -> float | None:
    known = [wait for wait in waits if wait is not None]
    return median(known) if known else None
