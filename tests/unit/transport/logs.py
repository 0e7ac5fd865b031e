"""Record batches as a broker sends them."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from aiokafka import codec
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

Header = tuple[str, bytes | None]

HEADER_BYTES = 61
CODECS: dict[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: gzip.compress,
    2: codec.snappy_encode,
    3: codec.lz4_encode,
    4: codec.zstd_encode,
}
"""Compressions by their number."""


@dataclass(frozen=True)
class Written:
    """A record as it is written; its offset counts from the batch's."""

    ahead: int
    key: bytes | None = b"key"
    value: bytes | None = b"value"
    time: int = 1_000
    headers: Sequence[Header] = ()


@dataclass(frozen=True)
class Batch:
    """A record batch whose offsets go from ``base`` to ``base + last``, with what is left of it."""

    base: int
    records: Sequence[Written]
    last: int
    compression: int = 0
    is_control: bool = False
    is_appended: bool = False

    @property
    def bytes(self) -> bytes:
        """The batch as a broker sends it."""
        builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
        for each in self.records:
            builder.append(each.ahead, each.time, each.key, each.value, list(each.headers))
        built = bytearray(builder.build())
        # Where compaction left nothing there is nothing to compress.
        compression = self.compression if self.records else 0
        built[HEADER_BYTES:] = CODECS[compression](bytes(built[HEADER_BYTES:]))
        attributes = compression | self.is_appended << 3 | self.is_control << 5
        struct.pack_into(">qi", built, 0, self.base, len(built) - 12)
        struct.pack_into(">hi", built, 21, attributes, self.last)
        if self.is_appended:
            struct.pack_into(">q", built, 35, 777_777)
        return with_checksum(built)

    def at(self, base: int) -> Batch:
        """Return the same batch elsewhere."""
        return replace(self, base=base)


def batch(base: int, offsets: Iterable[int], last: int, *, control: bool = False) -> bytes:
    """A plain record batch whose offsets go from ``base`` to ``last``, and the records left."""
    records = [
        Written(offset - base, b"key", b"value-%d" % offset, 1000 + offset, [("h", b"1")])
        for offset in offsets
    ]
    return Batch(base, records, last - base, is_control=control).bytes


def with_checksum(built: bytes | bytearray) -> bytes:
    """Return a batch with the checksum that it should have."""
    return bytes(built[:17]) + struct.pack(">I", calc_crc32c(bytes(built[21:]))) + bytes(built[21:])
