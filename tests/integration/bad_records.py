r"""Bad records of every kind that the contracts name, each with the reason it must be refused for.

Every value is unlike all others, so that a dead letter can be told by its raw bytes.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

MENTIONS, TICKETS, ACTIVITY = "social-mentions", "support-tickets", "brand-activity"

TIME_FORMATS = (
    "2026-01-20 12:00:00Z",
    "2026-01-20T12:00:00",
    "2026-01-20",
    "2026-01-20T12:00Z",
    "2026-01-20T12:00:00+0000",
    "2026-01-20T12:00:00+01:00",
    "20260120T120000Z",
    "2026-W04-2T12:00:00Z",
    "2026-020T12:00:00Z",
    "20/01/2026 12:00:00",
    "Tue, 20 Jan 2026 12:00:00 GMT",
    "Tue Jan 20 12:00:00 +0000 2026",
    "2026-02-30T12:00:00Z",
    "1768910400",
    "\uff12026-01-20T12:00:00Z",
    "yesterday",
)
"""Times that people and programs write, none of them RFC 3339 in UTC."""


class Bad(NamedTuple):
    """A record to be refused: what is wrong, where it goes, its value, the reason expected."""

    name: str
    topic: str
    value: bytes | None
    reason: str


JOINING = frozenset({"two events with a comma", "an array opened", "an array closed"})
"""These must follow on each other, without anything between."""


def bad_records(brand: str, occurred_at: str) -> list[Bad]:  # noqa: C901 - a list, not a procedure
    """Return bad records; but for what is wrong with each, they are fine events of ``brand``.

    Args:
        brand: A brand that is admitted.
        occurred_at: A time that is neither too early nor too late.
    """
    base: dict[str, dict[str, Any]] = {
        MENTIONS: {
            "brand": brand,
            "author": "somebody",
            "source": "mastodon",
            "occurred_at": occurred_at,
            "sentiment": 1,
        },
        TICKETS: {
            "ticket": "t-bad",
            "brand": brand,
            "occurred_at": occurred_at,
            "type": "opened",
        },
        ACTIVITY: {
            "brand": brand,
            "occurred_at": occurred_at,
            "type": "launch",
            "name": "bad launch",
        },
    }
    found: list[Bad] = []

    def raw(name: str, value: bytes | None, reason: str, topic: str = MENTIONS) -> None:
        found.append(Bad(name, topic, value, reason))

    def event(topic: str = MENTIONS, /, **changes: Any) -> dict[str, Any]:
        merged = {"id": f"bad-{len(found)}", **base[topic], **changes}
        return {name: value for name, value in merged.items() if value is not ...}

    def wrong(name: str, reason: str, topic: str = MENTIONS, /, **changes: Any) -> None:
        # ... takes a field away; None is JSON's null.
        raw(name, json.dumps(event(topic, **changes)).encode(), reason, topic)

    def spelt(name: str, field: str, text: bytes, reason: str) -> None:
        """Put a value into the place of a field as it is, JSON or not."""
        value = json.dumps(event(**{field: "@here@"})).encode()
        raw(name, value.replace(b'"@here@"', text), reason)

    # Not JSON
    raw("nothing", b"", "not_json")
    raw("white space", b" \t\r\n", "not_json")
    raw("words", b"hello, world", "not_json")
    raw("html", b"<html><body>502 Bad Gateway</body></html>", "not_json")
    raw("cut off", json.dumps(event()).encode()[:-9], "not_json")
    raw("single quotes", str(event()).encode(), "not_json")
    raw("a comma too many", json.dumps(event()).encode()[:-1] + b",}", "not_json")
    raw("a byte order mark", b"\xef\xbb\xbf" + json.dumps(event()).encode(), "not_json")
    raw("a line feed in a string", b'{"id":"bad\nid"}', "not_json")
    for constant in (b"NaN", b"Infinity", b"-Infinity"):
        spelt(constant.decode(), "sentiment", constant, "not_json")
    spelt("a number beyond all", "sentiment", b"1e999", "invalid_value")
    # Other bytes
    spelt("invalid UTF-8", "text", b'"caf\xe9"', "invalid_utf8")
    spelt("a surrogate in UTF-8", "text", b'"\xed\xa0\x80"', "invalid_utf8")
    spelt("a lone high surrogate", "text", b'"\\ud83d!"', "invalid_utf8")
    spelt("a lone low surrogate", "author", b'"\\udc00"', "invalid_utf8")
    raw("random bytes", bytes(range(255, 127, -1)), "invalid_utf8")
    raw("utf-16", json.dumps(event()).encode("utf-16"), "invalid_utf8")
    # Too much
    wrong("1 MB of text", "too_large", text="x" * 1_000_000)
    raw("100,000 levels of arrays", b"[" * 100_000 + b"]" * 100_000, "too_large")
    raw("100,000 levels never closed", b'{"a":' * 100_000, "too_large")
    raw("30,000 levels of arrays", b"[" * 30_000 + b"]" * 30_000, "too_deep")
    raw("13,000 levels never closed", b'{"a":' * 13_000, "too_deep")
    spelt("a deep field", "text", b"[" * 20_000 + b"]" * 20_000, "too_deep")
    wrong("a text too long", "invalid_value", text="x" * 33_000)
    wrong("an id too long", "invalid_value", id="i" * 513)
    wrong("an author too long", "invalid_value", author="ä" * 257)
    # Types
    for alone in (b"null", b"true", b"42", b'"text"', b"[]"):
        raw(f"{alone.decode()} alone", alone, "wrong_type")
    raw("an array of one event", json.dumps([event()]).encode(), "wrong_type")
    wrong("a number as id", "wrong_type", id=42)
    wrong("a number as brand", "wrong_type", brand=42)
    wrong("null as author", "wrong_type", author=None)
    wrong("a list as text", "wrong_type", text=["great"])
    wrong("text as sentiment", "wrong_type", sentiment="0.5")
    wrong("a truth as rating", "wrong_type", rating=True)
    wrong("half a like", "wrong_type", likes=1.5)
    wrong("text as public", "wrong_type", TICKETS, public="yes")
    wrong("text as cost", "wrong_type", ACTIVITY, cost="12 EUR")
    # Fields
    wrong("an unknown field", "unknown_field", mood="good")
    wrong("a field in another case", "unknown_field", TICKETS, Actor="agent")
    wrong("the field topic", "unknown_field", ACTIVITY, topic=ACTIVITY)
    raw("no fields", b"{}", "missing_field")
    for topic, fields in (
        (MENTIONS, ("id", "brand", "author", "source", "occurred_at")),
        (TICKETS, ("id", "brand", "ticket", "occurred_at", "type")),
        (ACTIVITY, ("id", "brand", "name", "occurred_at", "type")),
    ):
        for field in fields:
            wrong(f"{topic} without {field}", "missing_field", topic, **{field: ...})
            if field not in {"occurred_at", "type"}:
                more: dict[str, Any] = {field: ""}
                if field == "id":  # keeps the value unlike the others
                    more["channel" if topic != MENTIONS else "lang"] = "xx"
                wrong(f"{topic} with empty {field}", "empty_field", topic, **more)
    wrong("a reply of nobody", "missing_field", TICKETS, type="replied")
    wrong("merged into nothing", "missing_field", TICKETS, type="merged")
    wrong("too much sentiment", "invalid_value", sentiment=1.0001)
    wrong("no star", "invalid_value", rating=0)
    wrong("likes below 0", "invalid_value", likes=-1)
    wrong("an unknown type", "invalid_value", TICKETS, type="exploded")
    wrong("a source with NUL", "invalid_value", source="mast\0odon")
    # Brands
    for bad in ("Acme", "acme corp", "-acme", "acme/x", "a" * 65, "acme\n", "ácme", "{acme}"):
        wrong(f"brand {bad!r}", "bad_brand_id", brand=bad)
    wrong("a ticket of a bad brand", "bad_brand_id", TICKETS, brand="a|row")
    # Times
    for text in TIME_FORMATS:
        wrong(f"time {text}", "bad_timestamp", occurred_at=text)
    wrong("no time", "empty_field", occurred_at="")
    wrong("1970", "bad_timestamp", occurred_at="1970-01-01T00:00:00Z")
    wrong("a ticket of 1970", "bad_timestamp", TICKETS, occurred_at="1970-01-21T11:21:50.4Z")
    wrong("2100", "in_future", occurred_at="2100-01-01T00:00:00Z")
    wrong("a launch in 2100", "in_future", ACTIVITY, occurred_at="2100-01-01T00:00:00Z")
    wrong("milliseconds", "wrong_type", occurred_at=1_768_910_400_000)
    wrong("milliseconds as text", "bad_timestamp", occurred_at="1768910400000")
    wrong("milliseconds as seconds", "bad_timestamp", occurred_at="58024-06-12T00:00:00Z")
    wrong("years too late", "too_late", occurred_at="2020-01-01T00:00:00Z")
    # Values that would turn into other records if values were joined with commas: each alone is no
    # JSON, in a row they are as many objects as values.
    first, second = json.dumps(event()).encode(), json.dumps(event(author="other")).encode()
    raw("two events with a comma", first + b"," + second, "not_json")
    raw("an array opened", b'{"id":[{}', "not_json")
    raw("an array closed", b"{}]}", "not_json")
    raw("two events in two lines", first + b"\n" + second, "not_json")
    raw("a string opened", b'{"id":"}', "not_json")
    raw("a string closed", b'{"}', "not_json")
    raw("the batch closed and opened", first + b"],[" + second, "not_json")
    # No value at all
    raw("a tombstone", None, "tombstone")
    raw("a ticket's tombstone", None, "tombstone", TICKETS)
    assert len({bad[1:3] for bad in found}) == len(found), "two bad records are alike"
    return found
