"""Admission: from a decoded event of the contracts to one that state and metrics understand.

Resolves the brand, takes relations from the brand book, holds event times against the clock, turns
sentiment, rating or text into strengths for and against, and replaces ids and authors by hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import numpy as np

from pipeline.errors import Reject
from pipeline.events.admitted import (
    AdmittedActivity,
    AdmittedEvent,
    AdmittedMention,
    AdmittedTicketEvent,
)
from pipeline.events.admitted_columns import AdmittedMentions, Codes, Strengths, codes_of
from pipeline.events.brands import BRAND_ID, BrandBook
from pipeline.events.contracts import Activity, Event, Mention, Ticket
from pipeline.events.decode import decode_batch
from pipeline.events.hashing import Hasher
from pipeline.events.instants import EPOCH, MINUTE, from_datetime, to_rfc3339
from pipeline.events.mention_columns import MentionColumns, decode_mentions
from pipeline.events.records import PackedRecords, Topic
from pipeline.events.sentiment import Scorer

_MICROSECOND = timedelta(microseconds=1)

_MOST_TARGETS = 100_000
"""Names of brands that are remembered; made-up ones must not fill the memory."""


class Now(Protocol):
    """Tells the current instant in microseconds since the epoch (the core imports no clock)."""

    def now(self) -> int:
        """Return the current instant."""
        ...


class _Target:
    """What admission needs to know of one resolved brand."""

    __slots__ = ("accounts", "brand", "names", "qualified")

    def __init__(self, brand: str, names: frozenset[str], accounts: frozenset[str]) -> None:
        self.brand = brand
        self.names = names
        self.accounts = accounts
        # Only where the book names a source, the qualified author has to be put together.
        self.qualified = any(":" in account for account in accounts)

    def is_earned(self, source: str, author: str) -> bool:
        """Tell whether the book says nothing against this author's mentions being earned."""
        accounts = self.accounts
        return author not in accounts and not (self.qualified and f"{source}:{author}" in accounts)


