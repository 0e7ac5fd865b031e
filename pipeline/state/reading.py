"""Readings of author samples: immutable, mergeable, and what they estimate.

A reading holds the ``k`` smallest author hashes of a set of authors, with the strongest word for
and against of each. ``theta`` is the share of the hash space that it covers: 1 when it holds every
author, else the (k+1)-th smallest hash over 2^64. Hashes are uniform and the same everywhere, so
sums over the sample divided by theta are unbiased, and the same authors are sampled in every pane.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from pipeline.state.strongest import Hashes, Strengths, strongest

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

    __slots__ = ("_advocates", "_squares", "_sums", "hashes", "limit", "strengths", "theta")

    def __init__(self, hashes: Hashes, strengths: Strengths, limit: int | None) -> None:
        self.hashes = hashes
        self.strengths = strengths
        self.limit = limit
        self.theta = 1.0 if limit is None else limit / HASH_SPACE
        self._sums: Sums | None = None
        self._squares: Squares | None = None
        self._advocates: Hashes | None = None

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
    def advocates(self) -> Hashes:
        """The hashes of those with p > 0; selected once."""
        if self._advocates is None:
            self._advocates = self.hashes[self.p > 0]
        return self._advocates

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
        theta = self.theta
        advocacy = float(np.add.reduce(p)) / theta
        detraction = float(np.add.reduce(q)) / theta
        sampled = float(np.count_nonzero(p))
        if self.limit is None:
            return Sums(advocacy, detraction, sampled, 0.0, 0.0, 0.0, 0.0)
        spread = (1.0 - theta) / theta**2
        return Sums(
            advocacy,
            detraction,
            sampled / theta,
            float((p * p).sum()) * spread,
            float((q * q).sum()) * spread,
            float((p * q).sum()) * spread,
            sampled * spread,
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


def count_advocates(past: Reading, now: Reading, k: int) -> tuple[float, float]:
    """Return how many authors of the union at ``k`` have p > 0, and the variance of that.

    That of the union's :attr:`Reading.sums`, where nobody is left out without making it.
    """
    if not (past.exact and now.exact and past.hashes.size + now.hashes.size <= k):
        sums = union((past, now), k).sums
        return sums.advocates, sums.var_advocates
    before, speaking = past.advocates, now.advocates
    if not before.size:
        return float(speaking.size), 0.0
    at = before.searchsorted(speaking)
    at[at == before.size] = 0
    known = np.count_nonzero(before[at] == speaking)
    return float(before.size + speaking.size - known), 0.0


def _below(reading: Reading, limit: int) -> tuple[Hashes, Strengths]:
    """Return the part of a reading whose hashes are below ``limit``."""
    if reading.limit == limit:
        return reading.hashes, reading.strengths
    end = int(np.searchsorted(reading.hashes, np.uint64(limit)))
    return reading.hashes[:end], reading.strengths[:, :end]
