"""How far back the hours of a partition go: the same for all its brands, and kept once for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.events import instants
from pipeline.state.past import NOT_LOOKED
from pipeline.state.tiers import DAY, HOUR, first_kept

TRIM_AFTER = 2 * instants.DAY
"""Age from which hour panes are read at no more than the day tier's k."""


class Horizon:
    """Which hours are kept, and which of them are old, as of the watermark looked at last.

    ``first_hour`` is the first that is kept; None before anything was looked at.
    """

    __slots__ = ("_first_young", "first_hour")

    def __init__(self) -> None:
        self.first_hour: int | None = None
        self._first_young = NOT_LOOKED

    def move(self, watermark: int) -> range:
        """Take note of how far the watermark (microseconds) has come.

        Returns the hours that are old by now and were not before. What comes later of an old hour
        is to be made for the k that it is read at.
        """
        before = self._first_young
        self.first_hour = first_kept(HOUR, watermark)
        self._first_young = (watermark - TRIM_AFTER) // HOUR.size
        return range(before, self._first_young)

    def k_of(self, hour: int) -> int:
        """Return at what k an hour's pane is read."""
        return DAY.k if hour < self._first_young else HOUR.k

    def ks_of(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return :meth:`k_of` each of some hours."""
        return np.where(hours < self._first_young, DAY.k, HOUR.k)
