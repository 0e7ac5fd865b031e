"""Opens Kafka's record batches as a broker sends them: checks, decompresses, finds the records.

The client makes an object of each record, which was most of what fetching cost, and computes
checksums without the instruction that processors have for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from aiokafka import codec
from aiokafka.errors import CorruptRecordException, KafkaError, UnsupportedCodecError
from crc32c import crc32c

from pipeline.events.records import PackedRecords
from pipeline.transport.record_scan import COLUMNS, SMALLEST, scan

_HEADER = struct.Struct(">qiibIhiqqqhii")
_OFFSET_AND_LENGTH = struct.Struct(">qi")
_MAGIC_AT, _CHECKED_FROM = 16, 21
_SHORTEST = _HEADER.size - _OFFSET_AND_LENGTH.size

_COMPRESSION, _APPEND_TIME, _CONTROL = 0x07, 0x08, 0x20
_CODECS = {
    1: ("gzip", codec.has_gzip, codec.gzip_decode),
    2: ("snappy", codec.has_snappy, codec.snappy_decode),
    3: ("lz4", codec.has_lz4, codec.lz4_decode),
    4: ("zstd", codec.has_zstd, codec.zstd_decode),
}

_LAST_OFFSET = 2**63 - 2
"""So that the position after it is a number of eight bytes, too."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a fetch holds: its records from a position on, up to a batch that cannot be read.

    ``start`` is where its first batch begins, which may be before the position, and is beyond it
    where there is a gap in the log. ``end`` is the position after the records, which may be beyond
    the last one's: control records and what compaction took lie between. ``error`` tells what is
    wrong with the batch there, if any is.
    """

    records: PackedRecords
    start: int
    end: int
    error: KafkaError | None


def is_older(fetched: bytes) -> bool:
    """Tell whether a fetch begins in a format that is older than record batches of version 2.

    So does what is too short to say: the client tells what is wrong with it.
    """
    return fetched[_MAGIC_AT : _MAGIC_AT + 1] < b"\2"


def open_batches(fetched: bytes, position: int, where: str, *, check: bool) -> Opened:
    """Find the records of a fetch.

    Args:
        fetched: Record batches one after the other; the last may be cut off, and is left out then.
        position: Offset of the first record that is wanted.
        where: Name of the partition, for errors.
        check: Whether checksums are looked at.
    """
    batches: list[tuple[int, ...]] = []
    parts, size = [fetched], len(fetched)
    view = memoryview(fetched)
    error: KafkaError | None = None
    try:
        for at, end in _whole_batches(fetched, where):
            base, _, _, _, checksum, attributes, last, first_time, last_time, *_, count = (
                _HEADER.unpack_from(fetched, at)
            )
            if check and crc32c(view[at + _CHECKED_FROM : end]) != checksum:
                raise CorruptRecordException(f"Invalid CRC - {where}")
            start = at + _HEADER.size
            if attributes & _CONTROL:
                start, count = end, 0
            elif attributes & _COMPRESSION:
                content = _decompressed(view[start:end], attributes & _COMPRESSION, where)
                parts.append(content)
                start, end = size, size + len(content)
                size = end
            if not (0 <= base <= base + last <= _LAST_OFFSET):
                raise CorruptRecordException(f"Offsets {base} to {base + last} - {where}")
            if not 0 <= count <= (end - start) // SMALLEST:
                raise CorruptRecordException(f"{count} records in {end - start} bytes - {where}")
            is_appended = bool(attributes & _APPEND_TIME)
            time = last_time if is_appended else first_time
            batches.append((start, end, count, base, base + last + 1, time, is_appended))
    except KafkaError as trouble:
        error = trouble
    buffer = b"".join(parts) if len(parts) > 1 else fetched
    table = np.array(batches, np.int64).reshape(-1, COLUMNS)
    records, good, end_position = scan(buffer, table, position)
    if good < len(batches):
        error = CorruptRecordException(f"Invalid record before {batches[good][4]} - {where}")
    return Opened(records, batches[0][3] if batches else position, end_position, error)


def _whole_batches(fetched: bytes, where: str) -> Iterator[tuple[int, int]]:
    """Yield where batches begin and end, as far as they are there.

    Raises:
        CorruptRecordException: One is shorter than what every batch has.
    """
    at = 0
    while at + _OFFSET_AND_LENGTH.size <= len(fetched):
        _, length = _OFFSET_AND_LENGTH.unpack_from(fetched, at)
        end = at + _OFFSET_AND_LENGTH.size + length
        if end > len(fetched):
            return
        if length < _SHORTEST:
            raise CorruptRecordException(f"A record batch of {length} bytes - {where}")
        yield at, end
        at = end


def _decompressed(content: memoryview, compression: int, where: str) -> bytes:
    if compression not in _CODECS:
        raise UnsupportedCodecError(f"Compression {compression} is unknown - {where}")
    name, is_here, decode = _CODECS[compression]
    if not is_here():
        raise UnsupportedCodecError(f"Nothing is installed that reads {name} - {where}")
    try:
        decompressed: bytes = decode(content.tobytes())
    except Exception as error:  # the errors of the codecs share no base
        raise CorruptRecordException(f"Damaged {name}: {error} - {where}") from error
    return decompressed
