"""Changelog keys of panes and carry rows.

Of a pane the brand's name, the tier's letter and the index, of a carry row the name and a letter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.compiled import borrowed, entry
from pipeline.events.admitted_columns import Codes
from pipeline.events.instant_columns import Instants
from pipeline.events.joined import Named, Places, parted
from pipeline.events.text_scan import Bytes
from pipeline.state.tiers import DAY, HOUR, MINUTE, Tier
from pipeline.state.value_scan import BYTES

_LETTERS = {MINUTE: "m", HOUR: "h", DAY: "d"}
TIER_OF = {letter: tier for tier, letter in _LETTERS.items()}

_LONGEST_INDEX = len(str(-(1 << 63)))


def pane_key(brand: str, tier: Tier, index: int) -> bytes:
    """Return the changelog key of a pane."""
    return f"{brand}|{_LETTERS[tier]}|{index}".encode()


def carry_key(brand: str) -> bytes:
    """Return the changelog key of a brand's carry row."""
    return f"{brand}|c".encode()


def keys_of(brands: Named, code: Codes, index: Instants, tier: Tier) -> list[bytes]:
    """Return the changelog keys of panes; see :func:`key_columns`."""
    return parted(*key_columns(brands, code, index, tier))


def key_columns(brands: Named, code: Codes, index: Instants, tier: Tier) -> tuple[Bytes, Places]:
    """Return the changelog keys of panes one behind another, where each begins and the last ends.

    Args:
        brands: What codes stand for.
        code: That of each pane's brand.
        index: The index of each.
        tier: Their tier.
    """
    out = np.empty((brands.longest + 3 + _LONGEST_INDEX) * code.size, np.uint8)
    ends = np.empty(code.size + 1, np.int64)
    _put(brands.raw, brands.bounds, code, index, ord(_LETTERS[tier]), out, ends)
    return out[: ends[-1]], ends


@entry(f"void({BYTES}, int64[::1], int64[::1], int64[::1], int64, uint8[::1], int64[::1])")
def _put(
    names: Any, bounds: Any, codes: Any, indexes: Any, letter: Any, out: Any, ends: Any
) -> None:
    """Write the changelog keys of panes: the brand's name, the tier's letter and the index.

    Args:
        names: The names of brands, one behind another.
        bounds: Where each begins, and the last one ends.
        codes: The brand of each pane.
        indexes: Its index.
        letter: That of the tier.
        out: Filled in with the keys, one behind another.
        ends: Filled in: where each begins, and the last one ends.
    """
    names, bounds, codes = borrowed(names), borrowed(bounds), borrowed(codes)
    indexes, out, ends = borrowed(indexes), borrowed(out), borrowed(ends)
    to = 0
    for n in range(codes.size):
        ends[n] = to
        for place in range(bounds[codes[n]], bounds[codes[n] + 1]):
            out[to] = names[place]
            to += 1
        out[to], out[to + 1], out[to + 2] = ord("|"), letter, ord("|")
        to += 3
        index = indexes[n]
        if index < 0:
            out[to] = ord("-")
            to += 1
            index = -index
        digits = 1
        rest = index // 10
        while rest:
            digits += 1
            rest //= 10
        for place in range(to + digits - 1, to - 1, -1):
            out[place] = ord("0") + index % 10
            index //= 10
        to += digits
    ends[codes.size] = to
