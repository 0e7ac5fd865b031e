"""The snapshot: every field of one brand at one time, as strings.

Formula: none of its own; it names, formats and completes what the metric modules compute. Units:
those of the fields. Source: contract "Redis" and the list of snapshot fields. What cannot be known
is absent, and ``<field>_state`` says why. Example: a brand that was never mentioned::

    >>> snapshot = evaluate(BrandState("acme"), None, None, 0)
    >>> snapshot.fields["mentions_28d"], snapshot.fields["net_sentiment_28d_state"]
    ('0', 'insufficient')
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.events.brands import Brand
from pipeline.events.instants import to_rfc3339
from pipeline.metrics.advocacy import SILENCE, Advocacy, Estimate, advocacy
from pipeline.metrics.fields import SNAPSHOT_FIELDS
from pipeline.metrics.goodwill import NO_GOODWILL, Goodwill, goodwill
from pipeline.metrics.ledger import ledger
from pipeline.metrics.mentions import Mentions, mentions
from pipeline.metrics.net_sentiment import net_sentiment
from pipeline.metrics.number import decimal
from pipeline.metrics.share_of_voice import Totals, share_of_voice
from pipeline.metrics.support import support_fields
from pipeline.metrics.vanity import Vanity, vanity
from pipeline.state.brand import BrandMentions
from pipeline.state.shard import BrandState
from pipeline.state.tiers import DAY, HOUR_WINDOW, MONTH_WINDOW, WINDOWS, current_pane

INSUFFICIENT = "insufficient"
NOT_IMPLEMENTED = "not_implemented"

_OPTIONAL = ("as_of", "version")
"""Fields that need no state: given elsewhere."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything published of a brand at one evaluation.

    ``fields`` holds all fields but ``version``; ``ledger`` a compact JSON line a day.
    """

    fields: dict[str, str]
    ledger: dict[str, str]


def evaluate(state: BrandState, entry: Brand | None, totals: Totals | None, t: int) -> Snapshot:
    """Evaluate a brand at ``t``.

    Args:
        state: What is remembered of the brand.
        entry: What the brand book says of it; None where there is no book.
        totals: Mentions of all brands, None while they are not known.
        t: Evaluation time, microseconds.

    Raises:
        ValueError: A number came out infinite or undefined; the message names the brand.
    """
    try:
        return _evaluate(state, entry, totals, t)
    except ValueError as error:
        raise ValueError(f"brand {state.brand}: {error}") from error


def _evaluate(
    state: BrandState,
    entry: Brand | None,
    totals: Totals | None,
    t: int,
) -> Snapshot:
    brand = state.mentions
    worth = NO_GOODWILL
    lines: dict[str, str] = {}
    if brand is not None:
        series = brand.day_series(current_pane(t, DAY))
        worth = goodwill(brand, series, t)
        lines = ledger(brand, series, worth.net)
    fields = _mention_fields(brand, t)
    _put_goodwill(fields, worth)
    _put(fields, "share_of_voice_28d", share_of_voice(brand, totals, t))
    if totals is None:
        fields["totals_as_of_state"] = INSUFFICIENT
    else:
        fields["totals_as_of"] = to_rfc3339(totals.as_of)
    fields.update(support_fields(state, entry, t))
    fields["as_of"] = to_rfc3339(t)
    for field in _REQUIRED:
        if field not in fields and f"{field}_state" not in fields:
            fields[f"{field}_state"] = NOT_IMPLEMENTED
    return Snapshot(fields, lines)


def _mention_fields(brand: BrandMentions | None, t: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    spoken = SILENCE
    counted = Mentions(0, 0, 0)
    for over in WINDOWS:
        if brand is not None:
            spoken = advocacy(brand, over, t)
            counted = mentions(brand, over, t)
        _put_advocacy(fields, over.name, spoken)
        fields[f"mentions_{over.name}"] = decimal(counted.mentions)
    # The last window is the one of 28 days.
    fields[f"mentions_unscored_{MONTH_WINDOW.name}"] = decimal(counted.unscored)
    fields[f"mentions_retracted_{MONTH_WINDOW.name}"] = decimal(counted.retracted)
    balance = net_sentiment(spoken.advocacy.value, spoken.detraction.value)
    _put(fields, "net_sentiment_28d", balance)
    sums = Vanity(0, 0, 0, 0) if brand is None else vanity(brand, t)
    for name, count in zip(Vanity._fields, sums, strict=True):
        fields[f"vanity_{name}_28d"] = decimal(count)
    return fields


def _put_goodwill(fields: dict[str, str], worth: Goodwill) -> None:
    fields["goodwill"] = decimal(worth.value)
    fields["goodwill_net"] = decimal(worth.net)
    _put(fields, "goodwill_low", worth.low)
    _put(fields, "goodwill_high", worth.high)


def _put_advocacy(fields: dict[str, str], window: str, spoken: Advocacy) -> None:
    _put_estimate(fields, f"advocacy_{window}", spoken.advocacy)
    _put_estimate(fields, f"detraction_{window}", spoken.detraction)
    if window != HOUR_WINDOW.name:
        _put_estimate(fields, f"advocates_{window}", spoken.advocates)


def _put_estimate(fields: dict[str, str], field: str, estimate: Estimate) -> None:
    fields[field] = decimal(estimate.value)
    if estimate.bound is not None:
        fields[f"{field}_bound"] = decimal(estimate.bound)


def _put(fields: dict[str, str], field: str, number: float | None) -> None:
    if number is None:
        fields[f"{field}_state"] = INSUFFICIENT
    else:
        fields[field] = decimal(number)


_REQUIRED = tuple(
    field
    for field in SNAPSHOT_FIELDS
    if field not in _OPTIONAL and not field.endswith(("_bound", "_state"))
)
