"""The blocks of a partition: when their hours expire, and which of them no cut has written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.events.admitted_columns import Codes
from pipeline.events.instant_columns import Instants
from pipeline.state.entries import NO_COLUMNS, Columns
from pipeline.state.packed_block import Block
from pipeline.state.pane import among
from pipeline.state.pane_keys import key_columns, keys_of
from pipeline.state.past import NOT_LOOKED
from pipeline.state.tiers import HOUR


class Blocks:
    """Blocks of hours, by brand."""

    __slots__ = ("_expiries", "_new")

    def __init__(self) -> None:
        # By the first hour that has not passed.
        self._expiries: defaultdict[int, list[tuple[str, Block]]] = defaultdict(list)
        self._new: dict[Block, str] = {}

    def add(self, brand: str, block: Block) -> None:
        """Have a block written, and its hours forgotten in time."""
        self._new[block] = brand
        self._expiries[int(block.indexes[0])].append((brand, block))

    def is_new(self, block: Block) -> bool:
        """Tell whether no cut has written a block."""
        return block in self._new

    def take_values(self, first: int | None) -> Columns:
        """Return keys and values of those that no cut has written, from an hour on.

        Of all their hours: what has taken the place of one may wait for another cut.
        """
        values: list[bytes] = []
        bounds = [np.zeros(1, np.int64)]
        hours = []
        for block, brand in self._new.items():
            start = 0 if first is None else block.until(first)
            if start < len(block):
                value, ends = block.part(start, len(block))
                values.append(value)
                bounds.append(ends + bounds[-1][-1])
                hours.append((brand, block.indexes[start:]))
        self._new.clear()
        if not hours:
            return NO_COLUMNS
        together = np.frombuffer(b"".join(values), np.uint8)
        return Columns(*key_columns(*_coded(hours), HOUR), together, np.concatenate(bounds))

    def passed(self, first: int) -> Iterator[tuple[str, Block, Instants]]:
        """Yield blocks and which of their hours come before the first that is kept, but once.

        A block of which nothing is left counts as written after that.
        """
        for index in among(self._expiries, range(NOT_LOOKED, first)):
            for brand, block in self._expiries.pop(index):
                start, stop = block.until(index), block.until(first)
                yield brand, block, block.indexes[start:stop]
                if stop < len(block):
                    self._expiries[int(block.indexes[stop])].append((brand, block))
                else:
                    self._new.pop(block, None)


def hour_keys(hours: Sequence[tuple[str, Instants]]) -> list[bytes]:
    """Return the changelog keys of some hours of brands."""
    return keys_of(*_coded(hours), HOUR) if hours else []


def _coded(hours: Sequence[tuple[str, Instants]]) -> tuple[list[str], Codes, Instants]:
    """Return brands, and the code of its brand and the index of each hour."""
    indexes = [its for _, its in hours]
    codes = np.repeat(np.arange(len(hours)), [its.size for its in indexes])
    return [brand for brand, _ in hours], codes, np.concatenate(indexes)
