"""Decoding record by record: what is accepted, and the reasons of what is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pipeline.errors import Reject
from pipeline.events.contracts import MAX_RECORD_BYTES, Mention, Ticket
from pipeline.events.decode import decode_batch, decode_one
from pipeline.events.records import Topic
from tests.unit.events.judge import load, schema_of
from tests.unit.events.samples import REASONS, A, with_field


@pytest.mark.parametrize(("value", "reason", "detail"), REASONS)
def test_reasons(value: bytes | None, reason: str, detail: str) -> None:
    with pytest.raises(Reject) as caught:
        decode_one(Topic.MENTIONS, value)
    assert caught.value.reason == reason
    assert detail in caught.value.detail
    assert len(caught.value.detail) <= 300


def test_every_reason_is_in_the_dead_letter_contract() -> None:
    known = set(load("dead_letter.v1")["properties"]["reason"]["enum"])
    assert {reason for _, reason, _ in REASONS} <= known


@pytest.mark.parametrize(
    ("fields", "reason", "path"),
    [
        ({"type": "replied"}, "missing_field", "$.actor"),
        ({"type": "replied", "actor": None}, "missing_field", "$.actor"),
        ({"type": "merged"}, "missing_field", "$.merged_into"),
        ({"type": "merged", "merged_into": ""}, "empty_field", "$.merged_into"),
        ({"type": "transferred"}, "missing_field", "$.to_brand"),
        ({"type": "rated", "csat": 1.1}, "invalid_value", "$.csat"),
        ({"type": "opened", "sla_resolution_due_at": "soon"}, "bad_timestamp", "$.sla_resolution"),
        ({"type": "opened", "customer": "€" * 171}, "invalid_value", "$.customer"),
    ],
)
def test_reasons_of_tickets(fields: dict[str, object], reason: str, path: str) -> None:
    basic = {"id": "1", "ticket": "t", "brand": "b", "occurred_at": "2026-03-01T12:00:00Z"}
    with pytest.raises(Reject) as caught:
        decode_one(Topic.TICKETS, json.dumps({**basic, **fields}).encode())
    assert caught.value.reason == reason
    assert path in caught.value.detail


def test_what_is_wrong_with_the_bytes_comes_before_what_is_wrong_with_fields() -> None:
    """The decoder stops at the first fault; a reason must not depend on the order of fields."""
    early = b'{"id":1,"extra":2,'
    for fault, reason in (
        (b'"text":"\xff"}', "invalid_utf8"),
        (b'"text":[[[[[]]]]]}', "too_deep"),
        (b'"text":nul}', "not_json"),
        (b'"text":"\\udfff"}', "invalid_utf8"),
    ):
        with pytest.raises(Reject) as caught:
            decode_one(Topic.MENTIONS, early + fault)
        assert caught.value.reason == reason


def test_what_is_accepted() -> None:
    event = decode_one(Topic.MENTIONS, b" \r\n" + with_field(b"likes", b"3.0") + b"\t")
    assert event == Mention(
        id="a",
        brand="b",
        author="c",
        occurred_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        source="d",
        likes=3,
    )
    assert decode_one(Topic.MENTIONS, A.ljust(MAX_RECORD_BYTES)) == decode_one(Topic.MENTIONS, A)
    alias = decode_one(Topic.MENTIONS, with_field(b"brand", b'"Acme & Sons"'))
    assert alias.brand == "Acme & Sons"
    suspicious = with_field(b"text", b'"order 2026-0000, from 2026-01-01 12:00 and 2026-0-0000"')
    assert isinstance(decode_one(Topic.MENTIONS, suspicious), Mention)
    assert decode_batch(Topic.MENTIONS, [A, suspicious]) == [
        decode_one(Topic.MENTIONS, A),
        decode_one(Topic.MENTIONS, suspicious),
    ]


def test_topics_have_their_own_contracts() -> None:
    ticket = json.dumps(schema_of(Topic.TICKETS)["examples"][0]).encode()
    assert isinstance(decode_one(Topic.TICKETS, ticket), Ticket)
    with pytest.raises(Reject, match="unknown_field"):
        decode_one(Topic.ACTIVITY, ticket)
