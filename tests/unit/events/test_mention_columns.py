"""Columns hold what decoding record by record gives, whatever the bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import Reject
from pipeline.events import mention_columns
from pipeline.events.contracts import MAX_RECORD_BYTES, Mention
from pipeline.events.decode import decode_one
from pipeline.events.instant_columns import read_instants
from pipeline.events.instants import from_datetime, to_datetime
from pipeline.events.mention_columns import decode_mentions
from pipeline.events.records import Topic
from tests.unit.events.samples import NESTED, A, at, with_field
from tests.unit.events.test_decode_batch import BATCH, MENTIONS, one_by_one


def columns(values: list[bytes | None]) -> list[object]:
    """What the columns hold, a record each, in the form of ``one_by_one``."""
    decoded = decode_mentions(values)
    results: list[object] = [None] * len(values)
    for place, mention, moment in zip(
        decoded.places, decoded.mentions, decoded.at.tolist(), strict=True
    ):
        fields = {**msgspec.structs.asdict(mention), "occurred_at": to_datetime(moment)}
        results[place] = Mention(**{**fields, "received_at": None})
    for place, reject in decoded.rejects.items():
        results[place] = (reject.reason, reject.detail)
    return results


def expected(values: list[bytes | None]) -> list[object]:
    """The same from decoding one by one."""
    return [
        msgspec.structs.replace(one, received_at=None) if isinstance(one, Mention) else one
        for one in one_by_one(Topic.MENTIONS, values)
    ]


@given(BATCH)
@example([A + b"," + A, A[:-1] + b',"text":"}', b'{"}'])
@example([A, at('"2026-03-01 12:00:00Z"'), A])
@example([A, at('"2026-03-01T12:00:00-0000"'), A])
@example([A, at('"2026-03-01\\u005412:00:00\\u005a"'), with_field(b"likes", b"1.0")])
@example([A, at('"1999-12-31T23:59:59Z"'), at('"2000-01-01T00:00:00Z"')])
@example([A, with_field(b"received_at", b'"2026-03-01 12:00:00Z"'), A])
@example([A, with_field(b"received_at", b'"2026-03-01T12:00:00.123Z"'), A])
@example([A, with_field(b"edit_of", b'"' + b"x" * 513 + b'"'), A])
@example([A, with_field(b"text", b'"' + "\u20ac".encode() * 20_000 + b'"'), A])
@example([A, A.replace(b'"x"', b'"\\u0000"'), A])
@example([A, NESTED, A, None])
@example([A, A.ljust(MAX_RECORD_BYTES + 1)])
def test_columns_hold_what_one_by_one_gives(values: list[bytes | None]) -> None:
    assert columns(values) == expected(values)


def test_a_malformed_record_costs_little_more_than_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes | None] = []

    def counted(topic: Topic, value: bytes | None) -> object:
        decoded.append(value)
        return decode_one(topic, value)

    monkeypatch.setattr(mention_columns, "decode_one", counted)
    values: list[bytes | None] = [*MENTIONS, *[A] * 3000]
    values[1700], values[2000] = b"{", at('"2026-03-01t12:00:00Z"')
    assert set(decode_mentions(values).rejects) == {1700}
    assert len(decoded) <= mention_columns.LEAST_TOGETHER + 2


DAYS = st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    st.lists(
        st.tuples(DAYS, st.sampled_from(["seconds", "milliseconds", "microseconds"]), st.booleans())
    )
)
def test_instants_are_read_as_they_are_written(
    written: list[tuple[datetime, str, bool]],
) -> None:
    texts = [
        moment.isoformat(timespec=precision).replace("+00:00", "Z" if short else "+00:00")
        for moment, precision, short in written
    ]
    times, read = read_instants(texts)
    for text, when, is_read in zip(texts, times.tolist(), read.tolist(), strict=True):
        moment = datetime.fromisoformat(text)
        assert is_read == (moment.year >= 2000)
        assert not is_read or when == from_datetime(moment)


@given(
    st.lists(
        st.from_regex(
            r"20[0-2]\d-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,7})?Z", fullmatch=True
        )
        | st.text(max_size=32)
        | st.text("0123456789-T:.Z+", min_size=20, max_size=20)
    )
)
@example(["2026-03-01T12:00:0:Z", "2026-03-01T12:00:0/Z", "2026-03-01T12:00:00Z"])
def test_what_is_read_is_an_instant(texts: list[str]) -> None:
    times, read = read_instants(texts)
    for text, when, is_read in zip(texts, times.tolist(), read.tolist(), strict=True):
        if is_read:
            event = decode_one(Topic.MENTIONS, at(f'"{text}"'))
            assert isinstance(event, Mention)
            assert from_datetime(event.occurred_at) == when
        elif len(text) == 20 and text.isascii() and text[10] == "T":
            with pytest.raises((Reject, ValueError)):
                decode_one(Topic.MENTIONS, at(f'"{text}"'))


def test_days_of_every_year_are_counted_right() -> None:
    first = datetime(2000, 1, 1, tzinfo=UTC)
    days = [first + timedelta(days=day) for day in range(0, 2_900_000, 29)]
    times, read = read_instants([f"{day.isoformat()[:19]}Z" for day in days])
    assert read.all()
    assert times.tolist() == [from_datetime(day) for day in days]
