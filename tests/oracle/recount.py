"""Recount a whole world: every event from scratch, in order of event time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.oracle.calendar import (
    DAY,
    SECOND,
    current_pane,
    microseconds,
    rfc3339,
    window_days,
)
from tests.oracle.campaigns import campaigns
from tests.oracle.contract import Brands, Invalid, check
from tests.oracle.goodwill import (
    DAY_SAMPLE,
    goodwill_fields,
    gross,
    half_width,
    impairments,
    ledger,
    ledger_errors,
    sampling_error,
)
from tests.oracle.influence import (
    consistency,
    daily_net,
    index,
    launches,
    mentions_by_day,
    messaging_dependence,
)
from tests.oracle.influence import (
    latest as latest_activation,
)
from tests.oracle.mentions import (
    Mention,
    Voices,
    mention_fields,
    mentions_on,
    voices_by_day,
)
from tests.oracle.tickets import Brackets, read_tickets
from tests.oracle.topics import ActivitiesTopic, MentionsTopic, Score, TicketsTopic, Topic

BRAND_CAP = 10_000
RECENT_SAMPLE = 4096  # authors in a reading over minute or hour panes
SHARE_DAYS = 28


Fields = dict[str, str | float | int]


@dataclass
class GoodwillScale:
    """What tolerances for goodwill go by: magnitudes, not values, since values may cancel."""

    gross: float
    half_width: float
    sampling_error: float


@dataclass
class World:
    """Everything that is expected of a pipeline that has read the same events.

    ``brands``: snapshot fields as numbers (``as_of`` and ``totals_as_of`` as text) and
    ``<field>_state``. ``ledger``: brand -> day -> figures in micro-advocate-days.
    ``exact_distinct``: brand -> field -> the largest number of distinct authors in one sample that
    the field reads; ``sampled`` tells whether the product may estimate. ``launches`` and
    ``campaigns``: brand -> name -> fields of the latest that has this name, in the same form as a
    snapshot's.
    """

    as_of: int
    brands: dict[str, Fields] = field(default_factory=dict)
    ledger: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    ledger_errors: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    dead_letters: dict[str, int] = field(default_factory=dict)
    dedup_skipped: int = 0
    exact_distinct: dict[str, dict[str, int]] = field(default_factory=dict)
    brackets: dict[str, Brackets] = field(default_factory=dict)
    goodwill_scale: dict[str, GoodwillScale] = field(default_factory=dict)
    launches: dict[str, dict[str, Fields]] = field(default_factory=dict)
    campaigns: dict[str, dict[str, Fields]] = field(default_factory=dict)

    def sampled(self, brand: str, name: str) -> bool:
        """Tell whether the product may estimate this field of a brand."""
        distinct = self.exact_distinct.get(brand, {}).get(name, 0)
        size = RECENT_SAMPLE if name.endswith(("_1h", "_24h")) else DAY_SAMPLE
        return distinct > size


def recount(
    events: Iterable[object],
    as_of: datetime | int | None,
    *,
    book: Mapping[str, Any] | None = None,
    in_future_tolerance_s: float = 0,
    score: Score | None = None,
    brand_cap: int = BRAND_CAP,
    assume_valid: bool = False,
) -> World:
    """Count a world anew.

    Args:
        events: Parsed JSON objects with an extra ``topic``, or raw lines.
        as_of: Evaluation time; None for the largest ``occurred_at`` applied.
        book: The brand book as parsed from TOML, ``{"brands": [{"id": ...}, ...]}``.
        in_future_tolerance_s: How far after ``as_of`` an event may lie; without ``as_of`` no event
            is in the future, since nothing here reads a clock.
        score: Polarity of (text, brand id), for mentions with neither sentiment nor rating.
        brand_cap: How many brands a topic admits where there is no book.
        assume_valid: Whether to leave out the schema check, for large generated worlds.
    """
    brands = Brands(book)
    t = microseconds(as_of) if isinstance(as_of, datetime) else as_of
    outcomes: Counter[str] = Counter(applied=0, duplicate=0, dead_letter=0, rerouted=0)
    dead_letters: Counter[str] = Counter()
    valid = []
    for line in events:
        try:
            checked = check(line, brands, assume_valid=assume_valid)
            if t is not None and checked[2] > t + in_future_tolerance_s * SECOND:
                raise Invalid("in_future")
        except Invalid as invalid:
            outcomes["dead_letter"] += 1
            dead_letters[invalid.reason] += 1
        else:
            valid.append(checked)

    mentions, tickets, activities = MentionsTopic(brands, score), TicketsTopic(), ActivitiesTopic()
    topics: dict[str, Topic] = {
        "social-mentions": mentions,
        "support-tickets": tickets,
        "brand-activity": activities,
    }
    admitted: dict[str, set[str]] = defaultdict(set)
    first_seen: dict[str, int] = {}
    latest: dict[str, int] = {}
    for topic, brand, at, event in sorted(valid, key=lambda checked: checked[2]):
        try:
            if not brands.listed and brand not in admitted[topic]:
                if len(admitted[topic]) >= brand_cap:
                    raise Invalid("too_many_brands")
                admitted[topic].add(brand)
            applied = topics[topic].apply(brand, at, event)
        except Invalid as invalid:
            outcomes["dead_letter"] += 1
            dead_letters[invalid.reason] += 1
            continue
        outcomes["applied" if applied else "duplicate"] += 1
        if applied:
            first_seen.setdefault(brand, at)
            latest[topic] = at

    world = World(as_of=t if t is not None else max(latest.values(), default=0))
    world.outcomes, world.dead_letters = dict(outcomes), dict(dead_letters)
    world.dedup_skipped = mentions.dedup_skipped
    activities.forget(latest.get("brand-activity", 0))
    for brand in sorted(first_seen):
        if "support-tickets" in latest:
            tickets.forget(brand, latest["support-tickets"])
        _read_mentions(world, brand, mentions.accepted[brand])
        _read_influence(world, brand, mentions.accepted[brand], activities, first_seen[brand])
        said = world.brands[brand]["mentions_28d"]
        kept = list(tickets.kept[brand].values())
        reading = read_tickets(kept, brands.entry(brand), first_seen[brand], int(said), world.as_of)
        world.brackets[brand] = reading.brackets
        world.brands[brand] |= reading.fields
        world.brands[brand] |= {f"{name}_state": each for name, each in reading.states.items()}
    _read_shares(world, mentions)
    return world


def _read_mentions(world: World, brand: str, mentions: list[Mention]) -> None:
    """Fill in everything about one brand's mentions that needs no other brand."""
    t = world.as_of
    days: dict[int, Voices] = voices_by_day(mentions)
    first_day = min((m.at // DAY for m in mentions), default=None)
    fields, states, distinct = mention_fields(mentions, t)
    booked = impairments(days, mentions_by_day(mentions), first_day, t)
    of_goodwill, goodwill_states = goodwill_fields(days, first_day, t, booked)
    states |= goodwill_states
    world.brands[brand] = {
        "as_of": rfc3339(t),
        **fields,
        **of_goodwill,
        **{f"{name}_state": state for name, state in states.items()},
    }
    largest_day = max(map(len, days.values()), default=0)
    for name in ("goodwill", "goodwill_low", "goodwill_high", "goodwill_net"):
        distinct[name] = largest_day
    world.exact_distinct[brand] = distinct
    world.goodwill_scale[brand] = GoodwillScale(
        gross=gross(days, t),
        half_width=(half_width(days, first_day, t) or 0.0) if first_day is not None else 0.0,
        sampling_error=sampling_error(days, t, current_pane(t, DAY)),
    )
    world.ledger[brand] = ledger(days, first_day, t, booked)
    world.ledger_errors[brand] = ledger_errors(days, first_day, t)


def _read_influence(
    world: World,
    brand: str,
    mentions: list[Mention],
    activities: ActivitiesTopic,
    first_seen: int,
) -> None:
    """Fill in what is made of goodwill and of the brand's launches and campaigns."""
    t = world.as_of
    fields = world.brands[brand]
    days = voices_by_day(mentions)
    k = consistency(days, mentions_by_day(mentions), first_seen, t)
    results = launches(days, activities.of(brand, "launch"), t)
    activation = latest_activation(results, t)
    dependence = messaging_dependence(
        mentions, float(fields["advocacy_28d"]), window_days(t, "28d")
    )
    known: dict[str, float | None] = {"consistency": k, "messaging_dependence": dependence}
    for name in ("activation", "activation_low", "activation_high"):
        known[name] = activation.get(name)
    for name, value in known.items():
        if value is None:
            fields[f"{name}_state"] = "insufficient"
        else:
            fields[name] = value
    fields["influence_index"], fields["influence_index_basis"] = index(
        float(fields["goodwill"]), k, activation.get("activation")
    )
    for name in ("consistency", "activation", "activation_low", "activation_high"):
        world.exact_distinct[brand][name] = world.exact_distinct[brand]["goodwill"]
    world.exact_distinct[brand]["influence_index"] = world.exact_distinct[brand]["goodwill"]
    distinct = world.exact_distinct[brand]["advocacy_28d"]
    world.exact_distinct[brand]["messaging_dependence"] = distinct

    first_day = min((m.at // DAY for m in mentions), default=None)
    ran = campaigns(daily_net(days), activities.of(brand, "campaign"), first_day, t)
    for into, found in ((world.launches, results), (world.campaigns, ran)):
        if found:
            into[brand] = {}
        for one, numbers, states, texts in sorted(found, key=lambda each: each[0].at):
            into[brand][one.name] = {**numbers, **states, **texts}


def _read_shares(world: World, mentions: MentionsTopic) -> None:
    """Fill in what needs the mentions of all brands."""
    today = current_pane(world.as_of, DAY)
    days = range(today - SHARE_DAYS, today)
    counts = {brand: mentions_on(mentions.accepted[brand], days) for brand in world.brands}
    total = sum(counts.values())
    for brand, fields in world.brands.items():
        if total:
            fields["share_of_voice_28d"] = counts[brand] / total
        else:
            fields["share_of_voice_28d_state"] = "insufficient"
        if mentions.watermark is None:
            fields["totals_as_of_state"] = "insufficient"
        else:
            fields["totals_as_of"] = rfc3339(mentions.watermark)
