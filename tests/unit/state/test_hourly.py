"""The hours side by side: what is remembered of them is what their panes say."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.admitted import AdmittedMention
from pipeline.events.instants import HOUR as MICROSECONDS
from pipeline.state.brand import BrandMentions
from pipeline.state.hourly import Hourly
from pipeline.state.packed import Packed
from pipeline.state.pane import MAX_SOURCES, Pane
from pipeline.state.tiers import HOUR
from tests.unit.state.packing import packed

HOURS = 60
YEARS = 20_000
READ = st.tuples(st.integers(0, HOURS), st.integers(1, 30))
SAID = st.tuples(
    st.integers(0, HOURS),
    st.integers(1, 20),
    st.floats(-1.0, 1.0),
    st.sampled_from("abc"),
    st.booleans(),
)


def say(
    brand: BrandMentions,
    hour: int,
    author: int,
    polarity: float,
    source: str,
    *,
    earned: bool = True,
) -> None:
    at = hour * MICROSECONDS
    brand.changed(at)
    p, q = max(0.0, polarity), max(0.0, -polarity)
    mention = AdmittedMention("acme", at, source, author, author, p, q, earned=earned)
    pane = brand.pane(HOUR, hour)
    if pane is None and earned:
        brand.hour[hour] = packed(hour, [mention])
    else:
        (pane or brand.put(Pane(HOUR, hour))).add(mention)


def afresh(brand: BrandMentions) -> Hourly:
    return Hourly(
        {
            hour: held.unpacked(HOUR, hour) if isinstance(held, Packed) else held
            for hour, held in brand.hour.items()
        }
    )


def everything(hourly: Hourly, hours: range) -> object:
    heard = {}
    for source, column in {**hourly.sources(hours), "all": hourly.every(hours)}.items():
        some = column.among(hours)
        if some.start < some.stop:
            counts = column.counts(some).tolist()
            assert column.total(hours) == sum(counts)
            assert column.hour(some.stop - 1) == column.hours(some)[-1]
            heard[source] = (column.hours(some).tolist(), counts)
    return (hourly.sums(hours).tolist(), hourly.total(hours), heard)


@given(st.lists(st.one_of(READ, SAID), max_size=40))
@settings(max_examples=200, deadline=None)
def test_reading_again_is_reading_for_the_first_time(steps: list[tuple[Any, ...]]) -> None:
    brand = BrandMentions()
    for hour, what, *said in steps:
        if said:
            say(brand, hour, what, said[0], said[1], earned=said[2])
        else:
            hours = range(hour, hour + what)
            assert everything(brand.hourly, hours) == everything(afresh(brand), hours)


def test_hours_say_what_their_panes_do() -> None:
    brand = BrandMentions()
    for hour, author, polarity, source in (
        (3, 1, 0.5, "a"),
        (3, 1, 0.25, "b"),
        (3, 2, -0.5, "a"),
        (5, 1, 0.125, "b"),
    ):
        say(brand, hour, author, polarity, source)
    say(brand, 5, 9, 1.0, "c", earned=False)
    hours = range(2, 6)
    every = brand.hourly.every(hours)
    assert every.hours(every.among(hours)).tolist() == [3, 5]
    assert every.counts(every.among(hours)).tolist() == [3, 1]
    assert brand.hourly.sums(hours).tolist() == [[0, 0.5, 0, 0.125], [0, 0.5, 0, 0]]
    sources = brand.hourly.sources(hours).items()
    assert {source: column.hours(column.among(hours)).tolist() for source, column in sources} == {
        "a": [3],
        "b": [3, 5],
        "c": [5],
    }


def test_hours_of_more_sources_than_are_told_apart_are_read_like_others() -> None:
    brand = BrandMentions()
    count = MAX_SOURCES + 8
    for author in range(count):
        say(brand, 3, author, -1.0, f"s-{author:02d}")
    hours = range(2, 5)
    assert brand.hourly.total(hours) == count
    assert brand.hourly.sums(hours).tolist() == [[0, 0, 0], [0, count, 0]]
    told = brand.hourly.sources(hours)
    assert sorted(told) == [f"s-{author:02d}" for author in range(MAX_SOURCES)]
    assert {column.total(hours) for column in told.values()} == {1}


def test_what_is_remembered_does_not_grow_for_ever() -> None:
    brand = BrandMentions()
    for hour in range(0, YEARS, 100):
        say(brand, hour, 1, 1.0, "a")
        brand.hourly.sums(range(max(0, hour - 1_300), hour + 1))
        del brand.hour[hour]
    remembered = brand.hourly.remembered
    assert remembered.stop == YEARS - 99
    assert len(remembered) <= 4_000
    column = brand.hourly.sources(remembered)["a"]
    heard = column.hours(column.among(remembered)).tolist()
    assert heard == list(range(heard[0], YEARS, 100))


def test_all_that_is_asked_for_is_read_however_long() -> None:
    """A worker that takes over in a backlog scores all of it at once, from panes in any order."""
    brand = BrandMentions()
    for hour in range(9_000, 0, -100):
        say(brand, hour, 1, 1.0, "a")
    assert brand.hourly.total(range(8_000, 9_001)) == 11
    assert brand.hourly.total(range(9_001)) == 90
    assert brand.hourly.total(range(9_101)) == 90


def test_looking_further_back_reads_only_what_is_missing() -> None:
    brand = BrandMentions()
    for hour in (3, 7):
        say(brand, hour, 1, 1.0, "a")
    assert brand.hourly.total(range(5, 9)) == 1
    del brand.hour[7]  # unheard of: it would not be found again
    assert brand.hourly.total(range(9)) == 2
    assert brand.hourly.sources(range(9))["a"].total(range(9)) == 2
