"""Waiting times: Kaplan and Meier's quantiles where tickets are still open, or were removed.

Whole tickets are fed, event by event, and the snapshot's fields are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.events.instants import DAY
from pipeline.metrics.support import support_fields
from pipeline.state.shard import BrandState
from tests.truth.findings import Finding, Numbers, Place
from tests.truth.processes import generator
from tests.truth.tickets import book_of

METRIC = "Waiting times, Kaplan-Meier"
T = 20_500 * DAY
WINDOW = 28.0
LONGEST_AGO = 150.0
"""Days for which tickets have been opened where nothing changes."""
A_DAY = 12.0
OVERLOADED_A_DAY = 40.0
"""Tickets opened a day, where all goes well and where agents are too few."""

P50, P90 = "resolution_seconds_p50_28d", "resolution_seconds_p90_28d"


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield biases where censoring is independent, and errors where agents are too few."""
    for name, median, spread in (
        ("takes 8 h, sd of its logarithm 1", 1 / 3, 1.0),
        ("takes 5 d, sd of its logarithm 1", 5.0, 1.0),
        ("takes 14 d, sd of its logarithm .7", 14.0, 0.7),
    ):
        yield from _independent(seeds, name, median, spread)
    for load, since in ((1.2, 28), (1.5, 28), (1.8, 28), (1.5, 56)):
        yield from _overload(seeds, load, since)


def _independent(
    seeds: Sequence[int], name: str, median: float, spread: float
) -> Iterator[Finding]:
    """Tickets take log-normal times; one in ten or so is merged away before it is solved."""
    place = Place(METRIC, f"a solve {name}")
    truth = median * 86_400 * np.exp(np.array([0.0, 1.2815515655446004]) * spread)
    found = []
    for seed in seeds:
        rng = generator(seed, name)
        opened = -LONGEST_AGO * rng.random(rng.poisson(A_DAY * LONGEST_AGO))
        lasts = median * np.exp(spread * rng.standard_normal(opened.size))
        removed = rng.exponential(8 * median, opened.size)
        fields = _fields(opened, opened + lasts, opened + removed)
        found.append([float(fields[P50]), float(fields[P90])])
    biases = np.array(found) / truth - 1
    yield place.mean("bias of p50", biases[:, 0], -0.03, 0.03)
    yield place.mean("bias of p90", biases[:, 1], -0.03, 0.03)


def _overload(seeds: Sequence[int], load: float, since: float) -> Iterator[Finding]:
    """Tickets queue first in, first out, and more come in than are worked through.

    Compared with what help desks report: the median of the tickets solved in the window. No limit
    is set where the overload is older than that: nothing in it was ever better.
    """
    place = Place(METRIC, f"{load:g} times what agents can do, since {since:g} d")
    errors, alone, states = [], [], []
    for seed in seeds:
        rng = generator(seed, load, since)
        opened = np.sort(-since * rng.random(rng.poisson(OVERLOADED_A_DAY * since)))
        solved = _queue(opened, rng.exponential(load / OVERLOADED_A_DAY, opened.size))
        recent = opened >= -WINDOW
        truth = float(np.median((solved - opened)[recent]))
        known = (solved >= -WINDOW) & (solved < 0)
        fields = _fields(opened, solved, np.full(opened.size, np.inf))
        errors.append(abs(float(fields[P50]) / 86_400 - truth))
        alone.append(abs(float(np.median((solved - opened)[known])) - truth))
        states.append(fields.get(f"{P50}_state") == "lower_bound")
    yield place.ratio(
        "error of p50 ÷ that of solved ones alone",
        np.array(errors),
        np.array(alone),
        high=0.5 if since <= WINDOW else np.inf,
    )
    yield place.share("says lower_bound", states, 0.99)


def _queue(opened: Numbers, work: Numbers) -> Numbers:
    """Return when each ticket is done, one after the other."""
    done = np.empty(opened.size)
    free = -np.inf
    for i, (at, takes) in enumerate(zip(opened.tolist(), work.tolist(), strict=True)):
        free = max(free, at) + takes
        done[i] = free
    return done


def _fields(opened: Numbers, solved: Numbers, removed: Numbers) -> dict[str, str]:
    """Return the snapshot's fields of tickets; instants in days from T on."""
    work = np.full(opened.size, 600.0)
    book = book_of(T, T + opened * DAY, T + solved * DAY, T + removed * DAY, work)
    return support_fields(BrandState("acme", None, book, None), None, T)
