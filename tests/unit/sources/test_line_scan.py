"""Lines of a block are those that Python finds, and the plain ones are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.compiled import PADDING
from pipeline.events.joined import parted
from pipeline.events.records import NOWHERE, Topic
from pipeline.sources.line_scan import TOPICS, Lines, lines_in

HEADS = [b'{"topic":"%b","' % topic.encode() for topic in Topic]
PIECES = [*HEADS, *(head[:-1] for head in HEADS), b"}", b"}\n", b"\n", b"\r", b"\0", b"\xff", b"x"]


def split(content: bytes, rest: bytes = b"") -> Lines:
    """Return the lines of some bytes in a buffer that holds the rest of others."""
    buffer = bytearray(content + rest[:PADDING].ljust(PADDING, b"\n"))
    return lines_in(np.frombuffer(buffer, np.uint8), len(content))


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=20)).map(b"".join),
    st.sampled_from(PIECES),
)
def test_lines_and_their_events_are_found(content: bytes, rest: bytes) -> None:
    lines = split(content, rest)
    expected = content.split(b"\n")[:-1]
    assert [lines.text(line) for line in range(lines.ends.size)] == [
        one + b"\n" for one in expected
    ]
    found = {}
    for number, line in enumerate(expected):
        for topic, head in zip(TOPICS, HEADS, strict=True):
            if line.startswith(head) and line.endswith(b"}"):
                found[number] = topic, b'{"' + line[len(head) :]
    plain = np.flatnonzero(lines.topics != NOWHERE)
    topics = [TOPICS[code] for code in lines.topics[plain].tolist()]
    values = parted(*lines.events(plain))
    assert dict(zip(plain.tolist(), zip(topics, values, strict=True), strict=True)) == found
    assert lines.raw[: len(content)].tobytes() == content


@pytest.mark.parametrize("cut", range(1, 29))
def test_a_head_is_not_put_together_with_what_stands_behind(cut: int) -> None:
    head = HEADS[0]
    assert split(head[:-cut], head[-cut:] + b"}\n").ends.size == 0
    lines = split(head[:-cut] + b"}\n", head[-cut:])
    assert lines.topics.tolist() == [NOWHERE]
