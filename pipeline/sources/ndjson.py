r"""NDJSON: one event a line, with a ``topic`` field beside the event's own.

Lines end at ``\n`` only: U+2028, form feeds and a lone ``\r`` are content. Lines of nothing but
white space are no events and are skipped. Whatever else is wrong with an event is left for decoding
to say, so that a file and a topic judge the same bytes alike.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from pipeline.errors import Reject
from pipeline.events.records import Topic
from pipeline.sources.files import opened
from pipeline.sources.record import RejectedLine, SourceItem, SourceRecord

MALFORMED = "malformed_line"
UNKNOWN_TOPIC = "unknown_topic"

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TOPICS = {f'"{topic}"'.encode(): topic for topic in Topic}
_HEADS = {b'{"topic":%b' % name: topic for name, topic in _TOPICS.items()}


class _Known(msgspec.Struct, gc=False):
    """Of an event, its brand, and a second topic, which it should not have."""

    brand: Any = None
    topic: Any = msgspec.UNSET


_known = msgspec.json.Decoder(_Known).decode


def read(paths: Iterable[str]) -> Iterator[SourceItem]:
    """Yield every line of some files (``-``: standard input; gzip is recognised) as an item.

    Raises:
        Usage: A file cannot be read.
    """
    for path in paths:
        with opened(path) as file:
            yield from items(file)


def items(lines: Iterable[bytes], first: int = 1) -> Iterator[SourceItem]:
    """Yield the item of each line that is not blank; a byte order mark at the start is dropped.

    ``first`` is the number of the first of the lines in their file.
    """
    for number, line in enumerate(lines, first):
        raw = line.removesuffix(b"\n")
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if raw.strip():
            yield parse(raw, number)


def parse(raw: bytes, number: int = 0) -> SourceItem:
    """Split one line into its topic and the event's own JSON, members kept byte for byte."""
    plain = _parse_plainly(raw, number)
    if plain is not None:
        return plain
    try:
        members = _members.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _parse_leniently(raw, number)
    name = members.pop("topic", None)
    topic = None if name is None else _TOPICS.get(bytes(name)) or _topic(_text(bytes(name)))
    if topic is None:
        found = "missing" if name is None else bytes(name)[:80].decode("utf-8", "replace")
        return _unknown_topic(raw, number, found)
    brand = members.get("brand")
    key = _key(None if brand is None else _text(bytes(brand)))
    return SourceRecord(topic, key, msgspec.json.encode(members), number)


def _parse_plainly(raw: bytes, number: int) -> SourceRecord | None:
    """Take a line apart that begins as :func:`line` writes it; None where it is to be looked at."""
    head, _, rest = raw.partition(b",")
    topic = _HEADS.get(head)
    if topic is None or not rest.startswith(b'"') or not rest.endswith(b"}"):
        return None
    event = b"{" + rest
    try:
        event.decode()
        known = _known(event)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if known.topic is not msgspec.UNSET:
        return None
    return SourceRecord(topic, _key(known.brand), event, number)


def _parse_leniently(raw: bytes, number: int) -> SourceItem:
    """Take in what the standard library still reads: NaN, Infinity and lone surrogates.

    Decoding of the event then refuses them as it refuses them from a topic.
    """
    try:
        document = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return RejectedLine(number, raw, Reject("invalid_utf8", str(error)))
    except RecursionError:
        return RejectedLine(number, raw, Reject("too_deep", "nested too deeply to be read"))
    except ValueError as error:
        return RejectedLine(number, raw, Reject(MALFORMED, f"not JSON: {error}"))
    if not isinstance(document, dict):
        what = f"a JSON object is wanted, not {type(document).__name__}"
        return RejectedLine(number, raw, Reject(MALFORMED, what))
    topic = _topic(document.pop("topic", None))
    if topic is None:
        return _unknown_topic(raw, number, "missing or another")
    return SourceRecord(topic, _key(document.get("brand")), json.dumps(document).encode(), number)


def _unknown_topic(raw: bytes, number: int, found: str) -> RejectedLine:
    known = ", ".join(Topic)
    return RejectedLine(
        number, raw, Reject(UNKNOWN_TOPIC, f"topic is {found}; want one of {known}")
    )


def _topic(name: object) -> Topic | None:
    return Topic(name) if isinstance(name, str) and name in set(Topic) else None


def _text(value: bytes) -> object:
    """Return a JSON string as text; None for everything else that a member may hold."""
    if not value.startswith(b'"'):
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _key(brand: object) -> bytes | None:
    """Return the record key of a brand: UTF-8, or None where there is no such text."""
    if not isinstance(brand, str) or not brand:
        return None
    try:
        return brand.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return None


def line(record: SourceRecord) -> bytes:
    """Return a record as a line of this format: its event with ``topic`` put first."""
    comma = b"" if record.value == b"{}" else b","
    return b'{"topic":"%b"%b%b\n' % (record.topic.encode(), comma, record.value[1:])
