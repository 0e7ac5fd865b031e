"""Customer support conversations on Twitter, in the column layout of the TWCS data set.

Each row is a tweet; ``in_response_to_tweet_id`` links it to the one it answers, and a chain of
answers is a thread. What becomes of a tweet:

* Inbound (by a customer): a mention of the brand addressed - the first ``@handle`` in the text that
  is a support account of the file, else the support account of the thread, else the first handle
  that can be a brand id. In each thread the first inbound tweet to a brand opens a ticket, every
  later one is a reply of the customer.
* Outbound (by a support account): a public reply of an agent to that brand's ticket in the thread.
  Without such a ticket the tweet is no event of ours and is only counted.

Customers' names are numbers in this data set, hence no brands. Brand ids are the accounts' names in
lower case. Nobody says in this data when a ticket is solved, so tickets stay open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from pipeline.errors import Reject
from pipeline.events.brands import BRAND_ID
from pipeline.events.instants import from_datetime, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.csv import rows
from pipeline.sources.files import opened
from pipeline.sources.record import RejectedLine, SourceItem, SourceRecord

SOURCE = "twitter"
COLUMNS = ("tweet_id", "author_id", "inbound", "created_at", "text", "in_response_to_tweet_id")
TIME_FORMAT = "%a %b %d %H:%M:%S %z %Y"

_HANDLE = re.compile(r"(?<![A-Za-z0-9_@.])@([A-Za-z0-9_]{1,64})")


@dataclass(frozen=True, slots=True)
class Tweet:
    """One row; ``at`` in microseconds since the epoch, ``parent`` the tweet that it answers."""

    id: str
    author: str
    inbound: bool
    at: int
    text: str
    parent: str | None
    line: int


def read(path: str, skipped: Callable[[Tweet, str], None] | None = None) -> Iterator[SourceItem]:
    """Yield rejected rows first and then the events of all conversations in order of event time.

    ``skipped`` hears of tweets that are no events, and why. The whole file is held in memory: who
    opened a thread is known only when all of it has been read.

    Raises:
        Usage: The file cannot be read or lacks a column.
    """
    tweets: list[Tweet] = []
    with opened(path) as file:
        for line, row in rows(file, path, COLUMNS):
            try:
                tweets.append(_tweet(row, line))
            except Reject as reject:
                yield RejectedLine(line, _raw(row), reject)
    yield from events(tweets, skipped)


def events(
    tweets: Iterable[Tweet], skipped: Callable[[Tweet, str], None] | None = None
) -> Iterator[SourceRecord]:
    """Yield the events of some tweets in order of event time (ties: by tweet id)."""
    by_id = {tweet.id: tweet for tweet in tweets}
    threads = _Threads(by_id)
    opened_tickets: set[tuple[str, str]] = set()
    for tweet in sorted(by_id.values(), key=lambda tweet: (tweet.at, len(tweet.id), tweet.id)):
        root = threads.root(tweet)
        brand = threads.brand(tweet, root)
        if brand is None:
            if skipped:
                skipped(tweet, "addresses no brand")
            continue
        ticket = (root, brand)
        if tweet.inbound:
            yield _mention(tweet, brand)
            yield _ticket(tweet, ticket, "replied" if ticket in opened_tickets else "opened")
            opened_tickets.add(ticket)
        elif ticket in opened_tickets:
            yield _ticket(tweet, ticket, "replied")
        elif skipped:
            skipped(tweet, "answers no ticket of its brand")


class _Threads:
    """Which thread a tweet is in, and which support accounts speak in it."""

    def __init__(self, tweets: Mapping[str, Tweet]) -> None:
        self._tweets = tweets
        self._roots: dict[str, str] = {}
        self._companies = {
            tweet.author.lower(): brand
            for tweet in tweets.values()
            if not tweet.inbound and (brand := _brand_id(tweet.author))
        }
        self._companies_of: dict[str, str] = {}
        for tweet in sorted(tweets.values(), key=lambda tweet: (tweet.at, len(tweet.id), tweet.id)):
            if not tweet.inbound and (brand := _brand_id(tweet.author)):
                self._companies_of.setdefault(self.root(tweet), brand)

    def root(self, tweet: Tweet) -> str:
        """Return the id of the tweet that began the thread; it may be missing in the file."""
        path: list[str] = []
        current = tweet.id
        while current not in self._roots:
            path.append(current)
            known = self._tweets.get(current)
            # Damaged data may hold a circle; the tweet at which it closes then counts as the root.
            if known is None or known.parent is None or known.parent in path:
                self._roots[current] = current
                break
            current = known.parent
        root = self._roots[current]
        self._roots.update(dict.fromkeys(path, root))
        return root

    def brand(self, tweet: Tweet, root: str) -> str | None:
        """Return the brand that a tweet speaks to (inbound) or for (outbound)."""
        if not tweet.inbound:
            return _brand_id(tweet.author)
        handles = _HANDLE.findall(tweet.text)
        for handle in handles:
            if handle.lower() in self._companies:
                return self._companies[handle.lower()]
        if root in self._companies_of:
            return self._companies_of[root]
        return next(filter(None, map(_brand_id, handles)), None)


def _brand_id(account: str) -> str | None:
    brand = account.lower()
    return brand if BRAND_ID.fullmatch(brand) and not brand.isdigit() else None


def _mention(tweet: Tweet, brand: str) -> SourceRecord:
    event = {
        "id": tweet.id,
        "brand": brand,
        "author": tweet.author,
        "occurred_at": to_rfc3339(tweet.at),
        "source": SOURCE,
        "text": tweet.text,
        "kind": "original" if tweet.parent is None else "reply",
    }
    return _record(Topic.MENTIONS, brand, event, tweet)


def _ticket(tweet: Tweet, ticket: tuple[str, str], kind: str) -> SourceRecord:
    root, brand = ticket
    event: dict[str, Any] = {
        "id": f"{tweet.id}-{kind}",
        "ticket": root,
        "brand": brand,
        "occurred_at": to_rfc3339(tweet.at),
        "type": kind,
        "actor": "customer" if tweet.inbound else "agent",
        "public": True,
        "channel": SOURCE,
    }
    event["customer" if tweet.inbound else "agent"] = tweet.author
    return _record(Topic.TICKETS, brand, event, tweet)


def _record(topic: Topic, brand: str, event: Mapping[str, Any], tweet: Tweet) -> SourceRecord:
    return SourceRecord(topic, brand.encode(), msgspec.json.encode(event), tweet.line)


def _tweet(row: Mapping[str, str] | Reject, line: int) -> Tweet:
    if isinstance(row, Reject):
        raise row
    if not row["tweet_id"] or not row["author_id"]:
        raise Reject("empty_field", "tweet_id or author_id is empty")
    if row["inbound"] not in {"True", "False"}:
        raise Reject("invalid_value", f"inbound is {row['inbound']!r}, not True or False")
    try:
        moment = datetime.strptime(row["created_at"], TIME_FORMAT)  # noqa: DTZ007 - it has a zone
        at = from_datetime(moment)
    except ValueError as error:
        raise Reject("bad_timestamp", f"created_at: {error}") from error
    # The column went through a float in the data as published: "3.0".
    parent = row["in_response_to_tweet_id"].removesuffix(".0") or None
    return Tweet(
        row["tweet_id"], row["author_id"], row["inbound"] == "True", at, row["text"], parent, line
    )


def _raw(row: Mapping[str, str] | Reject) -> bytes:
    return b"" if isinstance(row, Reject) else ",".join(row.values()).encode()
