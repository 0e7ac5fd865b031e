"""Fleets of brands whose hours are drawn at random: what is known to be there can be looked for.

Hourly counts with strong seasonality (hour of day, day of week), autocorrelation .3 to .6, heavy
tails, real spikes, slow drift, and a rhythm that all brands share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Values = NDArray[np.float64]

DAY, WEEK = 24, 168


@dataclass(frozen=True, slots=True)
class Manner:
    """What makes the brands of a fleet hard to watch.

    ``level``: counts an hour, drawn log-uniformly. ``spread``: standard deviation of the log of an
    hour's rate. ``drift``: the same of days, and ``tails`` degrees of freedom of the innovations.
    ``spikes``: a week.
    """

    level: tuple[float, float] = (8.0, 400.0)
    spread: tuple[float, float] = (0.15, 0.45)
    persistence: tuple[float, float] = (0.3, 0.6)
    tails: tuple[float, float] = (3.0, 8.0)
    drift: tuple[float, float] = (0.03, 0.18)
    spikes: tuple[float, float] = (0.3, 2.0)
    shared: float = 0.12


MANNERS = {
    "rough": Manner(),
    "steady": Manner(drift=(0.0, 0.0)),
    "smooth": Manner(tails=(30.0, 31.0), spikes=(0.0, 0.0)),
    "random": Manner(
        spread=(0.001, 0.002), drift=(0.0, 0.0), spikes=(0.0, 0.0), shared=0.0, tails=(30.0, 31.0)
    ),
    "low": Manner(level=(1.5, 4.5)),
    "faint": Manner(level=(0.25, 1.1)),
}


def rates(manner: Manner, brands: int, days: int, random: np.random.Generator) -> Values:
    """Return the expected counts of each hour, ``(brands, hours)``."""
    hours = days * DAY
    hour = np.arange(hours)

    def drawn(bounds: tuple[float, float]) -> Values:
        low, high = bounds
        return random.uniform(low, high, (brands, 1))

    swing = drawn((0.3, 1.0))
    log = swing * np.cos(2 * np.pi * (hour % DAY - drawn((0.0, 24.0))) / DAY)
    log += 0.3 * swing * np.cos(4 * np.pi * (hour % DAY - drawn((0.0, 24.0))) / DAY)
    log += random.normal(0, 0.25, (brands, 7))[:, hour // DAY % 7]
    log -= np.log(np.exp(log).mean(axis=1, keepdims=True))
    log += _noise(drawn(manner.persistence), drawn(manner.spread), drawn(manner.tails), log, random)
    slow = np.exp(-1 / (DAY * drawn((1.5, 6.0))))
    log += _noise(slow, drawn(manner.drift), np.full((brands, 1), 30.0), log, random)
    everyone = np.zeros((1, hours))
    everyone = _noise(
        np.full((1, 1), np.exp(-1 / 18)),
        np.full((1, 1), manner.shared),
        np.full((1, 1), 30.0),
        everyone,
        random,
    )
    log += drawn((0.5, 1.5)) * everyone
    for brand in range(brands):
        _add_spikes(
            log[brand], float(random.uniform(manner.spikes[0], manner.spikes[1])) * days / 7, random
        )
    least, most = np.log(manner.level)
    level: Values = np.exp(random.uniform(least, most, (brands, 1)))
    return level * np.exp(log)


def counts(manner: Manner, brands: int, days: int, random: np.random.Generator) -> Values:
    """Return the counts of each hour, ``(brands, hours)``."""
    return random.poisson(rates(manner, brands, days, random)).astype(np.float64)


def thinned(hourly: Values, depth: float, random: np.random.Generator) -> Values:
    """Return counts of which each word was kept with probability ``1 - depth``."""
    kept: Values = random.binomial(hourly.astype(np.int64), 1 - depth).astype(np.float64)
    return kept


def _noise(
    persistence: Values, spread: Values, tails: Values, like: Values, random: np.random.Generator
) -> Values:
    """Return autoregressive noise with Student innovations and a given standard deviation."""
    draws = random.standard_t(np.broadcast_to(tails, like.shape)) / np.sqrt(tails / (tails - 2))
    draws *= spread * np.sqrt(1 - persistence**2)
    rows = [
        lfilter([1.0], [1.0, -float(phi[0])], row)
        for phi, row in zip(persistence, draws, strict=True)
    ]
    return np.stack(rows)


def _add_spikes(log: Values, expected: float, random: np.random.Generator) -> None:
    for _ in range(random.poisson(expected)):
        start = int(random.integers(log.size))
        size, hours = random.exponential(1.0) + 0.5, random.uniform(2.0, 8.0)
        after = np.arange(min(log.size - start, int(6 * hours)))
        log[start : start + after.size] += np.log1p(np.expm1(size) * np.exp(-after / hours))
