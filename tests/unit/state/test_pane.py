"""Panes: what they count, and that nothing is lost between memory and the changelog."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Stop
from pipeline.events.admitted import AdmittedMention
from pipeline.state.encoding import applied_offset
from pipeline.state.pane import MAX_SOURCES, Pane
from pipeline.state.tiers import (
    DAY,
    HOUR,
    MINUTE,
    TIERS,
    Tier,
    current_pane,
    first_kept,
    kept,
    window,
)

COUNTERS = (
    "mentions",
    "unscored",
    "retracted",
    "non_earned",
    "likes",
    "shares",
    "followers",
    "clicks",
)
SMALL = st.integers(0, 3)
STRENGTHS = st.floats(0, 1)
MENTIONS = st.builds(
    AdmittedMention,
    brand=st.just("acme"),
    at=st.integers(0, 10**9),
    source=st.integers(0, 40).map(lambda n: f"source-{n:02}"),
    id_hash=st.integers(0, 2**64 - 1),
    author_hash=st.integers(0, 2**64 - 1),
    p=STRENGTHS,
    q=STRENGTHS,
    scored=st.booleans(),
    earned=st.booleans(),
    retraction=st.booleans(),
    likes=SMALL,
    shares=SMALL,
    followers=SMALL,
    clicks=SMALL,
)


def mention(**changes: object) -> AdmittedMention:
    fields: dict[str, object] = {
        "brand": "acme",
        "at": 100,
        "source": "x",
        "id_hash": 1,
        "author_hash": 1,
        "p": 0.0,
        "q": 0.0,
    }
    return AdmittedMention(**{**fields, **changes})  # type: ignore[arg-type]


def pane_of(mentions: list[AdmittedMention], tier: Tier = MINUTE) -> Pane:
    pane = Pane(tier, 3)
    for one in mentions:
        pane.add(one)
    return pane


def content(pane: Pane) -> tuple[object, ...]:
    reading = pane.reading
    return (
        [getattr(pane, counter) for counter in COUNTERS],
        pane.sources,
        pane.other,
        list(pane.ids),
        reading.hashes.tolist(),
        reading.strengths.tolist(),
        reading.limit,
    )


def test_what_counts_as_what() -> None:
    pane = pane_of(
        [
            mention(p=0.5, likes=2, shares=3, followers=4, clicks=5),
            mention(author_hash=2, scored=False),
            mention(author_hash=3, p=1.0, earned=False, likes=7),
            mention(author_hash=4, p=1.0, retraction=True, likes=7, at=250),
            mention(author_hash=5, retraction=True, earned=False),
        ]
    )
    assert [getattr(pane, counter) for counter in COUNTERS] == [2, 1, 2, 1, 2, 3, 4, 5]
    assert pane.reading.hashes.tolist() == [1, 2]
    assert pane.reading.p.tolist() == [0.5, 0.0]
    tally = pane.sources["x"]
    assert (tally.mentions, tally.p_micro, tally.q_micro, tally.newest) == (2, 500_000, 0, 250)


@given(st.lists(MENTIONS, max_size=60), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_does_not_matter(mentions: list[AdmittedMention], rng: random.Random) -> None:
    shuffled = mentions.copy()
    rng.shuffle(shuffled)
    assert content(pane_of(mentions)) == content(pane_of(shuffled))


def test_sources_that_sort_last_are_counted_together() -> None:
    names = [f"source-{n:02}" for n in range(MAX_SOURCES + 3)]
    for order in (names, names[::-1]):
        pane = pane_of([mention(source=name, at=n) for n, name in enumerate(order)])
        assert sorted(pane.sources) == names[:MAX_SOURCES]
        assert pane.other is not None
        assert pane.other.mentions == 3


@given(st.lists(MENTIONS, max_size=60), st.lists(MENTIONS, max_size=10), st.sampled_from(TIERS))
@settings(max_examples=60, deadline=None)
def test_a_decoded_pane_is_the_same_and_goes_on(
    mentions: list[AdmittedMention], later: list[AdmittedMention], tier: Tier
) -> None:
    pane = pane_of(mentions, tier)
    if tier is MINUTE:
        for n, one in enumerate(mentions):
            pane.ids.add(one.id_hash, n)
    value = pane.encode(77)
    again = Pane.decode(tier, 3, value)
    assert applied_offset(value) == again.applied == 77
    assert (again.tier, again.index) == (tier, 3)
    assert content(again) == content(pane)
    for one in later:
        pane.add(one)
        again.add(one)
    assert content(again) == content(pane)


def test_a_saturated_pane_survives_the_changelog() -> None:
    rng = random.Random(5)
    mentions = [mention(author_hash=rng.getrandbits(64), p=rng.random()) for _ in range(3000)]
    pane = pane_of(mentions, DAY)
    assert pane.reading.hashes.size == 1024
    assert not pane.reading.exact
    assert content(Pane.decode(DAY, 3, pane.encode(1))) == content(pane)


def test_counts_end_where_stored_counts_end() -> None:
    pane = pane_of([mention(likes=2**63), mention(likes=2**80)])
    assert Pane.decode(MINUTE, 3, pane.encode(1)).likes == pane.likes == 2**63 - 1


def test_another_state_format_is_refused() -> None:
    value = bytearray(Pane(DAY, 1).encode(0))
    value[0] = 9
    with pytest.raises(Stop, match="state format 09"):
        Pane.decode(DAY, 1, bytes(value))


@pytest.mark.parametrize("tier", TIERS)
def test_a_pane_is_kept_while_its_end_is_within_retention(tier: Tier) -> None:
    watermark = 20_000 * DAY.size + 12_345
    for index in range(first_kept(tier, watermark) - 3, first_kept(tier, watermark) + 3):
        end = (index + 1) * tier.size
        assert kept(tier, index, watermark) == (end > watermark - tier.retention)
        assert kept(tier, index, watermark) == (index >= first_kept(tier, watermark))


def test_windows_hold_the_current_pane_and_those_before() -> None:
    t = 100 * HOUR.size
    assert current_pane(t, HOUR) == 99
    assert current_pane(t + 1, HOUR) == 100
    assert list(window(t, HOUR, 3)) == [97, 98, 99]
