"""Silent sources: a stretch of hours at once is as each hour by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.fit import LEAST_EVENTS
from pipeline.alerting.hours import Spoken
from pipeline.alerting.kinds import Kind
from pipeline.alerting.silence import MISSED, Quiet, Silence
from pipeline.events.admitted import AdmittedMention
from pipeline.events.instants import HOUR as MICROSECONDS
from pipeline.state.brand import BrandMentions
from pipeline.state.hourly import Hourly
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR
from tests.unit.state.forgetting import drop_expired

HOURS = 6 * WEEK
START = 4 * WEEK


def brand_of(heard: dict[str, list[tuple[int, int]]]) -> BrandMentions:
    """Return a brand with mentions by source, each ``(hour, how many)``."""
    brand = BrandMentions()
    author = 0
    for source, hours in heard.items():
        for hour, count in hours:
            for tier, index in ((HOUR, hour), (DAY, hour // 24)):
                pane = brand.pane(tier, index) or brand.put(Pane(tier, index))
                for n in range(count):
                    pane.add(
                        AdmittedMention(
                            "acme", hour * MICROSECONDS, source, author + n, author + n, 0.5, 0.25
                        )
                    )
            author += count
    return brand


@st.composite
def sources(draw: st.DrawFn) -> dict[str, list[tuple[int, int]]]:
    heard = {}
    for name in draw(st.lists(st.sampled_from("abc"), unique=True)):
        every, count = draw(st.integers(1, 40)), draw(st.integers(1, 4))
        until = draw(st.integers(START - 48, HOURS))
        again = draw(st.integers(until, HOURS))
        hours = [*range(0, until, every), *range(again, HOURS, every)]
        heard[name] = [(hour, count) for hour in hours]
    return heard


@given(sources(), st.lists(st.integers(START, HOURS), max_size=6))
@settings(max_examples=60, deadline=None)
def test_stretches_are_decided_as_hours_are(
    heard: dict[str, list[tuple[int, int]]], ends: list[int]
) -> None:
    brand = brand_of(heard)
    by_hour, by_stretch = Silence.begin(0), Silence.begin(0)
    expected: dict[int, Quiet] = {}
    for hour in range(START, HOURS):
        expected |= by_hour.advance(hour + 1, brand.hourly, 0)
    told: dict[int, Quiet] = {}
    for end in [*sorted(ends), HOURS]:
        told |= by_stretch.advance(end, brand.hourly, 0)
    assert told == expected
    assert replace(by_stretch) == replace(by_hour)


def test_a_source_that_stops_is_dark_first_and_then_silent() -> None:
    brand = brand_of({"a": [(hour, 2) for hour in range(HOURS - 72)], "b": [(HOURS - 1, 1)]})
    told = Silence.begin(0).advance(HOURS, brand.hourly, 0)
    dark = HOURS - 72 + int(LEAST_EVENTS / 2) - 1
    silent = HOURS - 72 + int(MISSED / 2) - 1
    assert min(told) in (dark, dark + 1)
    assert min(hour for hour, quiet in told.items() if quiet.silent) in (silent, silent + 1)
    assert max(told) == HOURS - 1


@given(sources(), st.integers(0, HOURS - 1), st.integers(1, 2 * WEEK))
@settings(max_examples=60, deadline=None)
def test_no_hour_brings_more_in_the_mean_than_is_possible(
    heard: dict[str, list[tuple[int, int]]], start: int, length: int
) -> None:
    brand = brand_of(heard)
    spoken = Spoken(brand, 0, set())
    hours = range(start, min(HOURS, start + length))
    for kind in (Kind.INFLUENCE_DROP, Kind.DETRACTION_SURGE):
        history = spoken.history(kind)
        assert history(hours).mean() <= history.at_most(hours)


def test_hours_that_are_gone_are_none_that_brought_nothing() -> None:
    brand = brand_of({"a": [(hour, 2) for hour in range(HOURS)]})
    hours = range(START, HOURS)
    before = Spoken(brand, 0, set())
    assert before.at_most(hours) == 2.0
    drop_expired(brand, (HOURS - 10) * MICROSECONDS + HOUR.retention)
    assert brand.first_hour == HOURS - 10
    for mentions in (brand.hourly, Hourly(brand.panes(HOUR))):
        assert mentions.total(hours) == 20
    after = Spoken(brand, 0, set())
    assert after.at_most(hours) == 2.0
    assert np.nanmean(after.history(Kind.INFLUENCE_DROP)(hours)) <= 2.0
