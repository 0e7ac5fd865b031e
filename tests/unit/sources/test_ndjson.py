"""NDJSON: lines, topics, and what cannot be an event."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Usage
from pipeline.events.records import Topic
from pipeline.sources import ndjson
from pipeline.sources.record import RejectedLine, SourceRecord

GOOD = b'{"topic":"social-mentions","brand":"acme","id":"1"}'


def test_the_topic_is_taken_out_and_the_rest_kept_byte_for_byte() -> None:
    item = ndjson.parse(b'{"id":"1", "topic":"support-tickets","n":1.50,"brand":"acme"}', 7)
    assert item == SourceRecord(Topic.TICKETS, b"acme", b'{"id":"1","n":1.50,"brand":"acme"}', 7)


def test_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    file = tmp_path / "events"
    inner = '{"topic":"social-mentions","brand":"acme","text":"a\u2028b\u0085c"}'.encode()
    file.write_bytes(GOOD + b"\r\n" + inner + b"\r" + b"\n \n" + GOOD)
    items = list(ndjson.read([str(file)]))
    assert [item.line for item in items] == [1, 2, 4]
    assert all(isinstance(item, SourceRecord) for item in items)


def test_gzip_is_recognised_by_content_and_a_byte_order_mark_dropped(tmp_path: Path) -> None:
    file = tmp_path / "events.txt"
    file.write_bytes(gzip.compress(b"\xef\xbb\xbf" + GOOD + b"\n"))
    assert [type(item) for item in ndjson.read([str(file)])] == [SourceRecord]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"no json", "malformed_line"),
        (b"[1]", "malformed_line"),
        (b'{"topic":"social-mentions"', "malformed_line"),
        (b'{"topic":"social-mentions",}', "malformed_line"),
        (b'{"topic":"social-mentions", }', "malformed_line"),
        (b'{"brand":"acme"}', "unknown_topic"),
        (b'{"topic":"influence-totals"}', "unknown_topic"),
        (b'{"topic":3}', "unknown_topic"),
        (b'{"topic":"social-mentions","\xff":1}', "invalid_utf8"),
        (b'{"topic":"social-mentions","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
    ],
)
def test_a_line_that_cannot_be_an_event_is_rejected_with_its_bytes(
    line: bytes, reason: str
) -> None:
    item = ndjson.parse(line, 3)
    assert isinstance(item, RejectedLine)
    assert (item.reject.reason, item.raw, item.line) == (reason, line, 3)


@pytest.mark.parametrize(
    "line",
    [
        b'{"topic":"social-mentions","brand":"acme","sentiment":NaN}',
        b'{"topic":"social-mentions","brand":"acme","text":"\\ud800"}',
        b'{"topic":"social-mentions","brand":"acme","text":"\xff"}',
        b'{"topic":"social-mentions","brand":"acme","unknown":{}}',
    ],
)
def test_bad_content_is_left_for_decoding_to_judge(line: bytes) -> None:
    item = ndjson.parse(line)
    assert isinstance(item, SourceRecord)
    assert (item.topic, item.key) == (Topic.MENTIONS, b"acme")


@pytest.mark.parametrize("brand", [b"3", b'""', b'"\\ud800"', b"null", b'"\xff"'])
def test_a_brand_that_cannot_be_a_key_gives_none(brand: bytes) -> None:
    item = ndjson.parse(b'{"topic":"social-mentions","brand":' + brand + b"}")
    assert isinstance(item, SourceRecord)
    assert item.key is None


@pytest.mark.parametrize("value", [b"{}", b'{"brand":"acme"}'])
def test_lines_written_are_read_back(value: bytes) -> None:
    record = SourceRecord(Topic.ACTIVITY, b"acme" if len(value) > 2 else None, value)
    line = ndjson.line(record)
    assert json.loads(line)["topic"] == "brand-activity"
    assert ndjson.parse(line.removesuffix(b"\n")) == record


def test_a_missing_or_damaged_file_is_usage(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="cannot read"):
        list(ndjson.read([str(tmp_path / "none")]))
    damaged = tmp_path / "damaged"
    damaged.write_bytes(gzip.compress(GOOD * 100)[:-20])
    with pytest.raises(Usage, match="damaged gzip"):
        list(ndjson.read([str(damaged)]))


MEMBERS = st.dictionaries(
    st.sampled_from(["brand", "id", "text", "n", "Topic"]) | st.text(max_size=5),
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.just({"topic": "x"}),
).map(lambda members: {name: held for name, held in members.items() if name != "topic"})


@given(MEMBERS, st.booleans())
def test_it_does_not_matter_where_in_a_line_the_topic_stands(
    members: dict[str, object], ascii_only: bool
) -> None:
    topic = {"topic": "brand-activity"}
    first, last = (
        json.dumps(event, ensure_ascii=ascii_only, separators=(",", ":")).encode()
        for event in (topic | members, members | topic)
    )
    one, other = ndjson.parse(first), ndjson.parse(last)
    assert isinstance(one, SourceRecord)
    assert isinstance(other, SourceRecord)
    assert (one.topic, one.key) == (other.topic, other.key)
    assert json.loads(one.value) == json.loads(other.value) == members


def test_of_a_topic_that_is_named_twice_the_last_counts() -> None:
    for again in (b'"topic"', b'"\\u0074opic"'):
        item = ndjson.parse(b'{"topic":"social-mentions",%b:"support-tickets","n":1}' % again)
        assert item == SourceRecord(Topic.TICKETS, None, b'{"n":1}')
