"""The author sample: who spoke of a brand, and how strongly for and against.

A coordinated bottom-k sample (a tuple sketch): of all authors the ``k + 1`` with the smallest
hashes, each with its maximum p and q. Its content is a function of the set of (author, p, q) added:
neither order, batching nor repetition changes it. With at most ``k`` authors it is exact.

New additions wait as bytes, 24 a word, and are merged into flat arrays many at a time. Most samples
only ever have a handful of authors and are written without being merged at all.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import reduce
from itertools import chain
from operator import add

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.state.reading import HASH_SPACE, NOBODY, Reading
from pipeline.state.strongest import Hashes, Strengths, added, strongest

_SHAPE = struct.Struct("<II")
_WORD = struct.Struct("<Qdd")
WORD_BYTES = _WORD.size
"""Bytes of what an author says: hash, p and q."""

SHAPE_BYTES = _SHAPE.size
"""Bytes of what a sample begins with: its k, and how many authors follow."""

NO_AUTHORS = _SHAPE.pack(0, 0)
"""A sample of nobody."""

_FEWEST = 7 * WORD_BYTES
"""Words of which NumPy adds up as many one after another, as Python does."""

FEW_WORDS = 32
"""Words that are sorted anew each time they are written; merging more of them once is quicker."""

_FEW = FEW_WORDS * WORD_BYTES

_PENDING = 1024 * WORD_BYTES
"""Words that wait for a merge; it costs some 0.1 ms, this spreads it."""


read_shape = _SHAPE.unpack_from
"""Reads a sample's k, and how many authors follow; at a place in a value."""


def words_of(authors: Hashes, strengths: Strengths) -> bytes:
    """Return authors' words as samples take them in; row 0 of ``strengths`` is p, row 1 is q."""
    words = np.empty((authors.size, 3), np.uint64)
    words[:, 0] = authors
    words[:, 1:].view(np.float64)[:] = strengths.T
    return words.tobytes()


def read_words(words: bytes) -> tuple[Hashes, Strengths]:
    """Return the authors and strengths of words, the reverse of :func:`words_of`."""
    columns = _columns(words)
    return columns[0], columns[1:].view(np.float64)


def _columns(words: bytes) -> NDArray[np.uint64]:
    """Return the words of authors as rows of hashes, of p and of q, the bits of these two."""
    return np.frombuffer(words, np.uint64).reshape(-1, 3).T


