"""What is learnt of one series of a brand, once a week, from the weeks before.

The week that is scored has no part in it; the residuals that give the scales are held out too, a
week at a time. So the fit of a brand that had a wild week is wide, but never blind: the median of
weeks forgets it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
import numpy as np

from pipeline.alerting.baseline import WEEK, Values, held_out_residuals, log_blocks, profile
from pipeline.alerting.baseline_scan import profile_and_residuals
from pipeline.alerting.residual_scan import one_sided, whitened
from pipeline.alerting.residuals import MICRO, Micros, Side, mean, persistence

MOST_WEEKS = 8
LEAST_WEEKS = 4
"""Under four weeks of history nothing is decided."""

LONGEST_BLOCK = 24

LEAST_EVENTS = 30.0
"""What a window has to be expected to bring: below, its randomness says nothing."""

_LOW_QUANTILE = 0.25
_NORMAL_QUARTILE = 0.6744897501960817
_LEAST_SPREAD = 0.05
_LEAST_KNOWN = 0.5


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch over which innovations are averaged.

    ``usual`` is the scale of that average over all brands, in standard deviations of the brand;
    ``calm`` is a surge's where there are no spikes (six in ten of such brands lie below);
    ``handicap`` makes short windows speak only where the drop is large.
    """

    hours: int
    usual: float
    calm: float
    handicap: float = 1.0


@dataclass(frozen=True, slots=True)
class Resolution:
    """How finely a series can be looked at: the volume decides.

    ``hours`` is the span that must bring :data:`LEAST_EVENTS`; values are sums over ``block``
    hours, each hour the latest of one.
    """

    name: str
    hours: int
    block: int
    windows: tuple[Window, ...]


_SIX_HOURS = (Window(24, 0.42, 1.2), Window(12, 0.62, 1.9, 1.2), Window(6, 1.02, 3.0, 1.4))
RESOLUTIONS = (
    Resolution("6h", 6, 3, _SIX_HOURS),
    Resolution("24h", 24, 6, (Window(24, 0.52, 1.4),)),
    Resolution("7d", WEEK, 24, (Window(WEEK, 0.50, 0.5),)),
)

LEAST_VOLUME = min(LEAST_EVENTS / each.hours for each in RESOLUTIONS)
"""What an hour has to bring in the mean; below, no resolution is coarse enough."""


