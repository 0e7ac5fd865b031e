"""Ids of accepted mentions: what tells a duplicate, in flat arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from pipeline.events.hashing import Hashes

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

    def accepted_until(self, offset: int) -> Hashes:
        """Return the ids that were accepted by the records up to ``offset``."""
        hashes: Hashes = np.array(self._hashes, np.uint64)
        return hashes[np.array(self._offsets, np.int64) <= offset]

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
