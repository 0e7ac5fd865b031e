"""What campaigns contributed to goodwill, start by start and day by day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import fsum, sqrt
from statistics import stdev

import numpy as np
from scipy.special import stdtrit

from tests.oracle.calendar import DAY, HALF_LIFE_DAYS, rfc3339
from tests.oracle.topics import Activity

HORIZONS = (28, 90)
BASE = 28
HISTORY = 399

Numbers = dict[str, float]
Texts = dict[str, str]


def campaigns(
    net: dict[int, float], run: Sequence[Activity], first_day: int | None, t: int
) -> list[tuple[Activity, Numbers, Texts, Texts]]:
    """Return of each campaign its numbers, why others are missing, and its texts."""
    results = []
    for campaign in run:
        texts = {"name": campaign.name, "start": rfc3339(campaign.at)}
        if campaign.ends_at is not None:
            texts["ends_at"] = rfc3339(campaign.ends_at)
        numbers: Numbers = {}
        states: Texts = {}
        for horizon in HORIZONS:
            _at_horizon(net, run, campaign, horizon, first_day, t // DAY, numbers, states, texts)
        results.append((campaign, numbers, states, texts))
    return results


def _at_horizon(
    net: dict[int, float],
    run: Sequence[Activity],
    campaign: Activity,
    h: int,
    first_day: int | None,
    complete: int,
    numbers: Numbers,
    states: Texts,
    texts: Texts,
) -> None:
    days = {one: _days(one, h) for one in run}
    group = {campaign}
    while True:
        more = {a for a in run for b in group if not days[a].isdisjoint(days[b])}
        if more <= group:
            break
        group |= more
    start = min(one.at // DAY for one in group)
    own = campaign.at // DAY
    others = [one for one in run if one in group and one != campaign]
    if others:
        names = [one.name for one in sorted(others, key=lambda one: one.at)]
        texts[f"jointly_with_{h}d"] = json.dumps(names, separators=(",", ":"))

    def figure(at: int) -> float:
        c = fsum(net.get(day, 0.0) for day in range(at - BASE, at)) / BASE
        return fsum(
            2 ** (-(at + h - day - 0.5) / HALF_LIFE_DAYS) * (net.get(day, 0.0) - c)
            for day in range(at, at + h)
        )

    busy = set().union(*days.values())
    begin = complete if first_day is None else first_day
    oldest = max(begin, complete - HISTORY)
    starts = [
        at
        for at in range(oldest + BASE, complete - h + 1)
        if (at - start) % 7 == 0 and busy.isdisjoint(range(at - BASE, at + h))
    ]
    knowable = start - BASE >= begin and start + h <= complete
    numbers[f"placebos_{h}d"] = len(starts) if knowable else 0
    days_known = min(complete - begin, HISTORY)
    reached = own + h <= complete
    names = [f"contribution_{h}d{end}" for end in ("", "_low", "_high")]
    if reached and knowable and own < start + h and days_known >= 4 * h and len(starts) >= 2:
        value = figure(start)
        half = _multiplier(starts, h) * stdev([figure(at) for at in starts])
        numbers |= dict(zip(names, (value, value - half, value + half), strict=True))
    else:
        why = "insufficient" if reached else "beyond_horizon"
        states |= {f"{name}_state": why for name in names}


def _days(campaign: Activity, h: int) -> frozenset[int]:
    start = campaign.at // DAY
    last = start if campaign.ends_at is None else campaign.ends_at // DAY
    return frozenset(range(start, max(start + h, last + 1)))


def _multiplier(starts: list[int], h: int) -> float:
    """Return how many standard deviations of overlapping placebos the interval reaches.

    Coefficients of independent days in each placebo, less their mean over placebos, give the
    quadratic form that the variance is, and so its mean and its degrees of freedom.
    """
    first = min(starts) - BASE
    rows = np.zeros((len(starts), max(starts) + h - first))
    weights = [2 ** (-(h - day - 0.5) / HALF_LIFE_DAYS) for day in range(h)]
    for row, at in zip(rows, starts, strict=True):
        row[at - BASE - first : at - first] = -fsum(weights) / BASE
        row[at - first : at + h - first] = weights
    centred = rows - rows.mean(axis=0)
    eigenvalues = np.linalg.eigvalsh(centred @ centred.T)
    of_one = fsum(w * w for w in weights) + fsum(weights) ** 2 / BASE
    bias = eigenvalues.sum() / (len(starts) - 1) / of_one
    freedom = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    return float(stdtrit(freedom, 0.95) / sqrt(bias))
