"""Events come in the order of their times, however they were read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.instants import SECOND, to_rfc3339
from pipeline.events.joined import joined
from pipeline.events.records import RawRecord, Topic
from pipeline.sources import timeline
from pipeline.sources.ndjson_blocks import UNKNOWN, Events
from pipeline.sources.timeline import SHUFFLE_SPAN, Timeline

FIRST = 1_767_225_600
BROKEN = (b"", b"{", b"[]", b'{"occurred_at":5}', b'{"occurred_at":"then"}')


def mention(number: int, second: int, fraction: str = "") -> bytes:
    """A mention with a time that not every reader reads."""
    at = to_rfc3339((FIRST + second) * SECOND).replace("Z", f"{fraction}Z")
    event = {"id": str(number), "brand": "b", "author": "a", "source": "s", "occurred_at": at}
    return json.dumps(event).encode()


class Case:
    """An event, and its time in seconds; None where it has none."""

    def __init__(self, value: bytes, second: float | None) -> None:
        self.value = value
        self.second = second

    @property
    def at(self) -> int:
        """Its instant."""
        return UNKNOWN if self.second is None else int((FIRST + self.second) * SECOND)


@st.composite
def cases(draw: st.DrawFn) -> list[Case]:
    found = []
    for number in range(draw(st.integers(0, 40))):
        second = draw(st.integers(0, 4))
        kind = draw(st.sampled_from(["plain", "plain", "plain", "long", "broken"]))
        if kind == "broken":
            found.append(Case(draw(st.sampled_from(BROKEN)), None))
        elif kind == "long":
            found.append(Case(mention(number, second, ".5000000000"), second + 0.5))
        else:
            found.append(Case(mention(number, second), second))
    return found


def filled(some: Sequence[Case], cuts: Sequence[bool], known: Sequence[bool]) -> Timeline:
    """A timeline of events of which some come by themselves, and some with their times."""
    made = Timeline(Topic.MENTIONS)
    flags = zip(some, cuts, known, strict=True)
    for case, alone, tells in flags:
        if alone:
            made.add(case.value)
        else:
            raw, ends = joined([case.value])
            at = np.array([case.at if tells else UNKNOWN])
            made.add_events(Events(Topic.MENTIONS, raw[: ends[0]], np.append(0, ends), at))
            assert at[0] == (case.at if tells else UNKNOWN)
    return made


def records(made: Timeline, most: int, shuffle: Random | None = None) -> list[RawRecord]:
    """The records of a timeline, of which so many come at once."""
    batches = list(made.in_event_time(most, shuffle))
    assert [len(batch) for batch in batches[:-1]] == [most] * len(batches[:-1])
    found = [record for batch in batches for record in batch]
    assert [record.offset for record in found] == list(range(len(found)))
    return [record for record in found if isinstance(record, RawRecord)]


@given(cases(), st.data(), st.integers(1, 50), st.integers(1, 20))
def test_order_is_by_time_and_then_as_they_came(
    some: list[Case], data: st.DataObject, most: int, together: int
) -> None:
    flags = st.lists(st.booleans(), min_size=len(some), max_size=len(some))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "_TOGETHER", together)
        made = filled(some, data.draw(flags), data.draw(flags))
        found = records(made, most)
    assert [record.value for record in found] == [
        case.value for case in sorted(some, key=lambda each: each.at)
    ]


@given(cases(), st.integers(0, 9))
def test_shuffling_displaces_by_less_than_the_span(some: list[Case], seed: int) -> None:
    made = filled(some, [True] * len(some), [True] * len(some))
    random = Random(seed)
    moved = {}
    for place, case in enumerate(some):
        by = random.randrange(SHUFFLE_SPAN)
        moved[place] = case.at if case.second is None else case.at + by
    order = sorted(range(len(some)), key=moved.__getitem__)
    found = records(made, 7, Random(seed))
    assert [record.value for record in found] == [some[place].value for place in order]


def test_times_beyond_what_a_double_holds_are_told_apart() -> None:
    values = [b'{"occurred_at":"9999-12-31T23:59:59.%06dZ"}' % n for n in (999_999, 999_998)]
    made = Timeline(Topic.ACTIVITY)
    for value in values:
        made.add(value)
    assert [record.value for record in records(made, 5)] == values[::-1]
