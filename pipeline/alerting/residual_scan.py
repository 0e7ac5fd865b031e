"""From residuals to a statistic in one pass over the hours (compiled).

What :mod:`pipeline.alerting.residuals` defines; tests hold this to the obvious way, an array a
step. All that is compiled together stands in one file, see :mod:`pipeline.compiled`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.alerting.baseline import WEEK, Values
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
from pipeline.compiled import borrowed, entry, inner


def advance(
    memory: Memory,
    residuals: Values,
    rhythm: Values,
    side: Side,
    lag: int,
    phi: float,
    neutral: int,
    windows: Values,
) -> tuple[Memory, Values]:
    """Take the next hours' residuals, less what all brands share.

    Args:
        memory: What is remembered of the hours before.
        residuals: In standard deviations; those of hours that are not known are not numbers.
        rhythm: What to take off.
        side: Which way is bad.
        lag: Hours after which what is prewhitened comes back.
        phi: How much of it does.
        neutral: What an hour says that is not known, in millionths.
        windows: Of each window how many innovations it averages, its center and its unit.

    Returns:
        What is remembered, followed by the same of the hours, and the statistics of each hour: the
        worst of the windows in its unit, and that of the last window.
    """
    hours = residuals.size
    statistics = np.empty((2, hours))
    old_terms, old_words, old_innovations, old_shifts = memory
    terms, words = _longer(old_terms, hours), _longer(old_words, hours)
    innovations, shifts = _longer(old_innovations, hours), _longer(old_shifts, hours)
    _advance(
        *(residuals, rhythm, terms, words, innovations, shifts),
        *(side.sign, side.clip, lag, phi, neutral, windows, statistics),
    )
    return (terms, words, innovations, shifts), statistics


def rescaled(values: Micros, scale: float) -> Micros:
    """Return what is remembered in other units."""
    found = np.empty(values.size, np.int64)
    _rescale(values, scale, found)
    return found


def _longer(values: Micros, count: int) -> Micros:
    longer = np.empty(values.size + count, np.int64)
    longer[: values.size] = values
    return longer


def one_sided(residuals: Values, spread: float, side: Side) -> Values:
    """Return residuals in units of a spread, less the level before them, good ones as 0."""
    found = np.empty(residuals.size)
    _one_sided(residuals, spread, side.sign, side.clip, np.empty(residuals.size, np.int64), found)
    return found


def whitened(
    one_sided: Values, phi: float, lag: int, counts: Sequence[int]
) -> tuple[Micros, list[Values]]:
    """Return the innovations after the first ``lag``, and how bad so many of them are on average.

    Of each count an array, an entry for each innovation that so many end with.
    """
    innovations = np.empty(one_sided.size - lag, np.int64)
    means = np.empty((len(counts), innovations.size))
    _whiten(one_sided, phi, lag, np.array(counts), innovations, means)
    return innovations, [row[count - 1 :] for row, count in zip(means, counts, strict=True)]


@inner
def _micro(value: Any) -> Any:
    """Return a value in millionths, rounded."""
    return int(np.rint(value * MICRO))


@inner
def _clip(value: Any, least: Any, most: Any) -> Any:
    return min(max(value, least), most)


@inner
def _bad(value: Any, sign: Any, clip: Any) -> Any:
    """Return a standardised residual with the bad side negative and all that is good as 0."""
    return _clip(value * -sign, -clip, 0.0)


@inner
def _innovation(word: Any, before: Any, phi: Any) -> Any:
    return int(np.rint((word - phi * before) / (1 - phi)))


@entry(
    "void(float64[::1], float64[::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    "int64, float64, int64, float64, int64, float64[:, ::1], float64[:, ::1])"
)
def _advance(
    residuals: Any,
    rhythm: Any,
    terms: Any,
    words: Any,
    innovations: Any,
    shifts: Any,
    sign: Any,
    clip: Any,
    lag: Any,
    phi: Any,
    neutral: Any,
    windows: Any,
    statistics: Any,
) -> None:
    residuals, rhythm, terms, words = (
        borrowed(residuals),
        borrowed(rhythm),
        borrowed(terms),
        borrowed(words),
    )
    innovations, shifts = borrowed(innovations), borrowed(shifts)
    windows, statistics = borrowed(windows), borrowed(statistics)
    before = words.size - residuals.size
    level = 0
    for hour in range(LEVEL_SPAN - 1):
        level += terms[hour]
    for hour in range(residuals.size):
        level += terms[hour + LEVEL_SPAN - 1]
        drift = ADAPTATION * (level / (LEVEL_SPAN * MICRO))
        level -= terms[hour]
        known = math.isfinite(residuals[hour])
        residual = residuals[hour] - rhythm[hour] if known else 0.0
        terms[MEMORY + hour] = _micro(_clip(residual, -LEVEL_CLIP, LEVEL_CLIP))
        word, shift = neutral, 0
        if known:
            word = _micro(_bad(residual - drift, sign, clip))
            shift = _micro(rhythm[hour] + drift)
        at = before + hour
        words[at], shifts[WEEK + hour] = word, shift
        innovations[WEEK + hour] = _innovation(word, words[at - lag], phi) if known else neutral
    statistics[0, :] = -math.inf
    for window in range(windows.shape[0]):
        count, center, unit = int(windows[window, 0]), windows[window, 1], windows[window, 2]
        total = 0
        for hour in range(WEEK - count + 1, WEEK):
            total -= innovations[hour]
        for hour in range(residuals.size):
            total -= innovations[WEEK + hour]
            badness = (total / (count * MICRO) - center) / unit
            total += innovations[WEEK + hour - count + 1]
            statistics[0, hour] = max(statistics[0, hour], badness)
            statistics[1, hour] = badness


@entry("void(int64[::1], float64, int64[::1])")
def _rescale(values: Any, scale: Any, found: Any) -> None:
    values, found = borrowed(values), borrowed(found)
    for hour in range(values.size):
        found[hour] = int(np.rint(values[hour] * scale))


@entry("void(float64[::1], float64, int64, float64, int64[::1], float64[::1])")
def _one_sided(residuals: Any, spread: Any, sign: Any, clip: Any, terms: Any, found: Any) -> None:
    residuals, terms, found = borrowed(residuals), borrowed(terms), borrowed(found)
    level = 0
    for hour in range(residuals.size):
        # The level ends a gap before the hour; hours before the first have none.
        if hour >= LEVEL_GAP:
            level += terms[hour - LEVEL_GAP]
        drift = ADAPTATION * (level / (LEVEL_SPAN * MICRO))
        if hour >= MEMORY:
            level -= terms[hour - MEMORY]
        residual = residuals[hour] / spread
        if math.isnan(residual):
            residual = 0.0
        terms[hour] = _micro(_clip(residual, -LEVEL_CLIP, LEVEL_CLIP))
        found[hour] = _bad(residual - drift, sign, clip)


@entry("void(float64[::1], float64, int64, int64[::1], int64[::1], float64[:, ::1])")
def _whiten(one_sided: Any, phi: Any, lag: Any, counts: Any, innovations: Any, means: Any) -> None:
    one_sided, counts = borrowed(one_sided), borrowed(counts)
    innovations, means = borrowed(innovations), borrowed(means)
    for hour in range(innovations.size):
        word, before = _micro(one_sided[hour + lag]), _micro(one_sided[hour])
        innovations[hour] = _innovation(word, before, phi)
    for window in range(counts.size):
        count = counts[window]
        total = 0
        for hour in range(innovations.size):
            total -= innovations[hour]
            if hour >= count:
                total += innovations[hour - count]
            means[window, hour] = total / (count * MICRO)


@entry("int64(int64[::1], float64, int64, float64)")
def onset(terms: Any, usual: Any, sign: Any, clip: Any) -> Any:
    """Return over how many of the latest residuals those that are bad add up to the most.

    Args:
        terms: Residuals in millionths.
        usual: What a residual that is not worse has on its bad side.
        sign: Which way is bad.
        clip: Standard deviations that one of them can count for.
    """
    terms = borrowed(terms)
    total, most, count = 0.0, -math.inf, 0
    for back in range(terms.size):
        total += usual - _bad(terms[terms.size - 1 - back] / MICRO, sign, clip)
        if total > most:
            most, count = total, back + 1
    return count
