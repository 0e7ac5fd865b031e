"""Sampling variance of sums over days, where the same authors are in every day's sample.

The sample is coordinated: an author whose hash is small is sampled on each day that he spoke, so
errors of different days are not independent. They are added for each author first.

Formula: ``V = sum over authors of (sum over days of w x sqrt(1 - theta) / theta)²``. Unit: the
square of x. Source: definitions "Sampled values" and "Goodwill". Example: one author on two days,
each read at theta = 1/2, has (sqrt(1/2) / (1/2) · 2)² = 8::

    >>> from pipeline.state.reading import HASH_SPACE, Reading
    >>> day = Reading(np.array([7], np.uint64), np.array([[1.0], [0.0]]), HASH_SPACE // 2)
    >>> round(author_errors([day, day], [1.0, 1.0], FOR_AND_AGAINST).variances()[0], 9)
    8.0
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.state.reading import Reading
from pipeline.state.strongest import Hashes

Values = NDArray[np.float64]

FOR_AND_AGAINST: Values = np.eye(2)
"""Combination of (p, q): each on its own."""


def net_of(kappa: float) -> Values:
    """Return the combination ``p - kappa q``."""
    return np.array([[1.0, -kappa]])


class AuthorErrors:
    """Scaled errors of each sampled author, a row for each combination of (p, q)."""

    __slots__ = ("_combination", "_errors", "_hashes", "_squares")

    def __init__(self, hashes: Hashes, errors: Values, combination: Values) -> None:
        self._hashes = hashes
        self._errors = errors
        self._combination = combination
        self._squares: Values = (errors * errors).sum(axis=1)

    def variances(self, decay: float = 1.0) -> list[float]:
        """Return V for each combination, all weights multiplied by ``decay``."""
        return [float(square) for square in self._squares * decay**2]

    def variances_with(self, day: Reading, weight: float, decay: float = 1.0) -> list[float]:
        """Return V with one more day of that ``weight``, all others' multiplied by ``decay``."""
        if day.exact:
            return self.variances(decay)
        extra = _scaled(day, weight, self._combination)
        total = self._squares * decay**2 + (extra * extra).sum(axis=1)
        if self._hashes.size:
            at = np.searchsorted(self._hashes, day.hashes)
            at[at == self._hashes.size] = 0
            known = self._hashes[at] == day.hashes
            total += 2.0 * decay * (self._errors[:, at[known]] * extra[:, known]).sum(axis=1)
        return [float(variance) for variance in total]


def author_errors(
    days: Sequence[Reading], weights: Sequence[float], combination: Values
) -> AuthorErrors:
    """Add up the errors of each author over days; days that are known exactly have none."""
    sampled = [
        (day.hashes, _scaled(day, weight, combination))
        for day, weight in zip(days, weights, strict=True)
        if not day.exact
    ]
    if not sampled:
        empty = np.empty((len(combination), 0), np.float64)
        return AuthorErrors(np.empty(0, np.uint64), empty, combination)
    hashes = np.concatenate([hashes for hashes, _ in sampled])
    errors = np.concatenate([errors for _, errors in sampled], axis=1)
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    first = np.empty(hashes.size, np.bool_)
    first[0] = True
    np.not_equal(hashes[1:], hashes[:-1], out=first[1:])
    summed: Values = np.add.reduceat(errors[:, order], np.flatnonzero(first), axis=1)
    return AuthorErrors(hashes[first], summed, combination)


def _scaled(day: Reading, weight: float, combination: Values) -> Values:
    scale = weight * math.sqrt(1.0 - day.theta) / day.theta
    scaled: Values = scale * (combination @ day.strengths)
    return scaled
