"""How far back the hours of a partition go: the same for all its brands, and kept once for them.

The tier's retention counts from the watermark. Partitions are not read equally fast, though, and
what is ahead is decided when the others have told what they heard, maybe by another worker that
begins anew. So hours that alerts are going to look at wait for that, but not for ever.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.events import instants
from pipeline.state.pane import among
from pipeline.state.past import NOT_LOOKED
from pipeline.state.tiers import DAY, HOUR, first_kept

TRIM_AFTER = 2 * instants.DAY
"""Age from which hour panes are read at no more than the day tier's k."""

LOOKED_BACK = 57 * 24
"""Hours before one that alerts have not decided that they learn from and show."""

MOST_WAITING = 16 * 7 * 24
"""How many more hours than the tier keeps may be kept for that."""


def first_needed(watermark: int, decided: int) -> int:
    """Return the first hour that is kept; ``decided`` is the first that alerts have not decided.

    >>> ended = 400 * DAY.size
    >>> [first_needed(ended, decided) // 24 for decided in (400 * 24, 300 * 24, 0)]
    [330, 243, 218]
    """
    first = first_kept(HOUR, watermark)
    return max(min(first, decided - LOOKED_BACK), first - MOST_WAITING)


class Trims(Protocol):
    """Has hours that become old."""

    def trim_hour(self, index: int) -> None:
        """Shed what no reading of an old hour uses."""


class Horizon:
    """Which hours are kept, and which of them are old, as of the watermark looked at last.

    ``first_hour`` is the first that is kept; None before anything was looked at.
    """

    __slots__ = ("_first_young", "_young", "first_hour")

    def __init__(self) -> None:
        self.first_hour: int | None = None
        self._first_young = NOT_LOOKED
        # Who has something to shed once an hour is old: few have, of the many that said something.
        self._young: defaultdict[int, list[Trims]] = defaultdict(list)

    def move(self, watermark: int, first_hour: int) -> None:
        """Take note of how far the watermark (microseconds) has come, and trim what became old."""
        self.first_hour = first_hour
        before = self._first_young
        self._first_young = (watermark - TRIM_AFTER) // HOUR.size
        for hour in among(self._young, range(before, self._first_young)):
            for brand in self._young.pop(hour):
                brand.trim_hour(hour)

    def watch(self, hour: int, brand: Trims) -> None:
        """Have a brand's hour trimmed once it is old.

        What comes later of an old hour is to be made for the k that it is read at.
        """
        if hour >= self._first_young:
            self._young[hour].append(brand)

    def k_of(self, hour: int) -> int:
        """Return at what k an hour's pane is read."""
        return DAY.k if hour < self._first_young else HOUR.k

    def ks_of(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return :meth:`k_of` each of some hours."""
        return np.where(hours < self._first_young, DAY.k, HOUR.k)
