"""The author sample: canonical, exact below k, unbiased above."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.state.reading import (
    HASH_SPACE,
    NOBODY,
    Reading,
    Sums,
    sums_together,
    union,
)
from pipeline.state.sample import AuthorSample, encode_few, words_of

Word = tuple[int, float, float]

STRENGTHS = st.sampled_from([0.0, 0.25, 0.5, 1.0])
WORDS = st.lists(st.tuples(st.integers(0, 40), STRENGTHS, STRENGTHS), max_size=80)
SPREAD = HASH_SPACE // 41


def sample_of(words: list[Word], k: int, compact_every: int = 0) -> AuthorSample:
    sample = AuthorSample(k)
    for n, (author, p, q) in enumerate(words):
        sample.add(author * SPREAD, p, q)
        if compact_every and n % compact_every == 0:
            sample.compact()
    return sample


def content(reading: Reading) -> tuple[list[int], list[float], list[float], float]:
    return reading.hashes.tolist(), reading.p.tolist(), reading.q.tolist(), reading.theta


def expected(words: list[Word], k: int) -> tuple[list[int], list[float], list[float], float]:
    """The definition, written down naively."""
    authors = sorted({author for author, _, _ in words})
    theta = 1.0 if len(authors) <= k else authors[k] * SPREAD / HASH_SPACE
    read = authors[:k]
    return (
        [author * SPREAD for author in read],
        [max(p for a, p, _ in words if a == author) for author in read],
        [max(q for a, _, q in words if a == author) for author in read],
        theta,
    )


def sums_of(reading: Reading) -> Sums:
    """What a reading estimates, as NumPy adds it up."""
    p, q, theta = reading.p, reading.q, reading.theta
    spread = (1.0 - theta) / theta**2
    advocates = float(np.count_nonzero(p))
    return Sums(
        float(p.sum()) / theta,
        float(q.sum()) / theta,
        advocates / theta,
        float((p * p).sum()) * spread,
        float((q * q).sum()) * spread,
        float((p * q).sum()) * spread,
        advocates * spread,
    )


@given(WORDS, st.integers(1, 12), st.integers(0, 9), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_readings_do_not_depend_on_order_batches_or_repetition(
    words: list[Word], k: int, compact_every: int, rng: random.Random
) -> None:
    again = words + rng.choices(words, k=len(words)) if words else words
    rng.shuffle(again)
    sample = sample_of(again, k, compact_every)
    for at in range(1, k + 1):
        assert content(sample.read(at)) == expected(words, at)


@given(WORDS, st.integers(1, 12), st.integers(1, 5), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_union_of_any_split_is_the_reading_of_the_whole(
    words: list[Word], k: int, parts: int, rng: random.Random
) -> None:
    split: list[list[Word]] = [[] for _ in range(parts)]
    for word in words:
        split[rng.randrange(parts)].append(word)
    readings = [sample_of(part, k).read(k) for part in split]
    nested = union([union(readings[:2], k), *readings[2:], *readings[:1]], k)
    assert content(union(readings, k)) == expected(words, k)
    assert content(nested) == expected(words, k)


@given(WORDS, st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_trimming_changes_no_reading_at_or_below_the_new_k(
    words: list[Word], k: int, trimmed: int
) -> None:
    sample = sample_of(words, k)
    sample.trim(trimmed)
    least = min(k, trimmed)
    assert content(sample.read(least)) == expected(words, least)
    sample.add(0, 1.0, 1.0)
    assert content(sample.read(least)) == expected([*words, (0, 1.0, 1.0)], least)


@given(WORDS, WORDS, st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_a_decoded_sample_is_the_same_and_goes_on(
    words: list[Word], later: list[Word], k: int
) -> None:
    data = b"12345678" + sample_of(words, k).encode()
    sample, end = AuthorSample.decode(data, 8)
    assert end == len(data)
    assert content(sample.read(k)) == expected(words, k)
    for author, p, q in later:
        sample.add(author * SPREAD, p, q)
    assert content(sample.read(k)) == expected(words + later, k)


@given(WORDS, WORDS, st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_words_come_many_at_a_time_too(words: list[Word], later: list[Word], k: int) -> None:
    sample = sample_of(words, k, 1)
    authors = np.array([author * SPREAD for author, _, _ in later], np.uint64)
    strengths = np.array([each[1:] for each in later], np.float64).reshape(-1, 2)
    sample.add_all(words_of(authors, strengths.T))
    assert content(sample.read(k)) == expected(words + later, k)


DISTINCT = st.lists(
    st.tuples(st.integers(0, 40), STRENGTHS, STRENGTHS), max_size=40, unique_by=lambda word: word[0]
)


@given(st.lists(st.tuples(WORDS | DISTINCT, st.sampled_from([3, 31, 32, 40]), st.booleans())))
@settings(max_examples=100, deadline=None)
def test_few_authors_are_encoded_as_each_sample_is(
    samples: list[tuple[list[Word], int, bool]],
) -> None:
    made = [sample_of(words, k, int(merged)) for words, k, merged in samples]
    for (words, k, merged), few, sample in zip(samples, encode_few(made), made, strict=True):
        distinct = len({author for author, _, _ in words}) == len(words)
        assert (few is not None) == (0 < len(words) <= min(32, k) and distinct and not merged)
        assert few is None or few == sample.encode()


@given(WORDS, WORDS, st.integers(1, 40), st.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_two_readings_together_say_what_their_union_does(
    words: list[Word], later: list[Word], k: int, kept: int
) -> None:
    """Also where each is known whole and both together are not."""
    one, other = sample_of(words, k + kept).read(k), sample_of(later, k).read(k)
    sums = sums_of(union((one, other), k))
    assert union((one, other), k).sums == sums
    assert sums_together(one, other, k) == sums_together(other, one, k) == sums


@pytest.mark.parametrize("k", [100, 1000, 4096])
@pytest.mark.parametrize("known", [30, 900, 4096])
def test_many_authors_are_added_up_in_the_same_order(k: int, known: int) -> None:
    """Any other order would give other last digits."""
    draw = np.random.default_rng(k + known)
    readings = []
    for size in (known, 700):
        hashes = np.sort(draw.choice(6000, size, replace=False)).astype(np.uint64) << np.uint64(50)
        strengths = draw.random((2, size)) * (draw.random((2, size)) < 0.6)
        readings.append(union([Reading(hashes, strengths, None)], k))
    one, other = readings
    together = union(readings, k)
    assert sums_together(one, other, k) == together.sums == sums_of(together)


def test_union_with_a_trimmed_sample_reaches_no_further_than_it_covers() -> None:
    trimmed = sample_of([(author, 1.0, 0.0) for author in range(1, 20)], 8)
    trimmed.trim(2)
    other = sample_of([(2, 1.0, 0.0), (30, 1.0, 0.0)], 8)
    together = union([trimmed.read(8), other.read(8)], 8)
    assert content(together)[0] == [SPREAD, 2 * SPREAD]
    assert together.limit == 3 * SPREAD


def test_a_reading_stays_the_same_object_until_somebody_says_more() -> None:
    sample = sample_of([(1, 0.5, 0.0), (2, 0.0, 1.0)], 4)
    reading = sample.read(4)
    sample.add(SPREAD, 0.25, 0.0)
    assert sample.read(4) is reading
    sample.add(SPREAD, 0.75, 0.0)
    assert sample.read(4) is not reading
    assert reading.p.tolist() == [0.5, 0.0]
    assert sample.read(4).p.tolist() == [0.75, 0.0]


def test_nobody() -> None:
    assert AuthorSample(4).read(4) is NOBODY
    assert union([], 4) is NOBODY
    assert NOBODY.sums.advocacy == 0
    assert NOBODY.exact


def test_the_largest_hash_is_an_author_like_any_other() -> None:
    sample = AuthorSample(1)
    sample.add(HASH_SPACE - 1, 1.0, 0.0)
    assert sample.read(1).hashes.tolist() == [HASH_SPACE - 1]
    sample.add(5, 1.0, 0.0)
    assert sample.read(1).limit == HASH_SPACE - 1


@pytest.mark.parametrize("k", [64, 256])
def test_estimates_are_unbiased(k: int) -> None:
    rng = np.random.default_rng(7)
    authors = 10 * k
    p = rng.random(authors)
    estimates = []
    for _ in range(400):
        hashes = np.sort(rng.integers(0, HASH_SPACE, authors, dtype=np.uint64))
        order = rng.permutation(authors)[:k]
        strengths = np.stack([p[order], np.zeros(k)])
        estimates.append(Reading(hashes[:k], strengths, int(hashes[k])).sums.advocacy)
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - p.sum()) < 4 * error


WEAK = st.floats(0.0, 1.0, allow_subnormal=False)


@given(st.lists(st.tuples(st.integers(0, 40), WEAK, WEAK), max_size=40))
def test_a_glance_shows_what_a_reading_does(words: list[Word]) -> None:
    sample = sample_of(words, 64)
    glance = sample.glance(64)
    assert glance.sums == sample.read(64).sums
    assert glance.squares == sample.read(64).squares
    assert np.array_equal(glance.hashes, sample.read(64).hashes)
    assert sample.glance(64) is sample.read(64)


@given(st.lists(st.tuples(st.integers(0, 9), WEAK, WEAK), max_size=9))
def test_the_sums_of_a_few_are_those_of_their_reading(words: list[Word]) -> None:
    sample = sample_of(words, 16)
    few = sample.few_sums()
    authors = [author for author, _, _ in words]
    assert (few is None) == (not 0 < len(authors) < 8 or len(set(authors)) < len(authors))
    if few is not None:
        assert few == sample.read(16).sums[:2]
