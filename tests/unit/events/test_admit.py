"""Admission: brand, relation, clock, polarity and hashes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.clock import FixedClock
from pipeline.errors import Reject
from pipeline.events.admit import Admission
from pipeline.events.admitted import AdmittedActivity, AdmittedMention, AdmittedTicketEvent
from pipeline.events.brands import Brand, BrandBook
from pipeline.events.contracts import Activity, Event, Mention, Ticket
from pipeline.events.hashing import Hasher
from pipeline.events.instants import MINUTE, from_datetime

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = from_datetime(NOON)
BOOK = BrandBook(
    [
        Brand(
            id="united",
            aliases=("ual",),
            owned=frozenset({"united"}),
            employees=frozenset({"twitter:joe"}),
        ),
        Brand(id="delta"),
    ]
)
HASHER = Hasher("key")


class Listener:
    """A scorer that remembers what it was asked."""

    def __init__(self, answer: float = 0.5) -> None:
        self.answer = answer
        self.asked: list[tuple[str, frozenset[str]]] = []

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return the prepared answer."""
        self.asked.append((text, masked))
        return self.answer

    def score_all(self, texts: Sequence[str], masked: Sequence[frozenset[str]]) -> list[float]:
        """Return the prepared answer for each text."""
        return [self.score(text, names) for text, names in zip(texts, masked, strict=True)]


def admission(
    book: BrandBook = BOOK, scorer: Listener | None = None, tolerance: int = 5 * MINUTE
) -> Admission:
    return Admission(book, HASHER, scorer or Listener(), FixedClock(NOW), tolerance)


def mention(**fields: object) -> Mention:
    basic: dict[str, object] = {
        "id": "1",
        "brand": "united",
        "author": "ann",
        "occurred_at": NOON,
        "source": "twitter",
    }
    return Mention(**(basic | fields))  # type: ignore[arg-type]


def admit(event: Event, scorer: Listener | None = None) -> AdmittedMention:
    admitted = admission(scorer=scorer).admit(event)
    assert isinstance(admitted, AdmittedMention)
    return admitted


def test_a_mention_without_text_is_unscored() -> None:
    assert admit(mention()) == AdmittedMention(
        brand="united",
        at=NOW,
        source="twitter",
        id_hash=HASHER.event("twitter", "create", "1"),
        author_hash=HASHER.author("twitter", "ann"),
        p=0.0,
        q=0.0,
        scored=False,
    )
    assert not admit(mention(text="")).scored


@pytest.mark.parametrize(
    ("fields", "p", "q"),
    [
        ({"sentiment": 0.25, "rating": 1, "text": "x"}, 0.25, 0.0),
        ({"sentiment": 0.0, "rating": 5, "text": "x"}, 0.0, 0.0),
        ({"sentiment": -1.0}, 0.0, 1.0),
        ({"rating": 1, "text": "x"}, 0.0, 1.0),
        ({"rating": 4}, 0.5, 0.0),
        ({"rating": 3}, 0.0, 0.0),
        ({"text": "x"}, 0.5, 0.0),
        ({"text": "x", "bot_probability": 0.5}, 0.25, 0.0),
        ({"sentiment": -0.5, "bot_probability": 0.5}, 0.0, 0.25),
        ({"sentiment": -0.5, "bot_probability": 1.0}, 0.0, 0.0),
    ],
)
def test_polarity(fields: dict[str, object], p: float, q: float) -> None:
    event = admit(mention(**fields))
    assert (event.p, event.q, event.scored) == (p, q, True)
    assert not str(event.q).startswith("-")


def test_the_scorer_gets_text_and_names_only_where_it_counts() -> None:
    scorer = Listener()
    admit(mention(text="hi", brand="ual"), scorer)
    assert scorer.asked == [("hi", frozenset({"united", "ual"}))]
    for skipped in (
        {"op": "edit", "edit_of": "0"},
        {"op": "delete"},
        {"relation": "paid"},
        {"author": "united"},
        {"sentiment": 0.0},
        {"rating": 3},
    ):
        event = admit(mention(text="hi", **skipped), scorer)
        assert (event.p, event.q) == (0.0, 0.0)
    assert len(scorer.asked) == 1


@pytest.mark.parametrize(
    ("fields", "earned"),
    [
        ({}, True),
        ({"relation": "owned"}, False),
        ({"relation": "employee"}, False),
        ({"relation": "paid"}, False),
        ({"author": "united"}, False),
        ({"author": "joe"}, False),
        ({"author": "joe", "source": "mastodon"}, True),
        ({"author": "united", "brand": "delta"}, True),
        ({"author": "united", "brand": "ual"}, False),
    ],
)
def test_the_book_decides_who_is_earned(fields: dict[str, object], earned: bool) -> None:
    assert admit(mention(**fields)).earned is earned


