"""What the simulator's parts yield: an event, when it arrives, and what it truly stands for."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from pipeline.events.records import Topic
from pipeline.sources.record import SourceRecord

Speaker = Literal["person", "brigade", "bot", "brand", "paid"]


class Word(NamedTuple):
    """One mention as it was meant: who, and how strongly for and against (0..1).

    ``prompted``: only a launch or a campaign brought it about.
    """

    at: int
    author: str
    speaker: Speaker
    p: float
    q: float
    prompted: bool = False


class Job(NamedTuple):
    """One ticket as it will have turned out; a wait is None where what was waited for never came.

    ``opened`` in microseconds, the rest in seconds.
    """

    opened: int
    work: float
    reply: float | None
    resolution: float | None


class Occurrence(NamedTuple):
    """An event, when it arrives (microseconds), and the truth behind it, told once."""

    arrives: int
    record: SourceRecord
    truth: Word | Job | None = None


_encode = msgspec.json.encode


def record(topic: Topic, event: dict[str, Any]) -> SourceRecord:
    """Return an event as a record of its topic."""
    return SourceRecord(topic, event["brand"].encode(), _encode(event))
