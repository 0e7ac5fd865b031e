"""The goodwill ledger: one line a day, as a balance sheet would show it.

Formula: ``opening + earned - detraction - decay - impairment = closing``; closing is the net
goodwill at the day's 24:00 (of the current day: at t), opening the closing before it, decay the
balancing figure. Unit: integer micro-advocate-days. Source: definition "Ledger". Example: one
advocate on an otherwise empty ledger loses half a day's decay::

    >>> line(opening=0, advocacy=1.0, detraction=0.0, impairment=0.0, closing=998077)[:40]
    '{"opening":0,"earned":1000000,"detractio'
    >>> line(opening=0, advocacy=1.0, detraction=0.0, impairment=0.0, closing=998077)[40:]
    'n":0,"decay":1923,"impairment":0,"closing":998077}'
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence

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
    last = line(opening, today.advocacy, today.detraction, written_off, micro(net))
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
    amounts = {each.day: each.amount for each in booked}
    days = zip(
        series.days.tolist(), series.advocacy.tolist(), series.detraction.tolist(), strict=True
    )
    by_day = {day: (advocacy, detraction) for day, advocacy, detraction in days}
    a_day = 2.0 ** (-1 / HALF_LIFE_DAYS)
    half_a_day = 2.0 ** (-0.5 / HALF_LIFE_DAYS)
    lines: dict[str, str] = {}
    opening = micro(net)
    for day in range(start, current):
        advocacy, detraction = by_day.get(day, (0.0, 0.0))
        written_off = amounts.get(day, 0.0)
        net = net * a_day + (advocacy - KAPPA * detraction - written_off) * half_a_day
        closing = micro(net)
        lines[day_name(day)] = line(opening, advocacy, detraction, written_off, closing)
        opening = closing
    return lines, opening


def micro(amount: float) -> int:
    """Return advocate-days in integer millionths, half to even."""
    return round(amount * MICRO)


def line(opening: int, advocacy: float, detraction: float, impairment: float, closing: int) -> str:
    """Return one ledger line.

    ``opening`` and ``closing`` in micro-advocate-days, the day's sums in advocate-days.
    """
    earned = micro(advocacy)
    lost = micro(KAPPA * detraction)
    written_off = micro(impairment)
    decay = opening + earned - lost - written_off - closing
    return (
        f'{{"opening":{opening},"earned":{earned},"detraction":{lost},"decay":{decay},'
        f'"impairment":{written_off},"closing":{closing}}}'
    )
