"""How days differ, in worlds made of day sums: people who come and go, weekdays, shocks that last.

A brand's advocacy of a day is a compound Poisson sum: so many people in the mean, each as strongly
as an ambassador speaks (uniform from .3 to 1), and its detraction another. Both means have the
shape of the week and the level of the day: log-normal, its logarithm an AR(1) process.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import toeplitz
from scipy.signal import lfilter

from tests.truth.findings import Numbers

STRENGTH = 0.65
"""Mean of a word, uniform from .3 to 1."""
SQUARE = STRENGTH**2 + 0.7**2 / 12
WEEK = np.array([1.1, 1.1, 0.85, 0.85, 1.0, 1.05, 1.05])
"""Means from Thursday on, the day of 1970-01-01."""


@dataclass(frozen=True, slots=True)
class Process:
    """How levels of days differ: standard deviation of their logarithm, and their persistence."""

    name: str
    sigma: float
    persistence: float = 0.0

    def levels(self, rng: np.random.Generator, days: int) -> Numbers:
        """Return a level a day; their mean is 1."""
        shocks = rng.standard_normal(days) * np.sqrt(1 - self.persistence**2)
        shocks[0] /= np.sqrt(1 - self.persistence**2)
        log: Numbers = self.sigma * lfilter([1.0], [1.0, -self.persistence], shocks)
        return np.exp(log - self.sigma**2 / 2)

    def covariance(self, days: int) -> Numbers:
        """Return the covariance matrix of the levels of days in a row."""
        lags = self.persistence ** np.arange(days)
        covariance: Numbers = toeplitz(np.expm1(self.sigma**2 * lags))
        return covariance


PROCESSES = (
    Process("independent days", 0.0),
    Process("noise of sd .3", 0.3),
    Process("shocks of sd .3, AR .5", 0.3, 0.5),
    Process("shocks of sd .3, AR .6", 0.3, 0.6),
)


@dataclass(frozen=True, slots=True)
class Days:
    """A brand's days as they came out, and as they would in the mean."""

    numbers: np.ndarray[tuple[int], np.dtype[np.int64]]
    advocacy: Numbers
    detraction: Numbers
    expected: Numbers
    """Mean advocacy less detraction."""


@dataclass(frozen=True, slots=True)
class Brand:
    """Mean advocacy and detraction of a day, and how days differ."""

    process: Process
    advocacy: float = 60.0
    detraction: float = 10.0

    def days(self, rng: np.random.Generator, first: int, count: int) -> Days:
        """Return ``count`` UTC days from ``first`` on."""
        numbers = np.arange(first, first + count)
        week = WEEK[numbers % 7]
        level = week * self.process.levels(rng, count)
        return Days(
            numbers,
            spoken(rng, self.advocacy * level)[0],
            spoken(rng, self.detraction * level)[0],
            (self.advocacy - self.detraction) * week,
        )

    def covariance(self, first: int, count: int) -> Numbers:
        """Return the covariance matrix of advocacy less detraction of these days."""
        week = WEEK[np.arange(first, first + count) % 7]
        expected = (self.advocacy - self.detraction) * week
        people = (self.advocacy + self.detraction) / STRENGTH * week
        covariance: Numbers = np.outer(expected, expected) * self.process.covariance(count)
        return covariance + np.diag(people * SQUARE)


def spoken(rng: np.random.Generator, means: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """Return compound Poisson sums with these means, and of how many people.

    The sum of so many uniforms is taken as normal.
    """
    people = rng.poisson(means / STRENGTH)
    spread = np.sqrt((SQUARE - STRENGTH**2) * people)
    sums: Numbers = STRENGTH * people + spread * rng.standard_normal(means.size)
    return np.maximum(0.0, sums), people


def generator(seed: int, *world: object) -> np.random.Generator:
    """Return what the world of a seed is drawn from; each kind of world has draws of its own."""
    return np.random.default_rng([crc32(repr(world).encode()), seed])
