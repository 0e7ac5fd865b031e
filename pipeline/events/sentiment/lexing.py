"""Which known words a long text consists of, found for all of its words at once.

A plain word, up to 16 small Latin letters, is a pair of 64-bit numbers: its bytes. Pairs are looked
up in two tables by multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4) and then
compared, so that nothing is taken for what it is not. Pieces between blanks that hold anything else
are left to a function, whose results are remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.intp]
Flags = NDArray[np.bool_]
_Halves = tuple[NDArray[np.uint64], NDArray[np.uint64]]

_HALF: Final = 8
_LONGEST: Final = 2 * _HALF
_LONGEST_PIECE: Final = 40  # bytes; longer ones hardly repeat
_MOST: Final = 65_536
"""Pieces that are remembered: some 10 MB."""

_BLANK, _LETTER, _MARK, _ODD = range(4)
_BITS: Final = 15
_SHIFT: Final = np.uint64(64 - _BITS)
# By table and half.
_FACTORS: Final = [
    [np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)],
    [np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F)],
]
_NO_BYTES: Final = np.uint64(2**64 - 1)
_FIRST_BYTES: Final = np.array([2 ** (8 * count) - 1 for count in range(_HALF + 1)], np.uint64)


class Lexer:
    """Finds known words.

    Args:
        words: The known words; the code of each is its index.
        marks: Known words of one character that are words wherever they stand, if there are only
            letters and marks around them up to the next blank.
        unknown: The code of all other plain words.
        repeated: The code of a plain word with three times the same letter in a row.
        read: Returns the codes of the words of any other piece.
    """

    def __init__(
        self,
        words: Sequence[str],
        marks: str,
        *,
        unknown: int,
        repeated: int,
        read: Callable[[str], Sequence[int]],
    ) -> None:
        self._unknown = unknown
        self._repeated = repeated
        self._read = read
        self._pieces: dict[bytes, Sequence[int]] = {}
        kinds = np.full(256, _ODD, np.uint8)
        kinds[[ord(blank) for blank in map(chr, range(128)) if blank.isspace()]] = _BLANK
        kinds[ord("a") : ord("z") + 1] = _LETTER
        kinds[[ord(mark) for mark in marks]] = _MARK
        self._kinds = kinds.tobytes()
        plain = [
            code
            for code, word in enumerate(words)
            if word in marks or (word.isascii() and word.isalpha() and word.islower())
        ]
        lengths = np.array([len(words[code]) for code in plain])
        if lengths.max() > _LONGEST:
            raise ValueError(f"a word is longer than {_LONGEST} letters")
        raw = b"".join(words[code].encode().ljust(_LONGEST, b"\0") for code in plain)
        halves = _halves(raw, np.arange(len(plain)) * _LONGEST, lengths)
        # Where nothing is, the table points behind the last word, which nothing is equal to.
        self._halves = [np.append(half, _NO_BYTES) for half in halves]
        self._codes = np.array(plain)
        self._tables = [np.full(1 << _BITS, len(plain), np.int16) for _ in _FACTORS]
        left = np.arange(len(plain))
        for table, factors in zip(self._tables, _FACTORS, strict=True):
            places = _place(*halves, factors)
            table[places[left]] = left
            left = left[table[places[left]] != left]
        if left.size:
            raise ValueError(f"no place for {len(left)} words; take other factors")

    def codes(self, text: str) -> Codes:
        """Return the codes of the words of a text in lower case, in order."""
        # A blank in front, so that each word has a byte before it, and as many behind as are read.
        raw = b" " + text.encode("utf-8", "surrogatepass") + b" " * _LONGEST
        kinds = np.frombuffer(raw.translate(self._kinds), np.uint8)
        letters, starts = kinds == _LETTER, kinds == _MARK
        stops = starts.copy()
        starts[1:] |= letters[1:] > letters[:-1]
        stops[:-1] |= letters[:-1] > letters[1:]
        at = np.flatnonzero(starts)
        found = self._look_up(raw, at, np.flatnonzero(stops) - at + 1)
        byte = np.frombuffer(raw, np.uint8)
        same = byte[1:] == byte[:-1]
        thrice = np.flatnonzero(letters[2:] & same[1:] & same[:-1])
        found[np.searchsorted(at, thrice, "right") - 1] = self._repeated
        odd = kinds == _ODD
        return self._with_pieces(raw, kinds != _BLANK, odd, at, found) if odd.any() else found

    def _with_pieces(self, raw: bytes, solid: Flags, odd: Flags, at: Codes, found: Codes) -> Codes:
        """Put the codes of the pieces that hold anything odd in place of the words found there."""
        pieces = np.flatnonzero(solid[1:] > solid[:-1]) + 1
        runs = np.flatnonzero(odd[1:] > odd[:-1]) + 1
        holding = np.searchsorted(pieces, runs, "right") - 1
        holding = holding[np.diff(holding, prepend=-1) > 0]
        starts = pieces[holding]
        ends = np.flatnonzero(solid[:-1] > solid[1:])[holding] + 1
        read = self._read_pieces(
            [raw[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        )
        first, last = np.searchsorted(at, starts), np.searchsorted(at, ends)
        size = len(at) + 1
        within = np.cumsum(np.bincount(first, minlength=size) - np.bincount(last, minlength=size))
        left = within == 0
        places = (np.cumsum(left) - left)[first]
        places = np.repeat(places, list(map(len, read)))
        return np.insert(found[left[:-1]], places, list(chain.from_iterable(read)))

    def _look_up(self, raw: bytes, starts: Codes, lengths: Codes) -> Codes:
        first, second = _halves(raw, starts, lengths)
        found = np.full(len(starts), self._unknown)
        left = np.arange(len(starts))
        for table, factors in zip(self._tables, _FACTORS, strict=True):
            word = table.take(_place(first, second, factors)).astype(np.intp)  # numpy's own type
            same = (self._halves[0].take(word) == first) & (self._halves[1].take(word) == second)
            found[left[same]] = self._codes.take(word[same])
            # A word that has another's place may be in the next table; one whose place is empty
            # is in none.
            taken = ~same & (word < len(self._codes))
            left, first, second = left[taken], first[taken], second[taken]
        found[lengths > _LONGEST] = self._unknown
        return found

    def _read_pieces(self, pieces: Sequence[bytes]) -> list[Sequence[int]]:
        """Return the codes of the words of each piece."""
        known = list(map(self._pieces.get, pieces))
        return [
            self._piece(piece) if codes is None else codes
            for piece, codes in zip(pieces, known, strict=True)
        ]

    def _piece(self, raw: bytes) -> Sequence[int]:
        codes = self._pieces.get(raw)  # a piece may come twice
        if codes is None:
            codes = self._read(raw.decode("utf-8", "surrogatepass"))
            if len(raw) <= _LONGEST_PIECE:
                if len(self._pieces) >= _MOST:
                    self._pieces.clear()
                self._pieces[raw] = codes
        return codes


def _halves(raw: bytes, starts: Codes, lengths: Codes) -> _Halves:
    """Return the first 16 bytes of words as numbers; as many have to follow in ``raw``."""
    sixteen = np.ndarray((len(raw) - _LONGEST + 1,), f"V{_LONGEST}", raw, strides=(1,))
    halves = sixteen[starts].view("<u8")
    return (
        halves[0::2] & _FIRST_BYTES.take(lengths, mode="clip"),
        halves[1::2] & _FIRST_BYTES.take(lengths - _HALF, mode="clip"),
    )


def _place(
    first: NDArray[np.uint64], second: NDArray[np.uint64], factors: Sequence[np.uint64]
) -> Codes:
    """Return the place of words in a table."""
    one, other = factors
    return ((first * one ^ second * other) >> _SHIFT).view(np.intp)
