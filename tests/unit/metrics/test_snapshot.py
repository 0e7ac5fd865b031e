"""The snapshot: every field is there or says why not, and nothing but content decides."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.admitted import AdmittedMention
from pipeline.metrics.fields import SNAPSHOT_FIELDS
from pipeline.metrics.share_of_voice import Totals
from pipeline.metrics.snapshot import Snapshot, evaluate
from pipeline.state.brand import BrandMentions
from pipeline.state.packed import held_of
from pipeline.state.shard import BrandState
from pipeline.state.tiers import DAY, HOUR, TIERS
from tests.unit.metrics.brands import add, brand_of, mention

TODAY = 19_000
T = TODAY * DAY.size + 14 * HOUR.size
TOTALS = Totals({TODAY - 1: 10}, T)


def said(seed: int, count: int, days: int) -> list[AdmittedMention]:
    rng = random.Random(seed)
    start = T - days * DAY.size
    return [
        mention(
            rng.randrange(start, T) if rng.random() < 0.7 else rng.randrange(T - 3 * HOUR.size, T),
            rng.getrandbits(64),
            p=rng.random(),
            q=rng.random(),
            likes=rng.randrange(9),
        )
        for _ in range(count)
    ]


def snapshot(brand: BrandMentions | None, t: int = T) -> Snapshot:
    return evaluate(BrandState("acme", brand), None, TOTALS, t)


@pytest.mark.parametrize("brand", [None, brand_of(said(1, 200, 120)), BrandMentions()])
def test_every_field_is_there_or_says_why_not(brand: BrandMentions | None) -> None:
    fields = snapshot(brand).fields
    for field in SNAPSHOT_FIELDS:
        if field != "version" and not field.endswith(("_bound", "_state")):
            assert (field in fields) != (f"{field}_state" in fields), field
    assert "version" not in fields
    assert "version_state" not in fields
    assert fields["as_of"] == "2022-01-08T14:00:00Z"
    assert fields["totals_as_of"] == "2022-01-08T14:00:00Z"
    assert fields["influence_index_basis"].startswith("goodwill")


def test_a_brand_without_mentions_has_zeros() -> None:
    fields = snapshot(None).fields
    for field in ("mentions_1h", "mentions_28d", "advocacy_7d", "advocates_24h", "goodwill"):
        assert fields[field] == "0"
    assert fields["goodwill_net"] == fields["influence_index"] == "0"
    for field in ("consistency", "activation", "activation_low", "messaging_dependence"):
        assert fields[f"{field}_state"] == "insufficient"
    assert fields["vanity_likes_28d"] == "0"
    assert fields["share_of_voice_28d"] == "0"
    assert fields["net_sentiment_28d_state"] == "insufficient"
    assert fields["goodwill_low_state"] == "insufficient"
    assert snapshot(None).ledger == {}


def test_a_brand_with_only_mentions_has_zeros_for_tickets() -> None:
    fields = evaluate(BrandState("acme", brand_of([mention(T - 1, p=1.0)])), None, None, T).fields
    assert fields["tickets_open"] == fields["tickets_opened_28d"] == "0"
    assert fields["oldest_open_seconds_state"] == "insufficient"
    assert fields["totals_as_of_state"] == "insufficient"
    assert fields["share_of_voice_28d_state"] == "insufficient"
    assert fields["advocacy_1h"] == "1"
    assert fields["net_sentiment_28d"] == "1"


def test_bounds_only_where_sampled() -> None:
    fields = snapshot(brand_of(said(2, 2500, 1))).fields
    assert "advocacy_28d_bound" in fields
    assert "advocates_28d_bound" in fields
    assert "advocacy_24h_bound" not in fields
    assert not [field for field in fields if field.endswith("_bound_state")]
    assert "advocates_1h" not in fields


@given(
    st.integers(0, 2**32),
    st.sampled_from([(30, 500), (200, 120), (1500, 2)]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_order_batches_restarts_and_earlier_looks_change_nothing(
    seed: int, shape: tuple[int, int], rng: random.Random
) -> None:
    """Also not the last digit: what readings derive is remembered, and must not drift."""
    words = said(seed, *shape)
    calm = BrandMentions()
    for one in words:
        add(calm, one, T)
    shuffled = words.copy()
    rng.shuffle(shuffled)
    busy = BrandMentions()
    for one in shuffled:
        add(busy, one, T)
        if rng.random() < 0.01:
            snapshot(busy, T + rng.randrange(-DAY.size, DAY.size))
        if rng.random() < 0.005:
            busy = restarted(busy)
    assert snapshot(busy) == snapshot(calm)
    assert snapshot(busy, T + DAY.size) == snapshot(calm, T + DAY.size)


def restarted(brand: BrandMentions) -> BrandMentions:
    again = BrandMentions()
    for tier in TIERS:
        stored = [(index, pane.encode(0)) for index, pane in brand.panes(tier).items()]
        again.whole(tier).update(zip(brand.whole(tier), held_of(tier, stored), strict=True))
    again.carry = type(brand.carry).decode(brand.carry.encode(0))
    return again
