"""Messages that leave for Kafka, and how each is written down.

Dead letters, reroutes, changelog values and rows travel in a flush and are awaited there; snapshots
and totals follow it. Every message names its topic and, where it matters, its partition.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from pipeline.events.records import ORIGIN_OFFSET, ORIGIN_PARTITION, DeadLetter, Headers, Reroute

DEAD_LETTERS = "dead-letters"
SNAPSHOTS = "influence-snapshots"
ALERTS = "influence-alerts"
TOTALS = "influence-totals"

INCARNATION_KEY = b"incarnation"
"""Key in the totals topic under which the incarnation of the topics stands."""


class Kind(StrEnum):
    """What a message is to the flush that sends it."""

    DEAD_LETTER = "dead_letter"
    REROUTE = "reroute"
    VALUE = "value"
    EXPIRED = "expired"
    ROW = "row"
    SNAPSHOT = "snapshot"
    ALERT = "alert"
    TOTALS = "totals"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for the broker. ``timestamp`` is in milliseconds; None lets the client decide."""

    kind: Kind
    topic: str
    key: bytes
    value: bytes | None
    partition: int | None = None
    headers: Headers = ()
    timestamp: int | None = None


Entry = tuple[bytes, bytes | None]
"""Key and value of a record; None deletes."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """Many records of one partition, with the same headers."""

    kind: Kind
    topic: str
    partition: int
    entries: Sequence[Entry]
    headers: Headers = ()


class _DeadLetterV1(msgspec.Struct, omit_defaults=False):
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str | None
    value: str | None


def dead_letter(letter: DeadLetter, topic: str) -> Outgoing:
    """Return a dead letter as ``dead_letter.v1``, keyed by where the record was.

    Topic, partition and offset make it unique: a crash may send it twice, readers count it once.
    """
    document = _DeadLetterV1(
        letter.reason,
        letter.detail,
        letter.topic,
        letter.partition,
        letter.offset,
        letter.timestamp,
        _base64(letter.key),
        _base64(letter.value),
    )
    key = "/".join(map(str, letter.place)).encode()
    return Outgoing(Kind.DEAD_LETTER, topic, key, msgspec.json.encode(document))


def reroute(record: Reroute, topic: str, partition: int) -> Outgoing:
    """Return a misplaced record under its brand's key, with its origin in headers."""
    headers = (
        (ORIGIN_PARTITION, str(record.origin.partition).encode()),
        (ORIGIN_OFFSET, str(record.origin.offset).encode()),
    )
    return Outgoing(
        Kind.REROUTE,
        topic,
        record.brand.encode(),
        record.value,
        partition,
        headers,
        record.timestamp if record.timestamp > 0 else None,
    )


def snapshot(brand: str, fields: Mapping[str, str]) -> Entry:
    """Return a brand's snapshot for the compacted snapshots topic."""
    return brand.encode(), msgspec.json.encode(dict(fields))


def alert(brand: str, document: Mapping[str, object], topic: str) -> Outgoing:
    """Return an alert's transition as ``alert.v1``.

    Brand, kind and ``at`` make it unique: a crash may send it twice, readers count it once.
    """
    return Outgoing(Kind.ALERT, topic, brand.encode(), msgspec.json.encode(document))


def _base64(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
