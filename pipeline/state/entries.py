"""Keys and values that go to a changelog, many of them as columns: no object of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np

from pipeline.events.text_scan import Bytes, Places

Entry = tuple[bytes, bytes]
"""Key and value of a record."""


class Columns(NamedTuple):
    """Keys and values in buffers, and where each begins there (row 0) and ends (row 1)."""

    keys: Bytes
    key_places: Places
    values: Bytes
    value_places: Places

    @property
    def length(self) -> int:
        """How many there are."""
        length: int = self.key_places.shape[1]
        return length

    @property
    def size(self) -> int:
        """The bytes of all values."""
        starts, stops = self.value_places
        return int((stops - starts).sum())

    def entries(self) -> list[Entry]:
        """Return each by itself."""
        keys, values = _cut(self.keys, self.key_places), _cut(self.values, self.value_places)
        return list(zip(keys, values, strict=True))


def _cut(raw: Bytes, places: Places) -> list[bytes]:
    together = raw.tobytes()
    return [together[start:stop] for start, stop in places.T.tolist()]


_NONE, _NOWHERE = np.zeros(0, np.uint8), np.zeros((2, 0), np.int64)
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
