"""The rhythm over all partitions: what each owner tells of its brands, and what all read back.

One record an hour and partition on the totals topic, key ``rhythm/partition/hour``: how many of the
partition's brands fell into each bin of that hour's histogram, by kind of alert. An hour is decided
when every partition has told of it. A partition that has told nothing new for a while is not waited
for: its brands are silent, or its worker is gone, and the others' alerts must go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping

import msgspec

from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.rhythm import Rhythm
from pipeline.alerting.watch import Told
from pipeline.sinks.topics import Kind as MessageKind
from pipeline.sinks.topics import Outgoing

logger = logging.getLogger(__name__)

PREFIX = b"rhythm/"
KEPT_HOURS = 14 * 24
"""Hours after which what was told is deleted."""

Counts = dict[Kind, dict[int, int]]


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
        self._until = dict.fromkeys(range(partitions), 0)
        self._behind: dict[int, float] = {}

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the topic; a later one of the same hour and partition replaces it."""
        partition, hour = (int(part) for part in key.removeprefix(PREFIX).split(b"/"))
        if value is None:
            self._hours.get(hour, {}).pop(partition, None)
            return
        try:
            counts = _DECODER.decode(value)
        except msgspec.DecodeError as error:
            logger.warning("left aside an unreadable rhythm of %r: %s", key, error)
            return
        self._hours.setdefault(hour, {})[partition] = counts
        if hour >= self._until.get(partition, 0):
            self._until[partition] = hour + 1
            self._behind.pop(partition, None)
        latest = max(self._until.values())
        now = self._monotonic()
        for each, until in self._until.items():
            if until < latest:
                self._behind.setdefault(each, now)

    def ready_until(self, empty: Collection[int] = ()) -> int:
        """Return the first hour that not all partitions have told of, silent ones aside.

        ``empty`` are partitions without any record, which will tell nothing.
        """
        now = self._monotonic()
        awaited = [
            until
            for partition, until in self._until.items()
            if partition not in empty and now - self._behind.get(partition, now) < self._patience
        ]
        return min(awaited, default=0)

    def rhythms(self, hours: range) -> dict[Kind, Rhythm]:
        """Return the rhythm of some hours, by kind."""
        rhythms = {kind: Rhythm() for kind in STATISTICAL}
        for hour in hours:
            for counts in self._hours.get(hour, {}).values():
                for kind, by_bin in counts.items():
                    rhythms[kind].add(hour, by_bin)
        return rhythms

    def forget_before(self, hour: int) -> None:
        """Let go of hours that are long decided."""
        for old in [known for known in self._hours if known < hour - KEPT_HOURS]:
            del self._hours[old]


def messages(partition: int, told: Told, until: int, topic: str) -> list[Outgoing]:
    """Return what a partition tells: its hours before ``until``, the last one also if empty."""
    empty: Mapping[Kind, Mapping[int, int]] = {}
    hours = {**dict.fromkeys((until - 1,), empty), **told}
    result = []
    for hour, counts in sorted(hours.items()):
        result.append(_message(partition, hour, _ENCODER.encode(counts), topic))
        result.append(_message(partition, hour - KEPT_HOURS, None, topic))
    return result


def _message(partition: int, hour: int, value: bytes | None, topic: str) -> Outgoing:
    key = PREFIX + f"{partition}/{hour}".encode()
    return Outgoing(MessageKind.TOTALS, topic, key, value)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Counts)
