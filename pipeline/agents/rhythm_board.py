"""The rhythm over all partitions: what each owner tells of its brands, and what all read back.

Records on the totals topic, key ``rhythm/partition/hour``: for that hour, and those after it of the
same week that were scored with it, how many of the partition's brands fell into each bin of the
hour's histogram, by kind of alert (:mod:`pipeline.alerting.rhythm_week`).

An hour is decided when every partition has told of it. A partition that has told
nothing new for a while is not waited for: its brands are silent, or its worker is gone, and the
others' alerts must go on. For one without any record that while is a short one.
"""

from __future__ import annotations

import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.rhythm import Rhythm
from pipeline.alerting.rhythm_week import Telling, Week, tellings
from pipeline.alerting.watch import Told
from pipeline.clock import WallClock
from pipeline.sinks.topics import Kind as MessageKind
from pipeline.sinks.topics import Outgoing
from pipeline.state.horizon import MOST_WAITING
from pipeline.state.tiers import DAY, HOUR

logger = logging.getLogger(__name__)

PREFIX = b"rhythm/"
_KEY = re.compile(PREFIX + rb"([0-9]{1,9})/([0-9]{1,9})")
KEPT_HOURS = 14 * 24
"""Hours that what was told is kept after it was needed: for a week's end, and what comes late."""

LONGEST_WAIT = HOUR.retention // HOUR.size + MOST_WAITING
"""Hours for which a decision is waited for; see :mod:`pipeline.state.horizon`."""

EMPTY_SECONDS = 15.0
"""How long a partition without any record is waited for: of what comes to many at once others hear
only after a flush, which takes as long in a backlog."""


class RhythmBoard:
    """What every partition has told.

    Args:
        partitions: How many there are.
        patience_seconds: How long one is waited for that others are ahead of, and tells nothing.
        monotonic: A steady clock, in seconds.
        now: Which time it is, in microseconds since the epoch, beyond which nobody can tell
            anything; by the wall clock if left out.
    """

    def __init__(
        self,
        partitions: int,
        patience_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], int] | None = None,
    ) -> None:
        self._patience = patience_seconds
        self._monotonic = monotonic
        self._now = now or WallClock().now
        self._weeks: defaultdict[int, Week] = defaultdict(Week)
        self._rhythms: tuple[range, dict[Kind, Rhythm]] = (range(0), {})
        # By the first hour of each record, the one after the last that it told of.
        self._records: dict[int, dict[int, int]] = {p: {} for p in range(partitions)}
        self._until = dict.fromkeys(range(partitions), 0)
        self._behind: dict[int, float] = {}

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the topic; what is told later of an hour and partition replaces it."""
        found = _KEY.fullmatch(key)
        partition, first = map(int, found.groups()) if found else (-1, 0)
        records = self._records.get(partition)
        if records is None:
            logger.warning("left aside a rhythm of %r: there is no such partition", key)
            return
        if value is None:
            # What it told stays until it is decided here, too.
            records.pop(first, None)
            return
        try:
            telling = Telling.decode(value, first)
            if telling.until * HOUR.size > self._now() + DAY.size:
                raise ValueError(f"hours until {telling.until} are not over")
        except ValueError as error:
            logger.warning("left aside an unreadable rhythm of %r: %s", key, error)
            # To be deleted when it is old.
            records[first] = first + 1
            return
        until = records[first] = telling.until
        self._weeks[telling.week].put(partition, telling)
        self._forget_rhythms(first, until)
        if until > self._until[partition]:
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
            rows: dict[Kind, dict[int, NDArray[np.int64]]] = {kind: {} for kind in STATISTICAL}
            for number, week in self._weeks.items():
                start = number * WEEK
                its = range(max(start, hours.start), min(start + WEEK, hours.stop))
                if its:
                    # Copies: what is told while brands are decided is for those of another time.
                    sums = week.sums[:, its.start - start : its.stop - start].copy()
                    for kind, histograms in zip(STATISTICAL, sums, strict=True):
                        rows[kind].update(zip(its, histograms, strict=True))
            rhythms = {kind: Rhythm(each) for kind, each in rows.items()}
            self._rhythms = (hours, rhythms)
        return rhythms

    def messages(
        self, partition: int, told: Told, until: int, decided: int, topic: str
    ) -> list[Outgoing]:
        """Return what a partition tells: its hours before ``until``, the last one also if empty.

        With it is deleted what it told long before ``decided``, the first hour that somebody has
        still to decide.
        """
        long_ago = self._long_ago(decided)
        outdated = [first for first, end in self._records[partition].items() if end <= long_ago]
        return [
            *(
                _message(partition, each.first, each.encode(), topic)
                for each in tellings(told, until)
            ),
            *(_message(partition, first, None, topic) for first in outdated),
        ]

    def forget_before(self, decided: int) -> None:
        """Let go of weeks that were decided long ago by everybody; see :meth:`messages`."""
        long_ago = self._long_ago(decided)
        for week in [each for each in self._weeks if (each + 1) * WEEK <= long_ago]:
            del self._weeks[week]
            self._forget_rhythms(week * WEEK, (week + 1) * WEEK)

    def _long_ago(self, decided: int) -> int:
        """Return the hour before which nobody looks, or may look any longer."""
        return max(decided, max(self._until.values()) - LONGEST_WAIT) - KEPT_HOURS

    def _forget_rhythms(self, start: int, stop: int) -> None:
        known = self._rhythms[0]
        if start < known.stop and stop > known.start:
            self._rhythms = (range(0), {})


def _message(partition: int, hour: int, value: bytes | None, topic: str) -> Outgoing:
    key = PREFIX + f"{partition}/{hour}".encode()
    return Outgoing(MessageKind.TOTALS, topic, key, value)
