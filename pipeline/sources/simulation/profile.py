"""What a simulated brand is like, and what happens to it: the form of a scenario file.

Everything that happens is planned by the calendar, so that any stretch of time can be simulated on
its own. A file is TOML: a ``description`` and a list of ``[[brands]]`` with these fields; those
under ``scenarios/`` are examples.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pipeline.events.instants import day_of_date

FOREVER = 1 << 30
"""Days since something that has not happened yet."""

Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Positive = Annotated[float, Meta(gt=0.0, le=1e6)]
Rate = Annotated[float, Meta(ge=0.0, le=1e6)]
Days = Annotated[int, Meta(ge=1, le=3660)]
Number = Annotated[int, Meta(ge=1, le=1_000_000)]
BrandId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all parts: closed, and never changed."""


class Calendar(_Part, frozen=True, kw_only=True):
    """On which UTC days something begins: on the dates ``on``, or ``every`` so many days.

    Days are counted from 1970-01-01 and shifted by ``phase``.
    """

    every: Days | None = None
    phase: Annotated[int, Meta(ge=0)] = 0
    on: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if (self.every is None) == (not self.on):
            raise ValueError("say either `every` or `on`")

    def days_since(self, day: int) -> int:
        """Return whole days since it last began: 0 on such a day, :data:`FOREVER` before any."""
        if self.every is not None:
            return (day - self.phase) % self.every
        begun = [first for first in map(day_of_date, self.on) if first <= day]
        return day - max(begun) if begun else FOREVER


class Launches(Calendar, frozen=True, kw_only=True):
    """Launches: each brings a share ``activation`` of all ambassadors to speak within three days.

    It does so whether or not they would have spoken anyway, so that with p0 of the audience
    speaking in three days without one, ``p0 + (1 - p0) activation`` speak at a launch.
    """

    activation: Share


class Campaigns(Calendar, frozen=True, kw_only=True):
    """Campaigns of some ``days`` with so many ``paid`` posts a day.

    ``won`` is what a campaign truly contributes: so many people a day, whom nobody has heard
    before, speak for the brand while it lasts; afterwards half as many each week.
    """

    days: Days = 7
    paid: Rate = 0.0
    won: Rate = 0.0


class Episode(Calendar, frozen=True, kw_only=True):
    """Some hours in which more, or less, is said or asked: an outage, a drop, a decline.

    From ``hour`` on, for ``hours``, the means of what ambassadors say, of complaints and of tickets
    are multiplied. Complaints beyond the usual come from anyone, ambassadors too.
    """

    name: Name
    hours: Annotated[int, Meta(ge=1, le=3660 * 24)]
    hour: Annotated[int, Meta(ge=0, le=23)] = 0
    advocacy: Rate = 1.0
    detraction: Rate = 1.0
    tickets: Rate = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.every is not None and self.hours > 24 * self.every:
            raise ValueError(f"episode {self.name!r} lasts longer than until the next")


class Flood(Calendar, frozen=True, kw_only=True):
    """Posts by accounts that nobody has heard before: a brigade of people, or bots.

    A ``brigade`` is people who agreed to complain, and looks like any other complaint. ``bots``
    praise where ``sentiment`` is positive; a detector upstream has marked them.
    """

    kind: Literal["brigade", "bots"]
    posts: Number
    accounts: Number
    hours: Annotated[int, Meta(ge=1, le=24 * 28)] = 6
    hour: Annotated[int, Meta(ge=0, le=23)] = 12
    sentiment: Annotated[float, Meta(ge=-1.0, le=1.0)] = -0.9


class Support(_Part, frozen=True, kw_only=True):
    """A brand's tickets.

    ``tickets`` is their mean number a day, ``handle_seconds`` the mean work on one,
    ``reply_seconds`` and ``resolution_seconds`` median waits, ``reopened`` a share of those solved,
    ``merged`` one of all. With ``staff``, so many agents work through them first in, first out, and
    who does not find one free waits for that as well. Targets are promised to the customer.
    """

    tickets: Positive
    handle_seconds: Positive
    reply_seconds: Positive
    resolution_seconds: Positive
    reopened: Share = 0.0
    merged: Share = 0.01
    staff: Positive | None = None
    maintenance_every: Days | None = 28
    target_reply_seconds: Positive | None = None
    target_resolution_seconds: Positive | None = None


class Feed(_Part, frozen=True, kw_only=True):
    """How events come in, and in which form, as shares of the mentions by people.

    ``late`` ones arrive up to 90 minutes after they occurred, ``very_late`` ones up to 30 hours;
    ``repeated`` ones arrive twice. ``unscored`` ones have nothing to go by; ``text`` and ``rating``
    ones have that instead of a sentiment. ``bots``: so many more by marked bots.
    """

    late: Share = 0.03
    very_late: Share = 0.003
    repeated: Share = 0.01
    unscored: Share = 0.04
    text: Share = 0.11
    rating: Share = 0.15
    bots: Share = 0.02


class BrandProfile(_Part, frozen=True, kw_only=True):
    """What one brand is like.

    Of its ``people`` - all who ever speak of it - ``advocates`` are ambassadors and ``detractors``
    complain, the rest remarks on it. They say ``mentions`` a day in the mean, times the level of
    the day: log-normal with a standard deviation of ``shocks``, of which a share ``persistence``
    lasts from one day to the next. ``owned`` is the brand's own posts a day.
    """

    id: BrandId
    name: Name
    people: Number
    mentions: Positive
    advocates: Share
    detractors: Share
    shocks: Annotated[float, Meta(ge=0.0, le=2.0)] = 0.1
    persistence: Annotated[float, Meta(ge=0.0, le=0.95)] = 0.5
    owned: Rate = 2.0
    support: Support | None = None
    launches: tuple[Launches, ...] = ()
    campaigns: tuple[Campaigns, ...] = ()
    episodes: tuple[Episode, ...] = ()
    floods: tuple[Flood, ...] = ()
    feed: Feed = Feed()

    def __post_init__(self) -> None:
        if self.advocates + self.detractors > 1:
            raise ValueError("`advocates` and `detractors` are shares of the same people")


class Scenario(_Part, frozen=True, kw_only=True):
    """Some brands, and in words what is to be seen in them."""

    description: str
    brands: Annotated[tuple[BrandProfile, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        if len({brand.id for brand in self.brands}) < len(self.brands):
            raise ValueError("two brands have the same id")
