"""Results of launches and campaigns, as fields of text.

Formula: none of its own; it asks :mod:`~pipeline.metrics.activation` and
:mod:`~pipeline.metrics.campaign`, and names and formats what they find. Units: ratios, authors,
advocate-days. Source: contract "Redis"; ``launch.v1.json`` and ``campaign.v1.json`` in ``schemas/``
list the fields. What cannot be known is absent, and ``<field>_state`` says why: ``beyond_horizon``
before the end of a launch's window or a campaign's horizon, else ``insufficient``. Example: a
launch of today::

    >>> brand = BrandMentions()
    >>> [today] = launch_results(brand, brand.day_series(0), [("one", 0, None)])
    >>> today.fields["start"], today.fields["final_at"], today.fields["activation_state"]
    ('1970-01-01T00:00:00Z', '1970-01-06T00:00:00Z', 'beyond_horizon')
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.events.instants import DAY, day_of, to_rfc3339
from pipeline.metrics.activation import Activation, activation
from pipeline.metrics.campaign import (
    HORIZONS,
    Campaign,
    Contribution,
    History,
    contributions,
    history,
)
from pipeline.metrics.fields import BEYOND_HORIZON, INSUFFICIENT
from pipeline.metrics.known import known
from pipeline.metrics.number import decimal
from pipeline.state.audience import FINAL_AFTER, WINDOW_DAYS
from pipeline.state.brand import BrandMentions
from pipeline.state.past import DaySeries

Dates = tuple[str, int, int | None]
"""Name, start and end (None: open) of a launch or campaign; microseconds since the epoch."""

COUNTS_FOR = 365 * DAY
"""A brand's activation is that of its latest launch within this."""


class Result(NamedTuple):
    """A launch or campaign: its name as given, its start (microseconds), and all that is published.

    ``activation`` is None of campaigns, and where nothing can be known of a launch yet.
    """

    name: str
    start: int
    fields: Mapping[str, str]
    activation: Activation | None = None


def launch_results(
    brand: BrandMentions, series: DaySeries, launches: Sequence[Dates]
) -> tuple[Result, ...]:
    """Evaluate launches.

    Args:
        brand: The brand's mentions.
        series: Its complete days.
        launches: All of its launches, by start.
    """
    if not launches:
        return ()
    return brand.memory.remember(
        "launches",
        (series, launches, brand.carry.windows),
        lambda: _launch_results(brand, launches, series.current),
    )


def _launch_results(
    brand: BrandMentions, launches: Sequence[Dates], complete: int
) -> tuple[Result, ...]:
    days = {day_of(start) for _, start, _ in launches}
    results = []
    for dates in launches:
        day = day_of(dates[1])
        over = day + WINDOW_DAYS <= complete
        found = activation(brand, day, days) if over else None
        fields = _dates(dates)
        fields["final_at"] = to_rfc3339((day + FINAL_AFTER) * DAY)
        for field, value in _numbers(found).items():
            fields |= known(field, value, why=INSUFFICIENT if over else BEYOND_HORIZON)
        results.append(Result(dates[0], dates[1], fields, found))
    return tuple(results)


def _numbers(found: Activation | None) -> dict[str, float | None]:
    """Return a launch's numbers by the names of their fields."""
    return {
        "activation": found and found.activation,
        "activation_low": found and found.low,
        "activation_high": found and found.high,
        "audience": found and found.audience,
        "active_share": found and found.share,
        "usual_share": found and found.usual,
        "matched_windows": found and found.windows,
        "new_advocates": found and found.joined,
    }


def latest_activation(launches: Sequence[Result], t: int) -> Activation | None:
    """Return the activation of the latest launch within 365 d of ``t`` of which it is known.

    A launch of which nothing is known, yet or ever, does not take away what another has shown.
    """
    for result in reversed(launches):
        found = result.activation
        if result.start > t - COUNTS_FOR and found and found.activation is not None:
            return found
    return None


def campaign_results(
    brand: BrandMentions, series: DaySeries, campaigns: Sequence[Dates]
) -> tuple[Result, ...]:
    """Evaluate campaigns; arguments as for :func:`launch_results`."""
    if not campaigns:
        return ()
    return brand.memory.remember(
        "campaigns",
        (series, brand.carry.first_day, campaigns),
        lambda: _campaign_results(history(brand, series), campaigns),
    )


def _campaign_results(past: History, campaigns: Sequence[Dates]) -> tuple[Result, ...]:
    of_dates = {
        dates: Campaign(dates[0], day_of(dates[1]), None if dates[2] is None else day_of(dates[2]))
        for dates in campaigns
    }
    fields = {dates: _dates(dates) for dates in campaigns}
    for horizon in HORIZONS:
        found = contributions(past, list(of_dates.values()), horizon)
        for dates, campaign in of_dates.items():
            _put_contribution(fields[dates], f"{horizon}d", found[campaign])
    return tuple([Result(dates[0], dates[1], fields[dates]) for dates in campaigns])


def _put_contribution(fields: dict[str, str], horizon: str, found: Contribution) -> None:
    why = INSUFFICIENT if found.reached else BEYOND_HORIZON
    for end in ("", "_low", "_high"):
        value = {"": found.value, "_low": found.low, "_high": found.high}[end]
        fields |= known(f"contribution_{horizon}{end}", value, why=why)
    fields[f"placebos_{horizon}"] = decimal(found.placebos)
    if found.joint:
        names = [_readable(each.name) for each in found.joint]
        fields[f"jointly_with_{horizon}"] = json.dumps(names, separators=(",", ":"))


def _dates(dates: Dates) -> dict[str, str]:
    name, start, ends = dates
    fields = {"name": _readable(name), "start": to_rfc3339(start)}
    if ends is not None:
        fields["ends_at"] = to_rfc3339(ends)
    return fields


def _readable(name: str) -> str:
    """Return a name as it can be written: a lone surrogate of JSON has no place in UTF-8."""
    return name.encode("utf-8", "replace").decode()
