"""Readings of author samples: immutable, mergeable, and what they estimate.

A reading holds the ``k`` smallest author hashes of a set of authors, with the strongest word for
and against of each. ``theta`` is the share of the hash space that it covers: 1 when it holds every
author, else the (k+1)-th smallest hash over 2^64. Hashes are uniform and the same everywhere, so
sums over the sample divided by theta are unbiased, and the same authors are sampled in every pane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.state.strongest import Hashes, Strengths, strongest
from pipeline.state.union_scan import EXACT_ROWS, ROWS, put_union

HASH_SPACE = 1 << 64


class Sums(NamedTuple):
    """Estimates over one set of authors, with the variance that sampling gives them.

    ``advocacy`` and ``detraction`` are sums of the authors' strongest p and q, ``advocates`` counts
    authors with p > 0. ``var_*`` and ``cov_pq`` are the sampling (co)variances
    ``sum(x·y) (1 - theta) / theta²`` of those estimates, 0 where every author is known.
    """

    advocacy: float
    detraction: float
    advocates: float
    var_p: float
    var_q: float
    cov_pq: float
    var_advocates: float


class Squares(NamedTuple):
    """Estimated sums of the squares of ``p`` and of ``p + q`` over a set of authors."""

    pro: float
    both: float


class Reading:
    """A sample of authors read at one k. Never changes, hence compared and cached by identity.

    ``hashes`` ascend; row 0 of ``strengths`` is p, row 1 is q. ``limit`` is the hash below which
    every author is contained; None: all authors are.
    """

    __slots__ = ("_squares", "_sums", "hashes", "limit", "strengths", "theta")

    def __init__(self, hashes: Hashes, strengths: Strengths, limit: int | None) -> None:
        self.hashes = hashes
        self.strengths = strengths
        self.limit = limit
        self.theta = 1.0 if limit is None else limit / HASH_SPACE
        self._sums: Sums | None = None
        self._squares: Squares | None = None

    @property
    def p(self) -> Strengths:
        """Strongest word for the brand, an author each, 0..1."""
        row: Strengths = self.strengths[0]
        return row

    @property
    def q(self) -> Strengths:
        """Strongest word against the brand, an author each, 0..1."""
        row: Strengths = self.strengths[1]
        return row

    @property
    def exact(self) -> bool:
        """Whether every author is contained."""
        return self.limit is None

    @property
    def sums(self) -> Sums:
        """What the sample estimates; computed once."""
        if self._sums is None:
            self._sums = self._estimate()
        return self._sums

    @property
    def squares(self) -> Squares:
        """How unevenly authors spoke; computed once, when it is first asked for."""
        if self._squares is None:
            p = self.p
            both = p + self.q
            self._squares = Squares(
                float(np.add.reduce(p * p)) / self.theta,
                float(np.add.reduce(both * both)) / self.theta,
            )
        return self._squares

    def _estimate(self) -> Sums:
        if not self.hashes.size:
            return NO_SUMS
        p, q = self.strengths[0], self.strengths[1]
        rows = (p, q) if self.limit is None else (p, q, p * p, q * q, p * q)
        sums = [float(np.add.reduce(row)) for row in rows]
        return _estimated(sums, float(np.count_nonzero(p)), self.theta)


def _estimated(sums: Sequence[float], advocates: float, theta: float) -> Sums:
    """Return what a sample estimates.

    Args:
        sums: Those of p and q over its authors, and of p p, q q and p q where not all are known.
        advocates: How many of its authors have p > 0.
        theta: The share of the hashes that it covers.
    """
    advocacy, detraction = sums[0] / theta, sums[1] / theta
    if len(sums) == EXACT_ROWS:
        return Sums(advocacy, detraction, advocates, 0.0, 0.0, 0.0, 0.0)
    spread = (1.0 - theta) / theta**2
    var_p, var_q, cov_pq = (each * spread for each in sums[EXACT_ROWS:])
    return Sums(advocacy, detraction, advocates / theta, var_p, var_q, cov_pq, advocates * spread)


NO_SUMS = Sums(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
NOBODY = Reading(np.empty(0, np.uint64), np.empty((2, 0), np.float64), None)
"""The reading of no authors."""


def union(readings: Iterable[Reading], k: int) -> Reading:
    """Return the reading of all authors together, at most ``k`` of them.

    The union of readings at k is the reading at k of the union: merging is associative, and neither
    order nor repetition matters. A reading that was taken at less than ``k`` limits the union to
    what it covers.
    """
    parts = [reading for reading in readings if reading.hashes.size]
    if not parts:
        return NOBODY
    if len(parts) == 1 and parts[0].hashes.size <= k:
        return parts[0]
    limits = [reading.limit for reading in parts if reading.limit is not None]
    limit = min(limits, default=None)
    pieces = [
        (part.hashes, part.strengths) if limit is None else _below(part, limit) for part in parts
    ]
    hashes, strengths = strongest(
        np.concatenate([hashes for hashes, _ in pieces]),
        np.concatenate([strengths for _, strengths in pieces], axis=1),
    )
    if hashes.size > k:
        limit = int(hashes[k])
        hashes, strengths = hashes[:k].copy(), strengths[:, :k].copy()
    return Reading(hashes, strengths, limit)


def sums_together(one: Reading, other: Reading, k: int) -> Sums:
    """Return the :attr:`Reading.sums` of the union of two readings at ``k`` without making it."""
    if not (one.hashes.size and other.hashes.size):
        return union((one, other), k).sums
    words, advocates, limit = _together(one, other, k)
    rows = words[:EXACT_ROWS] if limit is None else words
    theta = 1.0 if limit is None else limit / HASH_SPACE
    return _estimated(np.add.reduce(rows, axis=1).tolist(), float(advocates), theta)


def advocates_together(one: Reading, other: Reading, k: int) -> tuple[float, float]:
    """Return estimate and variance of advocates alone, as :func:`sums_together`."""
    _, advocates, limit = _together(one, other, k)
    if limit is None:
        return float(advocates), 0.0
    theta = limit / HASH_SPACE
    return advocates / theta, advocates * ((1.0 - theta) / theta**2)


def _together(one: Reading, other: Reading, k: int) -> tuple[NDArray[np.float64], int, int | None]:
    """Return the union of two readings at ``k`` without its hashes.

    That is the rows of :data:`~pipeline.state.union_scan.ROWS`, how many have p > 0, and the limit.
    """
    limits = [each.limit for each in (one, other) if each.limit is not None]
    limit = min(limits, default=None)
    hashes, strengths = one.hashes, one.strengths
    later, theirs = other.hashes, other.strengths
    if limit is not None:
        hashes, strengths = _below(one, limit)
        later, theirs = _below(other, limit)
    words = np.empty((ROWS, min(k, hashes.size + later.size)))
    count, advocates, left_out = put_union(hashes, strengths, later, theirs, words)
    return words[:, :count], advocates, left_out or limit


def _below(reading: Reading, limit: int) -> tuple[Hashes, Strengths]:
    """Return the part of a reading whose hashes are below ``limit``."""
    if reading.limit == limit:
        return reading.hashes, reading.strengths
    end = int(np.searchsorted(reading.hashes, np.uint64(limit)))
    return reading.hashes[:end], reading.strengths[:, :end]
