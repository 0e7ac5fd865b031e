"""NDJSON by the block: many plain lines at once, for whoever looks at no single one.

A line is plain if it begins with ``topic``, as :func:`~pipeline.sources.ndjson.line` writes it. A
block with any other line, or with one that is no JSON object, is taken line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

import msgspec

from pipeline.events.records import Topic
from pipeline.sources import ndjson
from pipeline.sources.files import opened
from pipeline.sources.record import SourceItem

BLOCK_BYTES = 1 << 20

_HEADS = {topic: b'{"topic":"%b","' % topic.encode() for topic in Topic}
_BODY, _END = b'{"', b"}\n"


class Events(NamedTuple):
    """Events of one topic in the order of their lines, as JSON bytes without a ``topic`` field.

    ``occurred_at`` holds what each has in the field of that name, whatever it is.
    """

    topic: Topic
    values: list[bytes]
    occurred_at: list[Any]


class _Known(msgspec.Struct, gc=False):
    """Of an event, when it happened, and a second topic, which it should not have."""

    occurred_at: Any = None
    topic: Any = msgspec.UNSET


_decode_lines = msgspec.json.Decoder(_Known).decode_lines


def read(paths: Iterable[str]) -> Iterator[Events | SourceItem]:
    """Yield what :func:`~pipeline.sources.ndjson.read` does, many plain lines of a topic at once.

    The order is that of the lines, within each topic.

    Raises:
        Usage: A file cannot be read.
    """
    for path in paths:
        with opened(path) as file:
            yield from blocks(file)


def blocks(file: BinaryIO) -> Iterator[Events | SourceItem]:
    """Yield what is in an open file."""
    number = 1
    while lines := file.readlines(BLOCK_BYTES):
        yield from _plain(lines) or ndjson.items(lines, number)
        number += len(lines)


def _plain(lines: list[bytes]) -> list[Events]:
    """Return the events of some lines by topic; none where one of the lines is not plain."""
    found: list[Events] = []
    if not all(line.endswith(_END) for line in lines):
        return found
    for topic, head in _HEADS.items():
        values = [_BODY + line[len(head) : -1] for line in lines if line.startswith(head)]
        if values:
            occurred_at = _occurred_at(values)
            if occurred_at is None:
                return []
            found.append(Events(topic, values, occurred_at))
    return found if sum(len(each.values) for each in found) == len(lines) else []


def _occurred_at(values: list[bytes]) -> list[Any] | None:
    """Return when events happened; None where one of them is no JSON object or names a topic.

    Between ``}`` and ``{`` a line feed alone can stand neither in a string nor in an object or
    array, so each value holds at least one whole object, and as many objects as values means one
    in each.
    """
    text = b"\n".join(values)
    try:
        if not text.isascii():
            text.decode()
        known = _decode_lines(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if len(known) != len(values) or any(each.topic is not msgspec.UNSET for each in known):
        return None
    return [each.occurred_at for each in known]
