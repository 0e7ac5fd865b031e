"""Whole worlds whose truth is known: what happened is found once, what didn't is not."""

from __future__ import annotations

import random
from datetime import datetime

import numpy as np
import pytest

from pipeline.events.instants import DAY, HOUR, day_name, from_datetime, to_rfc3339
from pipeline.replay import Replay
from tests.unit.alerting.playing import played
from tests.unit.alerting.worlds import START, Hourly, maintenance, mentions, steady

DAYS = 44
DROP = range(38 * 24 + 5, 39 * 24 + 5)


def fleet(brands: int = 4, days: int = DAYS, level: float = 12.0) -> dict[str, Hourly]:
    return {f"b{n}": steady(days, level + n, seed=n) for n in range(brands)}


def found(replay: Replay) -> list[tuple[str, str]]:
    return [(each["brand"], each["kind"]) for each in replay.document()["alerts"]]


def from_rfc3339(instant: str) -> int:
    return from_datetime(datetime.fromisoformat(instant))


def hour_of(instant: str) -> int:
    for hour in range(DAYS * 24 + 1):
        if to_rfc3339((START + hour) * HOUR) == instant:
            return hour
    raise AssertionError(f"{instant} is no hour of the world")


def test_a_quiet_fleet_stays_quiet() -> None:
    # Five brand-months; one false alarm in three is what is aimed at, and these have none.
    quiet = {f"q{n}": steady(58, 20.0 + n, seed=40 + n) for n in range(5)}
    assert found(played(mentions(quiet))) == []


def test_a_drop_is_one_alert_with_its_evidence_and_is_resolved() -> None:
    brands = fleet()
    brands["b1"][DROP.start : DROP.stop] *= 0.25
    [alert] = played(mentions(brands)).document()["alerts"]
    assert (alert["brand"], alert["kind"], alert["state"]) == ("b1", "influence_drop", "resolved")
    started = hour_of(alert["started_at"])
    assert DROP.start < started <= DROP.start + 12
    assert DROP.stop < hour_of(alert["resolved_at"]) <= DROP.stop + 15
    assert float(alert["observed"]) < float(alert["low"]) < float(alert["expected"])
    assert abs(hour_of(alert["evidence"]["onset"]) - DROP.start) <= 3
    assert alert["evidence"]["sources"][0]["source"] == "twitter"


def test_an_alert_that_lasts_is_open() -> None:
    brands = fleet()
    brands["b1"][-24:] *= 0.2
    [alert] = played(mentions(brands)).document()["alerts"]
    assert (alert["state"], alert["resolved_at"]) == ("firing", None)


def test_a_surge_of_detraction() -> None:
    brands = fleet()
    against = {name: steady(DAYS, 6.0, seed=30 + n) for n, name in enumerate(brands)}
    against["b2"][DROP.start : DROP.stop] *= 6
    lines = mentions(brands) + mentions(against, sentiment=-0.8, tag="x")
    assert found(played(lines)) == [("b2", "detraction_surge")]


def test_under_four_weeks_of_history_nothing_is_said() -> None:
    brands = fleet(days=27)
    brands["b1"][-48:] *= 0.1
    assert found(played(mentions(brands))) == []


def test_a_volume_too_low_is_unknown() -> None:
    brands = {"tiny": steady(DAYS, 0.08), **fleet(3)}
    brands["tiny"][DROP.start :] = 0.0
    result = played(mentions(brands))
    assert found(result) == []
    states = {
        each.standing.alert.state
        for each in result.transitions
        if each.brand == "tiny" and each.standing.kind == "influence_drop"
    }
    assert states <= {"unknown"}


def test_a_low_volume_is_looked_at_over_a_day() -> None:
    brands = {"low": steady(DAYS, 3.5), **fleet(3)}
    brands["low"][DROP.start : DROP.start + 72] = 0.0
    brands["low"][DROP.start : DROP.start + 72 : 6] = 1.0
    [alert] = played(mentions(brands)).document()["alerts"]
    assert (alert["brand"], alert["kind"]) == ("low", "influence_drop")
    # Six hours say too little.
    assert 8 < hour_of(alert["started_at"]) - DROP.start < 24
    assert 8 < alert["evidence"]["window_hours"] <= 24


def test_a_silent_source_is_no_drop() -> None:
    brands = fleet()
    brands["b1"][DROP.start : DROP.stop] = 0.0
    [alert] = played(mentions(brands)).document()["alerts"]
    assert (alert["brand"], alert["kind"], alert["state"]) == ("b1", "source_silent", "resolved")
    assert hour_of(alert["evidence"]["sources"][0]["silent_since"]) == DROP.start


