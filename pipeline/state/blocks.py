"""The blocks of a partition: when their hours expire, and which of them no cut has written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from pipeline.events.admitted_columns import Codes
from pipeline.events.joined import Named
from pipeline.state.entries import NO_COLUMNS, Columns
from pipeline.state.packed import Made
from pipeline.state.packed_block import Block
from pipeline.state.pane import among
from pipeline.state.pane_keys import key_columns, keys_of
from pipeline.state.past import NOT_LOOKED
from pipeline.state.tiers import HOUR


class Blocks:
    """The hours of blocks, a batch's together."""

    __slots__ = ("_expiries", "_new")

    def __init__(self) -> None:
        # By the first hour that has not passed.
        self._expiries: defaultdict[int, list[Made]] = defaultdict(list)
        self._new: dict[Made, None] = {}

    def add(self, hours: Made) -> None:
        """Have hours written, and forgotten in time."""
        self._new[hours] = None
        self._expiries[int(hours.index.min())].append(hours)

    def is_new(self, block: Block) -> bool:
        """Tell whether no cut has written a block."""
        return block.hours in self._new

    def take_values(self, first: int | None) -> Columns:
        """Return keys and values of those that no cut has written, from an hour on.

        Of all their hours: what has taken the place of one may wait for another cut.
        """
        new = [hours if first is None else hours.where(hours.index >= first) for hours in self._new]
        self._new.clear()
        if not new:
            return NO_COLUMNS
        brands: list[str] = []
        codes, bounds = [], [np.zeros(1, np.int64)]
        for hours in new:
            codes.append(hours.brand + len(brands))
            brands.extend(hours.brands)
            bounds.append(hours.ends[1:] + bounds[-1][-1])
        index = np.concatenate([hours.index for hours in new])
        keys, key_bounds = key_columns(Named.of(brands), np.concatenate(codes), index, HOUR)
        values = np.frombuffer(b"".join([hours.values for hours in new]), np.uint8)
        return Columns(keys, key_bounds, values, np.concatenate(bounds))

    def passed(self, first: int) -> Iterator[tuple[Made, Codes, bool]]:
        """Yield the hours of batches, and which come before the first that is kept, but once.

        And whether they were written. None of a batch will be once all its hours have passed.
        """
        for index in among(self._expiries, range(NOT_LOOKED, first)):
            for hours in self._expiries.pop(index):
                is_kept = hours.index >= first
                places = np.flatnonzero(~is_kept & (hours.index >= index))
                yield hours, places, hours not in self._new
                if is_kept.any():
                    self._expiries[int(hours.index[is_kept].min())].append(hours)
                else:
                    self._new.pop(hours, None)


def hour_keys(hours: Made, places: Codes) -> list[bytes]:
    """Return the changelog keys of some hours, by their places."""
    return keys_of(hours.names, hours.brand[places], hours.index[places], HOUR)
