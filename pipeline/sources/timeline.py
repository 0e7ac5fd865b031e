"""The events of a topic, as they are read, and then in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import msgspec
import numpy as np

from pipeline.compiled import PADDING
from pipeline.errors import Reject
from pipeline.events.decode import decode_batch, joined
from pipeline.events.gather_scan import gathered
from pipeline.events.instant_columns import Instants, read_instants
from pipeline.events.instants import HOUR, from_datetime
from pipeline.events.records import PackedRecords, Places, Topic
from pipeline.sources.ndjson_blocks import UNKNOWN, Events

SHUFFLE_SPAN = 3 * HOUR - HOUR // 60
"""Events are displaced by less than this: what is deduplicated in order stays so out of order."""

_TOGETHER = 15_000
"""Events that came by themselves and are looked at together, at most."""
_LEAST_TOGETHER = 16
"""Events that do not decode together are halved until so few are left."""


class Timeline:
    """The events of one topic, their bytes one behind another."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._values = bytearray()
        self._ends: list[Places] = []
        self._at: list[Instants] = []
        self._waiting: list[bytes] = []

    def add(self, value: bytes) -> None:
        """Add an event."""
        self._waiting.append(value)
        if len(self._waiting) == _TOGETHER:
            self._add_waiting()

    def add_events(self, events: Events) -> None:
        """Add many events at once."""
        self._add_waiting()
        at, bounds = events.at.copy(), events.bounds
        [unknown] = np.nonzero(at == UNKNOWN)
        if unknown.size:
            parts = zip(bounds[unknown].tolist(), bounds[unknown + 1].tolist(), strict=True)
            values = [events.values[start:end].tobytes() for start, end in parts]
            at[unknown] = _times(self._topic, values)
        self._append(events.values.data, bounds[1:], at)

    def in_event_time(self, most: int, shuffle: Random | None = None) -> Iterator[PackedRecords]:
        """Yield all events by time, so many together at most; those of one time as they came.

        Those that cannot be read come first, where they change nothing.
        """
        self._add_waiting()
        if not self._at:
            return
        at, ends = np.concatenate(self._at), np.concatenate(self._ends)
        if shuffle is not None:
            moved = np.fromiter((shuffle.randrange(SHUFFLE_SPAN) for _ in at), np.int64, at.size)
            at = np.where(at == UNKNOWN, at, at + moved)
        order = np.argsort(at, kind="stable")
        starts = np.append(0, ends[:-1])
        raw = np.frombuffer(self._values, np.uint8)
        for first in range(0, order.size, most):
            some = order[first : first + most]
            values, bounds = gathered(raw, starts[some], ends[some])
            yield PackedRecords.from_values(values[:-PADDING].tobytes(), bounds, first)

    def _add_waiting(self) -> None:
        values, self._waiting = self._waiting, []
        if values:
            ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
            self._append(b"".join(values), ends, _times(self._topic, values))

    def _append(self, values: bytes | memoryview, ends: Places, at: Instants) -> None:
        self._ends.append(len(self._values) + ends)
        self._at.append(at)
        self._values += values


class _Instant(msgspec.Struct, gc=False):
    """The one field of an event that orders it."""

    occurred_at: str


_decode_instants = msgspec.json.Decoder(list[_Instant]).decode


def _times(topic: Topic, values: Sequence[bytes]) -> Instants:
    """Return when events happened, without reading more of them if that can be told.

    It is :data:`~pipeline.sources.ndjson_blocks.UNKNOWN` of those that are no events.
    """
    together = joined(values)
    if together is not None:
        try:
            events = _decode_instants(together)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            events = []
        at, read = read_instants([each.occurred_at for each in events])
        if len(events) == len(values) and read.all():
            return at
    if len(values) > _LEAST_TOGETHER:
        middle = len(values) // 2
        return np.append(_times(topic, values[:middle]), _times(topic, values[middle:]))
    return np.array(
        [
            UNKNOWN if isinstance(event, Reject) else from_datetime(event.occurred_at)
            for event in decode_batch(topic, values)
        ],
        np.int64,
    )
