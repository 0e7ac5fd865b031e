"""Keyed hashes of authors and event ids: 64-bit SipHash-2-4.

The key keeps author ids out of state and of everything published: without it, nobody can test
whether a known account is among the hashes. The same key must be used by every worker and for the
life of the state, because samples of different panes and partitions are intersected by hash.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from siphashc import siphash

KEY_BYTES = 16

Hashes = NDArray[np.uint64]


class Hasher:
    """Hashes texts with one secret key.

    ``key`` is the user's setting, of any length; BLAKE2b reduces it to the 128 bits SipHash takes.
    Texts must be encodable as UTF-8; decoding lets no lone surrogate through.
    """

    __slots__ = ("_key", "words")

    def __init__(self, key: str) -> None:
        # surrogatepass: an environment variable may hold bytes that are not UTF-8.
        raw = key.encode("utf-8", "surrogatepass")
        self._key = blake2b(raw, digest_size=KEY_BYTES).digest()
        #: The key as two numbers, for whoever computes the same hashes.
        self.words: Hashes = np.frombuffer(self._key, "<u8").astype(np.uint64)

    def author(self, source: str, author: str) -> int:
        """Return the 64-bit hash of an author within a source (over source, NUL, author)."""
        return siphash(self._key, f"{source}\0{author}")

    def event(self, source: str, op: str, event_id: str) -> int:
        """Return the 64-bit hash that tells events apart (over source, NUL, operation, NUL, id)."""
        return siphash(self._key, f"{source}\0{op}\0{event_id}")
