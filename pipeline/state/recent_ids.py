"""Which ids were accepted lately, of all brands of a partition: what a duplicate is found by.

Millions of ids are known where much is said. Most of them lie in sorted arrays, twelve bytes each;
the latest wait in a dictionary, and are merged once they are a fair share of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.events.instants import MINUTE

Minutes = NDArray[np.int32]

_LEAST_WAITING = 8_192
_MOST_WAITING = 1 / 8
"""Share of the ids in arrays that may wait beside them; the less, the more often all are copied."""


class RecentIds:
    """Ids by which a duplicate is found, each with the minute in which it was accepted last.

    An id counts only within its brand: keys are id hashes with
    :func:`~pipeline.state.accepted_ids.brand_salt`.
    """

    __slots__ = ("_keys", "_minutes", "_oldest", "_waiting")

    def __init__(self) -> None:
        self._keys: Hashes = np.empty(0, np.uint64)
        self._minutes: Minutes = np.empty(0, np.int32)
        # What waits overrules what is in the arrays.
        self._waiting: dict[int, int] = {}
        self._oldest = -(1 << 31)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        known = dict(zip(self._keys.tolist(), self._minutes.tolist(), strict=True)) | self._waiting
        return iter([(key, minute) for key, minute in known.items() if minute >= self._oldest])

    def minute(self, key: int) -> int | None:
        """Return the minute in which an id was accepted last; None where it is not known."""
        minute = self._waiting.get(key)
        if minute is None:
            at, found = self._find(np.array([key], np.uint64))
            minute = int(self._minutes[at[0]]) if found[0] else None
        return minute if minute is not None and minute >= self._oldest else None

    def known(self, keys: Hashes) -> Flags:
        """Mark those of the ids that are known, and maybe some that were just forgotten.

        In ascending order, they are found where the processor has just looked.
        """
        waiting = map(self._waiting.__contains__, keys.tolist())
        return np.fromiter(waiting, np.bool_, keys.size) | self._find(keys)[1]

    def add(self, key: int, minute: int) -> None:
        """Remember one acceptance."""
        self._waiting[key] = minute
        self._merge_some()

    def add_all(self, keys: Hashes, at: Instants) -> None:
        """Remember many acceptances, by the event times of their mentions."""
        minutes = at // MINUTE
        for minute in np.unique(minutes).tolist():
            self._waiting.update(dict.fromkeys(keys[minutes == minute].tolist(), minute))
        self._merge_some()

    def add_latest(self, keys: Hashes, minute: int) -> None:
        """Remember acceptances of one minute, but not of ids that were accepted later."""
        known = {key: self.minute(key) for key in keys[self.known(keys)].tolist()}
        later = {key for key, last in known.items() if last is not None and last > minute}
        self._waiting.update((key, minute) for key in keys.tolist() if key not in later)
        self._merge_some()

    def forget_before(self, minute: int) -> None:
        """Forget the ids whose last minute lies before one; that is never an earlier one."""
        self._oldest = minute

    def _find(self, keys: Hashes) -> tuple[NDArray[np.intp], Flags]:
        """Return where in the arrays ids are or would be, and which of them are there."""
        at = np.searchsorted(self._keys, keys)
        if not self._keys.size:
            return at, np.zeros(keys.size, np.bool_)
        return at, self._keys.take(at, mode="clip") == keys

    def _merge_some(self) -> None:
        if len(self._waiting) > max(_LEAST_WAITING, _MOST_WAITING * self._keys.size):
            self._merge()

    def _merge(self) -> None:
        """Move what waits into the arrays, without what is forgotten."""
        count = len(self._waiting)
        keys = np.fromiter(self._waiting, np.uint64, count)
        minutes = np.fromiter(self._waiting.values(), np.int32, count)
        self._waiting = {}
        order = np.argsort(keys)
        keys, minutes = keys[order], minutes[order]
        stays = self._minutes >= self._oldest
        at, found = self._find(keys)
        stays[at[found]] = False
        self._keys, self._minutes = self._keys[stays], self._minutes[stays]
        kept = minutes >= self._oldest
        keys, minutes = keys[kept], minutes[kept]
        at = np.searchsorted(self._keys, keys)
        self._keys = np.insert(self._keys, at, keys)
        self._minutes = np.insert(self._minutes, at, minutes)
