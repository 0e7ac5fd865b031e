"""The statistic of every hour of a fleet that nothing happens to: what thresholds come from."""

from __future__ import annotations

import numpy as np

from pipeline.alerting.baseline import WEEK, Values
from pipeline.alerting.detector import Series
from pipeline.alerting.fit import LEAST_WEEKS, LONGEST_BLOCK, MOST_WEEKS, Fit, fit
from pipeline.alerting.residuals import Side
from pipeline.alerting.rhythm import BINS, Bins, Crowd, add, bins_of
from pipeline.alerting.rhythm_scan import shared
from tests.detection.watching import Given


def statistics(hourly: Values, side: Side, resolution: int) -> list[Values]:
    """Return what an alert decides by: the lower of the statistics of each hour and the one before.

    Hours at which a brand is looked at otherwise than at ``resolution`` are not numbers.
    """
    fitted = [_fits(row, side) for row in hourly]
    histograms = np.zeros((hourly.shape[1], BINS), np.int64)
    for _, bins in fitted:
        add(histograms, bins)
    crowd = Crowd.of(histograms)
    return [_statistic(fits, bins, crowd, side, resolution) for fits, bins in fitted]


_Week = tuple[range, Fit | None, Values]


def _fits(hourly: Values, side: Side) -> tuple[list[_Week], Bins]:
    history = Given(hourly)
    weeks: list[_Week] = []
    bins = np.full(hourly.size, -1)
    for hour in range(LEAST_WEEKS * WEEK, hourly.size - WEEK + 1, WEEK):
        before = min(MOST_WEEKS, hour // WEEK) * WEEK + LONGEST_BLOCK - 1
        found = fit(history(range(hour - before, hour)), hour, side)
        hours = range(hour, hour + WEEK)
        if found is None:
            residuals = np.full(WEEK, np.nan)
        else:
            lead = found.look.block - 1
            hourly = history(range(hours.start - lead, hours.stop))
            residuals = found.residuals(hourly, hours)
        bins[hours.start : hours.stop] = bins_of(residuals)
        weeks.append((hours, found, residuals))
    return weeks, bins


def _statistic(weeks: list[_Week], bins: Bins, crowd: Crowd, side: Side, resolution: int) -> Values:
    series: Series | None = None
    parts = []
    for hours, found, residuals in weeks:
        span = slice(hours.start, hours.stop)
        if found is None or found.resolution != resolution:
            series = None
            parts.append(np.full(WEEK, np.nan))
            continue
        if series is None:
            series = Series(found, side)
        else:
            series.refit(found)
        excuse, _ = shared(crowd.between(hours.start, hours.stop), bins[span], side)
        stretch = series.advance(residuals, excuse)
        parts.append(np.where(stretch.latest <= 0.0, -np.inf, stretch.statistic))
    statistic = np.concatenate(parts)
    statistic[1:] = np.minimum(statistic[1:], statistic[:-1])
    return np.where(np.isnan(statistic), np.nan, np.maximum(statistic, -1.0))
