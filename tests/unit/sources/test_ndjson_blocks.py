"""Lines read by the block are what they are when each is read by itself."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.records import Topic
from pipeline.sources import ndjson, ndjson_blocks
from pipeline.sources.ndjson_blocks import Events
from pipeline.sources.record import RejectedLine, SourceItem

Item = tuple[Topic | None, bytes]

PLAIN = (
    b'{"topic":"social-mentions","brand":"acme","occurred_at":"2026-05-01T00:00:00Z"}',
    b'{"topic":"social-mentions","brand":"a","text":"}, [\xc3\xa9","occurred_at":5}',
    b'{"topic":"support-tickets","brand":"acme"}',
    b'{"topic":"brand-activity","nested":{"a":[{"b":1}]}}',
)
ODD = (
    b"",
    b" \t",
    b"{",
    b'{"topic":"social-mentions"}',
    b'{"topic":"social-mentions","text":"},{"}',
    b'{"topic":"social-mentions","brand":"a","topic":"brand-activity"}',
    b'{"topic":"social-mentions","brand":"a","\\u0074opic":"brand-activity"}',
    b'{"topic":"social-mentions","brand":NaN}',
    b'{"topic":"social-mentions","brand":1e999}',
    b'{"topic":"social-mentions","occurred_at":1e999}',
    b'{"topic":"social-mentions","text":"\xff"}',
    b'{"topic":"social-mentions","\xff":1}',
    b'{"topic":"social-mentions","brand":"a"} ',
    b' {"brand":"a","topic":"support-tickets"}\r',
    b'{"topic":"social-mentions","x":1}{"y":2}',
    b'{"topic":"social-mentions","deep":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"topic":"social-mentions","text":"' + b"x" * (1 << 20) + b'"}',
)


TORN = (
    b'{"topic":"social-mentions","a":[{"b":1},',
    b'{"topic":"social-mentions","c":2}]}{"d":3}',
)


def by_topic(items: Iterable[SourceItem | Events]) -> dict[Topic | None, list[bytes]]:
    found: dict[Topic | None, list[bytes]] = {}
    for item in items:
        if isinstance(item, Events):
            assert len(item.values) == len(item.occurred_at)
            found.setdefault(item.topic, []).extend(item.values)
        elif isinstance(item, RejectedLine):
            found.setdefault(None, []).append(b"%d %b" % (item.line, item.reject.reason.encode()))
        else:
            found.setdefault(item.topic, []).append(item.value)
    return found


@given(
    st.lists(st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN + ODD + TORN)), max_size=12),
    st.sampled_from([b"\n", b"", b"\n\n"]),
    st.integers(1, 400),
    st.booleans(),
)
def test_by_the_block_and_one_by_one_are_the_same(
    lines: list[bytes], end: bytes, size: int, marked: bool
) -> None:
    content = (b"\xef\xbb\xbf" if marked else b"") + b"\n".join(lines) + end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ndjson_blocks, "BLOCK_BYTES", size)
        together = by_topic(ndjson_blocks.blocks(io.BytesIO(content)))
    assert together == by_topic(ndjson.items(io.BytesIO(content)))


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_line_among_others_is_what_it_is_alone(odd: bytes) -> None:
    content = b"\n".join([PLAIN[0], odd, PLAIN[0], b""])
    together = by_topic(ndjson_blocks.blocks(io.BytesIO(content)))
    assert together == by_topic(ndjson.items(io.BytesIO(content)))


def test_lines_that_are_right_together_are_refused_each() -> None:
    content = b"\n".join([*TORN, b""])
    [*items] = ndjson_blocks.blocks(io.BytesIO(content))
    assert [type(item) for item in items] == [RejectedLine] * 2


def test_plain_lines_come_together_with_their_times() -> None:
    items = list(ndjson_blocks.blocks(io.BytesIO(b"\n".join([*PLAIN, b""]))))
    assert items == [
        Events(
            Topic.MENTIONS,
            [
                b'{"brand":"acme","occurred_at":"2026-05-01T00:00:00Z"}',
                b'{"brand":"a","text":"}, [\xc3\xa9","occurred_at":5}',
            ],
            ["2026-05-01T00:00:00Z", 5],
        ),
        Events(Topic.TICKETS, [b'{"brand":"acme"}'], [None]),
        Events(Topic.ACTIVITY, [b'{"nested":{"a":[{"b":1}]}}'], [None]),
    ]
