"""What is told of the rhythm, a week at a time, and what all that was told of a week comes to.

Every worker reads what all partitions tell, so it is told and kept as arrays. As JSON by hour and
bin it took a worker of four a fifteenth of its time in a backlog.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.rhythm import BINS, Counted

_CELLS = WEEK * BINS

Cells = NDArray[np.int16]
Counts = NDArray[np.int32]


class Telling(msgspec.Struct, frozen=True, array_like=True):
    """What a partition tells of some hours of one week: all from ``first`` to before ``until``.

    ``counted`` are, by kind, the cells ``BINS (hour of the week) + bin``, ascending integers of 16
    bits, and their counts, of 32 bits; all little-endian. See :class:`Counted`.
    """

    first: int
    until: int
    counted: dict[Kind, tuple[bytes, bytes]]

    @property
    def week(self) -> int:
        """The week, since the epoch."""
        return self.first // WEEK

    def of(self, kind: Kind) -> tuple[Cells, Counts]:
        """Return cells and counts of a kind of alert."""
        cells, counts = self.counted.get(kind, (b"", b""))
        return np.frombuffer(cells, "<i2"), np.frombuffer(counts, "<i4")

    def encode(self) -> bytes:
        """Return it as the value of a record."""
        return _ENCODER.encode(self)

    @classmethod
    def decode(cls, value: bytes, first: int) -> Telling:
        """Return what a value was encoded of, which must begin at hour ``first``.

        Raises:
            ValueError: It is damaged.
        """
        try:
            telling = _DECODER.decode(value)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from error
        if not first == telling.first < telling.until <= (telling.week + 1) * WEEK:
            raise ValueError(f"hours {telling.first} to {telling.until} are no week from {first}")
        for kind in telling.counted:
            cells, counts = telling.of(kind)
            ascend = (np.diff(cells, prepend=-1, append=_CELLS) > 0).all()
            if cells.size != counts.size or not ascend or (counts < 1).any():
                raise ValueError(f"{cells.size} cells and {counts.size} counts are no histograms")
        return telling


def tellings(counted: Mapping[Kind, Counted], until: int) -> Iterator[Telling]:
    """Yield what is to be told of some hours before ``until``, week by week.

    The last hour is always among them, whether a brand said something in it or not.
    """
    weeks = {(until - 1) // WEEK}
    for cells, _ in counted.values():
        weeks.update(np.unique(cells // _CELLS).tolist())
    for week in sorted(weeks):
        start = week * _CELLS
        hours = [until - 1] if week == (until - 1) // WEEK else []
        told = {}
        for kind, (cells, counts) in counted.items():
            some = slice(*cells.searchsorted((start, start + _CELLS)).tolist())
            its = cells[some]
            if its.size:
                hours += [int(its[0]) // BINS, int(its[-1]) // BINS]
                told[kind] = (
                    (its - start).astype("<i2").tobytes(),
                    counts[some].astype("<i4").tobytes(),
                )
        yield Telling(min(hours), max(hours) + 1, told)


class Week:
    """What all partitions told of one week.

    ``sums`` are the histograms of its hours by kind of alert, ``(kinds, hours, BINS)``.
    """

    def __init__(self) -> None:
        self.sums = np.zeros((len(STATISTICAL), WEEK, BINS), np.int64)
        self._flat = self.sums.reshape(len(STATISTICAL), _CELLS)
        self._told: dict[int, list[tuple[Cells, Counts]]] = {}

    def put(self, partition: int, telling: Telling) -> None:
        """Add what a partition tells, instead of what it told before of the same hours."""
        told = [telling.of(kind) for kind in STATISTICAL]
        start, stop = (
            (hour - telling.week * WEEK) * BINS for hour in (telling.first, telling.until)
        )
        before = self._told.get(partition, [_NONE] * len(told))
        self._told[partition] = together = []
        for sums, new, (cells, counts) in zip(self._flat, told, before, strict=True):
            left = (cells < start) | (cells >= stop)
            sums[cells[~left]] -= counts[~left]
            sums[new[0]] += new[1]
            together.append(
                (
                    np.concatenate((cells[left], new[0])),
                    np.concatenate((counts[left], new[1])),
                )
            )


_NONE = (np.empty(0, np.int16), np.empty(0, np.int32))
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Telling)
