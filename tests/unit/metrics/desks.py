"""Simulated support desks whose truth is known, and what is estimated of them at T."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.events.instants import DAY
from pipeline.metrics.waiting_times import waiting_times
from tests.unit.metrics.tickets import TODAY, T

START = TODAY - 27 * DAY
Instants = NDArray[np.int64]


def steady(seed: int, mean: int) -> tuple[Instants, Instants, NDArray[np.bool_]]:
    """Return openings, ends and whether they were solves, of a desk in balance for 400 days.

    Solving takes an exponential time; ten times as long on average, tickets are removed instead.
    What retention has dropped by T is left out.
    """
    draw = np.random.default_rng(seed)
    opened = (T - draw.random(draw.poisson(24_000)) * 400 * DAY).astype(np.int64)
    solved = opened + draw.exponential(mean, len(opened)).astype(np.int64)
    removed = opened + draw.exponential(10 * mean, len(opened)).astype(np.int64)
    ended = np.minimum(solved, removed)
    kept = ended > T - 42 * DAY
    return opened[kept], ended[kept], (solved <= removed)[kept]


def opened_or_open(opened: Instants, ended: Instants) -> NDArray[np.bool_]:
    """Return which tickets were opened in 28 d or are open: all but old ones that have ended."""
    return (opened >= START) | (ended > T)


def median_and_p90(
    opened: Instants, ended: Instants, solved: NDArray[np.bool_]
) -> tuple[float | None, float | None]:
    """Estimate from what is known at T."""
    until = np.minimum(ended, T)
    survival = waiting_times(opened, until, solved & (ended <= T), START)
    return survival.quantile(0.5), survival.quantile(0.9)


def first_come(seed: int, days: int, load: float) -> tuple[Instants, Instants]:
    """Return openings and solves of one queue, first come first served, a hundred a day at most.

    It is 80 % busy for 60 days, then offered ``load`` times what it can do, until T.
    """
    draw = np.random.default_rng(seed)
    change = T - days * DAY
    before = change - draw.random(draw.poisson(80 * 60)) * 60 * DAY
    since = change + draw.random(draw.poisson(100 * load * days)) * days * DAY
    opened = np.sort(np.concatenate((before, since))).astype(np.int64)
    solved = np.empty_like(opened)
    free = 0.0
    for ticket, work in enumerate(draw.exponential(DAY / 100, len(opened))):
        free = max(free, opened[ticket]) + work
        solved[ticket] = free
    return opened, solved


def error_of_the_median(seed: int, days: int, load: float) -> tuple[float, float]:
    """Return the relative error of our median in overload, and of that of solved tickets alone."""
    opened, solved = first_come(seed, days, load)
    recent = opened >= START
    truth = float(np.median((solved - opened)[recent]))
    alone = float(np.median((solved - opened)[recent & (solved <= T)]))
    median, _ = median_and_p90(opened, solved, np.ones(len(opened), bool))
    assert median is not None
    return median / truth - 1, alone / truth - 1
