"""The rhythm over all partitions: what each owner tells of its brands, and what all read back.

Records on the totals topic, key ``rhythm/partition/hour``: for that hour, and those after it that
were scored with it, how many of the partition's brands fell into each bin of the hour's histogram,
by kind of alert. An hour is decided when every partition has told of it. A partition that has told
nothing new for a while is not waited for: its brands are silent, or its worker is gone, and the
others' alerts must go on. For one without any record that while is a short one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.rhythm import BINS, Rhythm
from pipeline.alerting.watch import Told
from pipeline.sinks.topics import Kind as MessageKind
from pipeline.sinks.topics import Outgoing

logger = logging.getLogger(__name__)

PREFIX = b"rhythm/"
KEPT_HOURS = 14 * 24
"""Hours that what was told is kept after it was needed here; other workers may be behind."""

EMPTY_SECONDS = 5.0
"""How long a partition without any record is waited for: what comes to many at once is not read, or
heard of, at once."""

Histograms = NDArray[np.int64]
Bin = Annotated[int, Meta(ge=0, lt=BINS)]
Counts = dict[Kind, dict[Bin, int]]
Hours = dict[int, Counts]


class RhythmBoard:
    """What every partition has told.

    Args:
        partitions: How many there are.
        patience_seconds: How long one is waited for that others are ahead of, and tells nothing.
        monotonic: A steady clock, in seconds.
    """

    def __init__(
        self,
        partitions: int,
        patience_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience_seconds
        self._monotonic = monotonic
        self._hours: dict[int, dict[int, Counts]] = {}
        self._sums: dict[int, Histograms] = {}
        self._rhythms: tuple[range, dict[Kind, Rhythm]] = (range(0), {})
        self._records: dict[int, dict[int, list[int]]] = {p: {} for p in range(partitions)}
        self._until = dict.fromkeys(range(partitions), 0)
        self._behind: dict[int, float] = {}

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the topic; what is told later of an hour and partition replaces it."""
        partition, first = (int(part) for part in key.removeprefix(PREFIX).split(b"/"))
        records = self._records.setdefault(partition, {})
        if value is None:
            # What it told stays until it is decided here, too.
            records.pop(first, None)
            return
        try:
            told = _DECODER.decode(value)
        except msgspec.DecodeError as error:
            logger.warning("left aside an unreadable rhythm of %r: %s", key, error)
            return
        records[first] = list(told)
        for hour, counts in told.items():
            if hour in self._hours:
                self._hours[hour][partition] = counts
            else:
                self._hours[hour] = {partition: counts}
        self._changed(told)
        until = max(told, default=0) + 1
        if until > self._until.get(partition, 0):
            self._until[partition] = until
            self._behind.pop(partition, None)
        latest = max(self._until.values())
        now = self._monotonic()
        for each, until in self._until.items():
            if until < latest:
                self._behind.setdefault(each, now)

    def ready_until(self, empty: Collection[int] = ()) -> int:
        """Return the first hour that not all partitions have told of, silent ones aside.

        ``empty`` are partitions without any record, which will tell nothing for now.
        """
        now = self._monotonic()
        awaited = [
            until
            for partition, until in self._until.items()
            if now - self._behind.get(partition, now) < self._patience_with(partition, empty)
        ]
        return min(awaited, default=0)

    def _patience_with(self, partition: int, empty: Collection[int]) -> float:
        """Return for how many seconds a partition is waited for."""
        # What is said to be empty may be old news: one that has told something is not.
        is_empty = partition in empty and not self._until[partition]
        return min(EMPTY_SECONDS, self._patience) if is_empty else self._patience

    def rhythms(self, hours: range) -> dict[Kind, Rhythm]:
        """Return the rhythm of some hours, by kind; the same for all that are decided at a time."""
        known, rhythms = self._rhythms
        if hours.start < known.start or hours.stop > known.stop:
            told = [hour for hour in hours if hour in self._hours]
            self._sum_up([hour for hour in told if hour not in self._sums])
            rhythms = {
                kind: Rhythm({hour: self._sums[hour][number] for hour in told})
                for number, kind in enumerate(STATISTICAL)
            }
            self._rhythms = (hours, rhythms)
        return rhythms

    def _sum_up(self, hours: Sequence[int]) -> None:
        """Add up the histograms of hours over all partitions, a row a kind of alert."""
        starts: list[int] = []
        told: list[dict[int, int]] = []
        for hour, first in zip(hours, range(0, len(hours) * _CELLS, _CELLS), strict=True):
            for by_kind in self._hours[hour].values():
                for kind, counts in by_kind.items():
                    if counts and kind in _ROWS:
                        starts.append(first + _ROWS[kind])
                        told.append(counts)
        cells = np.repeat(np.array(starts, np.intp), list(map(len, told)))
        cells += np.fromiter(chain.from_iterable(told), np.intp, cells.size)
        weights = np.fromiter(chain.from_iterable(map(dict.values, told)), np.int64, cells.size)
        sums = np.bincount(cells, weights, len(hours) * _CELLS)
        rows = sums.astype(np.int64).reshape(len(hours), len(STATISTICAL), BINS)
        self._sums.update(zip(hours, rows, strict=True))

    def messages(
        self, partition: int, told: Told, until: int, decided: int, topic: str
    ) -> list[Outgoing]:
        """Return what a partition tells: its hours before ``until``, the last one also if empty.

        With it is deleted what it told long before ``decided``, the first hour that is undecided
        here or that others wait for.
        """
        nothing: Mapping[Kind, Mapping[int, int]] = {}
        weeks: dict[int, dict[int, Mapping[Kind, Mapping[int, int]]]] = {}
        for hour, counts in sorted({until - 1: nothing, **told}.items()):
            weeks.setdefault(hour // WEEK, {})[hour] = counts
        long_ago = decided - KEPT_HOURS
        outdated = [
            first
            for first, those in self._records[partition].items()
            if max(those, default=first) < long_ago
        ]
        return [
            *(
                _message(partition, min(hours), _ENCODER.encode(hours), topic)
                for hours in weeks.values()
            ),
            *(_message(partition, first, None, topic) for first in outdated),
        ]

    def forget_before(self, hour: int) -> None:
        """Let go of hours that are long decided."""
        outdated = [known for known in self._hours if known < hour - KEPT_HOURS]
        for old in outdated:
            del self._hours[old]
        self._changed(outdated)

    def _changed(self, hours: Collection[int]) -> None:
        if self._sums:
            for hour in hours:
                self._sums.pop(hour, None)
        known = self._rhythms[0]
        if known and any(hour in known for hour in hours):
            self._rhythms = (range(0), {})


def _message(partition: int, hour: int, value: bytes | None, topic: str) -> Outgoing:
    key = PREFIX + f"{partition}/{hour}".encode()
    return Outgoing(MessageKind.TOTALS, topic, key, value)


_ROWS = {kind: number * BINS for number, kind in enumerate(STATISTICAL)}
_CELLS = len(STATISTICAL) * BINS
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Hours)
