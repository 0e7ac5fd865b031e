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
from pipeline.events.admitted_columns import (
    AdmittedMentions,
    Codes,
    Counts,
    Strengths,
    codes_of,
)
from pipeline.events.brands import BRAND_ID, BrandBook
from pipeline.events.contracts import Activity, Event, Mention, Ticket
from pipeline.events.hashing import Hasher
from pipeline.events.instant_columns import Flags, Instants
from pipeline.events.instants import EPOCH, MINUTE, from_datetime, to_rfc3339
from pipeline.events.mention_columns import MentionColumns, TextualMention
from pipeline.events.sentiment import Scorer

_MICROSECOND = timedelta(microseconds=1)


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
        # A batch holds few brands; looking each up once also bounds what is remembered.
        targets: dict[str, _Target | Reject] = {}
        admitted: list[AdmittedEvent | Reject] = []
        append = admitted.append
        epoch, microsecond = EPOCH, _MICROSECOND
        for event in events:
            if isinstance(event, Reject):
                append(event)
                continue
            named = event.brand
            target = targets.get(named)
            if target is None:
                target = targets[named] = self._target(named)
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
        book = self._book
        brand = book.resolve(named)
        if brand is not None:
            return _Target(brand, book.names(brand), book.accounts(brand))
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

    def admit_mentions(self, decoded: MentionColumns) -> tuple[AdmittedMentions, dict[int, Reject]]:
        """Admit the mentions of a batch at once: what :meth:`admit_all` says of each of them.

        Returns the admitted ones, and why the records at other places of the batch are rejected,
        those that could not be decoded included.
        """
        latest = self._clock.now() + self._tolerance
        mentions, at = decoded.mentions, decoded.at
        places = decoded.places
        named, code = codes_of([mention.brand for mention in mentions])
        targets = [self._target(name) for name in named]
        unfit = at > latest
        refused: dict[int, Reject] = {
            place: _in_future(when, latest)
            for place, when in zip(places[unfit].tolist(), at[unfit].tolist(), strict=True)
        }
        known: list[_Target] = []
        for number, target in enumerate(targets):
            if isinstance(target, Reject):
                its = code == number
                refused.update(dict.fromkeys(places[its].tolist(), target))
                unfit |= its
                target = _NOWHERE
            known.append(target)
        if refused:
            fit = np.flatnonzero(~unfit)
            mentions = [mentions[entry] for entry in fit.tolist()]
            places, at, code = places[fit], at[fit], code[fit]
        return self._columns(mentions, places, at, known, code), {**decoded.rejects, **refused}

    def _columns(
        self,
        mentions: Sequence[TextualMention],
        places: Codes,
        at: Instants,
        targets: Sequence[_Target],
        code: Codes,
    ) -> AdmittedMentions:
        n = len(mentions)
        sources = [mention.source for mention in mentions]
        authors = [mention.author for mention in mentions]
        ops = [mention.op for mention in mentions]
        earned = np.fromiter([mention.relation == "earned" for mention in mentions], np.bool_, n)
        retraction = np.zeros(n, np.bool_)
        if ops.count("create") < n:
            retraction[:] = [op != "create" for op in ops]
        for number, target in enumerate(targets):
            if target.accounts:
                for entry in np.flatnonzero((code == number) & earned).tolist():
                    earned[entry] = target.is_earned(sources[entry], authors[entry])
        counts = earned & ~retraction
        polarity = self._polarities(mentions, targets, code, counts)
        scored = ~np.isnan(polarity)
        bots = [mention.bot_probability or 0.0 for mention in mentions]
        strength = np.where(scored, polarity, 0.0) * (1.0 - np.array(bots, np.float64))
        brands, of_target = codes_of([target.brand for target in targets])
        distinct_sources, source = codes_of(sources)
        return AdmittedMentions(
            brands,
            distinct_sources,
            places,
            of_target[code],
            source,
            at,
            self._hasher.events(sources, ops, [mention.id for mention in mentions]),
            self._hasher.authors(sources, authors),
            np.where(strength > 0.0, strength, 0.0),
            np.where(strength < 0.0, -strength, 0.0),
            scored,
            earned,
            retraction,
            (
                _counts([mention.likes for mention in mentions]),
                _counts([mention.shares for mention in mentions]),
                _counts([mention.followers for mention in mentions]),
                _counts([mention.clicks for mention in mentions]),
            ),
        )

    def _polarities(
        self,
        mentions: Sequence[TextualMention],
        targets: Sequence[_Target],
        code: Codes,
        counts: Flags,
    ) -> Strengths:
        """Return s of each mention, nan where nothing tells it; as :meth:`_polarity` does."""
        polarity = _figures([mention.sentiment for mention in mentions])
        untold = np.isnan(polarity)
        if not untold.any():
            return polarity
        ratings = _figures([mention.rating for mention in mentions])
        polarity = np.where(untold, (ratings - 3.0) / 2.0, polarity)
        texts = [mention.text for mention in mentions]
        told = np.isnan(polarity) & np.fromiter(map(bool, texts), np.bool_, len(texts))
        # Only an earned creation's strength counts, and scoring costs most.
        polarity[told] = 0.0
        entries = np.flatnonzero(told & counts)
        names = [target.names for target in targets]
        polarity[entries] = self._scorer.score_all(
            [texts[entry] or "" for entry in entries.tolist()],
            [names[number] for number in code[entries].tolist()],
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


def _counts(numbers: Sequence[int | None]) -> Counts | None:
    if not any(numbers):
        return None
    try:
        return np.array(numbers, np.int64)
    except TypeError:  # None is among them
        return np.array([number or 0 for number in numbers], np.int64)


def _figures(numbers: Sequence[float | None]) -> Strengths:
    """Return numbers as a column, nan for None; batches that have none of a field are common."""
    if numbers.count(None) == len(numbers):
        return np.full(len(numbers), np.nan)
    return np.array(numbers, np.float64)


def _in_future(at: int, latest: int) -> Reject:
    return Reject("in_future", f"{to_rfc3339(at)} is later than {to_rfc3339(latest)}")
