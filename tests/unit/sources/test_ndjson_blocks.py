"""Lines read by the block are what they are when each is read by itself."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import datetime
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.events.instants import from_datetime
from pipeline.events.joined import parted
from pipeline.events.records import Topic
from pipeline.sources import ndjson, ndjson_blocks
from pipeline.sources.ndjson_blocks import UNKNOWN, Events
from pipeline.sources.record import RejectedLine, SourceItem

MENTION = (
    b'{"topic":"social-mentions","id":"1","brand":"acme","author":"a","source":"s",'
    b'"occurred_at":"2026-05-01T00:00:00%b"%b}'
)
VALID = (
    MENTION % (b"Z", b""),
    MENTION % (b".25+00:00", b',"text":"caf\xc3\xa9 \\u00e9 \\"}, {\\\\"'),
    MENTION % (b"Z", b',"sentiment":-0.12345678901234567'),
    b'{"topic":"social-mentions","occurred_at" : "2026-05-01T00:00:00.123456Z", "id":"1",'
    b'"brand":"acme" ,"author":"a", "source":"s" }',
)
"""Mentions that are found in passing."""
PLAIN = (
    b'{"topic":"social-mentions","brand":"acme","occurred_at":"2026-05-01T00:00:00Z"}',
    b'{"topic":"social-mentions","brand":"a","text":"}, [\xc3\xa9","occurred_at":5}',
    b'{"topic":"support-tickets","brand":"acme"}',
    b'{"topic":"support-tickets","brand":"acme","occurred_at":"2026-05-01T00:00:00.500Z"}',
    b'{"topic":"brand-activity","nested":{"a":[{"b":1}]}}',
    MENTION % (b".123456789Z", b""),
    MENTION % (b"Z", b',"sentiment":7'),
    MENTION % (b"Z", b',"sentiment":1.0000000000000000001'),
    MENTION % (b"Z", b',"rating":1' + b"0" * 400),
)
ODD = (
    b"",
    b" \t",
    b"{",
    b"}",
    b'{"topic":"social-mentions"}',
    b'{"topic":"social-mentions","text":"},{"}',
    b'{"topic":"social-mentions","brand":"a","topic":"brand-activity"}',
    b'{"topic":"social-mentions","brand":"a","\\u0074opic":"brand-activity"}',
    b'{"topic":"social-mentions","brand":NaN}',
    b'{"topic":"social-mentions","brand":1e999}',
    b'{"topic":"social-mentions","occurred_at":1e999}',
    b'{"topic":"social-mentions","text":"\xff"}',
    b'{"topic":"social-mentions","text":"\\ud800"}',
    b'{"topic":"social-mentions","text":"\0"}',
    b'{"topic":"social-mentions","\xff":1}',
    b'{"topic":"social-mentions","brand":"a"} ',
    b'{"topic":"social-mentions","}',
    b'{"topic":"brand-activities","brand":"a"}',
    b' {"brand":"a","topic":"support-tickets"}\r',
    b'{"brand":"a","topic":"support-tickets"}',
    b'{"topic":"social-mentions","x":1}{"y":2}',
    b'{"topic":"social-mentions","deep":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"topic":"social-mentions","text":"' + b"x" * (1 << 20) + b'"}',
    MENTION % (b"Z", b'}{"x":1'),
    MENTION % (b"Z", b',"topic":"social-mentions"'),
    MENTION % (b"Z", b"") + b"\r",
)
TORN = (
    b'{"topic":"social-mentions","a":[{"b":1},',
    b'{"topic":"social-mentions","c":2}]}{"d":3}',
)
MARK = b"\xef\xbb\xbf"

LINES = st.one_of(
    st.sampled_from(VALID), st.sampled_from(VALID + PLAIN), st.sampled_from(VALID + ODD + TORN)
)


def by_topic(items: Iterable[SourceItem | Events]) -> dict[Topic | None, list[bytes]]:
    """Return the events of each topic in order, and what was refused."""
    found: dict[Topic | None, list[bytes]] = {}
    for item in items:
        if isinstance(item, Events):
            found.setdefault(item.topic, []).extend(values_of(item))
        elif isinstance(item, RejectedLine):
            reason = item.reject.reason.encode()
            found.setdefault(None, []).append(b"%d %b %b" % (item.line, reason, item.raw))
        else:
            found.setdefault(item.topic, []).append(item.value)
    return found


def values_of(events: Events) -> list[bytes]:
    """Return the values of events, whose times must be theirs where they are known."""
    values = parted(events.values, events.bounds)
    assert events.bounds[-1] == events.values.size
    for value, at in zip(values, events.at.tolist(), strict=True):
        if at != UNKNOWN:
            written = json.loads(value)["occurred_at"]
            assert at == from_datetime(datetime.fromisoformat(written))
    return values


def assert_same(content: bytes, size: int = ndjson_blocks.BLOCK_BYTES) -> None:
    """Compare what is read by the block with what is read line by line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ndjson_blocks, "BLOCK_BYTES", size)
        together = by_topic(ndjson_blocks.blocks(io.BytesIO(content)))
    assert together == by_topic(ndjson.items(io.BytesIO(content)))


