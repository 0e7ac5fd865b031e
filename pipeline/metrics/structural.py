"""Campaign contribution by a structural time-series model: a second opinion, outside the stream.

Formula: ``A - kappa D`` of each day is a level that drifts (local level), the shape of the week, a
constant effect of the campaign from its start to the horizon, and noise; fitted to all days until
the horizon by maximum likelihood. The effect is part of the state, so that its variance comes from
the Kalman filter. Contribution: the effect times the sum of the day weights at the horizon's end;
interval (90 %): ``± 1.645`` standard errors. Unit: advocate-days. Source: Harvey (1989), as
``UnobservedComponents`` of statsmodels has it (extra ``structural``); definition "Campaign
contribution to goodwill". It follows a level that drifts, which the mean of 28 days does not, and
it supposes that noise is normal and independent, which placebos do not. Example: ten more a day for
the four weeks at the end of a year::

    >>> net = 50 + np.random.default_rng(1).normal(0.0, 2.0, 365)
    >>> net[-28:] += 10
    >>> found = structural_contribution(History(0, net), 365 - 28, 28)
    >>> true = 10 * sum(2 ** (-(28 - day - 0.5) / 180) for day in range(28))
    >>> found.low < true < found.high, round(found.value / true, 1)
    (True, 1.0)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np

from pipeline.events.instants import day_of_date
from pipeline.metrics.campaign import HORIZONS, History
from pipeline.metrics.fields import BEYOND_HORIZON, INSUFFICIENT
from pipeline.metrics.known import known
from pipeline.metrics.ledger import MICRO
from pipeline.state.carry import HALF_LIFE_DAYS

Z_90 = 1.645
WEEK = 7
LEAST_BEFORE = 8 * WEEK
"""Days before a campaign that the model needs, for level and week to be told from the effect."""


class Structural(NamedTuple):
    """A contribution with the ends of its interval, in advocate-days."""

    value: float
    low: float
    high: float


def structural_contribution(past: History, start: int, horizon: int) -> Structural | None:
    """Fit the model to a campaign that starts on the UTC day ``start``; ``horizon`` in days.

    None where the horizon is not reached or fewer than :data:`LEAST_BEFORE` days before are known.

    Raises:
        ImportError: statsmodels is not installed.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    begins = start - past.first
    if begins < LEAST_BEFORE or start + horizon > past.end:
        return None
    net = past.net[: begins + horizon]
    running = np.zeros((net.size, 1))
    running[begins:] = 1.0
    model = UnobservedComponents(
        net, level="local level", seasonal=WEEK, exog=running, mle_regression=False
    )
    effect = model.fit(disp=0).regression_coefficients
    weights = float(np.exp2((np.arange(horizon) + 0.5 - horizon) / HALF_LIFE_DAYS).sum())
    value = weights * float(effect.filtered[0, -1])
    half = weights * Z_90 * float(effect.filtered_cov[0, 0, -1]) ** 0.5
    return Structural(value, value - half, value + half)


def history_of(ledger: Mapping[str, str]) -> History:
    """Return a brand's history from its ledger, lines of JSON by day, ascending."""
    # The last line is the current day's, which is not complete.
    days = list(ledger)[:-1]
    lines = [json.loads(ledger[day]) for day in days]
    net = [(line["earned"] - line["detraction"]) / MICRO for line in lines]
    return History(_day(days[0]) if days else 0, np.array(net, np.float64))


def structural_fields(past: History, campaign: Mapping[str, str]) -> dict[str, str]:
    """Return a campaign's fields as ``campaign.v1.json`` has them, contributions by the model."""
    fields = {name: campaign[name] for name in ("name", "start", "ends_at") if name in campaign}
    start = _day(campaign["start"])
    for horizon in HORIZONS:
        found = structural_contribution(past, start, horizon) or (None, None, None)
        why = BEYOND_HORIZON if start + horizon > past.end else INSUFFICIENT
        for value, end in zip(found, ("", "_low", "_high"), strict=True):
            fields |= known(f"contribution_{horizon}d{end}", value, why=why)
    return fields


def _day(instant: str) -> int:
    return day_of_date(date.fromisoformat(instant[:10]))
