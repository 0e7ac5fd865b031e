"""The three event contracts, version 1, as types; their public form is ``schemas/*.v1.json``.

What a type annotation can say is said there and checked by msgspec while it decodes. What it cannot
say - lengths in bytes, instants in UTC, fields that another field calls for - is :func:`check`'s.
Structs without garbage-collector tracking, because millions of them pass through.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pipeline.errors import Reject

MAX_RECORD_BYTES = 64 * 1024
"""Longest value of a record of a source topic."""
MAX_TEXT_BYTES = 32 * 1024
"""Longest ``text`` of a mention, in UTF-8."""
MAX_ID_BYTES = 512
"""Longest id, author, source or name, in UTF-8."""
MAX_DEPTH = 4
"""Deepest nesting of JSON arrays and objects that is looked into at all; valid events have 1."""
FIRST_YEAR = 2000
"""Events before it carry a time in the wrong unit or none at all (1970)."""

_LONGEST_CHARACTER = 4
"""Bytes of UTF-8 that one character takes at most; a text this much shorter needs no counting."""
SURE_ID = MAX_ID_BYTES // _LONGEST_CHARACTER
SURE_TEXT = MAX_TEXT_BYTES // _LONGEST_CHARACTER
"""Characters up to which an id or a text is surely short enough."""

Name = Annotated[str, Meta(min_length=1)]
Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID_BYTES)]
Text = Annotated[str, Meta(max_length=MAX_TEXT_BYTES)]
Instant = Annotated[datetime, Meta(tz=True)]
# The largest integer that every JSON implementation keeps exactly.
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Ratio = Annotated[float, Meta(ge=0.0, le=1.0)]
Polarity = Annotated[float, Meta(ge=-1.0, le=1.0)]
Stars = Annotated[float, Meta(ge=1.0, le=5.0)]
# Bounded, so that no sum of them ever overflows to infinity.
Seconds = Annotated[float, Meta(ge=0.0, le=1e9)]
Money = Annotated[float, Meta(ge=0.0, le=1e15)]

Op = Literal["create", "edit", "delete"]
MentionKind = Literal["original", "reply", "share", "quote", "review"]
Relation = Literal["earned", "owned", "employee", "paid"]
TicketType = Literal[
    "opened",
    "replied",
    "touched",
    "assigned",
    "waiting",
    "resumed",
    "solved",
    "reopened",
    "closed",
    "escalated",
    "merged",
    "transferred",
    "rated",
    "deleted",
]
Actor = Literal["customer", "agent", "bot"]
WaitingOn = Literal["customer", "third_party"]
ActivityType = Literal["launch", "campaign", "maintenance"]


class Mention(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """``mention.v1``: one social mention of a brand, or an edit or deletion of one.

    ``brand`` is an id or an alias of the brand book; admission resolves it. ``id`` and ``author``
    are unique within ``source``. ``sentiment`` is in -1..1, ``rating`` in 1..5,
    ``bot_probability`` in 0..1; the last four are the platform's own counts.
    """

    id: Id
    brand: Name
    author: Id
    occurred_at: Instant
    source: Id
    text: Text | None = None
    lang: str | None = None
    sentiment: Polarity | None = None
    rating: Stars | None = None
    op: Op = "create"
    edit_of: Id | None = None
    kind: MentionKind | None = None
    origin_id: Id | None = None
    relation: Relation = "earned"
    campaign: str | None = None
    bot_probability: Ratio | None = None
    received_at: Instant | None = None
    url: str | None = None
    region: str | None = None
    product: str | None = None
    likes: Count | None = None
    shares: Count | None = None
    followers: Count | None = None
    clicks: Count | None = None


class Ticket(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """``ticket.v1``: one thing that happened to a support ticket.

    ``id`` is the event's, ``ticket`` the ticket's. ``actor`` is required for ``replied``,
    ``merged_into`` for ``merged``, ``to_brand`` for ``transferred``. ``csat`` is in 0..1.
    """

    id: Id
    ticket: Id
    brand: Name
    occurred_at: Instant
    type: TicketType
    actor: Actor | None = None
    public: bool = True
    waiting_on: WaitingOn | None = None
    handle_seconds: Seconds | None = None
    customer: Id | None = None
    agent: Id | None = None
    priority: str | None = None
    channel: str | None = None
    merged_into: Id | None = None
    to_brand: Name | None = None
    csat: Ratio | None = None
    sla_first_reply_seconds: Seconds | None = None
    sla_resolution_seconds: Seconds | None = None
    sla_first_reply_due_at: Instant | None = None
    sla_resolution_due_at: Instant | None = None


class Activity(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """``activity.v1``: a launch, campaign or maintenance window of a brand.

    ``cost`` is in whatever currency the brand uses throughout.
    """

    id: Id
    brand: Name
    occurred_at: Instant
    type: ActivityType
    name: Id
    ends_at: Instant | None = None
    cost: Money | None = None
    channel: str | None = None


Event = Mention | Ticket | Activity

INSTANTS: dict[type[Event], tuple[str, ...]] = {
    Mention: ("occurred_at", "received_at"),
    Ticket: ("occurred_at", "sla_first_reply_due_at", "sla_resolution_due_at"),
    Activity: ("occurred_at", "ends_at"),
}
"""The fields that hold an instant."""
COUNTS: dict[type[Event], tuple[str, ...]] = {
    Mention: ("likes", "shares", "followers", "clicks"),
    Ticket: (),
    Activity: (),
}
"""The fields that hold an integer."""
REQUIRES = {"replied": "actor", "merged": "merged_into", "transferred": "to_brand"}
"""Ticket event types that call for a field which is optional otherwise."""
_IDS: dict[type[Event], tuple[str, ...]] = {
    Mention: ("id", "author", "source", "edit_of", "origin_id"),
    Ticket: ("id", "ticket", "customer", "agent", "merged_into"),
    Activity: ("id", "name"),
}


def check(event: Event) -> Reject | None:
    """Return why an event that has the right types is invalid all the same; None if it is valid."""
    if isinstance(event, Mention):
        sure = _is_surely_valid_mention(event)
    elif isinstance(event, Ticket):
        sure = _is_surely_valid_ticket(event)
    else:
        sure = _is_instant(event.occurred_at) and len(event.id) <= SURE_ID >= len(event.name)
        sure = sure and (event.ends_at is None or _is_instant(event.ends_at))
    return None if sure else _fault(event)


def _is_surely_valid_mention(event: Mention) -> bool:
    """Tell in one expression what holds for almost every mention; it runs for each of them."""
    at, received_at, source, text = event.occurred_at, event.received_at, event.source, event.text
    return (
        at.tzinfo is UTC
        and at.year >= FIRST_YEAR
        and len(event.id) <= SURE_ID
        and len(event.author) <= SURE_ID
        and len(source) <= SURE_ID
        and "\0" not in source
        and (text is None or len(text) <= SURE_TEXT)
        and (event.edit_of is None or len(event.edit_of) <= SURE_ID)
        and (event.origin_id is None or len(event.origin_id) <= SURE_ID)
        and (received_at is None or _is_instant(received_at))
    )


def _is_surely_valid_ticket(event: Ticket) -> bool:
    at = event.occurred_at
    reply_due, resolution_due = event.sla_first_reply_due_at, event.sla_resolution_due_at
    return (
        at.tzinfo is UTC
        and at.year >= FIRST_YEAR
        and len(event.id) <= SURE_ID
        and len(event.ticket) <= SURE_ID
        and (event.customer is None or len(event.customer) <= SURE_ID)
        and (event.agent is None or len(event.agent) <= SURE_ID)
        and event.merged_into is None
        and (event.type not in REQUIRES or (event.type == "replied" and event.actor is not None))
        and (reply_due is None or _is_instant(reply_due))
        and (resolution_due is None or _is_instant(resolution_due))
    )


def _is_instant(moment: datetime) -> bool:
    return moment.tzinfo is UTC and moment.year >= FIRST_YEAR


def _fault(event: Event) -> Reject | None:
    """Look at every rule, one after another."""
    for field in INSTANTS[type(event)]:
        moment: datetime | None = getattr(event, field)
        if moment is not None and not _is_instant(moment):
            what = f"before {FIRST_YEAR}" if moment.tzinfo is UTC else "not in UTC"
            return Reject("bad_timestamp", f"$.{field}: {moment.isoformat()} is {what}")
    for field in _IDS[type(event)]:
        text: str | None = getattr(event, field)
        if text is not None and _is_longer(text, MAX_ID_BYTES):
            return _too_long(field, MAX_ID_BYTES)
    if isinstance(event, Mention):
        if event.text is not None and _is_longer(event.text, MAX_TEXT_BYTES):
            return _too_long("text", MAX_TEXT_BYTES)
        # An author is told from another by source, NUL, author.
        if "\0" in event.source:
            return Reject("invalid_value", "$.source: must not contain NUL")
    elif isinstance(event, Ticket):
        needed = REQUIRES.get(event.type)
        if needed is not None and getattr(event, needed) is None:
            return Reject("missing_field", f"$.{needed}: required for type {event.type!r}")
    return None


def _is_longer(text: str, limit: int) -> bool:
    return len(text) * _LONGEST_CHARACTER > limit and len(text.encode()) > limit


def _too_long(field: str, limit: int) -> Reject:
    return Reject("invalid_value", f"$.{field}: longer than {limit} bytes in UTF-8")