class Scale(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a window's average usually lies, and one unit of its badness above that."""

    center: float
    unit: float

    def at(self, bar: float) -> float:
        """Return the average badness at which a bar is reached."""
        return self.center + bar * self.unit


class Fit(msgspec.Struct, frozen=True, array_like=True):
    """A fit: it scores the week that begins at ``hour`` (hours since the epoch).

    ``profile`` are 168 doubles by hour of the week; ``spread`` is the standard deviation of a
    residual on the bad side; ``phi`` what is prewhitened; ``neutral`` an innovation that says
    nothing; ``scales`` belong to the windows of the resolution. ``volume`` is what an hour brings.
    """

    hour: int
    resolution: int
    profile: bytes
    spread: float
    phi: float
    neutral: float
    scales: tuple[Scale, ...]
    volume: float

    @property
    def look(self) -> Resolution:
        """The resolution itself."""
        return RESOLUTIONS[self.resolution]

    def baseline(self, hours: range) -> Values:
        """Return the expected logs of the blocks that end with these hours, at most a week."""
        weekly = np.frombuffer(self.profile)
        first, last = hours.start % WEEK, hours.start % WEEK + len(hours)
        # The week goes round once at most.
        if last <= WEEK:
            return weekly[first:last]
        return np.concatenate((weekly[first:], weekly[: last - WEEK]))

    def residuals(self, hourly: Values, hours: range) -> Values:
        """Return the residuals of hours, at most a week, in standard deviations.

        Args:
            hourly: What each of ``hours`` brought, after the ``block - 1`` hours before them;
                hours that do not count are not numbers, nor is then what is returned.
            hours: The hours to score, hours since the epoch.
        """
        logs = log_blocks(hourly, self.look.block)
        residuals: Values = (logs - self.baseline(hours)) / self.spread
        return residuals


def fit(hourly: Values, hour: int, side: Side) -> Fit | None:
    """Fit a series.

    Args:
        hourly: What each of the hours before ``hour`` brought: some whole weeks, and
            :data:`LONGEST_BLOCK` - 1 hours before them. Hours that are not known or must not count
            (a maintenance) are not numbers.
        hour: The first hour to be scored.
        side: Which way is bad.

    Returns:
        None where the volume is too low to tell anything, there are not four weeks, or most of
        their hours are not known any more.
    """
    count = (len(hourly) - LONGEST_BLOCK + 1) // WEEK
    if count < LEAST_WEEKS:
        return None
    volume = _volume(hourly[LONGEST_BLOCK - 1 :])
    fine = [n for n, each in enumerate(RESOLUTIONS) if volume * each.hours >= LEAST_EVENTS]
    if not fine:
        return None
    number = fine[0]
    look = RESOLUTIONS[number]
    hourly = hourly[-(count * WEEK + look.block - 1) :]
    of_week, residuals = _learnt(log_blocks(hourly, look.block).reshape(count, WEEK))
    # Weeks begin at the fit's own hour; a profile is indexed by hours since the epoch.
    turn = WEEK - hour % WEEK
    weekly = np.concatenate((of_week[turn:], of_week[:turn]))
    known = np.isfinite(residuals)
    finite = (residuals if known.all() else residuals[known]) * -side.sign
    if finite.size < _LEAST_KNOWN * residuals.size:
        return None
    middle, low = quantiles(finite, 0.5, _LOW_QUANTILE)
    spread = max(_LEAST_SPREAD, (middle - low) / _NORMAL_QUARTILE)
    bad = one_sided(residuals, spread, side)
    phi = persistence(bad, look.block)
    counts = [window.hours - look.block + 1 for window in look.windows]
    innovations, averages = whitened(bad, phi, look.block, counts)
    scales = []
    for window, means in zip(look.windows, averages, strict=True):
        center, high = quantiles(means, 0.5, side.tail)
        own = max(1e-3, high - center)
        unit = side.unit(own, count, window.usual, window.calm) * window.handicap
        scales.append(Scale(center, unit))
    [neutral] = quantiles(innovations, 0.5)
    return Fit(
        hour,
        number,
        weekly.tobytes(),
        spread,
        phi,
        neutral / MICRO,
        tuple(scales),
        volume,
    )


def _volume(hourly: Values) -> float:
    """Return the mean of the hours that are known; 0 where none is."""
    volume = mean(hourly)
    if math.isnan(volume):
        known = np.isfinite(hourly)
        volume = mean(hourly[known]) if known.any() else 0.0
    return volume


def _learnt(weeks: Values) -> tuple[Values, Values]:
    """Return the profile of weeks, and hour by hour the residuals against that of the others."""
    learnt = profile_and_residuals(weeks) or (profile(weeks), held_out_residuals(weeks))
    return learnt[0], learnt[1].reshape(-1)


def quantiles(values: Values | Micros, *shares: float) -> list[float]:
    """Return quantiles, between two values in proportion: as :func:`numpy.quantile`, but faster.

    >>> quantiles(np.array([4.0, 1.0, 2.0]), 0.5, 0.75)
    [2.0, 3.0]
    """
    ordered = np.sort(values)
    result = []
    for share in shares:
        place = share * (ordered.size - 1)
        below = int(place)
        low, high = ordered.item(below), ordered.item(min(below + 1, ordered.size - 1))
        part = place - below
        # From the nearer of the two, so that both ends are hit exactly.
        near = low + (high - low) * part if part < 0.5 else high - (high - low) * (1.0 - part)
        result.append(float(near))
    return result