def test_a_dip_of_all_brands_is_the_sources() -> None:
    brands = fleet(5)
    for hourly in brands.values():
        hourly[DROP.start : DROP.stop] *= 0.25
    assert sorted(found(played(mentions(brands)))) == [(b, "source_silent") for b in sorted(brands)]


def test_two_wild_brands_change_nothing_for_the_others() -> None:
    brands = fleet(6)
    brands["b1"][DROP.start : DROP.stop] *= 0.25
    calm = played(mentions(brands))
    for hour in range(DAYS * 24):
        brands["b4"][hour] *= 30 if hour % 50 < 9 else 0.1
        brands["b5"][hour] *= 0.05 if hour // 60 % 2 else 8
    wild = played(mentions(brands))
    assert [each for each in found(wild) if each[0] < "b4"] == found(calm)


def test_a_maintenance_mutes_visibly() -> None:
    brands = fleet()
    brands["b1"][DROP.start : DROP.stop] *= 0.1
    lines = [*mentions(brands), maintenance("b1", DROP.start, DROP.stop)]
    result = played(lines)
    assert found(result) == []
    muted = [
        each.standing.hour - START
        for each in result.transitions
        if each.brand == "b1"
        and each.standing.kind == "influence_drop"
        and each.standing.alert.state == "muted"
    ]
    assert muted == [DROP.start + 1]


def test_a_drop_that_outlasts_the_maintenance_fires_after_it() -> None:
    brands = fleet()
    brands["b1"][DROP.start : DROP.stop + 24] *= 0.2
    lines = [*mentions(brands), maintenance("b1", DROP.start, DROP.stop)]
    [alert] = played(lines).document()["alerts"]
    assert hour_of(alert["started_at"]) > DROP.stop


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_within_the_horizon_it_is_the_same(seed: int) -> None:
    brands = fleet(3)
    brands["b1"][DROP.start : DROP.stop] *= 0.25
    lines = mentions(brands)
    as_of = (START + DAYS * 24) * HOUR
    once = played(lines, as_of=as_of).document()["alerts"]
    again = played(lines, as_of=as_of, shuffle=random.Random(seed)).document()["alerts"]
    assert once
    assert again == once


def test_beyond_the_watermark_nothing_is_decided() -> None:
    brands = fleet(2)
    late = (START + DAYS * 24 + 500) * HOUR
    result = played(mentions(brands), as_of=late)
    assert found(result) == []
    assert max(each.standing.hour for each in result.transitions) <= START + DAYS * 24


def test_an_impairment_is_an_alert_from_its_booking_on_for_a_week() -> None:
    days = 150
    turn = 100
    kind, harsh = np.zeros(days * 24), np.zeros(days * 24)
    kind[9::24], harsh[9::24] = 8, 2
    kind[turn * 24 + 9 :: 24], harsh[turn * 24 + 9 :: 24] = 4, 6
    lines = mentions({"b0": kind}) + mentions({"b0": harsh}, sentiment=-0.8, tag="x")
    result = played(lines)
    [alert] = [a for a in result.document()["alerts"] if a["kind"] == "goodwill_impairment"]
    assert alert["state"] == "resolved"
    started = from_rfc3339(alert["started_at"])
    assert started % DAY == 0
    assert alert["evidence"]["day"] == day_name(started // DAY - 1)
    assert from_rfc3339(alert["resolved_at"]) - started == 7 * DAY
    assert float(alert["observed"]) < float(alert["low"])
    assert float(alert["low"]) == pytest.approx(0.8 * float(alert["expected"]), abs=1e-4)


def test_what_is_shown_is_beyond_the_limit_when_an_alert_begins_and_not_while_all_is_well() -> None:
    rng = np.random.default_rng(7)
    brands = fleet(4)
    for name in brands:
        for _ in range(3):
            start = int(rng.integers(29 * 24, DAYS * 24 - 40))
            brands[name][start : start + int(rng.integers(6, 36))] *= float(rng.uniform(0.1, 0.7))
    begun = 0
    for each in played(mentions(brands)).transitions:
        alert, readings = each.standing.alert, each.standing.readings
        if each.standing.kind != "influence_drop" or readings.observed is None:
            continue
        assert readings.limit is not None
        if each.begins:
            begun += 1
            assert readings.observed <= readings.limit
        elif alert.state == "ok":
            assert readings.observed >= readings.limit
    assert begun >= 3
