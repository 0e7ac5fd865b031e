"""NDJSON by the block: many plain lines at once, for whoever looks at no single one.

Of plain lines (:mod:`pipeline.sources.line_scan`), mentions are read in one pass, and what that
leaves over is looked at together, topic by topic. Taken one by one are all other lines, what is
left over beside a line that is no event, and plain ones of which few stand between two such.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, BinaryIO, NamedTuple, cast

import msgspec
import numpy as np

from pipeline.compiled import PADDING
from pipeline.events.instant_columns import Flags, Instants, read_instants
from pipeline.events.joined import parted
from pipeline.events.mention_columns import times_of
from pipeline.events.records import Places, Topic
from pipeline.events.text_scan import Bytes
from pipeline.sources import ndjson
from pipeline.sources.files import opened
from pipeline.sources.line_scan import TOPICS, Lines, lines_in
from pipeline.sources.record import SourceItem

BLOCK_BYTES = 1 << 20

_LEAST_TOGETHER = 32
"""Plain lines that follow each other; fewer take longer together than one by one."""

_FEW_TURNS = 8
"""Between plain and other lines of a block; fewer cost too little to mind."""

UNKNOWN = np.iinfo(np.int64).min
"""The instant of an event of which it is not known; it is before all others."""


class Events(NamedTuple):
    """Events of one topic in the order of their lines, as JSON bytes without a ``topic`` field.

    Args:
        topic: The topic.
        values: The events one behind another.
        bounds: Where each begins, and the last one ends.
        at: When each happened, in microseconds, or :data:`UNKNOWN`, where it is not written as
            programs write it.
    """

    topic: Topic
    values: Bytes
    bounds: Places
    at: Instants


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
    source = cast("io.BufferedIOBase", file)
    raw = np.empty(BLOCK_BYTES + PADDING, np.uint8)
    number, held = 1, 0
    while more := source.readinto(raw[held:-PADDING].data):
        held += more
        lines = lines_in(raw, held)
        yield from _items(lines, number)
        number += lines.ends.size
        done = int(lines.ends[-1]) + 1 if lines.ends.size else 0
        raw[: held - done] = raw[done:held]
        held -= done
        if 2 * held > raw.size - PADDING:  # a long line
            longer = np.empty(2 * raw.size, np.uint8)
            longer[:held] = raw[:held]
            raw = longer
    if held:
        yield from ndjson.items([raw[:held].tobytes()], number)


def _items(lines: Lines, number: int) -> Iterator[Events | SourceItem]:
    """Yield what is in some lines, of which the first has this number."""
    if not lines.ends.size:
        return
    at, plain = _times(lines)
    turns = np.flatnonzero(plain[1:] != plain[:-1]) + 1
    least = _LEAST_TOGETHER if turns.size >= _FEW_TURNS else 1
    done = 0
    for first, last in pairwise((0, *turns.tolist(), plain.size)):
        if plain[first] and last - first >= least:
            yield from _one_by_one(lines, range(done, first), number)
            yield from _events(lines, at, first, last)
            done = last
    yield from _one_by_one(lines, range(done, plain.size), number)


def _one_by_one(lines: Lines, which: range, number: int) -> Iterator[SourceItem]:
    """Yield what is in lines that follow each other, looking at each."""
    return ndjson.items((lines.text(line) for line in which), number + which.start)


def _events(lines: Lines, at: Instants, first: int, last: int) -> Iterator[Events]:
    """Yield the events of plain lines that follow each other."""
    for code, topic in enumerate(TOPICS):
        its = np.flatnonzero(lines.topics[first:last] == code) + first
        if its.size:
            values, bounds = lines.events(its)
            yield Events(topic, values[:-PADDING], bounds, at[its])


def _times(lines: Lines) -> tuple[Instants, Flags]:
    """Return when events happened, and of which lines it is known.

    They hold one whole event each, which names no topic.
    """
    at = np.full(lines.ends.size, UNKNOWN)
    plain = np.zeros(lines.ends.size, np.bool_)
    for code, topic in enumerate(TOPICS):
        its = np.flatnonzero(lines.topics == code)
        if topic is Topic.MENTIONS and its.size:
            events, bounds = lines.events(its)
            at[its], plain[its] = times_of(events, bounds[:-1], bounds[1:])
            its = its[~plain[its]]
        if its.size:
            events, bounds = lines.events(its)
            occurred_at = _occurred_at(parted(events, bounds))
            if occurred_at is not None:
                at[its], plain[its] = _instants(occurred_at), True
    return at, plain


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


def _instants(occurred_at: list[Any]) -> Instants:
    """Return instants, :data:`UNKNOWN` for what is none or is written in another form."""
    at, read = read_instants([each if isinstance(each, str) else "" for each in occurred_at])
    at[~read] = UNKNOWN
    return at
