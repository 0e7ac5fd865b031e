r"""Decoding: from the raw bytes of a record to an event of the contracts, or why there is none.

A batch is decoded as one JSON array, which costs a fraction of decoding record by record. Joining
is safe because of what stands at each seam, ``}``, ``,``, line feed, ``{``: a line feed is illegal
within a JSON string, so every seam lies outside of strings, and after a comma an object can follow
only within an array. Events are flat, so the one array that can be open is the batch itself. Hence
each value holds at least one whole element, and as many elements as values means one in each.
Whatever does not fit goes the slow way, one record at a time, which alone decides on reasons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn, overload

import msgspec
import numpy as np

from pipeline.errors import Reject
from pipeline.events.contracts import (
    COUNTS,
    INSTANTS,
    MAX_DEPTH,
    MAX_RECORD_BYTES,
    Activity,
    Event,
    Mention,
    Ticket,
    check,
)
from pipeline.events.records import Topic

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]00:00)", re.ASCII)
"""How an instant is written: RFC 3339 with offset zero."""

_OPEN, _CLOSE = b"{}"
_SEAM = b",\n"
_MAX_DETAIL = 300

# msgspec reads two spellings that are not RFC 3339: a space for T, and an offset without a colon.
# With all digits alike and "." and "+" folded, each leaves one of these traces. Other texts may
# leave them too; then a closer look finds nothing.
_FOLDED = bytes.maketrans(b"123456789.+", b"000000000:-")
_SPACE, _NO_COLON = b"-00 00:", b'0-0000"'
# Written as escapes, the characters of such a spelling would leave no trace.
_ESCAPE, _SIGN_ESCAPE, _DIGIT_ESCAPE = b"\\u00", b"\\u002", b"\\u003"

# msgspec reports every violation by message only; this is the one place that knows them.
# What matches none is a value out of its range, too long or not among those listed.
_REASONS = (
    (re.compile(r"Object missing required field `(?P<field>.*)`$"), "missing_field"),
    (re.compile(r"(?s)Object contains unknown field `(?P<field>.*)`$"), "unknown_field"),
    (re.compile(r"Invalid RFC3339 encoded datetime|Expected `datetime` with"), "bad_timestamp"),
    (re.compile(r"Expected `str` of length >= 1"), "empty_field"),
    (re.compile(r"Expected .*, got `"), "wrong_type"),
)
_PATH = re.compile(r" - at `(?P<path>\$.*)`$")


class _Codec:
    """The decoders of one topic."""

    __slots__ = ("counts", "instants", "many", "one")

    def __init__(self, contract: type[Event]) -> None:
        # Kept as bound methods: looked up once, called for every record.
        self.one: Callable[[bytes], Event] = msgspec.json.Decoder(contract).decode
        self.many: Callable[[bytes], list[Event]] = msgspec.json.Decoder(
            list[contract]  # type: ignore[valid-type]  # a variable that holds a type
        ).decode
        self.instants = INSTANTS[contract]
        self.counts = COUNTS[contract]


_CODECS = {
    Topic.MENTIONS: _Codec(Mention),
    Topic.TICKETS: _Codec(Ticket),
    Topic.ACTIVITY: _Codec(Activity),
}


@overload
def decode_one(topic: Literal[Topic.MENTIONS], value: bytes | None) -> Mention: ...
@overload
def decode_one(topic: Topic, value: bytes | None) -> Event: ...
def decode_one(topic: Topic, value: bytes | None) -> Event:
    """Decode one record of a source topic.

    Raises:
        Reject: It is no event of the contract. Reasons in order of precedence: ``tombstone``,
            ``too_large``, ``invalid_utf8`` (lone surrogates too), ``too_deep``, ``not_json``, and
            then by field ``unknown_field``, ``missing_field``, ``wrong_type``, ``invalid_value``,
            ``empty_field``, ``bad_timestamp``; the detail names the path of the field.
    """
    if value is None:
        raise Reject("tombstone", "the record has no value")
    if len(value) > MAX_RECORD_BYTES:
        raise Reject("too_large", f"{len(value)} bytes, at most {MAX_RECORD_BYTES} are allowed")
    codec = _CODECS[topic]
    try:
        event = codec.one(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        event = _second_look(codec, value, error)
    fault = check(event)
    if fault is None:
        fault = _misspelling(codec, value)
    if fault is not None:
        raise fault
    return event


def decode_batch(topic: Topic, values: Sequence[bytes | None]) -> list[Event | Reject]:
    """Decode many records: for each, in order, what :func:`decode_one` returns or raises."""
    codec = _CODECS[topic]
    together = joined(values)
    if together is None:
        return [_event_or_reject(topic, value) for value in values]
    try:
        events = codec.many(together)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [_event_or_reject(topic, value) for value in values]
    if len(events) != len(values):
        return [_event_or_reject(topic, value) for value in values]
    results = [check(event) or event for event in events]
    if _may_spell_otherwise(together):
        for place, value in enumerate(values):
            if value is not None and not isinstance(results[place], Reject):
                results[place] = _misspelling(codec, value) or results[place]
    return results


def joined(values: Sequence[bytes | None]) -> bytes | None:
    """Join values to one array; None where one of them could continue its neighbour's."""
    try:
        together = _SEAM.join(values)  # type: ignore[arg-type]  # None raises
    except TypeError:
        return None
    lengths = np.fromiter(map(len, values), np.intp, len(values))  # type: ignore[arg-type]  # as above
    if not lengths.all() or lengths.max(initial=0) > MAX_RECORD_BYTES:
        return None
    raw = np.frombuffer(together, np.uint8)
    starts = np.cumsum(lengths + len(_SEAM)) - (lengths + len(_SEAM))
    if (raw[starts] != _OPEN).any() or (raw[starts + lengths - 1] != _CLOSE).any():
        return None
    return b"".join((b"[", together, b"]"))


