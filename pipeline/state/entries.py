"""Keys and values that go to a changelog, many of them as columns: no object of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np

from pipeline.events.joined import Places, parted
from pipeline.events.text_scan import Bytes

Entry = tuple[bytes, bytes]
"""Key and value of a record."""


class Columns(NamedTuple):
    """Keys and values one behind another; where the first begins, and where each ends."""

    keys: Bytes
    key_bounds: Places
    values: Bytes
    value_bounds: Places

    @property
    def length(self) -> int:
        """How many there are."""
        return self.key_bounds.size - 1

    def entries(self) -> list[Entry]:
        """Return each by itself."""
        keys, values = parted(self.keys, self.key_bounds), parted(self.values, self.value_bounds)
        return list(zip(keys, values, strict=True))


_NONE, _NOWHERE = np.zeros(0, np.uint8), np.zeros(1, np.int64)
NO_COLUMNS = Columns(_NONE, _NOWHERE, _NONE, _NOWHERE)


class Entries(Sequence[Entry]):
    """Keys and values in order: those of ``columns`` first, then the others."""

    __slots__ = ("columns", "others")

    def __init__(self, others: list[Entry], columns: Columns = NO_COLUMNS) -> None:
        self.columns = columns
        self.others = others

    def __len__(self) -> int:
        return self.columns.length + len(self.others)

    def __iter__(self) -> Iterator[Entry]:
        yield from self.columns.entries()
        yield from self.others

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...

    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        return list(self)[place]
