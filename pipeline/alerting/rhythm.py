"""The rhythm that all brands share: a holiday, a feed that coughs, a night on which all are awake.

Each brand's residual of an hour, before anything else is taken off, falls into one bin of that
hour's histogram. Histograms of partitions add up exactly, so a worker that owns some brands and a
replay that has all take the same off. A brand's rhythm is the median of all *other* brands, shrunk
by ``n / (n + 1)``: a median, so that brands with extreme behaviour move nobody, and shrunk, because
one other brand is no rhythm. It only excuses: a dip that others share is no drop, but that others
surge makes nobody drop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import Values

Bins = NDArray[np.int64]
Flags = NDArray[np.bool_]

BINS = 97
WIDTH = 0.125
"""Of a bin, in standard deviations."""
MIDDLE = BINS // 2
NO_BIN = -1
"""Bin of an hour of which a brand says nothing."""
TOGETHER = 2.0
"""Standard deviations beyond which brands go down together."""
_EMPTY = np.zeros(BINS, np.int64)
_SPARSE = 4
"""Among so many hours one at least has to be told of for all of them to be prepared at once."""
_MOST_WAITING = 1 << 20
"""Bins that wait to be counted together: eight megabytes."""
_SPREAD = 16
"""Numbers that lie further apart than so often their count are sorted to be counted."""
_BADNESS = (np.arange(BINS) - MIDDLE) * WIDTH


def bins_of(standardised: Values) -> Bins:
    """Return the bin of each residual; :data:`NO_BIN` for those that are not numbers."""
    known = np.isfinite(standardised)
    all_known = bool(known.all())
    values = standardised if all_known else np.where(known, standardised, 0.0)
    bins = np.rint(values / WIDTH).astype(np.int64) + MIDDLE
    # Not clip(), which takes longer than all else here.
    bins = np.minimum(np.maximum(bins, 0), BINS - 1)
    return bins if all_known else np.where(known, bins, NO_BIN)


def add(histograms: NDArray[np.int64], bins: Bins) -> None:
    """Count a brand's bins in the histograms of its hours, ``(hours, BINS)``."""
    known = np.flatnonzero(bins != NO_BIN)
    histograms[known, bins[known]] += 1


class Counted(NamedTuple):
    """How many brands fell into each bin of some hours, without bins that none fell into.

    ``cells`` are ``BINS hour + bin``, ascending; ``counts`` belong to them.
    """

    cells: NDArray[np.int64]
    counts: NDArray[np.int64]

    def and_then(self, later: Counted) -> Counted:
        """Return these with those of later hours."""
        return Counted(*(np.concatenate(both) for both in zip(self, later, strict=True)))


class Tally:
    """How many brands fell into each bin, hour by hour.

    >>> tally = Tally()
    >>> tally.add(range(2, 5), np.array([4, NO_BIN, 0]))
    >>> tally.add(range(4, 5), np.array([0]))
    >>> cells, counts = tally.take()
    >>> (cells // BINS).tolist(), (cells % BINS).tolist(), counts.tolist()
    ([2, 4], [4, 0], [1, 2])
    """

    def __init__(self) -> None:
        # The cells of those that are not counted yet.
        self._new: list[NDArray[np.int64]] = []
        self._waiting = 0
        self._counted = NOTHING

    def add(self, hours: range, bins: Bins) -> None:
        """Count a brand in the bins of its hours; those without a bin count for nothing."""
        numbers = np.arange(hours.start * BINS, hours.stop * BINS, BINS)
        numbers += bins
        self._new.append(numbers if bins.min(initial=0) != NO_BIN else numbers[bins != NO_BIN])
        self._waiting += len(hours)
        if self._waiting > _MOST_WAITING:
            self._count()

    def take(self) -> Counted:
        """Return what was counted, and forget it."""
        self._count()
        counted, self._counted = self._counted, NOTHING
        return counted

    def _count(self) -> None:
        """Count what was added since."""
        if not self._new:
            return
        cells, counts = _counted(np.concatenate(self._new))
        self._new, self._waiting = [], 0
        if self._counted.cells.size:
            both = np.concatenate((self._counted.cells, cells))
            counts = np.concatenate((self._counted.counts, counts))
            cells, places = np.unique(both, return_inverse=True)
            counts = np.bincount(places, counts).astype(np.int64)
        self._counted = Counted(cells, counts)


