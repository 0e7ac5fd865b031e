"""How unusual hours are, the bins that they fall into, and whether one is over a bar (compiled).

One pass over the hours each. What :meth:`pipeline.alerting.fit.Fit.residuals`,
:func:`pipeline.alerting.rhythm.bins_of` and :func:`pipeline.alerting.detector.high` define; tests
hold this to them. All that is compiled together stands in one file, see
:mod:`pipeline.compiled`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pipeline.alerting.baseline import WEEK, Values, log_blocks
from pipeline.alerting.detector import Stretch
from pipeline.alerting.fit import Fit
from pipeline.alerting.rhythm import BINS, MIDDLE, NO_BIN, WIDTH, Bins
from pipeline.compiled import borrowed, entry


def residuals_and_bins(fit: Fit, hourly: Values, hours: range) -> tuple[Values, Bins]:
    """Return the residuals of hours, at most a week, and their bins.

    Args:
        fit: In force.
        hourly: As :meth:`Fit.residuals` takes it.
        hours: The hours to score, hours since the epoch.
    """
    logs = log_blocks(hourly, fit.look.block)
    residuals, bins = np.empty(logs.size), np.empty(logs.size, np.int64)
    _score(logs, np.frombuffer(fit.profile), hours.start % WEEK, fit.spread, residuals, bins)
    return residuals, bins


def is_any_high(stretch: Stretch, residuals: Values, bar: float) -> bool:
    """Tell whether some hour that is known is over a bar."""
    found: bool = _is_any_high(stretch.statistic, stretch.latest, residuals, bar)
    return found


@entry(
    "void(float64[::1], Array(float64, 1, 'C', readonly=True), int64, float64, float64[::1],"
    "int64[::1])"
)
def _score(logs: Any, profile: Any, first: Any, spread: Any, residuals: Any, bins: Any) -> None:
    logs, profile = borrowed(logs), borrowed(profile)
    residuals, bins = borrowed(residuals), borrowed(bins)
    of_week = first
    for hour in range(logs.size):
        residual = (logs[hour] - profile[of_week]) / spread
        residuals[hour] = residual
        bins[hour] = NO_BIN
        if math.isfinite(residual):
            bins[hour] = min(max(int(np.rint(residual / WIDTH)) + MIDDLE, 0), BINS - 1)
        of_week = of_week + 1 if of_week + 1 < WEEK else 0


@entry("boolean(float64[::1], float64[::1], float64[::1], float64)")
def _is_any_high(statistic: Any, latest: Any, residuals: Any, bar: Any) -> Any:
    statistic, latest, residuals = borrowed(statistic), borrowed(latest), borrowed(residuals)
    for hour in range(residuals.size):
        if statistic[hour] >= bar and latest[hour] > 0.0 and math.isfinite(residuals[hour]):
            return True
    return False
