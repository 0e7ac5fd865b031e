"""From a residual to a statistic: standardised a brand, prewhitened, added up over windows.

A brand's level is the mean of a week of residuals that ended a day before, each clipped; a share of
it is taken off, and the good side counts as nothing. Of that come innovations,
``(v_t - phi v_{t - lag}) / (1 - phi)``, divided so that a lasting shift keeps its size, and their
means over windows, bad ones positive. All arithmetic on what is remembered is in integers
(millionths), so that the same hours give the same numbers to the last digit however many of them
are looked at together; :mod:`pipeline.alerting.residual_scan` does it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.alerting.baseline import Values

Micros = NDArray[np.int64]

Memory = tuple[Micros, Micros, Micros, Micros]
"""Level terms, one-sided residuals, innovations and shifts of the latest hours, millionths."""

MICRO = 1_000_000

LEVEL_SPAN = 168
"""Hours whose mean residual is the level that a brand has drifted to."""
LEVEL_GAP = 24
"""The level ends this many hours back, so that what is being judged does not move it at once."""
MEMORY = LEVEL_SPAN + LEVEL_GAP - 1
"""Hours of residuals that the level of the next hour needs."""

ADAPTATION = 0.4
"""Share of the level that is taken off: half-way, a week-long drop stays a drop."""

LEVEL_CLIP = 3.0
"""Standard deviations that one hour can count for in the level."""
_MOST_PERSISTENT = 0.7


@dataclass(frozen=True, slots=True)
class Side:
    """Which way is bad, and how far hours that are bad are believed.

    ``sign``: -1 for a drop, 1 for a surge. ``clip``: standard deviations that one hour can count
    for; surges come in spikes, and one wild hour must not be a wild day. ``tail``: the quantile of
    a brand's own history that is its unit; ``worth``: for how many weeks of that the unit of all
    brands counts. Dips differ little from brand to brand, and a few weeks tell a tail badly; spikes
    are a brand's own habit, which only its own tail can tell. ``reach``: the unit of
    a brand with spikes is its tail times this power of how far that lies beyond a calm one. Spikes
    are few, so that eight weeks seldom show the largest, and the more of the tail is spikes, the
    further beyond it the next may reach.
    """

    sign: int
    clip: float
    tail: float
    worth: float
    reach: float

    def unit(self, own: float, weeks: int, usual: float, calm: float) -> float:
        """Return a window's unit, of the brand's own tail and those of all and of calm brands.

        The brand's own, known from so many weeks, is drawn to that of all brands on the log scale,
        in proportion to how surely each is known (Efron and Morris 1973).

        >>> round(DROP.unit(0.5, 4, 0.42, 1.2), 3), round(DROP.unit(0.5, 8, 0.42, 1.2), 3)
        (0.441, 0.454)
        >>> SURGE.unit(1.0, 8, 0.42, 1.2), SURGE.unit(4.8, 8, 0.42, 1.2)
        (1.0, 38.4)
        """
        beyond: float = max(1.0, own / calm) ** self.reach
        pooling = self.worth / (self.worth + weeks)
        pooled: float = own ** (1 - pooling) * usual**pooling
        return pooled * beyond

    def one_sided(self, standardised: Values) -> Values:
        """Return residuals with the bad side negative and all that is good as 0.

        A spike of applause must not hide a drop, nor a lull a surge.
        """
        clipped: Values = np.clip(standardised * -self.sign, -self.clip, 0.0)
        return clipped


DROP = Side(sign=-1, clip=6.0, tail=0.85, worth=10.0, reach=0.0)
SURGE = Side(sign=1, clip=3.0, tail=0.995, worth=0.0, reach=1.5)


def mean(values: Values) -> float:
    """Return the mean of some values, one at least: as their own method, in half the time."""
    return float(np.add.reduce(values)) / values.size


def persistence(one_sided: Values, lag: int) -> float:
    """Return the autocorrelation at ``lag``, from 0 to 0.7: what prewhitening takes off."""
    centred = one_sided - mean(one_sided)
    spread = mean(centred * centred)
    if spread == 0.0:
        return 0.0
    together = mean(centred[lag:] * centred[:-lag])
    return min(_MOST_PERSISTENT, max(0.0, together / spread))
