"""What every source yields: an event ready for its topic, or an input line that cannot be one."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import Reject
from pipeline.events.records import Topic


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One event as JSON bytes (without a ``topic`` field), its topic, and its brand as the key.

    ``key`` is None where the event names no brand that could be one; the worker then makes it a
    dead letter. ``line`` is where it stood in its file, counted from 1.
    """

    topic: Topic
    key: bytes | None
    value: bytes
    line: int = 0


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """One line or row of input from which no event can be made, as it was, and why."""

    line: int
    raw: bytes
    reject: Reject


SourceItem = SourceRecord | RejectedLine
