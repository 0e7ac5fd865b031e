"""A batch is judged exactly as its records are one by one, whatever their bytes."""

from __future__ import annotations

import json
from datetime import datetime

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import Reject
from pipeline.events import decode
from pipeline.events.contracts import MAX_RECORD_BYTES, Event, Mention
from pipeline.events.decode import decode_batch, decode_one
from pipeline.events.records import Topic
from tests.unit.events.judge import schema_of
from tests.unit.events.samples import NESTED, REASONS, A, at, with_field


def one_by_one(topic: Topic, values: list[bytes | None]) -> list[object]:
    """What decoding record by record gives, in a form that compares."""
    results: list[object] = []
    for value in values:
        try:
            results.append(decode_one(topic, value))
        except Reject as reject:
            results.append((reject.reason, reject.detail))
    return results


def comparable(results: list[Event | Reject]) -> list[object]:
    return [(item.reason, item.detail) if isinstance(item, Reject) else item for item in results]


VALID = [
    json.dumps(event, ensure_ascii=ascii_only).encode()
    for topic in Topic
    for event in schema_of(topic)["examples"]
    for ascii_only in (True, False)
]
MENTIONS = [json.dumps(event).encode() for event in schema_of(Topic.MENTIONS)["examples"]]
NASTY = [value for value, _, _ in REASONS if value is not None and len(value) < 40_000]
SHARDS = [
    *(b"", b"{", b"}", b"{}", b",", b",\n", b"},{", b'"', b'{"', b'"}', b"[", b"]", b"\\", b" "),
    *(b'{"id":"', b'{"text":[', b'{"x":{', b'":"', b"\n", b"null", b"\xff", A + b"," + A),
]


@st.composite
def recut(draw: st.DrawFn) -> list[bytes | None]:
    """Valid records, joined as a batch is and cut again elsewhere, then given new ends."""
    records = draw(st.lists(st.sampled_from([*MENTIONS, A]), min_size=1, max_size=4))
    seam = draw(st.sampled_from([b"", b",", b",\n"]))
    whole = seam.join(records)
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    pieces = [whole[i:j] for i, j in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    if draw(st.booleans()):
        pieces = [b"{" + piece.strip(b"{},") + b"}" for piece in pieces]
    return list(pieces)


@st.composite
def spliced(draw: st.DrawFn) -> bytes:
    """A valid record with a few bytes put in, taken out or put in their place."""
    value = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(value)))
        end = min(len(value), start + draw(st.integers(0, 3)))
        value = value[:start] + draw(st.sampled_from(SHARDS) | st.binary(max_size=3)) + value[end:]
    return value


ANY_VALUE = (
    st.none()
    | st.binary(max_size=40)
    | st.sampled_from(VALID)
    | st.sampled_from(NASTY)
    | spliced()
    | st.lists(st.sampled_from(SHARDS), max_size=6).map(b"".join)
)
# Mostly records that alone would take the fast way, so that a neighbour can spoil it.
BATCH = st.lists(st.sampled_from(MENTIONS) | ANY_VALUE, max_size=6) | recut()


@given(st.sampled_from(Topic), BATCH)
# As many objects as values, were it not for the line feed, both ends, or the flat struct.
@example(Topic.MENTIONS, [A + b"," + A, A[:-1] + b',"text":"}', b'{"}'])
@example(Topic.MENTIONS, [A + b"," + A[:9], A[10:]])
@example(Topic.MENTIONS, [A + b"," + A, A[:-1] + b',"text":[{}', b"{}]}"])
@example(Topic.MENTIONS, [A + b"," + A, A[:-1] + b',"x":[{}', b"{}]}"])
@example(Topic.MENTIONS, [A + b"," + A])
@example(Topic.MENTIONS, [A, A + b",\n" + A])
@example(Topic.MENTIONS, [A, A + b"]", b"[" + A])
@example(Topic.MENTIONS, [A + b"]", A])
@example(Topic.MENTIONS, [A, b"", A + b"," + A])
@example(Topic.MENTIONS, [A, b" ", A + b"," + A])
@example(Topic.MENTIONS, [A, with_field(b"text", NESTED), None])
@example(Topic.MENTIONS, [A, NESTED, A])
@example(Topic.MENTIONS, [A, A.ljust(MAX_RECORD_BYTES + 1)])
@example(Topic.MENTIONS, [A, A[:-1].ljust(MAX_RECORD_BYTES) + b"}"])
@example(Topic.MENTIONS, [A, at('"2026-03-01 12:00:00Z"'), A])
@example(Topic.MENTIONS, [A, at('"2026-03-01T12:00:00-0000"'), A])
@example(Topic.MENTIONS, [A, at('"2026-03-01\\u002012:00:00Z"'), with_field(b"likes", b"1.0")])
def test_a_batch_is_judged_as_its_records(topic: Topic, values: list[bytes | None]) -> None:
    assert comparable(decode_batch(topic, values)) == one_by_one(topic, values)


