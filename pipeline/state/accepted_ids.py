"""Ids of accepted mentions: what tells a duplicate, in flat arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Instants
from pipeline.events.instants import MINUTE

Offsets = NDArray[np.int64]

MAX_IDS = 16_384
"""Ids remembered a brand and minute for telling duplicates."""


ID_BYTES = 8


class AcceptedIds:
    """The ids accepted in one minute, in order, each with the offset of its first acceptance."""

    __slots__ = ("_hashes", "_offsets")

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._offsets = array("q")

    def __len__(self) -> int:
        return len(self._hashes)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._hashes, self._offsets, strict=True)

    @property
    def room(self) -> int:
        """How many more are remembered."""
        return max(0, MAX_IDS - len(self._hashes))

    @property
    def hashes(self) -> Hashes:
        """The ids, as a copy."""
        return np.array(self._hashes, np.uint64)

    def holds(self, id_hash: int, offset: int) -> bool:
        """Tell whether an id was accepted by the record at ``offset``."""
        try:
            return self._hashes[self._offsets.index(offset)] == id_hash
        except ValueError:
            return False

    def add(self, id_hash: int, offset: int) -> None:
        """Remember one acceptance."""
        self._hashes.append(id_hash)
        self._offsets.append(offset)

    def add_all(self, hashes: bytes, offsets: bytes) -> None:
        """Remember many acceptances, :data:`ID_BYTES` of hash and of offset each."""
        self._hashes.frombytes(hashes)
        self._offsets.frombytes(offsets)

    def encode(self) -> bytes:
        """Return the hashes, then the offsets, 8 bytes each."""
        return self._hashes.tobytes() + self._offsets.tobytes()

    @classmethod
    def decode(cls, data: bytes | memoryview) -> AcceptedIds:
        """Read ids back from what :meth:`encode` returned."""
        ids = cls()
        half = len(data) // 2
        ids._hashes.frombytes(data[:half])
        ids._offsets.frombytes(data[half:])
        return ids


@lru_cache(maxsize=1 << 16)
def brand_salt(brand: str) -> int:
    """Return the 64 bits that, added to an id's by exclusive or, make it an id of this brand."""
    return int.from_bytes(blake2b(brand.encode(), digest_size=8).digest(), "little")


class RecentIds:
    """Ids by which a duplicate is found, of all brands of a partition.

    An id counts only within its brand: keys are id hashes with :func:`brand_salt`.
    """

    __slots__ = ("_minutes",)

    def __init__(self) -> None:
        self._minutes: dict[int, int] = {}

    def minute(self, key: int) -> int | None:
        """Return the minute in which an id was accepted last; None where it is not known."""
        return self._minutes.get(key)

    def known(self, keys: set[int]) -> set[int]:
        """Return those of the ids that are known."""
        return self._minutes.keys() & keys

    def add(self, key: int, minute: int) -> None:
        """Remember one acceptance."""
        self._minutes[key] = minute

    def add_all(self, keys: Hashes, at: Instants) -> None:
        """Remember many acceptances, by the event times of their mentions."""
        minutes = at // MINUTE
        for minute in np.unique(minutes).tolist():
            self._minutes.update(dict.fromkeys(keys[minutes == minute].tolist(), minute))

    def forget(self, keys: list[int], minute: int) -> None:
        """Forget the ids of a minute that has passed, but not those accepted again since."""
        minutes = self._minutes
        for key in keys:
            if minutes.get(key) == minute:
                del minutes[key]
