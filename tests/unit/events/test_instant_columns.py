"""Instants read many at once are what they are read one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import Reject
from pipeline.events.contracts import Mention
from pipeline.events.decode import decode_one
from pipeline.events.instant_columns import read_instants
from pipeline.events.instants import from_datetime
from pipeline.events.records import Topic
from tests.unit.events.samples import at

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
