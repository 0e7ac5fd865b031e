"""What is read by words stays inside of its buffer, wherever a record is cut off."""

from __future__ import annotations

import ctypes
import json
import mmap
from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.compiled import PADDING
from pipeline.events.gather_scan import gathered
from pipeline.events.hash_scan import hashes_of
from pipeline.events.hashing import Hasher
from pipeline.events.mention_fields import NAMES
from pipeline.events.mention_scan import BRANDS, scan
from pipeline.events.text_scan import codes_in
from pipeline.sources.line_scan import lines_in

PAGE = mmap.PAGESIZE
ROOM = 32 * PAGE

FIELDS: dict[str, object] = {
    "id": "https://social.example/@somebody/110000000000",
    "brand": "brand-0001",
    "author": "somebody@social.example",
    "occurred_at": "2026-03-01T12:00:00.123456+00:00",
    "source": "mastodon",
    "text": "caf\u00e9 \u20ac \U0001f600 'quoted' / \\ end",
    "op": "create",
    "kind": "original",
    "relation": "employee",
    "received_at": "2026-03-01T12:00:00Z",
    "sentiment": -0.12345678,
    "rating": 4.5,
    "bot_probability": 1e-7,
    "likes": 1234567,
    "shares": 0,
    "followers": 123456789012,
    "clicks": None,
    **dict.fromkeys(NAMES[17:], "x" * 40),
}


@pytest.fixture
def room() -> Iterator[NDArray[np.uint8]]:
    """Memory behind which nothing may be read: who does ends the process."""
    pages = mmap.mmap(-1, ROOM + PAGE)
    behind = ctypes.addressof(ctypes.c_char.from_buffer(pages, ROOM))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mprotect(ctypes.c_void_p(behind), ctypes.c_size_t(PAGE), 0) == 0
    yield np.frombuffer(pages, np.uint8, ROOM)
    assert libc.mprotect(ctypes.c_void_p(behind), ctypes.c_size_t(PAGE), 3) == 0


def written(random: Random, *, count: int) -> bytes:
    """A mention as some program writes it, its fields in some order."""
    names = random.sample(NAMES, count)
    return json.dumps(
        {name: FIELDS[name] for name in names},
        ensure_ascii=random.random() < 0.5,
        separators=random.choice([(",", ":"), (", ", ": ")]),
    ).encode()


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_read_behind_the_padding(room: NDArray[np.uint8], seed: int) -> None:
    """A record that ends anywhere, with anything after it, is the last in the buffer."""
    random = Random(seed)
    value = written(random, count=random.randrange(1, len(NAMES)))
    for end in range(len(value) + 1):
        raw = room[ROOM - end - PADDING :]
        raw[:end] = np.frombuffer(value, np.uint8, end)
        raw[end:] = random.choice(list(b'"0\\ {,:\0\x80\xf0n'))
        scanned = scan(raw, np.array([0]), np.array([end]))
        assert scanned.fine[0] <= (end == len(value))


@pytest.mark.parametrize("cut", range(0, 48, 3))
def test_hashes_and_codes_are_read_within_it(room: NDArray[np.uint8], cut: int) -> None:
    """The texts that are looked at lie last in the buffer."""
    last = {"id": "i", "brand": "b", "author": "a", "source": "s"}
    for name in last:
        mention = {**last, "occurred_at": "2026-03-01T12:00:00Z", name: "y" * (1 + cut)}
        mention[name] = mention.pop(name)
        value = json.dumps(mention).encode()
        raw = room[ROOM - len(value) - PADDING :]
        raw[: len(value)] = np.frombuffer(value, np.uint8)
        raw[len(value) :] = ord("y")
        scanned = scan(raw, np.array([0]), np.array([len(value)]))
        assert scanned.fine[0]
        names, codes = codes_in(raw, scanned.columns[BRANDS : BRANDS + 2])
        assert names == [mention["brand"]]
        assert codes.tolist() == [0]
        hasher = Hasher("key")
        of_id, of_author = hashes_of(raw, hasher.words, scanned.columns, np.array([0]))
        assert of_id[0] == hasher.event(mention["source"], "create", mention["id"])
        assert of_author[0] == hasher.author(mention["source"], mention["author"])


@pytest.mark.parametrize("size", range(40))
def test_parts_are_gathered_within_their_buffer(room: NDArray[np.uint8], size: int) -> None:
    """Which is not padded."""
    room[ROOM - size :] = np.arange(size)
    end = np.array([ROOM])
    together, _ = gathered(room, end - size, end)
    assert together[:size].tolist() == list(range(size))


@pytest.mark.parametrize("last", [b"}\n", b"}", b"", b"\n\n"])
def test_lines_are_found_within_the_padding(room: NDArray[np.uint8], last: bytes) -> None:
    head = b'{"topic":"brand-activity","'
    for size in range(len(head) + 1):
        content = np.frombuffer(head[:size] + last, np.uint8)
        for behind in b"\n{\0":
            raw = room[ROOM - content.size - PADDING :]
            raw[: content.size] = content
            raw[content.size :] = behind
            assert lines_in(raw, content.size).ends.size == last.count(b"\n")
