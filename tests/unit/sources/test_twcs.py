"""Twitter conversations: who is addressed, what opens a ticket, what answers it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.events.records import Topic
from pipeline.sources import twcs
from pipeline.sources.record import RejectedLine, SourceItem
from pipeline.sources.twcs import Tweet

MINUTE = 60_000_000


def tweet(
    number: int, author: str, text: str, parent: int | None = None, minute: int | None = None
) -> Tweet:
    at = (number if minute is None else minute) * MINUTE
    up = None if parent is None else str(parent)
    return Tweet(str(number), author, author.isdigit(), at, text, up, number)


def told(*tweets: Tweet) -> list[tuple[str, str, str, str]]:
    """Return topic, brand, type (of tickets) and id of all events."""
    events = []
    for record in twcs.events(tweets):
        event = json.loads(record.value)
        assert record.key == event["brand"].encode()
        kind = "mention" if record.topic is Topic.MENTIONS else event["type"]
        events.append((kind, event["brand"], event.get("ticket", ""), event["id"]))
    return events


def test_a_conversation_becomes_mentions_and_one_ticket() -> None:
    assert told(
        tweet(1, "77", "@AcmeCare it broke"),
        tweet(2, "AcmeCare", "@77 sorry", 1),
        tweet(3, "77", "@AcmeCare still broken", 2),
    ) == [
        ("mention", "acmecare", "", "1"),
        ("opened", "acmecare", "1", "1-opened"),
        ("replied", "acmecare", "1", "2-replied"),
        ("mention", "acmecare", "", "3"),
        ("replied", "acmecare", "1", "3-replied"),
    ]


def test_actors_accounts_and_text_are_passed_on() -> None:
    text = "@AcmeCare it broke \U0001f925"
    events: list[dict[str, Any]] = [
        json.loads(record.value)
        for record in twcs.events([tweet(1, "77", text), tweet(2, "AcmeCare", "@77 hm", 1)])
    ]
    assert events[0] == {
        "id": "1",
        "brand": "acmecare",
        "author": "77",
        "occurred_at": "1970-01-01T00:01:00Z",
        "source": "twitter",
        "text": text,
        "kind": "original",
    }
    assert (events[1]["actor"], events[1]["customer"]) == ("customer", "77")
    assert (events[2]["actor"], events[2]["agent"], events[2]["public"]) == (
        "agent",
        "AcmeCare",
        True,
    )


def test_the_first_support_account_addressed_is_meant() -> None:
    answer = tweet(9, "Globex", "@1 hi")
    other = tweet(8, "AcmeCare", "@1 hi")
    assert told(answer, other, tweet(1, "5", "@99 @globex not @AcmeCare"))[0][1] == "globex"


def test_without_an_address_the_support_account_of_the_thread_is_meant() -> None:
    assert told(tweet(1, "5", "@115 you all lie"), tweet(2, "AcmeCare", "@5 sorry", 1))[:2] == [
        ("mention", "acmecare", "", "1"),
        ("opened", "acmecare", "1", "1-opened"),
    ]


def test_a_handle_that_never_answers_is_a_brand_if_nobody_else_is() -> None:
    assert told(tweet(1, "5", "hey @115 and @Initech, mail me@Umbrella.com")) == [
        ("mention", "initech", "", "1"),
        ("opened", "initech", "1", "1-opened"),
    ]


def test_nobody_addressed_is_no_event_and_is_said() -> None:
    heard: list[tuple[str, str]] = []
    tweets = [tweet(1, "5", "@115 hello"), tweet(2, "AcmeCare", "good morning all")]
    assert list(twcs.events(tweets, lambda t, why: heard.append((t.id, why)))) == []
    assert heard == [("1", "addresses no brand"), ("2", "answers no ticket of its brand")]


def test_siblings_of_a_missing_tweet_share_its_thread() -> None:
    kinds = [
        (kind, ticket)
        for kind, _, ticket, _ in told(
            tweet(2, "5", "@AcmeCare a", 1), tweet(3, "5", "@AcmeCare b", 1)
        )
        if kind != "mention"
    ]
    assert kinds == [("opened", "1"), ("replied", "1")]


def test_one_thread_has_a_ticket_for_each_brand_addressed() -> None:
    kinds = [
        (kind, brand)
        for kind, brand, _, _ in told(
            tweet(1, "5", "@AcmeCare a"),
            tweet(2, "5", "@Initech b", 1),
            tweet(3, "AcmeCare", "@5 c", 2),
            tweet(4, "Initech", "@5 d", 2),
        )
        if kind != "mention"
    ]
    assert kinds == [
        ("opened", "acmecare"),
        ("opened", "initech"),
        ("replied", "acmecare"),
        ("replied", "initech"),
    ]


def test_time_orders_events_whatever_the_order_of_rows() -> None:
    events = told(
        tweet(3, "AcmeCare", "@5 sorry", 2, minute=5),
        tweet(2, "5", "@AcmeCare a", minute=4),
        tweet(1, "5", "@AcmeCare b", minute=9),
    )
    assert [identity for *_, identity in events] == [
        "2",
        "2-opened",
        "3-replied",
        "1",
        "1-opened",
    ]


def test_a_circle_of_answers_ends() -> None:
    tickets = {
        ticket
        for kind, _, ticket, _ in told(
            tweet(1, "5", "@Acme a", 2), tweet(2, "5", "@Acme b", 1), tweet(3, "5", "@Acme c", 2)
        )
        if kind != "mention"
    }
    assert len(tickets) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,5,Yes,Tue Oct 31 22:10:47 +0000 2017,hi,", "invalid_value"),
        ("1,5,True,2017-10-31,hi,", "bad_timestamp"),
        (",5,True,Tue Oct 31 22:10:47 +0000 2017,hi,", "empty_field"),
        ("1,5,True", "malformed_line"),
    ],
)
def test_rows_that_are_no_tweets_are_rejected(tmp_path: Path, row: str, reason: str) -> None:
    file = tmp_path / "twcs.csv"
    good = '7,5,True,Tue Oct 31 22:10:47 +0000 2017,"@Acme a\rb",3.0'
    file.write_text(",".join(twcs.COLUMNS) + f"\n{row}\n{good}\n", newline="")
    items: list[SourceItem] = list(twcs.read(str(file)))
    assert isinstance(items[0], RejectedLine)
    assert items[0].reject.reason == reason
    values = [json.loads(item.value) for item in items[1:] if not isinstance(item, RejectedLine)]
    assert [value["id"] for value in values] == ["7", "7-opened"]
    assert values[0]["text"] == "@Acme a\rb"
    assert values[0]["occurred_at"] == "2017-10-31T22:10:47Z"
    assert values[1]["ticket"] == "3"
