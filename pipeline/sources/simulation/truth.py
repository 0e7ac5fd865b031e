"""What truly happened in a simulation, to hold the pipeline's results against: the document.

``schemas/truth.json`` is made of these types. Days are UTC days.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
Instant = Annotated[str, Meta(description="RFC 3339, UTC")]
Amount = Annotated[float, Meta(ge=0.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=0)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all parts: closed, and never changed."""


class SupportDay(_Part, frozen=True, kw_only=True):
    """A brand's tickets that were opened on a day, with all that became of them, also later."""

    tickets: Annotated[Count, Meta(description="tickets opened")]
    work_seconds: Annotated[Amount, Meta(description="all work on them, then and later")]
    offered_load_agents: Annotated[
        Amount, Meta(description="agents busy in the mean, given the day's level and episodes")
    ]
    wait_seconds: Annotated[
        Amount, Meta(description="how long a ticket opened at 12:00 waits until an agent is free")
    ]
    first_reply_seconds_p50: Annotated[
        Amount | None,
        Meta(description="median of opened to first reply by an agent; null: none was replied to"),
    ]
    resolution_seconds_p50: Annotated[
        Amount | None, Meta(description="median of opened to last solve; null: none was solved")
    ]


class TrueDay(_Part, frozen=True, kw_only=True):
    """One day of a brand, up to the end of the simulation if that comes first."""

    day: Day
    level: Annotated[Amount, Meta(description="factor on what is said this day, 1 in the mean")]
    mentions: Annotated[Count, Meta(description="mentions by people, brigades not among them")]
    advocacy: Annotated[
        Amount, Meta(description="sum over people of the strongest word for the brand as meant")
    ]
    detraction: Annotated[Amount, Meta(description="the same against the brand")]
    advocates: Annotated[Count, Meta(description="people who spoke for the brand")]
    audience: Annotated[
        Count,
        Meta(description="people who spoke for it in the 84 days before, as far as these reach"),
    ]
    goodwill_net: Annotated[
        float,
        Meta(description="decayed advocacy less detraction of all days, at the end of this one"),
    ]
    brigade_detraction: Annotated[
        Amount, Meta(description="strongest words against the brand of people who agreed on it")
    ]
    bot_mentions: Annotated[Count, Meta(description="mentions by bots")]
    messaging: Annotated[Count, Meta(description="owned and paid posts")]
    support: SupportDay | None


class TrueLaunch(_Part, frozen=True, kw_only=True):
    """A launch; its window is three days."""

    name: str
    at: Instant
    activation: Annotated[
        Share, Meta(description="chance of each ambassador to be brought to speak by it")
    ]
    activated: Annotated[
        Share | None,
        Meta(
            description="share whom it did bring to speak of those of the audience who would have "
            "been silent; null: there were none, or the window has not ended"
        ),
    ]


class TrueCampaign(_Part, frozen=True, kw_only=True):
    """A campaign, and what it contributes in the mean, in advocate-days decayed to the horizon."""

    name: str
    at: Instant
    ends_at: Instant
    contribution_28d: float
    contribution_90d: float


class Incident(_Part, frozen=True, kw_only=True, rename={"begin": "from"}):
    """An episode, which multiplies what is said and asked, or a flood of posts."""

    kind: Literal["episode", "brigade", "bots"]
    name: str
    begin: Instant
    until: Instant
    advocacy: Amount = 1.0
    detraction: Amount = 1.0
    tickets: Amount = 1.0
    posts: Count = 0


class TrueBrand(_Part, frozen=True, kw_only=True):
    """What is true of a brand: days in order, and what began on them."""

    days: list[TrueDay]
    launches: list[TrueLaunch]
    campaigns: list[TrueCampaign]
    incidents: list[Incident]


class Truth(_Part, frozen=True, kw_only=True, rename={"begin": "from"}):
    """What ``influence simulate --truth`` writes: what truly happened, by brand.

    What people said counts as they meant it, whether or not it arrived, could be scored, or was
    taken for something else.
    """

    scenario: str
    seed: int
    begin: Instant
    until: Instant
    brands: dict[str, TrueBrand]


def encode(truth: Truth) -> bytes:
    """Return a truth as one line of JSON."""
    return msgspec.json.encode(truth) + b"\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a truth."""
    made = msgspec.json.schema(Truth)
    for part in made["$defs"].values():
        part["description"] = " ".join(part["description"].split())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
