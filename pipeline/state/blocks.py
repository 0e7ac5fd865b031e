"""The blocks of a partition: when their hours expire, and which of them no cut has written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from pipeline.events.admitted_columns import Codes
from pipeline.state.packed import Made
from pipeline.state.pane import among
from pipeline.state.pane_keys import keys_of
from pipeline.state.past import NOT_LOOKED
from pipeline.state.tiers import HOUR


class Blocks:
    """The hours of blocks, a batch's together."""

    __slots__ = ("_expiries", "_new")

    def __init__(self) -> None:
        # By the first hour that has not passed.
        self._expiries: defaultdict[int, list[Made]] = defaultdict(list)
        self._new: set[Made] = set()

    def add(self, hours: Made) -> None:
        """Have hours forgotten in time."""
        self._new.add(hours)
        self._expiries[int(hours.index.min())].append(hours)

    def were_written(self) -> None:
        """Take note that a cut has written all of them."""
        self._new.clear()

    def passed(self, first: int) -> Iterator[tuple[Made, Codes, bool]]:
        """Yield the hours of batches, and which come before the first that is kept, but once.

        And whether they were written.
        """
        for index in among(self._expiries, range(NOT_LOOKED, first)):
            for hours in self._expiries.pop(index):
                is_kept = hours.index >= first
                places = np.flatnonzero(~is_kept & (hours.index >= index))
                yield hours, places, hours not in self._new
                if is_kept.any():
                    self._expiries[int(hours.index[is_kept].min())].append(hours)
                else:
                    self._new.discard(hours)


def hour_keys(hours: Made, places: Codes) -> list[bytes]:
    """Return the changelog keys of some hours, by their places."""
    return keys_of(hours.names, hours.brand[places], hours.index[places], HOUR)
