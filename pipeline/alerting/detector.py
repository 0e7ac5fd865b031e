"""The detector of one series of one brand: what it remembers, and how hours pass through it.

An hour goes through three steps: its residual against the fit in force (:meth:`Fit.residuals`, of
which the rhythm of all brands is made), the statistic (:meth:`Series.advance`), and the sign
that the alert's machine takes. Hours are looked at in stretches, of one hour or of many months,
with the same result.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.alerting import residual_scan
from pipeline.alerting.baseline import OFFSET, WEEK, Values
from pipeline.alerting.fit import LONGEST_BLOCK, Fit
from pipeline.alerting.machine import Sign
from pipeline.alerting.residuals import LEVEL_SPAN, MEMORY, MICRO, Memory, Micros, Side
from pipeline.alerting.rhythm import Flags

_SLACK = 0.5
_REARM = 0.5
"""An alert comes down below this share of the bar,"""
_OVER = 0.3
"""or when the shortest window alone is below this one."""


class Remembered(msgspec.Struct, array_like=True):
    """A series' memory written down, each part 32-bit millionths; see :data:`Memory`."""

    terms: bytes
    words: bytes
    innovations: bytes
    shifts: bytes


class Stretch(NamedTuple):
    """Some decided hours of a series and what they say, an entry an hour.

    ``statistic`` is the worst of the windows in units of their scales, ``latest`` that of the
    shortest alone. ``terms`` and ``shifts`` reach further back than the hours: what is remembered
    of those before them.
    """

    statistic: Values
    latest: Values
    terms: Micros
    shifts: Micros


class Series:
    """The memory of one series under its fit."""

    def __init__(self, fit: Fit, side: Side) -> None:
        self.side = side
        self.fit = fit
        self._windows: Values | None = None
        neutral = round(fit.neutral * MICRO)
        self.memory: Memory = (
            np.zeros(MEMORY, np.int64),
            np.full(LONGEST_BLOCK, neutral),
            np.full(WEEK, neutral),
            np.zeros(WEEK, np.int64),
        )

    def refit(self, fit: Fit) -> None:
        """Go on under a new fit; what is remembered keeps its meaning in the new units."""
        scale = self.fit.spread / fit.spread
        terms, words, innovations, shifts = self.memory
        self.memory = (
            residual_scan.rescaled(terms, scale),
            residual_scan.rescaled(words, scale),
            residual_scan.rescaled(innovations, scale),
            residual_scan.rescaled(shifts, scale),
        )
        self.fit = fit
        self._windows = None

    def advance(self, residuals: Values, rhythm: Values) -> Stretch:
        """Take the next hours' residuals, less what all brands share, and return what they say."""
        fit = self.fit
        if self._windows is None:
            self._windows = _windows(fit)
        (terms, words, innovations, shifts), (statistic, latest) = residual_scan.advance(
            self.memory,
            residuals,
            rhythm,
            self.side,
            fit.look.block,
            fit.phi,
            round(fit.neutral * MICRO),
            self._windows,
        )
        self.memory = (
            terms[-MEMORY:],
            words[-LONGEST_BLOCK:],
            innovations[-WEEK:],
            shifts[-WEEK:],
        )
        return Stretch(statistic, latest, terms, shifts)

    def calm(self) -> None:
        """Forget what was bad: hours that an alert was about do not raise another."""
        terms, words, innovations, shifts = self.memory
        neutral = round(self.fit.neutral * MICRO)
        self.memory = (terms, words, np.full_like(innovations, neutral), shifts)

    def expected(
        self, stretch: Stretch, n: int, hour: int, span: int, badness: float = 0.0
    ) -> Values:
        """Return what the blocks were expected to bring that end with the last hours to the n-th.

        In the unit of the series; an hour brings as many parts of it as a block has hours.

        Args:
            stretch: The hours that were decided.
            n: Which of them.
            hour: That hour, hours since the epoch.
            span: How many hours, at most a week.
            badness: By how many standard deviations each of them is to be worse than expected.
        """
        end = WEEK + n + 1
        shift = stretch.shifts[end - span : end] / MICRO
        baseline = self.fit.baseline(range(hour - span + 1, hour + 1))
        blocks = np.exp(baseline + self.fit.spread * (shift + self.side.sign * badness)) - OFFSET
        return np.maximum(blocks, 0.0)

    def onset(self, stretch: Stretch, n: int) -> int:
        """Return for how many hours the change seen at the n-th hour has lasted, at most a week.

        Since then the one-sided residuals, beyond their neutral value and half a standard
        deviation, add up to the most (Page 1954).
        """
        terms = stretch.terms[n + MEMORY + 1 - LEVEL_SPAN : n + MEMORY + 1]
        usual = self.fit.neutral - _SLACK
        hours: int = residual_scan.onset(terms, usual, self.side.sign, self.side.clip)
        return hours

    def remember(self) -> Remembered:
        """Return the memory as a value."""
        return Remembered(*(each.astype(np.int32).tobytes() for each in self.memory))

    @classmethod
    def recall(cls, fit: Fit, side: Side, value: Remembered) -> Series:
        """Return the series that a value was written of."""
        series = cls(fit, side)
        terms, words, innovations, shifts = (
            np.frombuffer(each, np.int32).astype(np.int64)
            for each in (value.terms, value.words, value.innovations, value.shifts)
        )
        series.memory = (terms, words, innovations, shifts)
        return series


def _windows(fit: Fit) -> Values:
    """Return, of each window, how many innovations it averages, its center and its unit."""
    block = fit.look.block
    # Listed longest first.
    return np.array(
        [
            (window.hours - block + 1, scale.center, scale.unit)
            for window, scale in zip(fit.look.windows, fit.scales, strict=True)
        ]
    )


def high(stretch: Stretch, bar: float) -> Flags:
    """Return which hours are over a bar.

    What is over is not news: an alert neither begins nor goes on while the latest hours are as
    usual, however bad those before them were.
    """
    return (stretch.statistic >= bar) & (stretch.latest > 0.0)


def signs(stretch: Stretch, bar: float) -> NDArray[np.int64]:
    """Return what each hour says, against a bar: the numbers of :class:`Sign`."""
    clear = (stretch.statistic < _REARM * bar) | (stretch.latest < _OVER * bar)
    return np.where(high(stretch, bar), Sign.HIGH, np.where(clear, Sign.CLEAR, Sign.BETWEEN))
