"""The load is realistic, valid, the same for the same seed, and its account is right."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.records import Topic
from pipeline.replay import Line, Replay, replay
from pipeline.settings import Settings
from pipeline.wiring import admission_of
from tests.benchmarks.load import Account
from tests.benchmarks.workload import HOUR, Workload
from tests.unit.events.judge import judge, schema_of

END = 1_767_225_600_000
SMALL = Workload(end=END, mentions=6_000, brands=40, authors=3_000, live_rate=2.0)


def values(workload: Workload) -> list[bytes]:
    return [value for chunk in workload.chunks() for value in chunk.values]


def account(workload: Workload) -> Account:
    result = Account()
    for chunk in workload.chunks():
        result.add(chunk, workload.end)
    return result


def replayed(workload: Workload) -> Replay:
    clock, book = FixedClock(END * 1000), BrandBook()
    lines = (Line(Topic.MENTIONS, value) for value in values(workload))
    return replay(lines, book, admission_of(Settings(), book, clock), clock, as_of=clock.now())


@pytest.mark.parametrize("text", [False, True])
def test_every_mention_is_valid_by_the_schema(text: bool) -> None:
    valid = judge(schema_of(Topic.MENTIONS))
    for value in values(replace(SMALL, text=text)):
        valid.validate(json.loads(value))


def test_mentions_have_the_promised_size() -> None:
    sizes = np.array([len(value) for value in values(replace(SMALL, mentions=20_000))])
    assert np.quantile(sizes, 0.01) >= 250
    assert np.quantile(sizes, 0.99) <= 400


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert values(SMALL) == values(SMALL)
    assert values(SMALL) != values(replace(SMALL, seed=2))


def test_brands_follow_zipf_and_the_first_may_have_more() -> None:
    brands = Counter(json.loads(value)["brand"] for value in values(SMALL))
    assert len(brands) == 40
    assert brands["brand-0000"] / brands["brand-0003"] == pytest.approx(4, rel=0.2)
    hot = Counter(json.loads(v)["brand"] for v in values(replace(SMALL, first_share=0.9)))
    assert hot["brand-0000"] / SMALL.mentions == pytest.approx(0.9, abs=0.02)


def test_half_is_history_and_half_is_live() -> None:
    at = np.concatenate([chunk.at for chunk in SMALL.chunks()])
    assert at.min() >= END - 183 * 24 * HOUR
    assert at.max() == END
    live = np.mean(at > END - 1.1 * HOUR)
    assert live == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("workload", [SMALL, replace(SMALL, text=True), replace(SMALL, plain=True)])
def test_the_account_is_what_a_replay_counts(workload: Workload) -> None:
    expected = account(workload)
    found = replayed(workload)
    counted = {outcome: n for outcome, n in found.outcomes.items() if n}
    assert found.dead_letters == {}
    assert counted.pop("applied") == expected.records - expected.repeats
    assert counted.pop("duplicate", 0) == expected.repeats
    assert counted == {}
    published = [each.fields for each in found.publications()]
    assert sum(int(fields["mentions_28d"]) for fields in published) == expected.mentions_28d(END)


def test_plain_mentions_count_once_each_and_on_time() -> None:
    expected = account(replace(SMALL, plain=True))
    assert expected.repeats == expected.closing_records == 0
    assert expected.mentions_28d(END) == expected.records == SMALL.mentions


def test_authors_in_turn_are_as_many_as_there_are() -> None:
    workload = replace(SMALL, in_turn=True, plain=True, authors=6_000)
    assert len({json.loads(value)["author"] for value in values(workload)}) == 6_000
