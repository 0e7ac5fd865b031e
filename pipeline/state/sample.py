"""The author sample: who spoke of a brand, and how strongly for and against.

A coordinated bottom-k sample (a tuple sketch): of all authors the ``k + 1`` with the smallest
hashes, each with its maximum p and q. Its content is a function of the set of (author, p, q) added:
neither order, batching nor repetition changes it. With at most ``k`` authors it is exact.

New additions wait - a few in a list, many of a batch as arrays - and are merged into flat arrays
many at a time. Most samples only ever have a handful of authors and are written without being
merged at all.
"""

from __future__ import annotations

import struct
from functools import reduce
from operator import add

import msgspec
import numpy as np

from pipeline.state.reading import HASH_SPACE, NOBODY, Hashes, Reading, Strengths, merge

_SHAPE = struct.Struct("<II")
_FEW = [struct.Struct(f"<II{n}Q{2 * n}d") for n in range(1, 17)]
"""A sample of 1 to 16 authors."""

ONE_AUTHOR = _FEW[0]
"""A sample of one: its k, 1, the author's hash, p and q."""

_MOST_FEW = 3 * len(_FEW)

_FEWEST = 7
"""As many numbers NumPy adds up one after another, as Python does."""

_PENDING = 3 * 1024
"""Numbers, three an author, that wait for a merge; it costs some 0.1 ms, this spreads it."""