class Admission:
    """Admits events; the same object for worker, replay and tests.

    ``tolerance``: how many microseconds an event may lie after ``clock`` (0 in replay with
    ``--as-of``); events later than that are rejected as ``in_future``.
    """

    def __init__(
        self,
        book: BrandBook,
        hasher: Hasher,
        scorer: Scorer,
        clock: Now,
        tolerance: int = 5 * MINUTE,
    ) -> None:
        self._book = book
        self._hasher = hasher
        self._hash_event = hasher.event
        self._hash_author = hasher.author
        self._scorer = scorer
        self._clock = clock
        self._tolerance = tolerance
        self._targets: dict[str, _Target] = {}

    def admit(self, event: Event) -> AdmittedEvent:
        """Admit one event; raise :class:`~pipeline.errors.Reject` if it cannot be applied.

        Reasons: ``in_future``, ``unknown_brand`` (a book is given and does not know it) and
        ``bad_brand_id`` (no book, and not an id).
        """
        admitted = self.admit_all((event,))[0]
        if isinstance(admitted, Reject):
            raise admitted
        return admitted

    def admit_all(self, events: Sequence[Event | Reject]) -> list[AdmittedEvent | Reject]:
        """Return for each event, in order, its admitted form or why it is rejected.

        Rejections among ``events`` pass through. The clock is read once for all of them.
        """
        latest = self._clock.now() + self._tolerance
        admitted: list[AdmittedEvent | Reject] = []
        append = admitted.append
        epoch, microsecond = EPOCH, _MICROSECOND
        for event in events:
            if isinstance(event, Reject):
                append(event)
                continue
            target = self._target(event.brand)
            if isinstance(target, Reject):
                append(target)
                continue
            at = (event.occurred_at - epoch) // microsecond
            if at > latest:
                append(_in_future(at, latest))
                continue
            if not isinstance(event, Mention):
                append(self._ticket_or_activity(event, target.brand, at))
                continue
            append(self._mention(event, target, at))
        return admitted

    def _target(self, named: str) -> _Target | Reject:
        known = self._targets.get(named)
        if known is not None:
            return known
        book = self._book
        brand = book.resolve(named)
        if brand is not None:
            if len(self._targets) >= _MOST_TARGETS:
                self._targets.clear()
            target = self._targets[named] = _Target(brand, book.names(brand), book.accounts(brand))
            return target
        if len(book):
            return Reject("unknown_brand", f"brand {named!r} is not in the brand book")
        return Reject("bad_brand_id", f"brand {named!r} does not match {BRAND_ID.pattern}")

    def _mention(self, event: Mention, target: _Target, at: int) -> AdmittedMention:
        source, author, op = event.source, event.author, event.op
        earned = event.relation == "earned" and (
            not target.accounts or target.is_earned(source, author)
        )
        retraction = op != "create"
        polarity = event.sentiment
        if polarity is None:
            polarity = self._polarity(event, target, counts=earned and not retraction)
        p = q = 0.0
        if polarity:
            strength = polarity * (1.0 - (event.bot_probability or 0.0))
            if strength > 0.0:
                p = strength
            elif strength < 0.0:  # not the -0.0 of a certain bot
                q = -strength
        return AdmittedMention(
            target.brand,
            at,
            source,
            self._hash_event(source, op, event.id),
            self._hash_author(source, author),
            p,
            q,
            polarity is not None,
            earned,
            retraction,
            event.likes or 0,
            event.shares or 0,
            event.followers or 0,
            event.clicks or 0,
        )

    def _polarity(self, event: Mention, target: _Target, *, counts: bool) -> float | None:
        """Return s of a mention that brings no sentiment; None where nothing tells it."""
        if event.rating is not None:
            return (event.rating - 3.0) / 2.0
        if not event.text:
            return None
        # Only an earned creation's strength counts, and scoring costs most.
        return self._scorer.score(event.text, target.names) if counts else 0.0

    def admit_mentions(self, records: PackedRecords) -> tuple[AdmittedMentions, dict[int, Reject]]:
        """Decode and admit the mentions of a batch at once.

        Returns what :func:`~pipeline.events.decode.decode_batch` and :meth:`admit_all` make of each
        of them: the admitted ones, and why the records at other places of the batch are rejected.
        """
        latest = self._clock.now() + self._tolerance
        columns = decode_mentions(records, self._hasher)
        refused: dict[int, Reject] = {}
        known: list[_Target] = []
        unfit = columns.at > latest
        for entry in np.flatnonzero(unfit).tolist():
            refused[int(columns.places[entry])] = _in_future(int(columns.at[entry]), latest)
        for number, name in enumerate(columns.brands):
            target = self._target(name)
            if isinstance(target, Reject):
                its = columns.brand == number
                refused.update(dict.fromkeys(columns.places[its].tolist(), target))
                unfit |= its
                target = _NOWHERE
            known.append(target)
        admitted = self._columns(columns.where(~unfit) if refused else columns, known)
        if columns.odd.size:
            others, reasons = self._admit_odd(records, columns.odd)
            refused.update(reasons)
            if others is not None:
                admitted = admitted.beside(others)
        return admitted, refused

    def _admit_odd(
        self, records: PackedRecords, places: Codes
    ) -> tuple[AdmittedMentions | None, dict[int, Reject]]:
        """Admit the records at some places one after another; None where none of them is."""
        values = [records[place].value for place in places.tolist()]
        events = self.admit_all(decode_batch(Topic.MENTIONS, values))
        refused = {}
        mentions, theirs = [], []
        for place, event in zip(places.tolist(), events, strict=True):
            if isinstance(event, AdmittedMention):
                mentions.append(event)
                theirs.append(place)
            elif isinstance(event, Reject):
                refused[place] = event
        if not mentions:
            return None, refused
        return AdmittedMentions.of(mentions, np.array(theirs, np.intp)), refused

    def _columns(self, mentions: MentionColumns, targets: Sequence[_Target]) -> AdmittedMentions:
        earned = mentions.earned
        for number, target in enumerate(targets):
            if target.accounts:
                for entry in np.flatnonzero((mentions.brand == number) & earned).tolist():
                    source = mentions.sources[mentions.source[entry]]
                    earned[entry] = target.is_earned(source, mentions.author(entry))
        polarity = self._polarities(mentions, targets)
        scored = ~np.isnan(polarity)
        strength = np.where(scored, polarity, 0.0)
        strength *= np.where(np.isnan(mentions.bot), 1.0, 1.0 - mentions.bot)
        brands, of_target = codes_of([target.brand for target in targets])
        return AdmittedMentions(
            brands,
            mentions.sources,
            mentions.places,
            of_target[mentions.brand],
            mentions.source,
            mentions.at,
            mentions.id_hash,
            mentions.author_hash,
            np.where(strength > 0.0, strength, 0.0),
            np.where(strength < 0.0, -strength, 0.0),
            scored,
            earned,
            mentions.retraction,
            mentions.counts,
        )

    def _polarities(self, mentions: MentionColumns, targets: Sequence[_Target]) -> Strengths:
        """Return s of each mention, nan where nothing tells it; as :meth:`_polarity` does."""
        polarity = np.where(
            np.isnan(mentions.sentiment), (mentions.rating - 3.0) / 2.0, mentions.sentiment
        )
        told = np.isnan(polarity) & mentions.has_text
        # Only an earned creation's strength counts, and scoring costs most.
        polarity[told] = 0.0
        entries = np.flatnonzero(told & mentions.earned & ~mentions.retraction).tolist()
        if entries:
            polarity[entries] = self._scorer.score_all(
                mentions.texts_of(entries),
                [targets[number].names for number in mentions.brand[entries].tolist()],
            )
        return polarity

    def _ticket_or_activity(self, event: Ticket | Activity, brand: str, at: int) -> AdmittedEvent:
        if isinstance(event, Activity):
            return AdmittedActivity(
                brand=brand,
                at=at,
                id_hash=self._hash_event("", "activity", event.id),
                type=event.type,
                name=event.name,
                ends_at=None if event.ends_at is None else from_datetime(event.ends_at),
                cost=event.cost,
                channel=event.channel,
            )
        reply_due, resolution_due = event.sla_first_reply_due_at, event.sla_resolution_due_at
        to_brand = event.to_brand
        return AdmittedTicketEvent(
            brand=brand,
            at=at,
            ticket=event.ticket,
            id_hash=self._hash_event("", "ticket", event.id),
            type=event.type,
            actor=event.actor,
            public=event.public,
            waiting_on=event.waiting_on,
            handle_seconds=event.handle_seconds,
            agent=event.agent,
            merged_into=event.merged_into,
            # A ticket may well go to a brand that is not followed here.
            to_brand=None if to_brand is None else self._book.resolve(to_brand) or to_brand,
            csat=event.csat,
            sla_first_reply_seconds=event.sla_first_reply_seconds,
            sla_resolution_seconds=event.sla_resolution_seconds,
            sla_first_reply_due_at=None if reply_due is None else from_datetime(reply_due),
            sla_resolution_due_at=None if resolution_due is None else from_datetime(resolution_due),
        )


_NOWHERE = _Target("", frozenset(), frozenset())
"""Stands in for a brand that is not admitted; no mention that is left refers to it."""


def _in_future(at: int, latest: int) -> Reject:
    return Reject("in_future", f"{to_rfc3339(at)} is later than {to_rfc3339(latest)}")
