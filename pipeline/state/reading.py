"""Readings of author samples: immutable, mergeable, and what they estimate.

A reading holds the ``k`` smallest author hashes of a set of authors, with the strongest word for
and against of each. ``theta`` is the share of the hash space that it covers: 1 when it holds every
author, else the (k+1)-th smallest hash over 2^64. Hashes are uniform and the same everywhere, so
sums over the sample divided by theta are unbiased, and the same authors are sampled in every pane.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

import numpy as np

from pipeline.state.strongest import Hashes, Strengths, strongest
from pipeline.state.union_scan import add_up_union

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
        return _added_up(self, NOBODY, self.hashes.size)


def _added_up(one: Reading, other: Reading, k: int) -> Sums:
    """Return what the union of two readings at ``k`` estimates."""
    limit = _lower(one.limit, other.limit)
    hashes, strengths = _below(one, limit)
    later, theirs = _below(other, limit)
    left_out, advocates, p, q, pp, qq, pq = add_up_union(
        hashes, strengths, later, theirs, k, limit is not None
    )
    limit = left_out or limit
    if limit is None:
        return Sums(p, q, advocates, 0.0, 0.0, 0.0, 0.0)
    theta = limit / HASH_SPACE
    spread = (1.0 - theta) / theta**2
    return Sums(
        p / theta,
        q / theta,
        advocates / theta,
        pp * spread,
        qq * spread,
        pq * spread,
        advocates * spread,
    )


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
    limit = reduce(_lower, [part.limit for part in parts])
    pieces = [_below(part, limit) for part in parts]
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
    if one.hashes.size and other.hashes.size:
        return _added_up(one, other, k)
    return union((one, other), k).sums


def _lower(limit: int | None, other: int | None) -> int | None:
    """Return the lower of two limits."""
    if limit is None or other is None:
        return other if limit is None else limit
    return min(limit, other)


def _below(reading: Reading, limit: int | None) -> tuple[Hashes, Strengths]:
    """Return the part of a reading whose hashes are below ``limit``; all of it where that is None.

    Its own limit is not above that.
    """
    if limit is None or reading.limit == limit:
        return reading.hashes, reading.strengths
    end = int(np.searchsorted(reading.hashes, np.uint64(limit)))
    return reading.hashes[:end], reading.strengths[:, :end]
