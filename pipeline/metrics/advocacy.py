"""Advocacy, detraction and advocates: how many spoke for and against a brand, and how strongly.

Formula: the sum over distinct authors of their strongest p (q for detraction); over the window as
one for 1h and 24h, per day and summed for 7d and 28d. Advocates: distinct authors with p > 0 in the
window. Unit: advocates for 1h and 24h, advocate-days for 7d and 28d. Where authors are sampled each
comes with the relative half-width of its 95 % bound, ``1.96 sqrt(V) / estimate``. Source:
definitions "Advocacy", "Advocates", "Sampled values". Example: 25 of 100 authors sampled, each with
p = 1 (theta = 1/4): the estimate is 100, V = 25 · (3/4) / (1/16) = 300::

    >>> bounded(100.0, 300.0).bound == 1.96 * 300 ** 0.5 / 100
    True
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pipeline.metrics.author_errors import FOR_AND_AGAINST, author_errors
from pipeline.state.brand import BrandMentions
from pipeline.state.reading import Reading, union
from pipeline.state.tiers import DAY, Window, window

Z_95 = 1.96


class Estimate(NamedTuple):
    """A value, and the relative half-width of its 95 % bound; None where it is exact or 0."""

    value: float
    bound: float | None


class Advocacy(NamedTuple):
    """What authors said in one window."""

    advocacy: Estimate
    detraction: Estimate
    advocates: Estimate


def bounded(value: float, variance: float) -> Estimate:
    """Return an estimate with its bound."""
    if not value or not variance:
        return Estimate(value, None)
    return Estimate(value, Z_95 * math.sqrt(variance) / value)


def advocacy(brand: BrandMentions, over: Window, t: int) -> Advocacy:
    """Evaluate the window ``over`` at ``t`` (microseconds)."""
    indexes = window(t, over.tier, over.panes)
    # The current pane changes all the time, those before it rarely: they are merged once.
    panes = brand.panes_in(over.tier, indexes[:-1])
    before = tuple([pane.reading for pane in panes])
    now = brand.reading(over.tier, indexes[-1])
    together = _together(brand, over, before, now)
    sums = together.sums
    advocates = bounded(sums.advocates, sums.var_advocates)
    if over.tier is not DAY:
        return Advocacy(
            bounded(sums.advocacy, sums.var_p), bounded(sums.detraction, sums.var_q), advocates
        )
    days = [reading.sums for reading in (*before, now)]
    var_p, var_q = _variances(brand, over, before, now)
    return Advocacy(
        bounded(math.fsum([day.advocacy for day in days]), var_p),
        bounded(math.fsum([day.detraction for day in days]), var_q),
        advocates,
    )


def _together(
    brand: BrandMentions, over: Window, before: tuple[Reading, ...], now: Reading
) -> Reading:
    k = over.tier.k
    past = brand.remember(f"before {over.name}", before, lambda: union(before, k))
    return brand.remember(f"all {over.name}", (past, now), lambda: union((past, now), k))


def _variances(
    brand: BrandMentions, over: Window, before: tuple[Reading, ...], now: Reading
) -> tuple[float, float]:
    sampled = tuple([reading for reading in before if not reading.exact])
    if not sampled and now.exact:
        return 0.0, 0.0
    errors = brand.remember(
        f"errors {over.name}",
        sampled,
        lambda: author_errors(sampled, [1.0] * len(sampled), FOR_AND_AGAINST),
    )
    var_p, var_q = errors.variances_with(now, 1.0)
    return var_p, var_q
