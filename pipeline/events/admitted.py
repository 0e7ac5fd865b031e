"""Events as the core sees them: checked, attributed and without text or author ids.

Decoding and admission turn a raw record into one of these; state and metrics know nothing else.
Plain structs without garbage-collector tracking, because millions of them pass through.
"""

from __future__ import annotations

import msgspec


class AdmittedMention(msgspec.Struct, frozen=True, gc=False):
    """One mention after admission.

    ``at``: event time, microseconds. ``id_hash``: of source, operation and id, 64 bit.
    ``author_hash``: keyed SipHash of source and author, 64 bit, uniform. ``p``, ``q``: strength for
    and against in 0..1, ``max(0, ±s) · (1 - bot)``; both 0 where unscored. ``scored`` is false for
    a mention without sentiment, rating or text. ``earned`` is false for owned, employee and paid.
    ``retraction`` marks an edit or delete.
    """

    brand: str
    at: int
    source: str
    id_hash: int
    author_hash: int
    p: float
    q: float
    scored: bool = True
    earned: bool = True
    retraction: bool = False
    likes: int = 0
    shares: int = 0
    followers: int = 0
    clicks: int = 0


class AdmittedTicketEvent(msgspec.Struct, frozen=True, gc=False):
    """One ticket event after admission; ``actor`` and the rest as in ``ticket.v1``.

    ``at`` and the two ``*_due_at`` are microseconds since the epoch; ``id_hash`` is 64 bit.
    """

    brand: str
    at: int
    ticket: str
    id_hash: int
    type: str
    actor: str | None = None
    public: bool = True
    waiting_on: str | None = None
    handle_seconds: float | None = None
    agent: str | None = None
    merged_into: str | None = None
    to_brand: str | None = None
    csat: float | None = None
    sla_first_reply_seconds: float | None = None
    sla_resolution_seconds: float | None = None
    sla_first_reply_due_at: int | None = None
    sla_resolution_due_at: int | None = None


class AdmittedActivity(msgspec.Struct, frozen=True, gc=False):
    """One launch, campaign or maintenance window; times in microseconds since the epoch."""

    brand: str
    at: int
    id_hash: int
    type: str
    name: str
    ends_at: int | None = None
    cost: float | None = None
    channel: str | None = None


AdmittedEvent = AdmittedMention | AdmittedTicketEvent | AdmittedActivity
