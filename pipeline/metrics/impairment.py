"""Impairment of goodwill: the bookings of the days that are not folded.

Formula: ``max(0, net) (1 - s / usual)`` on the 14th day in a row on which the share of advocacy
over 28 days is below 0.8 of its usual value; :mod:`pipeline.state.impairment` has all of it. Only
complete days count: the current one books nothing. Late events restate bookings of days that are
not folded. Unit: advocate-days. Source: definition "Impairment". Example: five authors speak for a
brand each day of a year, then two of them against it::

    >>> from pipeline.events.admitted import AdmittedMention
    >>> from pipeline.state.pane import Pane
    >>> from pipeline.state.tiers import DAY
    >>> brand = BrandMentions()
    >>> for day in range(400):
    ...     brand.day[day] = Pane(DAY, day)
    ...     for author in range(5):
    ...         against = day >= 300 and author < 2
    ...         said = (0.0, 1.0) if against else (1.0, 0.0)
    ...         brand.day[day].add(AdmittedMention("acme", 0, "x", 1, author, *said))
    >>> booked = bookings(brand, brand.day_series(400))
    >>> [(each.day, round(each.amount, 1), round(each.share, 3)) for each in booked]
    [(327, 330.0, 0.6)]
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.state.brand import BrandMentions
from pipeline.state.carry import HALF_LIFE_DAYS, KAPPA, NEVER, impaired
from pipeline.state.impairment import SHARE_DAYS, Booking, follow
from pipeline.state.past import DaySeries
from pipeline.state.tiers import DAY


def bookings(brand: BrandMentions, series: DaySeries) -> tuple[Booking, ...]:
    """Return what is booked on days that are not folded, by day; ``series``: the complete days."""
    return brand.memory.remember("bookings", series, lambda: _bookings(brand, series))


def _bookings(brand: BrandMentions, series: DaySeries) -> tuple[Booking, ...]:
    carry = brand.carry
    if not series.days.size:
        return ()
    first = int(series.days[0]) if carry.folded_until == NEVER else carry.folded_until + 1
    # In silence no day is low.
    end = min(series.current, int(series.days[-1]) + SHARE_DAYS)
    flows = series.advocacy - KAPPA * series.detraction

    def net(day: int, booked: Sequence[Booking]) -> float:
        midnight = (day + 1) * DAY.size
        known = int(np.searchsorted(series.days, day, side="right"))
        weights = np.exp2((series.days[:known] - (day + 0.5)) / HALF_LIFE_DAYS)
        own = float((weights * flows[:known]).sum())
        return own + carry.weight(midnight) * carry.net - impaired(booked, midnight)

    return follow(brand.days(series), first, end, carry.watch, net)[0]
