"""Blocks: packed panes that one batch made of one brand, one behind another.

In history nearly every mention makes an hour of its own. A batch brings a brand dozens of them at
once, and what a block needs is needed once for all of them: when they expire, what is to be
written, and where to read them. By index a block stands for each of its hours, until something else
takes its place there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.events.instant_columns import Flags
from pipeline.events.joined import Places, joined
from pipeline.events.text_scan import Bytes
from pipeline.state.packed import Held, Made, Packed
from pipeline.state.pane import Pane

_INDEX, _END, _MENTIONS = 0, 1, 2


class Block:
    """Packed panes of one brand, by index ascending; never changed."""

    __slots__ = ("_columns", "_start", "_values")

    def __init__(self, made: Made, indexes: NDArray[np.int64], start: int, stop: int) -> None:
        ends = made.ends[start : stop + 1]
        self._start = int(ends[0])
        self._values = made.values[self._start : int(ends[-1])]
        self._columns = np.empty((3, stop - start), np.int64)
        self._columns[_INDEX] = indexes[start:stop]
        self._columns[_END] = ends[1:]
        self._columns[_MENTIONS] = made.mentions[start:stop]

    def __len__(self) -> int:
        return len(self.indexes)

    @property
    def indexes(self) -> NDArray[np.int64]:
        """The index of each."""
        indexes: NDArray[np.int64] = self._columns[_INDEX]
        return indexes

    def until(self, index: int) -> int:
        """Return how many of them come before an index."""
        return int(self.indexes.searchsorted(index))

    def packed(self, index: int) -> Packed:
        """Return the one with an index that it has."""
        place = self.until(index)
        value, _ = self.part(place, place + 1)
        return Packed(value, int(self._columns[_MENTIONS, place]))

    def part(self, start: int, stop: int) -> tuple[bytes, Places]:
        """Return the values of some of them, by their places, and where each ends."""
        ends = self._columns[_END, start:stop]
        begin = int(self._columns[_END, start - 1]) if start else self._start
        return self._values[begin - self._start : int(ends[-1]) - self._start], ends - begin


Kept = Held | Block
"""What an index stands for: what is held of it, or where that is."""


def value_of(kept: Packed | Block, index: int) -> bytes:
    """Return the value of what an index stands for."""
    return kept.value if isinstance(kept, Packed) else kept.packed(index).value


def streaks(marked: Flags, codes: Places) -> Iterator[tuple[int, int]]:
    """Yield where marked entries of the same code begin and end that follow each other, several.

    >>> list(streaks(np.array([1, 1, 0, 1, 1, 1], np.bool_), np.array([0, 0, 0, 0, 1, 1])))
    [(0, 2), (4, 6)]
    """
    parted = np.ones(marked.size + 1, np.bool_)
    parted[1:-1] = codes[1:] != codes[:-1]
    starts = np.flatnonzero(marked & (parted[:-1] | ~np.append(False, marked[:-1])))
    stops = np.flatnonzero(marked & (parted[1:] | ~np.append(marked[1:], False))) + 1
    several = stops - starts > 1
    return zip(starts[several].tolist(), stops[several].tolist(), strict=True)


def values_of(panes: Mapping[int, Kept], indexes: Sequence[int]) -> tuple[Bytes, Places]:
    """Return the values of hours one behind another, padded, and where each ends.

    Of those that are not packed their outlines.
    """
    values: list[bytes] = []
    stops: list[int] = []
    end = entry = 0
    while entry < len(indexes):
        start, kept = entry, panes[indexes[entry]]
        entry += 1
        if isinstance(kept, Block):
            # Nothing of it is missing in between: what took a place would be there instead.
            while entry < len(indexes) and panes[indexes[entry]] is kept:
                entry += 1
            place = kept.until(indexes[start])
            value, ends = kept.part(place, place + entry - start)
            stops.extend((ends + end).tolist())
        else:
            value = kept.outline() if isinstance(kept, Pane) else kept.value
            stops.append(end + len(value))
        values.append(value)
        end = stops[-1]
    raw, _ = joined(values)
    return raw, np.array(stops, np.int64)