@given(
    st.lists(LINES, max_size=12),
    st.sampled_from([b"\n", b"", b"\n\n"]),
    st.integers(1, 1000),
    st.booleans(),
)
def test_by_the_block_and_one_by_one_are_the_same(
    lines: list[bytes], end: bytes, size: int, marked: bool
) -> None:
    assert_same((MARK if marked else b"") + b"\n".join(lines) + end, size)


@given(
    st.lists(st.sampled_from(VALID + PLAIN), min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.integers(0), st.sampled_from([*b'\n"\\{},:[]u0e\0\r \xff', None]), st.booleans()
        ),
        max_size=3,
    ),
)
def test_damaged_lines_are_taken_alike(
    lines: list[bytes], damages: list[tuple[int, int | None, bool]]
) -> None:
    """A byte here and there is another one, or is gone, or one has come in."""
    content = bytearray(b"\n".join([*lines, b""]))
    for place, byte, over in damages:
        at = place % len(content)
        content[at : at + (over or byte is None)] = b"" if byte is None else bytes([byte])
    assert_same(bytes(content))


@given(st.binary(max_size=300), st.integers(1, 400))
@example(b"\n" * 300, 400)
def test_any_bytes_are_taken_alike(content: bytes, size: int) -> None:
    assert_same(content, size)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("other", [VALID[0], PLAIN[0]])
def test_an_odd_line_among_others_is_what_it_is_alone(odd: bytes, other: bytes) -> None:
    assert_same(b"\n".join([other, odd, other, b""]))


def test_lines_that_are_right_together_are_refused_each() -> None:
    content = b"\n".join([*TORN, b""])
    [*items] = ndjson_blocks.blocks(io.BytesIO(content))
    assert [type(item) for item in items] == [RejectedLine] * 2


def test_more_lines_than_a_block_holds_are_the_same() -> None:
    random = Random(1)
    pool = VALID * 20 + PLAIN * 3 + ODD[:-5]
    assert_same(b"\n".join([*random.choices(pool, k=2_000), b""]), 1 << 14)


def test_plain_lines_come_together_with_their_times() -> None:
    first = 1_777_593_600_000_000
    items = list(ndjson_blocks.blocks(io.BytesIO(b"\n".join([*PLAIN[:5], *VALID[:2], b""]))))
    assert all(isinstance(item, Events) for item in items)
    assert [
        (item.topic, values_of(item), item.at.tolist())
        for item in items
        if isinstance(item, Events)
    ] == [
        (
            Topic.MENTIONS,
            [b'{"' + line[28:] for line in (*PLAIN[:2], *VALID[:2])],
            [first, UNKNOWN, first, first + 250_000],
        ),
        (Topic.TICKETS, [b'{"' + line[28:] for line in PLAIN[2:4]], [UNKNOWN, first + 500_000]),
        (Topic.ACTIVITY, [b'{"' + PLAIN[4][27:]], [UNKNOWN]),
    ]


@pytest.mark.parametrize("valid", VALID)
def test_valid_mentions_are_found_in_passing(valid: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else looks at them, or reading takes three times as long."""

    def refuse(_: list[bytes]) -> None:
        raise AssertionError(valid)

    monkeypatch.setattr(ndjson_blocks, "_occurred_at", refuse)
    [events] = ndjson_blocks.blocks(io.BytesIO(valid + b"\n"))
    assert isinstance(events, Events)
    assert values_of(events) == [b'{"' + valid[28:]]
    assert events.at[0] != UNKNOWN


@pytest.mark.parametrize(("times", "together"), [(3, [1, 1, 1, 40]), (20, [40])])
def test_few_plain_lines_between_many_others_are_taken_one_by_one(
    times: int, together: list[int]
) -> None:
    """Each run of plain lines has its price, which a single line is not worth."""
    plain, odd = VALID[0], b'{"brand":"a","topic":"support-tickets"}'
    content = b"\n".join([plain, odd] * times + [plain] * 40 + [b""])
    items = list(ndjson_blocks.blocks(io.BytesIO(content)))
    assert [each.at.size for each in items if isinstance(each, Events)] == together
    assert_same(content)
