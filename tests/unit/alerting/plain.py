"""Fit and statistic the obvious way, an array a step: what the compiled loops are held to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.alerting.baseline import WEEK, Values, held_out_residuals, profile
from pipeline.alerting.fit import Fit
from pipeline.alerting.residuals import (
    ADAPTATION,
    LEVEL_CLIP,
    LEVEL_GAP,
    LEVEL_SPAN,
    MEMORY,
    MICRO,
    Memory,
    Micros,
    Side,
)


def micros(values: Values) -> Micros:
    """Return values in millionths, rounded."""
    whole: Micros = np.rint(values * MICRO).astype(np.int64)
    return whole


def level_terms(standardised: Values) -> Micros:
    """Return what each hour adds to the level, in millionths."""
    return micros(np.clip(standardised, -LEVEL_CLIP, LEVEL_CLIP))


def levels(terms: Micros) -> Values:
    """Return the level at each hour after the first so many, in standard deviations."""
    sums = np.concatenate(([0], np.cumsum(terms)))
    mean: Values = (sums[LEVEL_SPAN:-LEVEL_GAP] - sums[: -LEVEL_SPAN - LEVEL_GAP]) / (
        LEVEL_SPAN * MICRO
    )
    return mean


def prewhiten(one_sided: Micros, phi: float, lag: int) -> Micros:
    """Return the innovations after the first ``lag``."""
    whitened: Micros = np.rint((one_sided[lag:] - phi * one_sided[:-lag]) / (1 - phi)).astype(
        np.int64
    )
    return whitened


def window_means(innovations: Micros, count: int) -> Values:
    """Return how bad, on average, each ``count`` successive innovations are (bad is positive)."""
    sums = np.concatenate(([0], np.cumsum(innovations)))
    means: Values = (sums[:-count] - sums[count:]) / (count * MICRO)
    return means


def profile_and_residuals(weeks: Values) -> tuple[Values, Values]:
    """Return the profile of weeks, and the residuals of each against that of all others."""
    return profile(weeks), held_out_residuals(weeks)


def one_sided(residuals: Values, spread: float, side: Side) -> Values:
    """Return residuals in units of a spread, less the level before them, good ones as 0."""
    standardised = np.nan_to_num(residuals / spread)
    level = levels(np.concatenate((np.zeros(MEMORY, np.int64), level_terms(standardised))))
    return side.one_sided(standardised - ADAPTATION * level)


@dataclass(frozen=True)
class Said:
    """What some hours say, and what is remembered after them."""

    memory: Memory
    statistic: Values
    latest: Values
    terms: Micros
    shifts: Micros


def advance(fit: Fit, side: Side, memory: Memory, residuals: Values, rhythm: Values) -> Said:
    """Take the next hours' residuals, less what all brands share, and return what they say."""
    old_terms, old_words, old_innovations, old_shifts = memory
    known = np.isfinite(residuals)
    neutral = round(fit.neutral * MICRO)
    shifted = np.where(known, residuals - rhythm, 0.0)
    terms = np.concatenate((old_terms, level_terms(shifted)))
    drift = ADAPTATION * levels(terms)
    fresh = micros(side.one_sided(shifted - drift))
    words = np.concatenate((old_words, np.where(known, fresh, neutral)))
    block = fit.look.block
    whitened = prewhiten(words[len(old_words) - block :], fit.phi, block)
    innovations = np.concatenate((old_innovations, np.where(known, whitened, neutral)))
    shifts = np.concatenate((old_shifts, np.where(known, micros(rhythm + drift), 0)))
    badness = np.empty((len(fit.scales), len(residuals)))
    for number, (window, scale) in enumerate(zip(fit.look.windows, fit.scales, strict=True)):
        count = window.hours - block + 1
        excess = window_means(innovations[WEEK - count + 1 :], count) - scale.center
        badness[number] = excess / scale.unit
    remembered = (
        terms[-len(old_terms) :],
        words[-len(old_words) :],
        innovations[-WEEK:],
        shifts[-WEEK:],
    )
    return Said(remembered, badness.max(axis=0), badness[-1], terms, shifts)
