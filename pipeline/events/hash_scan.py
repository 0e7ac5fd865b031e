"""Hashes of many mentions' ids and authors, as :class:`pipeline.events.hashing.Hasher` has them.

What comes before them, source and operation, is the same for many: how their hashes begin is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import PADDING, borrowed, eight, entry, inner, item, put_eight
from pipeline.events.contracts import MAX_ID_BYTES
from pipeline.events.hashing import Hashes
from pipeline.events.mention_fields import FIRST, OP_LENGTH, OP_WORD
from pipeline.events.mention_scan import AUTHORS, IDS, OPERATIONS, SOURCES

_13, _16, _17, _21, _32, _56, _64 = (np.uint64(bits) for bits in (13, 16, 17, 21, 32, 56, 64))
_BYTE, _BITS = np.uint64(0xFF), np.uint64(8)
_V0, _V1 = np.uint64(0x736F6D6570736575), np.uint64(0x646F72616E646F6D)
_V2, _V3 = np.uint64(0x6C7967656E657261), np.uint64(0x7465646279746573)

_BEGUN = 6
"""Numbers that a hash begins with: four of its state, the rest of its last word, its length."""


def hashes_of(
    raw: NDArray[np.uint8], key: Hashes, columns: NDArray[np.int64], source: NDArray[np.int64]
) -> tuple[Hashes, Hashes]:
    """Return the SipHash-2-4 (Aumasson and Bernstein, 2012) of ids, and of authors.

    Args:
        raw: The buffer in which their texts are.
        key: Two words.
        columns: Where they are there, as scanned; all are fine.
        source: A code for the source of each, from 0 on.
    """
    count = source.size
    begun = np.zeros((int(source.max(initial=0)) + 1, 1 + OP_WORD.size, _BEGUN), np.uint64)
    of_ids, of_authors = np.empty(count, np.uint64), np.empty(count, np.uint64)
    message = np.zeros(MAX_ID_BYTES + PADDING, np.uint8)
    _hash(raw, key, columns, source, begun, message, of_ids, of_authors)
    return of_ids, of_authors


@inner
def _left(word: Any, by: Any) -> Any:
    return word << by | word >> (_64 - by)


@inner
def _round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0 += v1
    v2 += v3
    v1 = _left(v1, _13) ^ v0
    v3 = _left(v3, _16) ^ v2
    v0 = _left(v0, _32)
    v2 += v1
    v0 += v3
    v1 = _left(v1, _17) ^ v2
    v3 = _left(v3, _21) ^ v0
    v2 = _left(v2, _32)
    return v0, v1, v2, v3


@inner
def _twice(state: Any, word: Any) -> Any:
    v0, v1, v2, v3 = state
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ word, v1, v2, v3


@inner
def _begin(key: Any, message: Any, length: int, begun: Any) -> None:
    """Note how the hash of what begins with a message begins.

    That is the state behind its last whole word, what is left of it, and its length.
    """
    state = key[0] ^ _V0, key[1] ^ _V1, key[0] ^ _V2, key[1] ^ _V3
    whole = length & ~7
    for at in range(0, whole, 8):
        state = _twice(state, eight(message, at))
    begun[0], begun[1], begun[2], begun[3] = state
    begun[4] = eight(message, whole) & FIRST[length - whole]
    begun[5] = length


@inner
def _end(begun: Any, raw: Any, start: int, stop: int) -> Any:
    """Return the SipHash-2-4 of what has begun, with a text behind it."""
    state = item(begun, 0), item(begun, 1), item(begun, 2), item(begun, 3)
    before = np.int64(item(begun, 5))
    length = before + stop - start
    held = before & 7
    at = start - held
    word = item(begun, 4) | eight(raw, start) << _BITS * np.uint64(held)
    for _ in range(held + stop - start >> 3):
        state = _twice(state, word)
        at += 8
        word = eight(raw, at)
    word = word & item(FIRST, length & 7) | np.uint64(length) << _56
    v0, v1, v2, v3 = _twice(state, word)
    v2 ^= _BYTE
    for _ in range(4):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@inner
def _copy(raw: Any, start: int, stop: int, message: Any) -> Any:
    """Begin a message with a text and NUL; return its length.

    What follows the text in its buffer is copied with it, and does not count.
    """
    for place in range(0, stop - start, 8):
        put_eight(message, place, eight(raw, start + place))
    message[stop - start] = 0
    return stop - start + 1


@entry(
    "void(uint8[::1], uint64[::1], int64[:, ::1], int64[::1], uint64[:, :, ::1], uint8[::1],"
    "uint64[::1], uint64[::1])"
)
def _hash(
    raw: Any,
    key: Any,
    columns: Any,
    source: Any,
    begun: Any,
    message: Any,
    of_ids: Any,
    of_authors: Any,
) -> None:
    raw, key, columns, source = borrowed(raw), borrowed(key), borrowed(columns), borrowed(source)
    begun, message = borrowed(begun), borrowed(message)
    of_ids, of_authors = borrowed(of_ids), borrowed(of_authors)
    for n in range(of_ids.size):
        its = borrowed(begun[source[n]])
        if not its[0, 5]:
            length = _copy(raw, columns[SOURCES, n], columns[SOURCES + 1, n], message)
            _begin(key, message, length, borrowed(its[0]))
            for op in range(OP_WORD.size):
                put_eight(message, length, OP_WORD[op])
                message[length + OP_LENGTH[op]] = 0
                _begin(key, message, length + OP_LENGTH[op] + 1, borrowed(its[op + 1]))
        its_op = borrowed(its[columns[OPERATIONS, n] + 1])
        of_ids[n] = _end(its_op, raw, columns[IDS, n], columns[IDS + 1, n])
        of_authors[n] = _end(borrowed(its[0]), raw, columns[AUTHORS, n], columns[AUTHORS + 1, n])
