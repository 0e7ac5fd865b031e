"""The fields of a mention, as :mod:`pipeline.events.mention_scan` needs them: tables of numbers.

Words and bounds are the contract's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import eight, inner, item
from pipeline.events.contracts import (
    MAX_ID_BYTES,
    MAX_RECORD_BYTES,
    MAX_TEXT_BYTES,
    Count,
    MentionKind,
    Op,
    Polarity,
    Ratio,
    Relation,
    Stars,
)

NAMES: Final = (
    *("id", "brand", "author", "occurred_at", "source", "text", "op", "kind", "relation"),
    *("received_at", "sentiment", "rating", "bot_probability"),
    *("likes", "shares", "followers", "clicks"),
    *("edit_of", "origin_id", "lang", "campaign", "url", "region", "product"),
)
FIELDS: Final = len(NAMES)
ID, BRAND, AUTHOR, AT, SOURCE, TEXT, OP, KIND, RELATION, RECEIVED = range(10)
FIGURE, COUNT, END_OF_NUMBERS = 10, 13, 17
"""The first of three fields that hold a fraction, of four that hold a count, and what follows."""
REQUIRED: Final = (1 << 5) - 1
"""A bit for each field that must be there."""

# -- texts

_IDS = ("id", "author", "source", "edit_of", "origin_id")
LEAST_BYTES = np.array([int(name == "brand" or name in _IDS) for name in NAMES])
MOST_BYTES = np.array([MAX_RECORD_BYTES] * FIELDS)
MOST_BYTES[[NAMES.index(name) for name in _IDS]] = MAX_ID_BYTES
MOST_BYTES[TEXT] = MAX_TEXT_BYTES
IS_MORE = np.isin(np.arange(FIELDS), (AT, SOURCE, OP, KIND, RELATION, RECEIVED))
"""Which fields' texts must be more than of a fit length."""


def _numbers(words: Sequence[bytes]) -> NDArray[np.uint64]:
    """Return the numbers that words of eight bytes at most are, the first byte the lowest."""
    return np.array([int.from_bytes(word, "little") for word in words], np.uint64)


def _table(words: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return words as numbers, and their lengths."""
    return _numbers([w.encode() for w in words]), np.array([len(word) for word in words], np.int64)


OPS: tuple[str, ...] = get_args(Op)
_RELATIONS: tuple[str, ...] = get_args(Relation)
CREATE, EARNED = OPS.index("create"), _RELATIONS.index("earned")
OP_WORD, OP_LENGTH = _table(OPS)
KIND_WORD, KIND_LENGTH = _table(get_args(MentionKind))
RELATION_WORD, RELATION_LENGTH = _table(_RELATIONS)

FIRST = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
"""Words of which so many bytes count."""
NULL: Final = _numbers([b"null"])[0]

# -- numbers

_BOUNDS: list[Any] = [get_args(figure)[1] for figure in (Polarity, Stars, Ratio)]
LOWEST = np.array([bounds.ge for bounds in _BOUNDS])
HIGHEST = np.array([bounds.le for bounds in _BOUNDS])
MOST: Final[int] = get_args(Count)[1].le

# -- names: with their closing quotes they are two words, of which so many bytes count

_QUOTED = [f'{name}"'.encode() for name in NAMES]
NAME_LENGTH = np.array([len(name) for name in NAMES])
_FIRST_WORD, _FIRST_MASK = _numbers([q[:8] for q in _QUOTED]), FIRST[[len(q[:8]) for q in _QUOTED]]
_SECOND_WORD, _SECOND_MASK = (
    _numbers([q[8:] for q in _QUOTED]),
    FIRST[[len(q[8:]) for q in _QUOTED]],
)

_START: Final = FIRST[3]
"""What of a name tells it from all others."""
_SLOT_BITS: Final = np.uint64(64 - 7)


def _spread() -> tuple[np.uint64, NDArray[np.int64]]:
    """Return a factor that gives each name a slot of its own, and which field has which slot."""
    factors = np.random.default_rng(1).integers(1 << 64, size=1_000, dtype=np.uint64)
    slots = (_FIRST_WORD & _START) * factors[:, None] >> _SLOT_BITS
    found = next(n for n, each in enumerate(slots) if np.unique(each).size == FIELDS)
    field_in = np.zeros(1 << 7, np.int64)
    field_in[slots[found].astype(np.intp)] = np.arange(FIELDS)
    return factors[found], field_in


_SPREAD, _FIELD_IN = _spread()


# -- how they are found


@inner
def which(raw: Any, start: int, stop: int, words: Any, lengths: Any) -> Any:
    """Return which of some words, of eight bytes at most, a text is; -1: none."""
    size = stop - start
    if size > 8:
        return -1
    word = eight(raw, start) & item(FIRST, size)
    for place in range(words.size):
        if word == item(words, place) and size == item(lengths, place):
            return place
    return -1


@inner
def named(raw: Any, at: int, likely: int) -> Any:
    """Return the field whose name stands here, closing quote included; -1: none."""
    first, second = eight(raw, at), eight(raw, at + 8)
    if _is_name(first, second, likely):
        return likely
    field = item(_FIELD_IN, (first & _START) * _SPREAD >> _SLOT_BITS)
    return field if _is_name(first, second, field) else -1


@inner
def _is_name(first: Any, second: Any, field: int) -> Any:
    return first & item(_FIRST_MASK, field) == item(_FIRST_WORD, field) and second & item(
        _SECOND_MASK, field
    ) == item(_SECOND_WORD, field)
