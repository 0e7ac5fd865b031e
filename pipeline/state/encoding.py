"""What every stored value begins with: the state format, and the applied offset.

A stored value is ``format (1 byte) + applied offset (int64, little endian) + body``. The applied
offset is that of the last record of its source partition that the value contains: replayed records
at or below it are skipped for this value, and recovery keeps, of several values of one key, the one
with the highest. Format 0 is a tombstone: a deletion that carries its offset while it is compared.
"""

from __future__ import annotations

import struct

from pipeline.errors import Stop

FORMAT = 2
TOMBSTONE = 0
NOTHING_APPLIED = -1
"""Applied offset of a value that contains no record yet."""

_HEADER = struct.Struct("<Bq")
HEADER_BYTES = _HEADER.size


def header(applied: int) -> bytes:
    """Return the first bytes of a value that contains records up to ``applied``."""
    return _HEADER.pack(FORMAT, applied)


def tombstone(applied: int) -> bytes:
    """Return the in-memory stand-in of a deletion made at ``applied``."""
    return _HEADER.pack(TOMBSTONE, applied)


def is_tombstone(value: bytes) -> bool:
    """Tell whether a value stands for a deletion."""
    return value[0] == TOMBSTONE


def applied_offset(value: bytes) -> int:
    """Return the applied offset of a stored value.

    Raises:
        Stop: The value was written by a newer version or is not ours; going on would guess.
    """
    if len(value) < HEADER_BYTES or value[0] not in (FORMAT, TOMBSTONE):
        raise Stop(
            f"a stored value has state format {value[:1].hex() or 'none'}, this version reads "
            f"{FORMAT}; start the version that wrote it, or make the changelog topics anew"
        )
    _, applied = _HEADER.unpack_from(value)
    return int(applied)
