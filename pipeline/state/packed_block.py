"""Blocks: packed panes that one batch made of one brand, one behind another.

In history nearly every mention makes an hour of its own. A batch brings a brand dozens of them at
once, and what they need is needed once for all of them: when they expire, what is to be written,
and where to read them. The blocks of a batch share it. By index a block stands for each of its
hours, until something else takes its place there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec
import numpy as np

from pipeline.events.admitted_columns import Codes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.events.joined import Places, joined
from pipeline.events.text_scan import Bytes
from pipeline.state.packed import Held, Made, Packed
from pipeline.state.pane import Pane


class Block(msgspec.Struct, gc=False, eq=False):
    """Packed panes of one brand, by index ascending; never changed.

    They are the ``hours`` from place ``start`` on, up to ``stop``; these are those of all blocks of
    a batch.
    """

    hours: Made
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def indexes(self) -> Instants:
        """The index of each."""
        return self.hours.index[self.start : self.stop]

    def until(self, index: int) -> int:
        """Return how many of them come before an index."""
        return int(self.indexes.searchsorted(index))

    def packed(self, index: int) -> Packed:
        """Return the one with an index that it has."""
        place = self.until(index)
        value, _ = self.part(place, place + 1)
        return Packed(value, int(self.hours.mentions[self.start + place]))

    def part(self, start: int, stop: int) -> tuple[bytes, Places]:
        """Return the values of some of them, by their places, and where each ends."""
        ends = self.hours.ends[self.start + start : self.start + stop + 1]
        begin = int(ends[0])
        return self.hours.values[begin : int(ends[-1])], ends[1:] - begin


Kept = Held | Block
"""What an index stands for: what is held of it, or where that is."""


def streaks(marked: Flags, codes: Codes) -> tuple[Flags, Codes]:
    """Mark entries that were marked beside others of the same code; tell where each streak begins.

    Among those that are marked then.

    >>> streaks(np.array([1, 1, 0, 1, 1, 1], np.bool_), np.array([0, 0, 0, 0, 1, 1]))
    (array([ True,  True, False, False,  True,  True]), array([0, 2]))
    """
    goes_on = np.zeros(marked.size + 1, np.bool_)
    goes_on[1:-1] = marked[1:] & marked[:-1] & (codes[1:] == codes[:-1])
    beside = goes_on[:-1] | goes_on[1:]
    return beside, np.flatnonzero(~goes_on[:-1][beside])


def values_of(panes: Mapping[int, Kept], indexes: Sequence[int]) -> tuple[Bytes, Places]:
    """Return the values of hours one behind another, padded, and where each ends.

    Of those that are not packed their outlines.
    """
    values: list[bytes] = []
    stops: list[int] = []
    end = entry = 0
    # What is kept equals itself alone.
    for kept, same in groupby([panes[index] for index in indexes]):
        if isinstance(kept, Block):
            # Nothing of it is missing in between: what took a place would be there instead.
            count, place = len(list(same)), kept.until(indexes[entry])
            value, ends = kept.part(place, place + count)
            stops.extend((ends + end).tolist())
            entry += count
        else:
            value = kept.outline() if isinstance(kept, Pane) else kept.value
            stops.append(end + len(value))
            entry += 1
        values.append(value)
        end = stops[-1]
    raw, _ = joined(values)
    return raw, np.array(stops, np.int64)