class AuthorSample(msgspec.Struct, gc=False, eq=False):
    """The ``k + 1`` smallest author hashes, with the strongest p and q of each.

    A struct that the garbage collector does not track, because there are millions.
    """

    k: int
    _hashes: Hashes = NOBODY.hashes
    _strengths: Strengths = NOBODY.strengths
    _pending: bytes = b""
    _ceiling: int = HASH_SPACE
    _reading: tuple[int, Reading] | None = None

    def add(self, author: int, p: float, q: float) -> None:
        """Take in an author's word.

        Args:
            author: 64-bit hash, uniform and the same for this author everywhere.
            p: Strength for the brand, 0..1.
            q: Strength against the brand, 0..1.
        """
        if author < self._ceiling:
            self._pending += _WORD.pack(author, p, q)
            if len(self._pending) >= _PENDING:
                self.compact()

    def add_all(self, words: bytes) -> None:
        """Take in the words of several authors, as of :func:`words_of`."""
        if self._ceiling != HASH_SPACE:
            columns = _columns(words)
            low = columns[0] < np.uint64(self._ceiling)
            words = columns[:, low].T.tobytes()
        self._pending += words
        if len(self._pending) >= _PENDING:
            self.compact()

    def compact(self) -> None:
        """Merge waiting additions into the arrays."""
        if not self._pending:
            return
        hashes, strengths = read_words(self._pending)
        self._pending = b""
        before = self._hashes, self._strengths
        hashes, strengths = added(*before, hashes, strengths)
        if hashes.size == before[0].size and np.array_equal(strengths, before[1]):
            # As many authors as before are the same authors; nothing was said more strongly.
            return
        self._take(hashes, strengths)

    def trim(self, k: int) -> None:
        """Keep no more than readings at ``k`` need, once the pane is read at nothing larger."""
        if k >= self.k:
            return
        self.k = k
        if self._hashes.size or len(self._pending) > k * WORD_BYTES:
            self.compact()
            self._take(self._hashes, self._strengths)

    def read(self, k: int) -> Reading:
        """Return the sample read at ``k``; the same object until the content changes.

        A ``k`` above the sample's own is read at the sample's own.
        """
        known = self._reading
        if known is not None and known[0] == k and not self._pending:
            return known[1]
        self.compact()
        reading = self.glance(k)
        if self._reading is None or self._reading[1] is not reading:
            self._reading = (k, reading)
        return reading

    def glance(self, k: int) -> Reading:
        """Return what :meth:`read` does without keeping it; most days are looked at but once."""
        words = self.few
        if words and len(words) <= k * WORD_BYTES:
            # They take less room as they are than merged.
            return Reading(*strongest(*read_words(words)), None)
        self.compact()
        cached = self._reading
        if cached is not None and cached[0] == k:
            return cached[1]
        return self._read(min(k, self.k))

    @property
    def few(self) -> bytes:
        """The words of few authors that were never merged; nothing where there are more."""
        words = self._pending
        if len(words) <= min(_FEW, self.k * WORD_BYTES) and not self._hashes.size:
            return words
        return b""

    def few_sums(self) -> tuple[float, float] | None:
        """Return the sums of p and of q of a handful of authors that were never merged; else None.

        The same that a reading says, without making one; most hours of most brands are like that.
        """
        pending = self._pending
        if not pending or len(pending) > min(_FEWEST, self.k * WORD_BYTES) or self._hashes.size:
            return None
        if len(pending) == WORD_BYTES:
            _, p, q = _WORD.unpack(pending)
            return p, q
        words = sorted(_WORD.iter_unpack(pending))
        authors, ps, qs = zip(*words, strict=True)
        if len(set(authors)) < len(words):
            return None
        # Not sum(): newer Pythons make up for rounding, NumPy does not.
        return reduce(add, ps), reduce(add, qs)

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
        self.compact()
        shape = _SHAPE.pack(self.k, self._hashes.size)
        return b"".join((shape, self._hashes.tobytes(), self._strengths.tobytes()))

    @classmethod
    def decode(cls, data: bytes, start: int) -> tuple[AuthorSample, int]:
        """Read a sample back; returns it and where it ended.

        Few authors wait as if they had just spoken, which takes a fraction of the room. The arrays
        of more are views of ``data`` until the first addition is merged.
        """
        k, n = _SHAPE.unpack_from(data, start)
        sample = cls(k)
        start += _SHAPE.size
        end = start + WORD_BYTES * n
        if n == 1:
            sample._pending = data[start:end]
        elif n:
            hashes = np.frombuffer(data, np.uint64, n, start)
            strengths = np.frombuffer(data, np.float64, 2 * n, start + 8 * n).reshape(2, n)
            if n * WORD_BYTES <= _FEW and n <= k:
                sample._pending = words_of(hashes, strengths)
            else:
                sample._take(hashes, strengths)
        return sample, end


def encode_few(samples: Sequence[AuthorSample]) -> list[bytes | None]:
    """Encode those of some samples that have few authors, all at once and without merging them.

    Returns what :meth:`AuthorSample.encode` does; None for samples that have more authors, or one
    that spoke twice.
    """
    waiting = [sample.few for sample in samples]
    hashes, *strengths = _columns(b"".join(waiting))
    sizes = np.fromiter(map(len, waiting), np.int64, len(waiting)) // WORD_BYTES
    owner = np.repeat(np.arange(len(waiting), dtype=np.uint16), sizes)
    # What np.lexsort does, with the faster sorts that NumPy has for each of the two.
    order = hashes.argsort()
    order = order.take(owner.take(order).argsort(kind="stable"))
    hashes = hashes.take(order)
    twice = (hashes[1:] == hashes[:-1]) & (owner[1:] == owner[:-1])
    # Each sample's shape, then its hashes, its p, and its q.
    stops = np.cumsum(1 + 3 * sizes)
    starts = stops - (1 + 3 * sizes)
    content = np.empty(stops[-1] if stops.size else 0, np.uint64)
    shapes = np.empty((len(waiting), 2), np.uint32)
    shapes[:, 0] = [sample.k for sample in samples]
    shapes[:, 1] = sizes
    content[starts] = shapes.view(np.uint64)[:, 0]
    size = sizes.take(owner)
    at = np.arange(hashes.size) + (starts + 1 - (np.cumsum(sizes) - sizes)).take(owner)
    content[at] = hashes
    for row in strengths:
        at += size
        content[at] = row.take(order)
    encoded = content.tobytes()
    places = zip((starts * 8).tolist(), (stops * 8).tolist(), strict=True)
    results: list[bytes | None] = [encoded[start:stop] for start, stop in places]
    for number in chain(np.flatnonzero(sizes == 0).tolist(), owner[1:][twice].tolist()):
        results[number] = None
    return results
