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
from pipeline.state.past import Past, Seen
from pipeline.state.reading import Reading, sums_together
from pipeline.state.tiers import DAY, Window

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


def advocacy(brand: BrandMentions, seen: Seen) -> Advocacy:
    """Evaluate what is seen of a window of the brand."""
    over = seen.over
    # The current pane changes all the time, those before it rarely: they are merged once.
    past, now = seen.past, brand.reading(over.tier, seen.current)
    return brand.memory.remember(
        f"advocacy {over.name}", (past, now), lambda: _advocacy(brand, seen, past, now)
    )


def _advocacy(brand: BrandMentions, seen: Seen, past: Past, now: Reading) -> Advocacy:
    over = seen.over
    sums = sums_together(past.together, now, over.tier.k)
    advocates = bounded(sums.advocates, sums.var_advocates)
    if over.tier is not DAY:
        return Advocacy(
            bounded(sums.advocacy, sums.var_p),
            bounded(sums.detraction, sums.var_q),
            advocates,
        )
    var_p, var_q = _variances(brand, over, past, now)
    advocacy, detraction = brand.memory.remember(
        f"days {over.name}", past, lambda: _days_before(brand, seen)
    )
    return Advocacy(
        bounded(math.fsum([*advocacy, now.sums.advocacy]), var_p),
        bounded(math.fsum([*detraction, now.sums.detraction]), var_q),
        advocates,
    )


def _days_before(brand: BrandMentions, seen: Seen) -> tuple[list[float], list[float]]:
    """Return advocacy and detraction of each day of a window before the current one."""
    days = brand.day_series(seen.current).since(seen.current - seen.over.panes + 1)
    return days.advocacy.tolist(), days.detraction.tolist()


def _variances(brand: BrandMentions, over: Window, past: Past, now: Reading) -> tuple[float, float]:
    if not past.sampled and now.exact:
        return 0.0, 0.0
    errors = brand.memory.remember(
        f"errors {over.name}",
        past,
        lambda: author_errors(past.sampled, [1.0] * len(past.sampled), FOR_AND_AGAINST),
    )
    var_p, var_q = errors.variances_with(now, 1.0)
    return var_p, var_q
