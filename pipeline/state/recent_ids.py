"""Which ids were accepted lately, of all brands of a partition: what a duplicate is found by.

Millions of ids are known where much is said. They lie in an open hash table of two arrays, some
twenty bytes each, which is looked through and filled by compiled loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import borrowed, entry, inner
from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.events.instants import MINUTE

Minutes = NDArray[np.int32]

_FEWEST_SLOTS = 1 << 12
_MOST_FILLED = 3 / 4
_EMPTY = -(1 << 31)
"""Minute of a slot that was never filled."""


class RecentIds:
    """Ids by which a duplicate is found, each with the minute in which it was accepted last.

    An id counts only within its brand: keys are id hashes with
    :func:`~pipeline.state.accepted_ids.brand_salt`.
    """

    __slots__ = ("_filled", "_keys", "_minutes", "_oldest")

    def __init__(self) -> None:
        self._filled = 0
        self._oldest = _EMPTY + 1
        self._allot(_FEWEST_SLOTS)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        kept = self._minutes >= self._oldest
        return zip(self._keys[kept].tolist(), self._minutes[kept].tolist(), strict=True)

    def minute(self, key: int) -> int | None:
        """Return the minute in which an id was accepted last; None where it is not known."""
        [minute] = self._found(np.array([key], np.uint64)).tolist()
        return minute if minute >= self._oldest else None

    def known(self, keys: Hashes) -> Flags:
        """Mark those of the ids that are known."""
        known: Flags = self._found(keys) >= self._oldest
        return known

    def known_or_repeated(self, keys: Hashes) -> Flags:
        """Mark those of the ids that are known, and all of those that come more than once."""
        marks = self.known(keys)
        _mark_repeated(keys, np.full(1 << (2 * keys.size).bit_length(), -1, np.int32), marks)
        return marks

    def add(self, key: int, minute: int) -> None:
        """Remember one acceptance."""
        self._put(np.array([key], np.uint64), np.array([minute], np.int32), later_stay=False)

    def add_all(self, keys: Hashes, at: Instants) -> None:
        """Remember many acceptances, by the event times of their mentions, in their order."""
        self._put(keys, (at // MINUTE).astype(np.int32), later_stay=False)

    def add_latest(self, keys: Hashes, minute: int) -> None:
        """Remember acceptances of one minute, but not of ids that were accepted later."""
        self._put(keys, np.full(keys.size, minute, np.int32), later_stay=True)

    def forget_before(self, minute: int) -> None:
        """Forget the ids whose last minute lies before one; that is never an earlier one."""
        # Before anything is applied the watermark lies before all minutes, empty slots too.
        self._oldest = max(minute, _EMPTY + 1)

    def _found(self, keys: Hashes) -> Minutes:
        """Return the minute that is noted for each id; :data:`_EMPTY` where none is."""
        minutes = np.empty(keys.size, np.int32)
        _find(self._keys, self._minutes, keys, minutes)
        return minutes

    def _put(self, keys: Hashes, minutes: Minutes, *, later_stay: bool) -> None:
        if self._filled + keys.size > _MOST_FILLED * self._keys.size:
            self._make_room(keys.size)
        self._filled += _fill(self._keys, self._minutes, keys, minutes, later_stay)

    def _make_room(self, count: int) -> None:
        """Leave out what is forgotten, in a table that is half full at most with so many more."""
        kept = self._minutes >= self._oldest
        keys, minutes = self._keys[kept], self._minutes[kept]
        self._allot(max(_FEWEST_SLOTS, 1 << (2 * (keys.size + count) - 1).bit_length()))
        self._filled = _fill(self._keys, self._minutes, keys, minutes, False)

    def _allot(self, slots: int) -> None:
        self._keys: Hashes = np.zeros(slots, np.uint64)
        self._minutes: Minutes = np.full(slots, _EMPTY, np.int32)


@inner
def _slot(table: Any, minutes: Any, key: Any) -> Any:
    """Return where a key is, or would be; there is always an empty slot."""
    last = table.size - 1
    slot = np.int64(key & np.uint64(last))
    while minutes[slot] != _EMPTY and table[slot] != key:
        slot = (slot + 1) & last
    return slot


@entry("void(uint64[::1], int32[::1], uint64[::1], int32[::1])")
def _find(table: Any, noted: Any, keys: Any, minutes: Any) -> None:
    table, noted = borrowed(table), borrowed(noted)
    for n in range(keys.size):
        minutes[n] = noted[_slot(table, noted, keys[n])]


@entry("int64(uint64[::1], int32[::1], uint64[::1], int32[::1], boolean)")
def _fill(table: Any, noted: Any, keys: Any, minutes: Any, later_stay: Any) -> Any:
    """Note the minutes of keys; return how many slots were filled for it."""
    table, noted = borrowed(table), borrowed(noted)
    filled = 0
    for n in range(keys.size):
        slot = _slot(table, noted, keys[n])
        if noted[slot] == _EMPTY:
            table[slot] = keys[n]
            filled += 1
        elif later_stay and noted[slot] > minutes[n]:
            continue
        noted[slot] = minutes[n]
    return filled


@entry("void(uint64[::1], int32[::1], boolean[::1])")
def _mark_repeated(keys: Any, firsts: Any, marks: Any) -> None:
    """Mark keys that come more than once; ``firsts`` is a table of where each comes first."""
    keys, firsts, marks = borrowed(keys), borrowed(firsts), borrowed(marks)
    last = firsts.size - 1
    for n in range(keys.size):
        slot = np.int64(keys[n] & np.uint64(last))
        while firsts[slot] >= 0 and keys[firsts[slot]] != keys[n]:
            slot = (slot + 1) & last
        if firsts[slot] < 0:
            firsts[slot] = n
        else:
            marks[n] = marks[firsts[slot]] = True
