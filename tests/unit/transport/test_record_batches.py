"""What is found in the bytes of a fetch is what the client makes of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_UNCOMMITTED, PartitionRecords
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint_py, encode_varint_py
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.events.records import PackedRecords, Record
from pipeline.transport import record_batches, record_scan
from pipeline.transport.record_batches import Opened, is_older, open_batches
from tests.examples import examples
from tests.unit.transport.logs import CODECS, HEADER_BYTES, Batch, Written, with_checksum

TP = TopicPartition("mentions", 0)


def opened(log: bytes, position: int = 0, *, check: bool = True) -> Opened:
    return open_batches(log, position, "mentions 0", check=check)


def content(records: PackedRecords) -> list[tuple[Any, ...]]:
    """All that records say, read in both ways."""
    read = [_content(record) for record in records]
    assert read == [_content(records[place]) for place in range(len(records))]
    return read


def _content(record: Record | Any) -> tuple[Any, ...]:
    headers = [(name, content or b"") for name, content in record.headers]
    return record.offset, record.timestamp, record.key, record.value, headers


def by_the_client(log: bytes, position: int) -> tuple[list[tuple[Any, ...]], int]:
    """The records and the position after them, as the client has it."""
    records = PartitionRecords(
        TP, MemoryRecords(log), [], position, None, None, True, READ_UNCOMMITTED
    )
    read = [_content(record) for record in records]
    return read, records.next_fetch_offset


@cache
def _in_python() -> ModuleType:
    """The scan in Python, where it is an error to read or write beyond an array."""
    same: dict[str, Any] = {"entry": lambda _: lambda function: function}
    same |= dict.fromkeys(("inner", "borrowed"), lambda whatever: whatever)
    spec = spec_from_file_location("record_scan_in_python", record_scan.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    with patch.multiple("pipeline.compiled", **same):
        spec.loader.exec_module(module)
    return module


@contextmanager
def not_compiled() -> Iterator[None]:
    """Scan in Python meanwhile."""
    with patch.object(record_batches, "scan", _in_python().scan):
        yield


def _written(data: st.SearchStrategy[bytes]) -> st.SearchStrategy[Written]:
    header = st.tuples(st.text(max_size=5), st.none() | data)
    return st.builds(
        Written,
        st.integers(1, 300),  # after the one before
        st.none() | data,
        st.none() | data,
        st.integers(0, 2**45),
        st.lists(header, max_size=3) | st.just([]),
    )


@st.composite
def _logs(draw: st.DrawFn, data: st.SearchStrategy[bytes], most: int = 4) -> list[Batch]:
    base = draw(st.integers(0, 2**40))
    batches = []
    for _ in range(draw(st.integers(1, most))):
        ahead, records = draw(st.integers(-1, 5)), []
        for each in draw(st.lists(_written(data), max_size=6)):
            ahead += each.ahead
            records.append(replace(each, ahead=ahead))
        last = max(ahead, 0) + draw(st.integers(0, 3))
        codecs, flag = st.sampled_from(sorted(CODECS)), st.booleans()
        control = draw(st.integers(0, 5)) == 0
        batches.append(Batch(base, records, last, draw(codecs), control, draw(flag)))
        base += last + 1 + draw(st.integers(0, 2))
    return batches


ANY = st.binary(max_size=20) | st.integers(0, 20_000).map(lambda size: b"\xff" * size)
PLAIN = st.text("abc", max_size=80).map(str.encode)


@examples(100, thorough=300)
@given(_logs(ANY), st.data())
def test_records_are_those_of_the_client(batches: list[Batch], data: st.DataObject) -> None:
    # A broker begins with the batch that the wanted offset lies in.
    position = batches[0].base + data.draw(st.integers(0, batches[0].last))
    tail = batches[-1].at(2**41).bytes
    log = b"".join(each.bytes for each in batches)
    log += tail[: data.draw(st.integers(0, len(tail) - 1))]
    found = opened(log, position)
    assert (content(found.records), found.end) == by_the_client(log, position)
    assert found.error is None


@settings(max_examples=500, deadline=None)
@given(_logs(PLAIN, 1), st.data())
def test_damage_is_found_where_the_client_finds_it(
    batches: list[Batch], data: st.DataObject
) -> None:
    """Under a checksum that is right, so that nothing but looking at each length finds it."""
    whole = Batch(batches[0].base, batches[0].records, batches[0].last)
    built = bytearray(whole.bytes)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(HEADER_BYTES - 4, len(built) - 1))
        built[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del built[data.draw(st.integers(HEADER_BYTES, len(built))) :]
        struct.pack_into(">i", built, 8, len(built) - 12)
    log = with_checksum(built)
    behind = whole.at(whole.base + whole.last + 1).bytes
    found = opened(log + behind, whole.base)
    with not_compiled():
        alone = opened(log, whole.base)
    expected = _by_the_plain_client(log)
    assert content(alone.records) == (expected or [])
    if expected is None:
        assert isinstance(found.error, CorruptRecordException)
        assert (len(found.records), found.end) == (0, whole.base)
    else:
        assert found.error is None
        first = [each for each in content(found.records) if each[0] <= whole.base + whole.last]
        assert first == expected


def _by_the_plain_client(log: bytes) -> list[tuple[Any, ...]] | None:
    """A batch as the client's parser in Python has it; None where it is damaged.

    The compiled one reads beyond the end of a batch that is.
    """
    batch = _DefaultRecordBatchPy(log)
    assume(batch._num_records >= 0)
    try:
        read = [_content(batch._read_msg(decode_varint_py)) for _ in range(batch._num_records)]
    except UnicodeDecodeError:
        assume(False)
    except (CorruptRecordException, ValueError, IndexError):
        return None
    if batch._pos != len(batch._buffer):
        return None
    wanted, ascending = batch.base_offset, []
    for record in read:
        if not batch.base_offset <= record[0] < batch.next_offset:
            return None
        if record[0] >= wanted:
            ascending.append(record)
            wanted = record[0] + 1
    return ascending


LOG = [
    Batch(10, [Written(n) for n in range(4)], 3),
    Batch(14, [Written(n) for n in range(3)], 2, compression=1),
    Batch(17, [Written(n) for n in range(2)], 1),
]


@pytest.mark.parametrize("place", range(3))
def test_a_wrong_checksum_is_an_error_behind_what_comes_before(place: int) -> None:
    built = [bytearray(each.bytes) for each in LOG]
    built[place][-1] ^= 1
    found = opened(b"".join(built), 10)
    assert isinstance(found.error, CorruptRecordException)
    assert "CRC" in str(found.error)
    assert found.end == LOG[place].base
    assert found.records.offsets.tolist() == list(range(10, LOG[place].base))


def test_checksums_are_not_looked_at_where_that_is_not_wanted() -> None:
    log = bytearray(LOG[0].bytes)
    log[17] ^= 1
    assert opened(bytes(log)).error is not None
    assert len(opened(bytes(log), check=False).records) == 4


@pytest.mark.parametrize("length", [-(2**31), -1, 0, 13, 14, 48])
def test_a_batch_that_is_too_short_for_one_is_an_error(length: int) -> None:
    log = LOG[0].bytes + struct.pack(">qi", 14, length) + bytes(max(length, 0))
    found = opened(log, 10)
    assert isinstance(found.error, CorruptRecordException)
    assert found.end == 14
    assert len(found.records) == 4


@pytest.mark.parametrize("count", [-(2**31), -1, 3, 5, 2**31 - 1])
def test_a_wrong_count_of_records_is_an_error(count: int) -> None:
    built = bytearray(LOG[0].bytes)
    struct.pack_into(">i", built, HEADER_BYTES - 4, count)
    found = opened(LOG[2].at(8).bytes + with_checksum(built), 8)
    assert isinstance(found.error, CorruptRecordException)
    assert (len(found.records), found.end) == (2, 10)


@pytest.mark.parametrize(("base", "last"), [(-1, 3), (0, -1), (2**63 - 2, 3), (2**63 - 1, 0)])
def test_offsets_that_are_none_are_an_error(base: int, last: int) -> None:
    built = bytearray(LOG[0].bytes)
    struct.pack_into(">q", built, 0, base)
    struct.pack_into(">i", built, 23, last)
    assert isinstance(opened(with_checksum(built)).error, CorruptRecordException)


@pytest.mark.parametrize("last", [2, 0])
def test_a_record_behind_the_end_of_its_batch_is_an_error(last: int) -> None:
    built = bytearray(LOG[0].bytes)
    struct.pack_into(">i", built, 23, last)
    found = opened(with_checksum(built))
    assert isinstance(found.error, CorruptRecordException)
    assert len(found.records) == 0


def by_hand(record: bytes) -> bytes:
    """A batch of one record whose bytes are these."""
    built = bytearray(Batch(0, [], 0).bytes) + written([len(record), record])
    struct.pack_into(">i", built, 8, len(built) - 12)
    struct.pack_into(">i", built, HEADER_BYTES - 4, 1)
    return with_checksum(built)


def written(parts: list[int | bytes]) -> bytes:
    """A record of numbers and bytes."""
    record = bytearray()
    for part in parts:
        if isinstance(part, int):
            encode_varint_py(part, record.append)
        else:
            record += part
    return bytes(record)


RECORD: list[int | bytes] = [0, 0, 0, 1, b"k", 1, b"v", 1, 1, b"h", 1, b"x"]
"""Attributes, time and offset; a key, a value and a header, each behind its size."""
SIZES = [3, 5, 7, 8, 10]


@pytest.mark.parametrize("in_python", [False, True])
@pytest.mark.parametrize("size", [-(2**63), -2, 2, 10, 2**31, 2**62, 2**63 - 1])
@pytest.mark.parametrize("place", SIZES)
def test_a_size_that_is_not_what_follows_is_an_error(
    place: int, size: int, in_python: bool
) -> None:
    (record,) = opened(by_hand(written(RECORD))).records
    assert _content(record) == (0, record.timestamp, b"k", b"v", [("h", b"x")])
    wrong = written([*RECORD[:place], size, *RECORD[place + 1 :]])
    with not_compiled() if in_python else nullcontext():
        assert isinstance(opened(by_hand(wrong)).error, CorruptRecordException)


@pytest.mark.parametrize("rest", [[1, b"v", -1], [1, b"v", 1, -1, 0], [1, b"v", 2, 0, 0, -1, 0]])
def test_headers_of_which_there_are_less_than_none_are_an_error(rest: list[int | bytes]) -> None:
    assert isinstance(opened(by_hand(written([*RECORD[:5], *rest]))).error, CorruptRecordException)


def test_records_that_go_back_are_left_out_as_the_client_does() -> None:
    log = Batch(5, [Written(n) for n in (2, 1, 2, 0, 3)], 3).bytes
    found = opened(log, 5)
    assert found.records.offsets.tolist() == [7, 8]
    assert (content(found.records), found.end) == by_the_client(log, 5)


def test_damage_in_what_is_compressed_is_an_error() -> None:
    built = bytearray(LOG[1].bytes)
    built[HEADER_BYTES + 12 :] = bytes(40)
    struct.pack_into(">i", built, 8, len(built) - 12)
    found = opened(LOG[0].bytes + with_checksum(built), 10)
    assert isinstance(found.error, CorruptRecordException)
    assert (len(found.records), found.end) == (4, 14)


@pytest.mark.parametrize("compression", [5, 6, 7, *({2, 3, 4} - CODECS.keys())])
def test_a_compression_that_nobody_here_knows_is_an_error(compression: int) -> None:
    built = bytearray(LOG[0].bytes)
    struct.pack_into(">h", built, 21, compression)
    found = opened(LOG[2].at(8).bytes + with_checksum(built), 8)
    assert isinstance(found.error, UnsupportedCodecError)
    assert (len(found.records), found.end) == (2, 10)


def test_what_is_not_compressed_is_not_copied() -> None:
    log = LOG[0].bytes + LOG[2].at(14).bytes
    assert opened(log).records.buffer is log


def test_nothing_before_the_position_is_found() -> None:
    log = b"".join(each.bytes for each in LOG)
    for position in range(25):
        found = opened(log, position)
        assert found.records.offsets.tolist() == list(range(max(10, position), 19))
        assert found.end == max(19, position)


def test_header_names_that_are_no_text_stop_nobody() -> None:
    log = Batch(0, [Written(0, headers=[("name", b"x")])], 0).bytes.replace(b"name", b"n\xffme")
    (record,) = opened(with_checksum(log)).records
    assert list(record.headers) == [("n�me", b"x")]


def test_older_formats_are_told_apart() -> None:
    assert not is_older(LOG[0].bytes)
    for version in range(2):
        built = bytearray(LOG[0].bytes)
        built[16] = version
        assert is_older(bytes(built))


@pytest.mark.parametrize("length", range(5))
def test_what_is_too_short_for_any_format_is_left_to_the_client(length: int) -> None:
    assert is_older(struct.pack(">qi", 14, length) + bytes(length))
