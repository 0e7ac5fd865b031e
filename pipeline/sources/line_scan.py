r"""Lines of NDJSON in a buffer: where they end, and of which topic the plain ones are (compiled).

A line is plain if it begins with ``topic`` and another field, as
:func:`pipeline.sources.ndjson.line` writes them, and ends with ``}\n``. What is between is not
looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, eight, entry, first_marked, inner, item
from pipeline.events.gather_scan import gathered
from pipeline.events.records import NOWHERE, Places, Topic
from pipeline.events.text_scan import Bytes

TOPICS = tuple(Topic)

_BEFORE = tuple(b'{"topic":"%b"' % topic.encode() for topic in TOPICS)
_HEADS = tuple(before + b',"' for before in _BEFORE)
_COMMA = np.array([len(before) for before in _BEFORE])
_WORDS = 4
"""Of eight bytes each, what a head takes at most."""


class Lines(NamedTuple):
    """Lines in a buffer.

    Args:
        raw: The buffer.
        starts: Where each line begins.
        ends: Where the line feed of each is.
        topics: Of which of :data:`TOPICS` the plain ones are; ``NOWHERE`` for all others.
    """

    raw: Bytes
    starts: Places
    ends: Places
    topics: Places

    def text(self, line: int) -> bytes:
        """Return a line, its line feed included."""
        return self.raw[self.starts[line] : self.ends[line] + 1].tobytes()

    def events(self, which: Places) -> tuple[Bytes, Places]:
        """Return the events of plain lines as :func:`~pipeline.events.gather_scan.gathered` does.

        Each begins at the comma behind its topic, which gives way to a brace.
        """
        starts = self.starts[which] + _COMMA[self.topics[which]]
        events, bounds = gathered(self.raw, starts, self.ends[which])
        events[bounds[:-1]] = _OPEN
        return events, bounds


def lines_in(raw: Bytes, size: int) -> Lines:
    """Return the lines that end within the first bytes of a buffer.

    :data:`~pipeline.compiled.PADDING` more bytes must follow those, whatever they are.
    """
    starts, ends, topics = np.empty((3, _count(raw, size)), np.int64)
    _split(raw, starts, ends, topics)
    return Lines(raw, starts, ends, topics)


def _words(parts: Sequence[bytes]) -> NDArray[np.uint64]:
    """Return parts as numbers, a row of words each, the first byte of a word the lowest."""
    filled = b"".join(part.ljust(8 * _WORDS, b"\0") for part in parts)
    return np.frombuffer(filled, "<u8").astype(np.uint64).reshape(-1, _WORDS)


_HEAD, _MASKS = _words(_HEADS), _words([b"\xff" * len(head) for head in _HEADS])
_LINE, _OPEN, _CLOSE = (ord(c) for c in "\n{}")
_LINES, _ONES, _HIGH = (np.uint64(byte * 0x0101010101010101) for byte in (_LINE, 0x01, 0x80))


@entry("int64(uint8[::1], int64)")
def _count(raw: Any, size: int) -> Any:
    """Return how many line feeds there are; compiled, it takes many bytes at a time."""
    raw = borrowed(raw)
    found = 0
    for at in range(size):
        found += item(raw, at) == _LINE
    return found


@inner
def _line_end(raw: Any, at: int) -> Any:
    """Return where the next line feed is; there must be one."""
    while True:
        word = eight(raw, at) ^ _LINES
        # The lowest mark is right: nothing is carried into it.
        marks = word - _ONES & ~word & _HIGH
        if marks:
            return at + first_marked(marks)
        at += 8


@inner
def _topic(raw: Any, at: int, end: int) -> Any:
    """Return of which topic a line is; no head goes beyond its line, having no line feed in it."""
    for topic in range(_HEAD.shape[0]):
        differs = np.uint64(0)
        for word in range(_WORDS):
            differs |= eight(raw, at + 8 * word) & _MASKS[topic, word] ^ _HEAD[topic, word]
        if not differs:
            return topic if item(raw, end - 1) == _CLOSE else NOWHERE
    return NOWHERE


@entry("void(uint8[::1], int64[::1], int64[::1], int64[::1])")
def _split(raw: Any, starts: Any, ends: Any, topics: Any) -> None:
    """Fill in where lines begin and end, and their topics; the buffer holds as many."""
    raw, starts, ends, topics = borrowed(raw), borrowed(starts), borrowed(ends), borrowed(topics)
    at = 0
    for line in range(starts.size):
        starts[line] = at
        ends[line] = _line_end(raw, at)
        topics[line] = _topic(raw, at, ends[line])
        at = ends[line] + 1
