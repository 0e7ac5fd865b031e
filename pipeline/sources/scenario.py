"""The simulated brands: who they are, how people speak of them, and what is planned when.

Everything here is a function of the seed and the day, so that any stretch of time can be simulated
on its own and always comes out the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

THURSDAY = 3
"""1970-01-01, day 0, was one; with Monday as 0."""

HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 12, 13, 12, 12, 12, 13, 14, 15, 16, 15, 12, 8, 4)
"""Relative activity by hour of day (UTC)."""

WEEKDAYS = (1.0, 1.05, 1.05, 1.1, 1.1, 0.85, 0.85)
"""Relative activity from Monday to Sunday; the mean is 1."""

CAMPAIGN_DAYS = 7
LAUNCH_LIFT = (2.5, 2.0, 1.5)
"""Factor on the mentions of the launch day and the two after it, for a brand that people follow."""


@dataclass(frozen=True, slots=True)
class BrandProfile:
    """What one brand is like.

    ``mentions`` and ``tickets`` are means a day; ``advocates`` and ``detractors`` shares of its
    ``authors``; ``handle`` is the mean work on a ticket in seconds, ``reply`` and ``resolution``
    median waiting times in seconds, ``reopened`` a share of the tickets solved. ``push`` is the
    number of paid mentions on a day of a campaign; launches and campaigns come every so many days.
    ``lift`` scales what a launch adds.
    """

    brand: str
    name: str
    authors: int
    mentions: float
    advocates: float
    detractors: float
    tickets: float
    handle: float
    reply: float
    resolution: float
    reopened: float
    launch_every: int
    campaign_every: int
    push: int
    lift: float

    def stances(self, seed: int) -> Sequence[float]:
        """Return the lasting opinion, -1..1, of every author, the most talkative first."""
        random = Random(f"{seed}/{self.brand}/authors")
        return [self._stance(random) for _ in range(self.authors)]

    def _stance(self, random: Random) -> float:
        kind = random.random()
        if kind < self.advocates:
            return random.uniform(0.3, 1.0)
        if kind < self.advocates + self.detractors:
            return random.uniform(-1.0, -0.3)
        return random.uniform(-0.1, 0.1)

    def days_since_launch(self, day: int) -> int:
        """Return whole days since the latest launch; 0 on its day."""
        return (day + self.authors) % self.launch_every

    def days_since_campaign(self, day: int) -> int:
        """Return whole days since the latest campaign began; 0 on its first day."""
        return (day + self.mentions_seed) % self.campaign_every

    @property
    def mentions_seed(self) -> int:
        """Shift of the campaign calendar, so that brands do not campaign on the same days."""
        return len(self.brand) * 11

    def mentions_on(self, day: int) -> float:
        """Return the mean number of earned mentions on a day."""
        since = self.days_since_launch(day)
        launch = 1 + (LAUNCH_LIFT[since] - 1) * self.lift if since < len(LAUNCH_LIFT) else 1.0
        return self.mentions * WEEKDAYS[weekday(day)] * launch

    def tickets_on(self, day: int) -> float:
        """Return the mean number of tickets opened on a day."""
        return self.tickets * WEEKDAYS[weekday(day)]


def weekday(day: int) -> int:
    """Return the weekday of a UTC day since the epoch, Monday as 0."""
    return (day + THURSDAY) % 7


EVERGREEN = BrandProfile(
    brand="evergreen",
    name="Evergreen",
    authors=3_000,
    mentions=130,
    advocates=0.62,
    detractors=0.04,
    tickets=0,
    handle=0,
    reply=0,
    resolution=0,
    reopened=0,
    launch_every=56,
    campaign_every=364,
    push=0,
    lift=1.0,
)
"""Loved and needs nobody in support."""

LANTERN = BrandProfile(
    brand="lantern",
    name="Lantern",
    authors=2_500,
    mentions=90,
    advocates=0.45,
    detractors=0.10,
    tickets=12,
    handle=3_500,
    reply=900,
    resolution=5 * 3_600,
    reopened=0.03,
    launch_every=70,
    campaign_every=91,
    push=10,
    lift=0.6,
)
"""Good: two people in support are enough."""

MONOLITH = BrandProfile(
    brand="monolith",
    name="Monolith",
    authors=4_000,
    mentions=160,
    advocates=0.12,
    detractors=0.50,
    tickets=60,
    handle=34_000,
    reply=6 * 3_600,
    resolution=40 * 3_600,
    reopened=0.15,
    launch_every=49,
    campaign_every=28,
    push=60,
    lift=0.1,
)
"""Advertises much, disappoints many and needs dozens in support."""

BRANDS = (EVERGREEN, LANTERN, MONOLITH)

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
