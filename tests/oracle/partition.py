"""Which partition a brand's key maps to: murmur2 as in Kafka's Java client."""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """Return the unsigned 32-bit murmur2 of ``data`` with Kafka's seed."""
    h = (0x9747B28C ^ len(data)) & _MASK
    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * _M & _MASK
        k = (k ^ k >> 24) * _M & _MASK
        h = h * _M & _MASK ^ k
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


def partition_of(brand: str, partitions: int) -> int:
    """Return the partition of a brand among ``partitions``."""
    return (murmur2(brand.encode()) & 0x7FFFFFFF) % partitions
