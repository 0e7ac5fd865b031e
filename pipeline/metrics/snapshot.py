"""The snapshot: every field of one brand at one time, as strings.

Formula: none of its own; it names, formats and completes what the metric modules compute. Units:
those of the fields. Source: contract "Redis" and the list of snapshot fields. What cannot be known
is absent, and ``<field>_state`` says why. Example: a brand that was never mentioned::

    >>> snapshot = evaluate(BrandState("acme"), None, None, 0)
    >>> snapshot.fields["mentions_28d"], snapshot.fields["net_sentiment_28d_state"]
    ('0', 'insufficient')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from pipeline.events.brands import Brand
from pipeline.events.instants import day_of, to_rfc3339
from pipeline.metrics.activity_results import (
    Result,
    campaign_results,
    latest_activation,
    launch_results,
)
from pipeline.metrics.advocacy import Estimate, advocacy
from pipeline.metrics.consistency import consistency
from pipeline.metrics.fields import BOUND_SUFFIX, BOUNDED_FIELDS, INSUFFICIENT, STATE_SUFFIX
from pipeline.metrics.goodwill import Goodwill, goodwill
from pipeline.metrics.impairment import bookings
from pipeline.metrics.influence_index import STANDARD, Judgements, influence_index
from pipeline.metrics.known import known
from pipeline.metrics.ledger import ledger
from pipeline.metrics.mentions import mentions
from pipeline.metrics.messaging_dependence import messaging_dependence
from pipeline.metrics.net_sentiment import net_sentiment
from pipeline.metrics.number import decimal
from pipeline.metrics.share_of_voice import Totals, share_of_voice
from pipeline.metrics.support import support_fields
from pipeline.metrics.vanity import vanity
from pipeline.state.brand import BrandMentions
from pipeline.state.shard import BrandState
from pipeline.state.tiers import DAY, HOUR_WINDOW, WINDOWS, current_pane


class Snapshot(msgspec.Struct, frozen=True):
    """Everything published of a brand at one evaluation.

    ``fields`` holds all fields but ``version``; ``ledger`` a compact JSON line a day; ``launches``
    and ``campaigns`` their results, by start.
    """

    fields: dict[str, str]
    ledger: Mapping[str, str]
    launches: tuple[Result, ...] = ()
    campaigns: tuple[Result, ...] = ()


def evaluate(
    state: BrandState,
    entry: Brand | None,
    totals: Totals | None,
    t: int,
    judgements: Judgements = STANDARD,
) -> Snapshot:
    """Evaluate a brand at ``t``.

    Args:
        state: What is remembered of the brand.
        entry: What the brand book says of it; None where there is no book.
        totals: Mentions of all brands, None while they are not known.
        t: Evaluation time, microseconds.
        judgements: What the influence index holds for important.

    Raises:
        ValueError: A number came out infinite or undefined; the message names the brand.
    """
    try:
        return _evaluate(state, entry, totals, t, judgements)
    except ValueError as error:
        raise ValueError(f"brand {state.brand}: {error}") from error


def _evaluate(
    state: BrandState,
    entry: Brand | None,
    totals: Totals | None,
    t: int,
    judgements: Judgements,
) -> Snapshot:
    brand = BrandMentions() if state.mentions is None else state.mentions
    series = complete = brand.day_series(current_pane(t, DAY))
    if t == (series.current + 1) * DAY.size:
        # On a boundary the day before is still the current one of windows, and complete.
        complete = brand.day_series(series.current + 1)
    booked = bookings(brand, complete)
    worth = goodwill(brand, series, t, booked)
    launches = launch_results(brand, complete, state.activities("launch"))
    campaigns = campaign_results(brand, complete, state.activities("campaign"))

    fields = _mention_fields(brand, t)
    _put_goodwill(fields, worth)
    first_seen = state.first_seen
    first_day = None if first_seen is None else day_of(first_seen)
    steady = consistency(brand, complete, first_day)
    fields |= known("consistency", steady)
    latest = latest_activation(launches, t)
    fields |= known("activation", latest and latest.activation)
    fields |= known("activation_low", latest and latest.low)
    fields |= known("activation_high", latest and latest.high)
    index = influence_index(worth.value, steady, latest and latest.activation, judgements)
    fields |= known("influence_index", index.value)
    fields["influence_index_basis"] = index.basis
    fields |= known("share_of_voice_28d", share_of_voice(brand, totals, t))
    if totals is None:
        fields[f"totals_as_of{STATE_SUFFIX}"] = INSUFFICIENT
    else:
        fields["totals_as_of"] = to_rfc3339(totals.as_of)
    fields.update(support_fields(state, entry, t))
    fields["as_of"] = to_rfc3339(t)
    return Snapshot(fields, ledger(brand, series, worth.net, booked), launches, campaigns)


def _mention_fields(brand: BrandMentions, t: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    looks = [brand.look(over, t) for over in WINDOWS]
    said = [advocacy(brand, seen) for seen in looks]
    for seen, spoken in zip(looks, said, strict=True):
        names = _NAMES[seen.over.name]
        _put_estimate(fields, names.advocacy, spoken.advocacy)
        _put_estimate(fields, names.detraction, spoken.detraction)
        if seen.over is not HOUR_WINDOW:
            _put_estimate(fields, names.advocates, spoken.advocates)
        fields[names.mentions] = decimal(seen.mentions)
    month, spoken = looks[-1].tally, said[-1]
    counted = mentions(month)
    fields["mentions_unscored_28d"] = decimal(counted.unscored)
    fields["mentions_retracted_28d"] = decimal(counted.retracted)
    balance = net_sentiment(spoken.advocacy.value, spoken.detraction.value)
    fields |= known("net_sentiment_28d", balance)
    dependence = messaging_dependence(counted.messages, spoken.advocacy.value)
    fields |= known("messaging_dependence", dependence)
    seen_by = vanity(month)
    fields["vanity_likes_28d"] = decimal(seen_by.likes)
    fields["vanity_shares_28d"] = decimal(seen_by.shares)
    fields["vanity_followers_28d"] = decimal(seen_by.followers)
    fields["vanity_clicks_28d"] = decimal(seen_by.clicks)
    return fields


def _put_goodwill(fields: dict[str, str], worth: Goodwill) -> None:
    fields["goodwill"] = decimal(worth.value)
    fields["goodwill_net"] = decimal(worth.net)
    fields |= known("goodwill_low", worth.low)
    fields |= known("goodwill_high", worth.high)


def _put_estimate(fields: dict[str, str], field: str, estimate: Estimate) -> None:
    fields[field] = decimal(estimate.value)
    if estimate.bound is not None:
        fields[_BOUNDS[field]] = decimal(estimate.bound)


class _Names(NamedTuple):
    """The names of a window's fields.

    Made once: whoever compares snapshots finds that a name is the same, and need not read it.
    """

    advocacy: str
    detraction: str
    advocates: str
    mentions: str


_NAMES = {
    over.name: _Names(*[f"{stem}_{over.name}" for stem in _Names._fields]) for over in WINDOWS
}
_BOUNDS = {field: f"{field}{BOUND_SUFFIX}" for field in BOUNDED_FIELDS}
