"""What becomes of valid events: each topic accepts them one by one, in order of event time.

Since events come in order of time, the watermark at an event is the event's own time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.oracle.calendar import DAY, MINUTE, parse
from tests.oracle.contract import Brands, Invalid
from tests.oracle.mentions import VANITY, Mention
from tests.oracle.stories import Ticket, TicketEvent, is_forgotten

Score = Callable[[str, str], float]

MINUTES_KEPT = 3 * 60
IDS_A_MINUTE = 16_384
TICKET_CAP = 100_000
DAYS_KEPT = 400


class Topic(Protocol):
    """Accepts the valid events of one topic."""

    def apply(self, brand: str, at: int, event: Mapping[str, Any]) -> bool:
        """Apply one event; return False if it is a duplicate."""
        ...


class MentionsTopic:
    """The mention topic: accepted mentions of each brand."""

    def __init__(self, brands: Brands, score: Score | None) -> None:
        self._brands = brands
        self._score = score
        self.accepted: dict[str, list[Mention]] = defaultdict(list)
        self.watermark: int | None = None
        self.dedup_skipped = 0
        # brand -> minute -> keys first accepted in that minute
        self._keys: dict[str, dict[int, set[tuple[str, str, str]]]] = defaultdict(dict)

    def apply(self, brand: str, at: int, event: Mapping[str, Any]) -> bool:
        """Apply one mention; return False if it is a duplicate."""
        key = (event["source"], event.get("op", "create"), event["id"])
        minutes = self._keys[brand]
        minute = at // MINUTE
        for old in [m for m in minutes if (m + 1) * MINUTE <= at - MINUTES_KEPT * MINUTE]:
            del minutes[old]
        if any(key in keys for keys in minutes.values()):
            return False
        keys = minutes.setdefault(minute, set())
        if len(keys) < IDS_A_MINUTE:
            keys.add(key)
        else:
            self.dedup_skipped += 1
        self.accepted[brand].append(self._mention(brand, at, event))
        self.watermark = at if self.watermark is None else max(self.watermark, at)
        return True

    def _mention(self, brand: str, at: int, event: Mapping[str, Any]) -> Mention:
        source, author = event["source"], event["author"]
        earned = event.get("relation", "earned") == "earned"
        earned = earned and not self._brands.is_own_voice(brand, source, author)
        retraction = event.get("op", "create") != "create"
        scored = True
        s = 0.0
        if event.get("sentiment") is not None:
            s = event["sentiment"]
        elif event.get("rating") is not None:
            s = (event["rating"] - 3) / 2
        elif not event.get("text"):
            scored = False
        elif earned and not retraction:
            if self._score is None:
                raise ValueError("a mention has nothing but text, and no score was given")
            s = self._score(event["text"], brand)
        human = 1 - (event.get("bot_probability") or 0)
        likes, shares, followers, clicks = (event.get(name) or 0 for name in VANITY)
        return Mention(
            at=at,
            author=(source, author),
            p=max(0.0, s) * human,
            q=max(0.0, -s) * human,
            scored=scored,
            earned=earned,
            retraction=retraction,
            vanity=(likes, shares, followers, clicks),
        )


class TicketsTopic:
    """The ticket topic: kept tickets of each brand."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Ticket]] = defaultdict(dict)

    def apply(self, brand: str, at: int, event: Mapping[str, Any]) -> bool:
        """Apply one ticket event; return False if it is a duplicate."""
        tickets = self.kept[brand]
        name = event["ticket"]
        if name in tickets and is_forgotten(tickets[name], at):
            del tickets[name]
        if name not in tickets:
            if len(tickets) >= TICKET_CAP:
                self.forget(brand, at)
            if len(tickets) >= TICKET_CAP:
                raise Invalid("too_many_tickets")
            tickets[name] = Ticket()
        events = tickets[name].events
        if any(event["id"] == other.id for other in events):
            return False
        events.append(TicketEvent(at, event["id"], event))
        return True

    def forget(self, brand: str, watermark: int) -> None:
        """Drop what retention drops once the watermark stands here."""
        tickets = self.kept[brand]
        for name in [name for name, ticket in tickets.items() if is_forgotten(ticket, watermark)]:
            del tickets[name]


@dataclass(frozen=True)
class Activity:
    """A launch, campaign or maintenance window."""

    type: str
    name: str
    at: int
    ends_at: int | None


class ActivitiesTopic:
    """The activity topic: what each brand did, in order of its start."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Activity]] = defaultdict(list)
        self._ids: set[tuple[str, str]] = set()

    def apply(self, brand: str, at: int, event: Mapping[str, Any]) -> bool:
        """Apply one activity; return False if it is a duplicate."""
        if (brand, event["id"]) in self._ids:
            return False
        self._ids.add((brand, event["id"]))
        ends = None if event.get("ends_at") is None else parse(event["ends_at"])
        self.kept[brand].append(Activity(event["type"], event["name"], at, ends))
        return True

    def forget(self, watermark: int) -> None:
        """Drop what started 400 days or more before the watermark."""
        for brand, activities in self.kept.items():
            self.kept[brand] = [
                activity for activity in activities if activity.at > watermark - DAYS_KEPT * DAY
            ]

    def of(self, brand: str, kind: str) -> list[Activity]:
        """Return a brand's activities of one type."""
        return [activity for activity in self.kept[brand] if activity.type == kind]