@given(st.lists(st.sampled_from(MENTIONS + NASTY[-12:]), max_size=8))
def test_a_batch_of_events_with_faults_is_judged_as_its_records(values: list[bytes]) -> None:
    assert comparable(decode_batch(Topic.MENTIONS, values)) == one_by_one(
        Topic.MENTIONS, list(values)
    )


def test_good_batches_take_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those whose faults the types cannot say: only undecodable ones cost more."""

    def never(*_: object) -> None:
        raise AssertionError("decoded one by one")

    batch = [*MENTIONS, at('"1970-01-01T00:00:00Z"'), at('"2026-03-01 12:00:00Z"')] * 3
    expected = one_by_one(Topic.MENTIONS, list(batch))
    monkeypatch.setattr(decode, "decode_one", never)
    assert comparable(decode_batch(Topic.MENTIONS, batch)) == expected
    assert decode_batch(Topic.MENTIONS, []) == []


SEPARATORS = st.sampled_from("Tt  _")
OFFSETS = st.sampled_from(["Z", "z", "+00:00", "-00:00", "+0000", "-0000", "+00", "", "+01:00"])


@given(
    st.datetimes(min_value=datetime(1999, 12, 31), max_value=datetime(2001, 1, 2)),  # noqa: DTZ001
    SEPARATORS,
    st.sampled_from(["", ".5", ".123456", ".000000001"]),
    OFFSETS,
    st.lists(st.integers(0, 30), max_size=2),
)
def test_only_rfc3339_in_utc_is_an_instant(
    moment: datetime, separator: str, fraction: str, offset: str, escaped: list[int]
) -> None:
    """However it is escaped, and alone as in a batch."""
    text = f"{moment:%Y-%m-%d}{separator}{moment:%H:%M:%S}{fraction}{offset}"
    written = "".join(f"\\u{ord(c):04x}" if i in escaped else c for i, c in enumerate(text))
    value = at(f'"{written}"')
    wanted = bool(decode.INSTANT.fullmatch(text)) and moment.year >= 2000
    for result in (
        decode_batch(Topic.MENTIONS, [A, value])[1:]
        + decode_batch(Topic.MENTIONS, [value, b""])[:1]
    ):
        assert isinstance(result, Mention) == wanted
        assert wanted or (isinstance(result, Reject) and result.reason == "bad_timestamp")


def test_the_joined_array_rests_on_a_strict_parser() -> None:
    """What makes joining safe, should msgspec ever change."""
    strings = msgspec.json.Decoder(list[dict[str, str]])
    for raw in (b'[{"a},\n{b":""}]', b'[{"a":"},\n{"}]', b'[{"a":"\xc3\xa4},\n{"}]'):
        with pytest.raises(msgspec.DecodeError, match="invalid character"):
            strings.decode(raw)
    many = msgspec.json.Decoder(list[Mention])
    for raw in (b"[" + A + b",\n]", b"[" + A + b",\n," + A + b"]", b"[" + A + b"\n" + A + b"]"):
        with pytest.raises(msgspec.DecodeError):
            many.decode(raw)
