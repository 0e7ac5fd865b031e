"""Keyed hashes: the known algorithm, keys of any length, and no confusion of parts."""

from __future__ import annotations

from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st
from siphashc import siphash

from pipeline.events.hashing import Hasher

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_it_is_siphash_2_4() -> None:
    # The published check value of the algorithm for this key and the bytes 0..14.
    assert siphash(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


def test_what_is_hashed() -> None:
    key = blake2b(b"secret", digest_size=16).digest()
    hasher = Hasher("secret")
    assert hasher.author("twitter", "jäne") == siphash(key, b"twitter\0j\xc3\xa4ne")
    assert hasher.event("twitter", "edit", "1") == siphash(key, b"twitter\0edit\x001")


def test_another_key_gives_other_hashes() -> None:
    keys = ["", "k", "k" * 16, "k" * 17, "k" * 1000, "schlüssel", "\udcff"]
    assert len({Hasher(key).author("s", "a") for key in keys}) == len(keys)


@given(TEXTS, TEXTS)
def test_hashes_are_stable_and_64_bit(source: str, author: str) -> None:
    value = Hasher("k").author(source, author)
    assert value == Hasher("k").author(source, author)
    assert 0 <= value < 2**64


def test_source_and_operation_are_part_of_the_hash() -> None:
    hasher = Hasher("k")
    assert hasher.author("ab", "c") != hasher.author("a", "bc")
    assert hasher.event("s", "create", "1") != hasher.event("s", "delete", "1")
    assert hasher.event("s", "create", "1") != hasher.event("t", "create", "1")


def test_hashes_are_uniform() -> None:
    hasher = Hasher("k")
    count = 20_000
    top = sum(hasher.author("s", str(i)) >= 2**63 for i in range(count))
    assert abs(top - count / 2) < 4 * (count / 4) ** 0.5
