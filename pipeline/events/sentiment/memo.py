"""Scoring once what is shared many times, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

Score = Callable[[str, frozenset[str]], float]

MEMORY: Final = 16_384
"""Results kept by default: some 6 MB of texts of 150 characters, at most 40 MB."""

_LONGEST: Final = 512  # characters; longer texts hardly repeat


def memoised(score: Score, memory: int) -> Score:
    """Return a pure scoring function that remembers its results by (text, names).

    The ``memory`` results that were asked for last are kept, those of texts over 512 characters
    never are.
    """
    remembered = lru_cache(maxsize=memory)(score)
    return lambda text, masked: (
        remembered(text, masked) if len(text) <= _LONGEST else score(text, masked)
    )