def _event_or_reject(topic: Topic, value: bytes | None) -> Event | Reject:
    try:
        return decode_one(topic, value)
    except Reject as reject:
        return reject


def _may_spell_otherwise(raw: bytes) -> bool:
    """Tell whether an instant within may be written in another way than :data:`INSTANT`."""
    if _ESCAPE in raw and (_SIGN_ESCAPE in raw or _DIGIT_ESCAPE in raw):
        return True
    folded = raw.translate(_FOLDED)
    return _SPACE in folded or _NO_COLON in folded


def _misspelling(codec: _Codec, value: bytes) -> Reject | None:
    """Return why an event is invalid if one of its instants is not written as agreed."""
    if not _may_spell_otherwise(value):
        return None
    document = msgspec.json.decode(value)
    for field in codec.instants:
        text = document.get(field)
        if text is not None and not INSTANT.fullmatch(text):
            what = f"$.{field}: {text!r} is not RFC 3339: want YYYY-MM-DDTHH:MM:SSZ"
            return Reject("bad_timestamp", what)
    return None


def _second_look(codec: _Codec, value: bytes, error: Exception) -> Event:
    """Find out why a value did not decode; whole numbers written as 3.0 are integers after all.

    msgspec stops at the first thing wrong, so what is wrong with the bytes is looked for first: a
    reason must not depend on the order of fields.
    """
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as undecodable:
        raise _reject("invalid_utf8", str(undecodable)) from None
    if _depth(value) > MAX_DEPTH:
        raise Reject("too_deep", f"nested deeper than {MAX_DEPTH} levels")
    try:
        document = msgspec.json.decode(value)
    except msgspec.ValidationError:  # a number that no type holds
        raise _violation(error, None) from None
    except msgspec.DecodeError as malformed:
        if _is_json(text):
            raise Reject("invalid_utf8", "a lone surrogate is not a character") from None
        raise _reject("not_json", str(malformed)) from None
    if isinstance(document, dict) and _make_whole(document, codec.counts):
        try:
            return codec.one(msgspec.json.encode(document))
        except msgspec.ValidationError as other:
            error = other
    raise _violation(error, document) from None


_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[^"\[\]{}]+', re.DOTALL)


def _depth(value: bytes) -> int:
    """Return how deep arrays and objects are nested, without recursion and in bytes of any kind."""
    depth = deepest = 0
    for bracket in _NOT_BRACKETS.sub(b"", value):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _is_json(text: str) -> bool:
    """Tell whether a text is JSON by its grammar, which allows lone surrogates in escapes."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse)
    except ValueError:
        return False
    return True


def _make_whole(document: dict[str, Any], counts: Sequence[str]) -> bool:
    """Turn whole floats of integer fields to integers in place; tell whether there were any."""
    whole = {
        field: int(number)
        for field in counts
        if isinstance(number := document.get(field), float) and number.is_integer()
    }
    document.update(whole)
    return bool(whole)


def _violation(error: Exception, document: object) -> Reject:
    """Return the reject of a value that is JSON but no event, from msgspec's message."""
    message = str(error)
    located = _PATH.search(message)
    path = located["path"] if located else "$"
    what = message[: located.start()] if located else message
    for pattern, reason in _REASONS:
        found = pattern.match(message)
        if found is None:
            continue
        field = found.groupdict().get("field")
        if field is not None:
            path, what = f"$.{field}", message.partition(" `")[0]
        if reason == "bad_timestamp" and isinstance(document, dict):
            reason = "empty_field" if document.get(path[2:]) == "" else reason
        return _reject(reason, f"{path}: {what}")
    return _reject("invalid_value", f"{path}: {what}")


def _reject(reason: str, detail: str) -> Reject:
    return Reject(reason, " ".join(detail[:_MAX_DETAIL].split()))