def _counted(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the different ones of some numbers, ascending, and how often there is each."""
    if numbers.size and np.ptp(numbers) < _SPREAD * numbers.size:
        first = numbers.min()
        counts = np.bincount(numbers - first)
        found = counts.nonzero()[0]
        return found + first, counts[found]
    cells, each = np.unique(numbers, return_counts=True)
    return cells, each


NOTHING = Counted(np.empty(0, np.int64), np.empty(0, np.int64))


class Crowd(NamedTuple):
    """What all brands said in some hours, prepared for taking one brand out.

    ``histograms`` are ``(hours, BINS)``. ``counts`` are the brands of each hour, and ``middle`` the
    bins of those around the middle of them in order: at ``(count - 2) // 2``, ``(count - 1) // 2``,
    ``count // 2`` and ``(count + 1) // 2``. ``low`` and ``high`` count those beyond two standard
    deviations.
    """

    histograms: NDArray[np.int64]
    counts: NDArray[np.int64]
    middle: NDArray[np.intp]
    low: NDArray[np.int64]
    high: NDArray[np.int64]

    @classmethod
    def of(cls, histograms: NDArray[np.int64]) -> Crowd:
        """Return the crowd of some histograms."""
        cumulated = histograms.cumsum(axis=1)
        counts = cumulated[:, -1]
        places = (counts + np.arange(-2, 2)[:, None]) // 2
        middle = (cumulated > places[..., None]).argmax(axis=2)
        low = histograms[:, _BADNESS <= -TOGETHER].sum(axis=1)
        high = histograms[:, _BADNESS >= TOGETHER].sum(axis=1)
        return cls(histograms, counts, middle, low, high)

    def between(self, start: int, stop: int) -> Crowd:
        """Return some of the hours, by their number."""
        some = slice(start, stop)
        return Crowd(
            self.histograms[some],
            self.counts[some],
            self.middle[:, some],
            self.low[some],
            self.high[some],
        )


class Rhythm:
    """Histograms of all brands by hour; hours that nobody told of are empty."""

    def __init__(self, by_hour: Mapping[int, NDArray[np.int64]] | None = None) -> None:
        self._by_hour = dict(by_hour or {})
        self._hours = range(0)
        self._crowd: Crowd | None = None

    @classmethod
    def of(cls, counted: Counted) -> Rhythm:
        """Return the rhythm of what was counted of all brands."""
        hours, places = np.unique(counted.cells // BINS, return_inverse=True)
        rows = np.zeros((hours.size, BINS), np.int64)
        rows[places, counted.cells % BINS] = counted.counts
        return cls(dict(zip(hours.tolist(), rows, strict=True)))

    def add(self, hour: int, counts: Mapping[int, int]) -> None:
        """Add counts of an hour, by bin."""
        row = self._by_hour.setdefault(hour, np.zeros(BINS, np.int64))
        for number, count in counts.items():
            row[number] += count
        self._crowd = None

    def crowd(self, hours: range) -> Crowd:
        """Return what all brands said in some hours."""
        known = self._hours
        # One brand after the other asks, each for stretches of its own.
        if self._crowd is None or hours.start < known.start or hours.stop > known.stop:
            told = self._by_hour
            ends = (hours.start, hours.stop - 1, *told)
            known = range(min(ends), max(ends) + 1)
            if len(known) > _SPARSE * (len(told) + len(hours)):
                known = hours
            rows = np.concatenate([self._by_hour.get(hour, _EMPTY) for hour in known])
            self._hours, self._crowd = known, Crowd.of(rows.reshape(-1, BINS))
        return self._crowd.between(hours.start - known.start, hours.stop - known.start)
