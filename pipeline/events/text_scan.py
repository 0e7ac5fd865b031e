"""Hashes and codes of texts that lie in a buffer, without a string being made of them.

All that is compiled together stands in one file, see :mod:`pipeline.compiled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import PADDING, borrowed, eight, entry, inner, put_eight
from pipeline.events.admitted_columns import codes_of
from pipeline.events.hashing import Hashes

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
"""Where texts begin in a buffer (row 0) and where they end (row 1)."""


def hashes_of(raw: Bytes, key: Hashes, *parts: Places) -> Hashes:
    """Return the SipHash-2-4 (Aumasson and Bernstein, 2012) of texts with NUL between their parts.

    Args:
        raw: The buffer, with :data:`~pipeline.compiled.PADDING` bytes after the last text.
        key: Two words.
        parts: Of each text the first part, the second, and so on.
    """
    hashes = np.zeros(parts[0].shape[1], np.uint64)
    longest = sum(int((stops - starts).max(initial=0)) + 1 for starts, stops in parts)
    _hash(raw, key, np.stack(parts), np.zeros(longest + PADDING, np.uint8), hashes)
    return hashes


def codes_in(raw: Bytes, places: Places) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct texts, and for each text the index of its like among them."""
    count = places.shape[1]
    codes = np.zeros(count, np.int64)
    firsts = np.zeros(count, np.int64)
    slots = np.full(1 << (2 * count).bit_length(), -1, np.int32)
    found = _encode(raw, places, slots, firsts, codes)
    if found < 0:
        return codes_of(_read(raw, places))
    return _read(raw, places[:, firsts[:found]]), codes


def _read(raw: Bytes, places: Places) -> list[str]:
    return [raw[start:stop].tobytes().decode() for start, stop in places.T.tolist()]


_13, _16, _17, _21, _32, _56, _64 = (np.uint64(bits) for bits in (13, 16, 17, 21, 32, 56, 64))
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MOST_LOOKS = 4
"""Slots of others that are looked at for a text, on average; usual is less than one."""
_ONE, _BYTE, _BITS = np.uint64(1), np.uint64(0xFF), np.uint64(8)
_V0, _V1 = np.uint64(0x736F6D6570736575), np.uint64(0x646F72616E646F6D)
_V2, _V3 = np.uint64(0x6C7967656E657261), np.uint64(0x7465646279746573)


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
def _siphash(key: Any, message: Any, length: int) -> Any:
    v0, v1, v2, v3 = key[0] ^ _V0, key[1] ^ _V1, key[0] ^ _V2, key[1] ^ _V3
    for at in range(0, length + 1, 8):
        word = eight(message, at)
        if at + 8 > length:
            word &= (_ONE << _BITS * np.uint64(length - at)) - _ONE
            word |= np.uint64(length) << _56
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
    v2 ^= _BYTE
    for _ in range(4):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@inner
def _copy(raw: Any, start: int, stop: int, message: Any, to: int) -> Any:
    """Copy a text into a message behind what is there; return where the next goes.

    What follows the text in its buffer is copied with it, and written over.
    """
    for place in range(0, stop - start, 8):
        put_eight(message, to + place, eight(raw, start + place))
    return to + stop - start


@entry("void(uint8[::1], uint64[::1], int64[:, :, ::1], uint8[::1], uint64[::1])")
def _hash(raw: Any, key: Any, parts: Any, message: Any, hashes: Any) -> None:
    raw, key, parts = borrowed(raw), borrowed(key), borrowed(parts)
    message, hashes = borrowed(message), borrowed(hashes)
    for n in range(hashes.size):
        length = _copy(raw, parts[0, 0, n], parts[0, 1, n], message, 0)
        for part in range(1, parts.shape[0]):
            message[length] = 0
            length = _copy(raw, parts[part, 0, n], parts[part, 1, n], message, length + 1)
        hashes[n] = _siphash(key, message, length)


@inner
def is_same(raw: Any, start: Any, others: Any, other: Any, length: Any) -> Any:
    """Tell whether two texts of one length are the same; both buffers are padded."""
    for place in range(0, length, 8):
        differs = eight(raw, start + place) ^ eight(others, other + place)
        if place + 8 > length:
            differs &= (_ONE << _BITS * np.uint64(length - place)) - _ONE
        if differs:
            return False
    return True


@inner
def _first_slot(raw: Any, start: int, stop: int, slots: int) -> Any:
    """Return where to look for a text first."""
    number = np.uint64(stop - start)
    for at in range(start, stop, 8):
        word = eight(raw, at)
        if at + 8 > stop:
            word &= (_ONE << _BITS * np.uint64(stop - at)) - _ONE
        number = (number ^ word) * _MIX
        number ^= number >> _32
    # Once more: what sets the last two characters of a word apart is only in high bits so far.
    return np.int64((number * _MIX) >> _32 & np.uint64(slots - 1))


@entry(
    "int64(Array(uint8, 1, 'C', readonly=True), int64[:, ::1], int32[::1], int64[::1], int64[::1])"
)
def _encode(raw: Any, places: Any, slots: Any, firsts: Any, codes: Any) -> Any:
    """Fill in codes and the first entry of each; return how many codes there are.

    ``slots`` are an open hash table of codes, as many as a power of two. Anyone can make up texts
    that all belong into the same slot: -1 where so many are looked at that this must be so.
    """
    raw, places, slots = borrowed(raw), borrowed(places), borrowed(slots)
    firsts, codes = borrowed(firsts), borrowed(codes)
    found, left = 0, _MOST_LOOKS * (codes.size + _MOST_LOOKS)
    for n in range(codes.size):
        start, length = places[0, n], places[1, n] - places[0, n]
        slot = _first_slot(raw, start, start + length, slots.size)
        while True:
            code = slots[slot]
            if code < 0:
                code = slots[slot] = found
                firsts[found] = n
                found += 1
                break
            first = firsts[code]
            if places[1, first] - places[0, first] == length and is_same(
                raw, start, raw, places[0, first], length
            ):
                break
            slot = (slot + 1) & (slots.size - 1)
            left -= 1
        if left < 0:
            return -1
        codes[n] = code
    return found
