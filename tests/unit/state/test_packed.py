"""A packed pane is its pane as it is written, and grows as it does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.events.admitted import AdmittedMention
from pipeline.events.admitted_columns import AdmittedMentions
from pipeline.events.joined import Named, joined
from pipeline.state.brand import BrandMentions
from pipeline.state.look_scan import NOT_PACKED
from pipeline.state.pack_scan import MOST_BYTES
from pipeline.state.packed import Packed, _look, held_of, look_at, merged
from pipeline.state.pane import MAX_COUNT, MAX_SOURCES, Pane, SourceTally, encode_tallies
from pipeline.state.pane_groups import SortedMentions
from pipeline.state.pane_keys import keys_of, pane_key
from pipeline.state.sample import FEW_WORDS
from pipeline.state.tiers import DAY, DAY_WINDOW, HOUR, MINUTE, TIERS, Tier
from tests.examples import examples
from tests.unit.state.forgetting import drop_expired
from tests.unit.state.packing import packed

INDEX = 490_000
SOURCES = ["", "a", "b", "src", "s" * 31, "ü" * 16, "l" * 255, "x" * 256, "ü" * 200]
MENTIONS = st.builds(
    AdmittedMention,
    st.sampled_from(["acme", "other"]),
    st.integers(INDEX * HOUR.size, (INDEX + 2) * HOUR.size - 1),
    st.sampled_from(SOURCES[1:]) | st.integers(0, 40).map("s-{}".format),
    st.integers(0, 2**64 - 1),
    st.sampled_from([1, 2**63, 2**64 - 1]) | st.integers(0, 40),
    st.floats(0, 1),
    st.floats(0, 1),
    scored=st.sampled_from([True, True, False]),
    earned=st.sampled_from([True, True, False]),
    retraction=st.sampled_from([False, False, True]),
    likes=st.sampled_from([0, 1, 2**53]),
    clicks=st.sampled_from([0, 3]),
)
BATCHES = st.lists(st.lists(MENTIONS, min_size=1, max_size=60), min_size=1, max_size=4)


def batch_of(mentions: Sequence[AdmittedMention], offset: int) -> SortedMentions:
    columns = AdmittedMentions.of(mentions, np.arange(len(mentions)))
    everything = np.ones(len(mentions), np.bool_)
    offsets = np.arange(offset, offset + len(mentions))
    known = np.array([is_known(mention) for mention in mentions], np.bool_)
    return SortedMentions.of(columns, everything, columns.id_hash, offsets, everything, known)


def merged_one(batch: SortedMentions, value: bytes) -> list[Packed]:
    """Merge mentions of one hour with a packed pane."""
    wanted = np.ones(1, np.bool_)
    ks = np.array([HOUR.k])
    return list(merged(HOUR, batch, batch.runs(HOUR), [value], ks, wanted).packed(wanted))


def is_known(mention: AdmittedMention) -> bool:
    """Whether the id is to be remembered."""
    return mention.id_hash % 3 > 0


def are_packed(values: Sequence[bytes]) -> list[bool]:
    return [count != NOT_PACKED for count in _look(*joined(values))[0].tolist()]


def seen(pane: Pane) -> object:
    """Everything that a pane holds."""
    tallies = pane.tallies if pane.other is None else [*pane.tallies, pane.other]
    return (
        [getattr(pane, name) for name in ("mentions", "unscored", "retracted", "non_earned")],
        [getattr(pane, name) for name in ("likes", "shares", "followers", "clicks")],
        sorted(msgspec.to_builtins(tallies)),
        pane.sample.k,
        pane.sample.read(HOUR.k).hashes.tolist(),
        pane.sample.read(HOUR.k).strengths.tolist(),
        sorted(pane.ids),
    )


@given(BATCHES, st.sampled_from([HOUR, MINUTE]), st.sampled_from([1, 3, DAY.k]))
@examples(100, thorough=300)
def test_it_grows_as_its_pane_does(
    batches: list[list[AdmittedMention]], tier: Tier, k: int
) -> None:
    panes: dict[tuple[str, int], Pane] = {}
    values: dict[tuple[str, int], bytes] = {}
    offset = 7
    for drawn in batches:
        # Within the same two panes, or none would come twice.
        mentions = [
            msgspec.structs.replace(each, at=INDEX * HOUR.size + each.at % (2 * tier.size))
            for each in drawn
        ]
        batch = batch_of(mentions, offset)
        for mention in mentions:
            place = mention.brand, mention.at // tier.size
            pane = panes.setdefault(place, Pane(tier, place[1]))
            pane.sample.trim(k)
            pane.add(mention)
            if tier is MINUTE and is_known(mention):
                pane.ids.add(mention.id_hash, offset)
            offset += 1
        runs = batch.runs(tier)
        places = [
            (batch.brands[code], index)
            for code, index in zip(runs.brand.tolist(), runs.index.tolist(), strict=True)
        ]
        assert sorted(set(places)) == sorted(places)
        before = [values.get(place, b"") for place in places]
        wanted = np.ones(len(places), np.bool_)
        ks = np.full(len(places), k)
        after = merged(tier, batch, runs, before, ks, wanted).packed(wanted)
        for place, was_merged in zip(places, wanted.tolist(), strict=True):
            pane = panes[place]
            authors = pane.sample.read(HOUR.k)
            holds_too_much = (
                authors.hashes.size > min(FEW_WORDS, k)
                or not authors.exact
                or len(pane.tallies) + (pane.other is not None) > MAX_SOURCES
                or len(pane.encode(0)) > MOST_BYTES
            )
            assert was_merged != holds_too_much
            if not was_merged:
                values.pop(place, None)
                panes.pop(place)
                continue
            made = next(after)
            value = values[place] = made.value
            assert made.mentions == pane.mentions
            again = made.unpacked(tier, place[1])
            assert seen(again) == seen(pane)
            assert again.applied == offset - 1
            again.tallies.sort(key=lambda tally: tally.source)
            pane.tallies.sort(key=lambda tally: tally.source)
            if tier is not MINUTE:
                assert again.encode(3) == pane.encode(3)
            assert are_packed([value]) == [True]
        assert next(after, None) is None


def test_what_is_not_wanted_stays_out() -> None:
    mentions = [
        AdmittedMention("acme", (INDEX + n) * HOUR.size, "a", n, n, 1.0, 0.0) for n in range(3)
    ]
    batch = batch_of(mentions, 0)
    wanted = np.array([True, False, True])
    ks = np.full(3, HOUR.k)
    made = merged(HOUR, batch, batch.runs(HOUR), [b""] * 3, ks, wanted)
    newest = [each.unpacked(HOUR, 0).tallies[0].newest for each in made.packed(wanted)]
    assert [at // HOUR.size for at in newest] == [INDEX, INDEX + 2]


def test_counts_end_where_a_stored_count_does() -> None:
    most = AdmittedMention("acme", INDEX * HOUR.size, "a", 1, 1, 1.0, 0.0, likes=MAX_COUNT)
    batch = batch_of([msgspec.structs.replace(most, likes=9)], 1)
    [made] = merged_one(batch, packed(INDEX, [most]).value)
    assert made.unpacked(HOUR, INDEX).likes == MAX_COUNT


def test_long_names_make_a_pane_of_it() -> None:
    """Packed panes are written whenever they changed, whatever the limit of a flush."""
    names = [f"{n}".ljust(500, "x") for n in range(8)]
    mentions = [
        AdmittedMention("acme", INDEX * HOUR.size, name, n, n, 1.0, 0.0)
        for n, name in enumerate(names)
    ]
    wanted = np.ones(1, np.bool_)
    batch = batch_of(mentions, 0)
    made = merged(HOUR, batch, batch.runs(HOUR), [b""], np.array([HOUR.k]), wanted)
    assert (made.values, wanted.tolist()) == (b"", [False])
    some = packed(INDEX, mentions[:3])
    large = packed(INDEX, mentions)
    places = [(INDEX, some.value), (INDEX, large.value)]
    assert len(some.value) <= MOST_BYTES < len(large.value)
    assert [type(each) for each in held_of(HOUR, places)] == [Packed, Pane]


@given(st.lists(st.lists(MENTIONS, max_size=40), max_size=5))
@settings(max_examples=100, deadline=None)
def test_what_it_says_is_what_its_pane_says(panes: list[list[AdmittedMention]]) -> None:
    made = []
    for mentions in panes:
        pane = Pane(HOUR, INDEX)
        for mention in mentions:
            pane.add(mention)
        made.append(pane)
    look = look_at(*joined([pane.encode(1) for pane in made]))
    heard: list[list[SourceTally]] = [[] for _ in made]
    columns = (look.panes, look.source, look.counts, *look.strengths, look.newest)
    for entry, code, *tally in zip(*(each.tolist() for each in columns), strict=True):
        heard[entry].append(SourceTally(look.sources[code], *tally))
    for pane, mentions, said, sources in zip(
        made, look.mentions.tolist(), look.sums.T.tolist(), heard, strict=True
    ):
        if pane.sample.read(HOUR.k).hashes.size > FEW_WORDS or pane.other is not None:
            assert mentions == NOT_PACKED
        else:
            assert mentions == pane.mentions
            assert tuple(said) == (*pane.reading.sums[:2], *pane.reading.squares)
            assert sources == pane.tallies


def test_of_what_was_written_without_authors_the_rest_is_read() -> None:
    pane = Pane(HOUR, INDEX)
    for author in range(100):
        pane.add(AdmittedMention("acme", INDEX * HOUR.size, "a", author, author, 1.0, 0.0))
    look = look_at(*joined([pane.outline(), Pane(HOUR, INDEX).outline()]))
    assert look.mentions.tolist() == [100, 0]
    assert np.isnan(look.sums).tolist() == [[True, False]] * 4
    assert look.sums[:, 1].tolist() == [0.0] * 4
    assert (list(look.sources), look.counts.tolist()) == (["a"], [100])


@pytest.mark.parametrize(
    "number",
    [
        sign * (1 << bits) + by
        for bits in (0, 4, 5, 7, 8, 15, 16, 31, 32, 62)
        for by in (-1, 0, 1)
        for sign in (1, -1)
    ],
)
def test_integers_are_read_and_written_as_they_are_elsewhere(number: int) -> None:
    fixed = Pane(HOUR, INDEX).encode(1)[: -len(encode_tallies([]))]
    tallies = encode_tallies([SourceTally("a", number, number, number, number)])
    length = len(tallies).to_bytes(4, "little")
    value = fixed[:84] + length + fixed[88:] + tallies
    assert are_packed([value]) == [True]
    assert look_at(*joined([value])).counts.tolist() == [number]
    mention = AdmittedMention("acme", INDEX * HOUR.size, "a", 1, 1, 0.0, 0.0, earned=False)
    batch = batch_of([mention], 1)
    [made] = merged_one(batch, value)
    newest = max(number, mention.at)
    expected = encode_tallies([SourceTally("a", number, number, number, newest)])
    assert made.value.endswith(expected)
    assert made.unpacked(HOUR, INDEX).tallies[0].newest == newest


def test_anything_else_is_left_to_the_pane() -> None:
    draw = random.Random(5)
    whole = packed(
        INDEX,
        [
            AdmittedMention("acme", INDEX * HOUR.size + n, f"s-{n}", n, n, 0.5, 0.25, likes=n)
            for n in range(6)
        ],
    ).value
    spoiled = [b"", b"\x00", whole[:9], whole + b"\x00"]
    spoiled += [whole[:n] for n in range(len(whole))]
    assert are_packed(spoiled) == [False] * len(spoiled)
    for _ in range(3_000):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(80, len(damaged))] = draw.randrange(256)
        value = bytes(damaged)
        [flag] = are_packed([value])
        if flag:
            # Names alone are not looked into.
            with suppress(UnicodeDecodeError):
                assert len(Pane.decode(HOUR, INDEX, value).encode(1)) <= len(value) + 64


@given(
    st.lists(st.sampled_from(["acme", "ünd", "b"]), min_size=1, unique=True),
    st.lists(st.integers(-(1 << 62), 1 << 62) | st.integers(-20, 1000), min_size=1),
    st.sampled_from(TIERS),
)
@example(["acme"], [-(1 << 62)], HOUR)
def test_keys_are_those_of_panes(brands: list[str], indexes: list[int], tier: object) -> None:
    codes = [n % len(brands) for n in range(len(indexes))]
    assert keys_of(Named.of(brands), np.array(codes), np.array(indexes), tier) == [  # type: ignore[arg-type]  # as below
        pane_key(brands[code], tier, index)  # type: ignore[arg-type]  # drawn from the tiers
        for code, index in zip(codes, indexes, strict=True)
    ]


def one(index: int) -> Packed:
    return packed(index, [AdmittedMention("acme", index * HOUR.size, "a", 1, 1, 1.0, 0.0)])


def test_it_becomes_a_pane_when_somebody_asks_for_one() -> None:
    brand = BrandMentions()
    for index in range(INDEX, INDEX + 4):
        brand.hour[index] = one(index)
    assert brand.reading(HOUR, INDEX).sums.advocacy == 1.0
    assert brand.reading(HOUR, INDEX) is brand.reading(HOUR, INDEX)
    assert brand.look(DAY_WINDOW, (INDEX + 4) * HOUR.size).mentions == 4
    assert len(brand.held_in(HOUR, range(INDEX, INDEX + 2))) == 2
    assert {type(each) for each in brand.hour.values()} == {Packed}
    assert brand.pane(HOUR, INDEX) is brand.pane(HOUR, INDEX)
    assert [type(each) for each in brand.hour.values()] == [Pane, Packed, Packed, Packed]
    assert list(brand.panes(HOUR)) == list(range(INDEX, INDEX + 4))
    assert {type(each) for each in brand.hour.values()} == {Pane}


def test_it_expires_as_a_pane_does() -> None:
    brand = BrandMentions()
    brand.hour[INDEX] = one(INDEX)
    assert drop_expired(brand, (INDEX + 1) * HOUR.size + HOUR.retention - 1) == ([], {})
    panes, values = drop_expired(brand, (INDEX + 1) * HOUR.size + HOUR.retention)
    assert (panes, list(values)) == ([], [INDEX])
    assert not brand.hour


def test_an_old_one_is_read_as_old_panes_are() -> None:
    brand = BrandMentions()
    for index in (INDEX, INDEX + 47):
        brand.hour[index] = one(index)
    drop_expired(brand, (INDEX + 49) * HOUR.size)
    assert [pane.sample.k for pane in brand.panes(HOUR).values()] == [DAY.k, HOUR.k]
