"""How unevenly Zipf-distributed brands load partitions and workers: a simulation.

A brand lives in one partition, whichever its key hashes to, and a worker owns whole partitions. So
the busiest worker bounds what a group can take, and no number of partitions divides one brand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEEDS = 25

Shares = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Skew:
    """Shares of the whole load, each the median over hashings.

    ``excess`` is how many times the mean the busiest worker has.
    """

    top_brand: float
    top_partition: float
    top_worker: float
    excess: float


def zipf(brands: int) -> Shares:
    """Return each brand's share of all mentions, in proportion to 1/rank.

    >>> zipf(3).round(3).tolist()
    [0.545, 0.273, 0.182]
    """
    weights = 1 / np.arange(1, brands + 1)
    shares: Shares = weights / weights.sum()
    return shares


def simulate(shares: Shares, partitions: int, workers: int, seeds: int = SEEDS) -> Skew:
    """Hash brands to partitions, deal partitions to workers, and look at the busiest of each.

    Args:
        shares: Of each brand.
        partitions: How many.
        workers: How many; each gets every ``workers``-th partition.
        seeds: How many hashings; one is like another, as murmur2's is.
    """
    busiest_partition, busiest_worker = [], []
    for seed in range(seeds):
        homes = np.random.default_rng(seed).integers(0, partitions, len(shares))
        loads = np.bincount(homes, weights=shares, minlength=partitions)
        owned = np.bincount(np.arange(partitions) % workers, weights=loads, minlength=workers)
        busiest_partition.append(loads.max())
        busiest_worker.append(owned.max())
    top_worker = float(np.median(busiest_worker))
    return Skew(
        top_brand=float(shares.max()),
        top_partition=float(np.median(busiest_partition)),
        top_worker=top_worker,
        excess=top_worker * workers,
    )


def seen(shares: Shares, mentions: float) -> float:
    """Return how many different brands so many mentions are expected to touch.

    >>> round(seen(zipf(1000), 1000))
    334
    """
    return float((1 - np.exp(-mentions * shares)).sum())