class AuthorSample(msgspec.Struct, gc=False, eq=False):
    """The ``k + 1`` smallest author hashes, with the strongest p and q of each.

    A struct that the garbage collector does not track, because there are millions.
    """

    k: int
    _hashes: Hashes = NOBODY.hashes
    _strengths: Strengths = NOBODY.strengths
    _pending: list[int | float] = []
    _runs: tuple[tuple[Hashes, Strengths], ...] = ()
    _waiting: int = 0
    _ceiling: int = HASH_SPACE
    _reading: tuple[int, Reading] | None = None

    def add(self, author: int, p: float, q: float) -> None:
        """Take in an author's word.

        Args:
            author: 64-bit hash, uniform and the same for this author everywhere.
            p: Strength for the brand, 0..1.
            q: Strength against the brand, 0..1.
        """
        if author >= self._ceiling:
            return
        self._pending += (author, p, q)
        if len(self._pending) >= _PENDING:
            self.compact()

    def add_few(self, words: list[int | float]) -> None:
        """Take in the words of a few authors: hash, p and q of each, one after another."""
        if self._ceiling != HASH_SPACE:
            for at in range(0, len(words), 3):
                self.add(int(words[at]), words[at + 1], words[at + 2])
        else:
            self._pending += words
            if len(self._pending) >= _PENDING:
                self.compact()

    def add_all(self, authors: Hashes, strengths: Strengths) -> None:
        """Take in the words of many authors; row 0 of ``strengths`` is p, row 1 is q."""
        if self._ceiling != HASH_SPACE:
            low = authors < np.uint64(self._ceiling)
            authors, strengths = authors[low], strengths[:, low]
            if not authors.size:
                return
        self._runs = (*self._runs, (authors, strengths))
        self._waiting += authors.size
        if 3 * self._waiting >= _PENDING:
            self.compact()

    def compact(self) -> None:
        """Merge waiting additions into the arrays."""
        pending, runs = self._pending, self._runs
        if not pending and not runs:
            return
        pieces = [(self._hashes, self._strengths), *runs]
        if pending:
            strengths = np.array((pending[1::3], pending[2::3]), np.float64)
            pieces.append((np.array(pending[0::3], np.uint64), strengths))
        self._pending, self._runs, self._waiting = [], (), 0
        hashes, strengths = merge(
            np.concatenate([hashes for hashes, _ in pieces]),
            np.concatenate([strengths for _, strengths in pieces], axis=1),
        )
        if hashes.size == self._hashes.size and np.array_equal(strengths, self._strengths):
            # As many authors as before are the same authors; nothing was said more strongly.
            return
        self._take(hashes, strengths)

    def trim(self, k: int) -> None:
        """Keep no more than readings at ``k`` need, once the pane is read at nothing larger."""
        if k >= self.k:
            return
        self.k = k
        if self._hashes.size or self._runs or len(self._pending) > 3 * k:
            self.compact()
            self._take(self._hashes, self._strengths)

    def read(self, k: int) -> Reading:
        """Return the sample read at ``k``; the same object until the content changes.

        A ``k`` above the sample's own is read at the sample's own.
        """
        if self._pending or self._runs:
            self.compact()
        cached = self._reading
        if cached is not None and cached[0] == k:
            return cached[1]
        reading = self._read(min(k, self.k))
        self._reading = (k, reading)
        return reading

    def exact(self, k: int) -> bool:
        """Tell whether a reading at ``k`` holds every author; mostly without making one."""
        most = len(self._pending) // 3 + self._waiting + self._hashes.size
        return most <= min(k, self.k) or self.read(k).exact

    def few_sums(self) -> tuple[float, float] | None:
        """Return the sums of p and of q of a handful of authors that were never merged; else None.

        The same that a reading says, without making one; most hours of most brands are like that.
        """
        pending = self._pending
        n = len(pending) // 3
        if not 0 < n <= min(_FEWEST, self.k) or self._runs or self._hashes.size:
            return None
        if n == 1:
            return float(pending[1]), float(pending[2])
        words = sorted(zip(pending[0::3], pending[1::3], pending[2::3], strict=True))
        authors, p, q = zip(*words, strict=True)
        # Not sum(): newer Pythons make up for rounding, NumPy does not.
        return (reduce(add, p), reduce(add, q)) if len(set(authors)) == n else None

    def _read(self, k: int) -> Reading:
        hashes = self._hashes
        if not hashes.size:
            return NOBODY
        if hashes.size <= k:
            return Reading(hashes, self._strengths, None)
        return Reading(hashes[:k], self._strengths[:, :k], int(hashes[k]))

    def _take(self, hashes: Hashes, strengths: Strengths) -> None:
        size = self.k + 1
        if hashes.size > size:
            # Copies, so that the cut-off part is not kept alive by views.
            hashes, strengths = hashes[:size].copy(), strengths[:, :size].copy()
        self._hashes = hashes
        self._strengths = strengths
        self._ceiling = int(hashes[-1]) if hashes.size == size else HASH_SPACE
        self._reading = None

    def encode(self) -> bytes:
        """Return the sample as bytes; a multiple of 8 of them."""
        pending = self._pending
        if 0 < len(pending) <= _MOST_FEW and not self._runs and not self._hashes.size:
            few = self._few(pending)
            if few is not None:
                return few
        self.compact()
        shape = _SHAPE.pack(self.k, self._hashes.size)
        return b"".join((shape, self._hashes.tobytes(), self._strengths.tobytes()))

    def _few(self, pending: list[int | float]) -> bytes | None:
        """Encode a handful of authors that were never merged; None where one spoke twice."""
        n = len(pending) // 3
        if n == 1:
            return ONE_AUTHOR.pack(self.k, 1, *pending)
        words = sorted(zip(pending[0::3], pending[1::3], pending[2::3], strict=True))
        authors, p, q = zip(*words, strict=True)
        if len(set(authors)) < n:
            return None
        return _FEW[n - 1].pack(self.k, n, *authors, *p, *q)

    @classmethod
    def decode(cls, data: bytes, start: int) -> tuple[AuthorSample, int]:
        """Read a sample back; returns it and where it ended.

        The arrays are views of ``data`` until the first addition is merged.
        """
        k, n = _SHAPE.unpack_from(data, start)
        sample = cls(k)
        start += _SHAPE.size
        end = start + 24 * n
        if n:
            hashes = np.frombuffer(data, np.uint64, n, start)
            strengths = np.frombuffer(data, np.float64, 2 * n, start + 8 * n).reshape(2, n)
            sample._take(hashes, strengths)
        return sample, end
