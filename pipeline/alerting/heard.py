"""When the sources of a brand were heard in hours that are scored and not decided.

Partitions are not read equally fast, and panes do not wait for ever: one that is far ahead waits
for the others with hours that are gone by the time they are decided. What was heard in them is
therefore noted as they are scored. Where the pane is still there it counts, with what came since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.state.brand import BrandMentions
from pipeline.state.hourly import Column


class Heard:
    """What is noted of one brand.

    Args:
        brand: Its panes.
    """

    def __init__(self, brand: BrandMentions) -> None:
        self._brand = brand
        self._noted: list[tuple[range, dict[str, NDArray[np.int64]]]] = []

    def note(self, hours: range) -> None:
        """Note who was heard in some hours, those aside that were noted before or are gone."""
        start = max(hours.start, self._noted[-1][0].stop if self._noted else hours.start)
        hours = range(self._first_kept(range(start, hours.stop)), hours.stop)
        if hours:
            sources = self._brand.hourly.sources(hours)
            its = {name: column.hours(column.among(hours)) for name, column in sources.items()}
            self._noted.append((hours, its))

    def forget_before(self, hour: int) -> None:
        """Let go of hours that are decided."""
        while self._noted and self._noted[0][0].stop <= hour:
            del self._noted[0]

    def sources(self, hours: range, names: Iterable[str]) -> Mapping[str, Column]:
        """Return when some sources were heard in these hours or others.

        Of hours that are gone and were not noted - before a restart - nothing is known, and nobody
        is said to have been silent.
        """
        first = self._first_kept(hours)
        there, gone = range(first, hours.stop), range(hours.start, first)
        kept = self._brand.hourly.sources(there) if there else {}
        if not gone:
            return kept
        columns = {}
        for name in names:
            column = kept.get(name, _NOBODY)
            heard = column.hours(column.among(there))
            heard = np.concatenate((self._of_gone(gone, name), heard))
            columns[name] = Column()
            columns[name].extend(heard, np.ones_like(heard))
        return columns

    def _first_kept(self, hours: range) -> int:
        """Return the first of some hours whose pane would be there; their end where there is none.

        >>> Heard(BrandMentions())._first_kept(range(3, 7))
        3
        """
        first = self._brand.first_hour
        return hours.start if first is None else min(max(hours.start, first), hours.stop)

    def _of_gone(self, hours: range, name: str) -> NDArray[np.int64]:
        """Return at which of some hours a source was heard, for all that is known."""
        heard = np.ones(len(hours), np.bool_)
        for noted, sources in self._noted:
            both = range(max(noted.start, hours.start), min(noted.stop, hours.stop))
            if both:
                its = sources.get(name, _NONE)
                its = its[its.searchsorted(both.start) : its.searchsorted(both.stop)]
                heard[both.start - hours.start : both.stop - hours.start] = False
                heard[its - hours.start] = True
        return np.flatnonzero(heard) + hours.start


_NONE = np.empty(0, np.int64)
_NOBODY = Column()