def test_operation_and_counts() -> None:
    event = admit(mention(op="delete", likes=1, shares=2, followers=3, clicks=4))
    assert event.retraction
    assert (event.likes, event.shares, event.followers, event.clicks) == (1, 2, 3, 4)
    assert event.id_hash == HASHER.event("twitter", "delete", "1")
    assert not admit(mention()).retraction


def test_later_than_the_tolerance_is_in_future() -> None:
    limit = NOON + timedelta(minutes=5)
    assert admit(mention(occurred_at=limit)).at == NOW + 5 * MINUTE
    with pytest.raises(Reject) as caught:
        admit(mention(occurred_at=limit + timedelta(microseconds=1)))
    assert caught.value.reason == "in_future"
    strict = admission(tolerance=0)
    strict.admit(mention())
    with pytest.raises(Reject, match="in_future"):
        strict.admit(mention(occurred_at=NOON + timedelta(microseconds=1)))


def test_an_unknown_brand_is_rejected_only_with_a_book() -> None:
    with pytest.raises(Reject, match="unknown_brand"):
        admission().admit(mention(brand="nobody"))
    assert admission(BrandBook()).admit(mention(brand="nobody")).brand == "nobody"


def test_rejections_keep_their_place_and_the_clock_is_read_once() -> None:
    class Ticking:
        reads = 0

        def now(self) -> int:
            self.reads += 1
            return NOW

    clock = Ticking()
    earlier = Reject("not_json", "no")
    events: list[Event | Reject] = [
        mention(),
        earlier,
        mention(brand="nobody"),
        mention(brand="nobody", id="2"),
        mention(occurred_at=NOON + timedelta(days=1)),
        mention(brand="delta"),
    ]
    outcome = Admission(BOOK, HASHER, Listener(), clock).admit_all(events)
    assert [event.reason if isinstance(event, Reject) else event.brand for event in outcome] == [
        "united",
        "not_json",
        "unknown_brand",
        "unknown_brand",
        "in_future",
        "delta",
    ]
    assert outcome[1] is earlier
    assert clock.reads == 1


def test_a_ticket_event() -> None:
    due = NOON + timedelta(hours=1)
    admitted = admission().admit(
        Ticket(
            id="e",
            ticket="t",
            brand="ual",
            occurred_at=NOON,
            type="transferred",
            actor="agent",
            public=False,
            handle_seconds=3.0,
            to_brand="ual",
            sla_first_reply_due_at=due,
            sla_resolution_seconds=60.0,
        )
    )
    assert admitted == AdmittedTicketEvent(
        brand="united",
        at=NOW,
        ticket="t",
        id_hash=HASHER.event("", "ticket", "e"),
        type="transferred",
        actor="agent",
        public=False,
        handle_seconds=3.0,
        to_brand="united",
        sla_first_reply_due_at=from_datetime(due),
        sla_resolution_seconds=60.0,
    )


def test_a_ticket_may_go_to_a_brand_outside_the_book() -> None:
    ticket = Ticket(
        id="e", ticket="t", brand="delta", occurred_at=NOON, type="transferred", to_brand="other"
    )
    admitted = admission().admit(ticket)
    assert isinstance(admitted, AdmittedTicketEvent)
    assert admitted.to_brand == "other"
    assert admitted.public


def test_an_activity() -> None:
    admitted = admission().admit(
        Activity(
            id="a",
            brand="ual",
            occurred_at=NOON,
            type="launch",
            name="Nova",
            ends_at=NOON + timedelta(days=1),
            cost=5.0,
            channel="web",
        )
    )
    assert admitted == AdmittedActivity(
        brand="united",
        at=NOW,
        id_hash=HASHER.event("", "activity", "a"),
        type="launch",
        name="Nova",
        ends_at=from_datetime(NOON + timedelta(days=1)),
        cost=5.0,
        channel="web",
    )


def test_made_up_brands_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.events.admit._MOST_TARGETS", 3)
    admission = Admission(BrandBook(), HASHER, Listener(), FixedClock(NOW))
    for number in range(10):
        admitted = admission.admit(mention(brand=f"made-up-{number}"))
        assert admitted.brand == f"made-up-{number}"
        assert len(admission._targets) <= 3
