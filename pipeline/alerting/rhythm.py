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

import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import Values
from pipeline.alerting.residuals import Side

Bins = NDArray[np.int64]
Flags = NDArray[np.bool_]

BINS = 97
_WIDTH = 0.125
_MIDDLE = BINS // 2
_SHRINK = 1
_TOGETHER = 2.0
_MOST = 0.8
_OTHERS = 2
_EMPTY = np.zeros(BINS, np.int64)
NO_BIN = -1
"""Bin of an hour of which a brand says nothing."""


def bins_of(standardised: Values) -> Bins:
    """Return the bin of each residual; :data:`NO_BIN` for those that are not numbers."""
    known = np.isfinite(standardised)
    bins = np.rint(np.where(known, standardised, 0.0) / _WIDTH).astype(np.int64) + _MIDDLE
    return np.where(known, np.clip(bins, 0, BINS - 1), NO_BIN)


def add(histograms: NDArray[np.int64], bins: Bins) -> None:
    """Count a brand's bins in the histograms of its hours, ``(hours, BINS)``."""
    known = np.flatnonzero(bins != NO_BIN)
    histograms[known, bins[known]] += 1


def shared(histograms: NDArray[np.int64], own: Bins, side: Side) -> tuple[Values, Flags]:
    """Return what to take off a brand's residuals, hour by hour, and where all went down together.

    Args:
        histograms: Over all brands, this one among them, ``(hours, BINS)``.
        own: The bins that this brand fell into.
        side: Which way is bad, and can be excused.

    Returns:
        The rhythm in standard deviations, and the hours at which most of the others, two at least,
        and this brand were beyond two of them: so much at once is nobody's own doing.
    """
    others = histograms.copy()
    known = np.flatnonzero(own != NO_BIN)
    # What this brand told may have been deleted since.
    others[known, own[known]] -= others[known, own[known]] > 0
    counts = others.sum(axis=1)
    # The lower and the upper median are the same bin but where the count is even.
    cumulated = others.cumsum(axis=1)
    lower = (cumulated > ((counts - 1) // 2)[:, None]).argmax(axis=1)
    upper = (cumulated > (counts // 2)[:, None]).argmax(axis=1)
    median = np.where(counts > 0, ((lower + upper) / 2 - _MIDDLE) * _WIDTH * side.sign, 0.0)
    excused = np.maximum(median, 0.0) * counts / (counts + _SHRINK)
    badness = (np.arange(BINS) - _MIDDLE) * _WIDTH * side.sign
    as_bad = others[:, badness >= _TOGETHER].sum(axis=1)
    together = (counts >= _OTHERS) & (as_bad >= _MOST * counts)
    return excused * side.sign, together & (own != NO_BIN) & (badness[own] >= _TOGETHER)


class Rhythm:
    """Histograms of all brands by hour; hours that nobody told of are empty."""

    def __init__(self, by_hour: Mapping[int, NDArray[np.int64]] | None = None) -> None:
        self._by_hour = dict(by_hour or {})
        self._asked: tuple[range, NDArray[np.int64]] | None = None

    def add(self, hour: int, counts: Mapping[int, int]) -> None:
        """Add one partition's counts of an hour, by bin."""
        row = self._by_hour.setdefault(hour, np.zeros(BINS, np.int64))
        for number, count in counts.items():
            row[number] += count
        self._asked = None

    def histograms(self, hours: range) -> NDArray[np.int64]:
        """Return the histograms of some hours, ``(hours, BINS)``; not to be written to."""
        # One brand after the other asks for the same hours.
        if self._asked is None or self._asked[0] != hours:
            rows = [self._by_hour.get(hour, _EMPTY) for hour in hours]
            self._asked = (hours, np.stack(rows))
        return self._asked[1]
