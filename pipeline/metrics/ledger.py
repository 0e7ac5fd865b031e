"""The goodwill ledger: one line a day, as a balance sheet would show it.

Formula: ``opening + earned - detraction - decay - impairment = closing``; closing is the net
goodwill at the day's 24:00 (of the current day: at t), opening the closing before it, decay the
balancing figure. Unit: integer micro-advocate-days. Source: definition "Ledger". Example: one
advocate on an otherwise empty ledger loses half a day's decay::

    >>> day = line(opening=0, earned=1_000_000, detraction=0, impairment=0, closing=998_077)
    >>> day[:40]
    '{"opening":0,"earned":1000000,"detractio'
    >>> day[40:]
    'n":0,"decay":1923,"impairment":0,"closing":998077}'
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from pipeline.events.instants import day_name
from pipeline.metrics.goodwill import decay_weights
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import HALF_LIFE_DAYS, KAPPA, BrandCarry, impaired
from pipeline.state.impairment import Booking
from pipeline.state.past import DaySeries
from pipeline.state.tiers import DAY

MICRO = 1_000_000
LINES = 400
"""Lines kept: the current day and 399 before it."""


def ledger(
    brand: BrandMentions, series: DaySeries, net: float, booked: Sequence[Booking] = ()
) -> Mapping[str, str]:
    """Return the lines, compact JSON by day ``YYYY-MM-DD``, ascending.

    The current day's lies before the others in a :class:`~collections.ChainMap`; those are one
    object until one of them changes.

    Args:
        brand: The brand's mentions.
        series: Its days before the current one at the evaluation time.
        net: Its net goodwill at that time, in advocate-days.
        booked: Impairments of days that are not folded.
    """
    first_day = brand.carry.first_day
    current = series.current
    if first_day is None or first_day > current:
        return {}
    carry = brand.carry
    past, opening = brand.memory.remember(
        "ledger",
        (series, first_day, carry.folded_until, carry.net, booked),
        lambda: _complete_days(series, carry, first_day, booked),
    )
    today = brand.reading(DAY, current).sums
    written_off = sum([each.amount for each in booked if each.day == current])
    amounts = (today.advocacy, KAPPA * today.detraction, written_off, net)
    last = line(opening, *map(micro, amounts))
    return ChainMap({day_name(current): last}, past)


def _complete_days(
    series: DaySeries, carry: BrandCarry, first_day: int, booked: Sequence[Booking]
) -> tuple[dict[str, str], int]:
    """Return the lines before the current day, and the closing of the last of them."""
    current = series.current
    start = max(first_day, current - LINES + 1)
    midnight = start * DAY.size
    known = series.days < start
    weights = decay_weights(series, midnight)[known]
    net = float((weights * (series.advocacy - KAPPA * series.detraction)[known]).sum())
    net += carry.weight(midnight) * carry.net
    net -= impaired([each for each in booked if each.day < start], midnight)
    into = series.days[~known] - start
    earned, lost, written_off = np.zeros((3, current - start))
    earned[into] = series.advocacy[~known]
    lost[into] = KAPPA * series.detraction[~known]
    for each in booked:
        if start <= each.day < current:
            written_off[each.day - start] = each.amount
    a_day = 2.0 ** (-1 / HALF_LIFE_DAYS)
    flows = (earned - lost - written_off) * 2.0 ** (-0.5 / HALF_LIFE_DAYS)
    nets = accumulate(flows.tolist(), lambda net, flow: net * a_day + flow, initial=net)
    closings = [micro(net) for net in nets]
    amounts = [
        np.rint(each * MICRO).astype(np.int64).tolist() for each in (earned, lost, written_off)
    ]
    lines = map(line, closings, *amounts, closings[1:])
    return dict(zip(map(day_name, range(start, current)), lines, strict=True)), closings[-1]


def micro(amount: float) -> int:
    """Return advocate-days in integer millionths, half to even."""
    return round(amount * MICRO)


def line(opening: int, earned: int, detraction: int, impairment: int, closing: int) -> str:
    """Return one ledger line, all amounts in micro-advocate-days."""
    decay = opening + earned - detraction - impairment - closing
    return (
        f'{{"opening":{opening},"earned":{earned},"detraction":{detraction},"decay":{decay},'
        f'"impairment":{impairment},"closing":{closing}}}'
    )
