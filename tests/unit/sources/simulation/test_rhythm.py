"""Means, shocks and queues are what a profile says."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pytest

from pipeline.events.instants import DAY, HOUR, day_of_date
from pipeline.sources.simulation.profile import BrandProfile, Calendar, Episode, Support
from pipeline.sources.simulation.rhythm import HOURS, WEEKDAYS, Rhythm, instants, started, weekday
from pipeline.sources.simulation.tickets import Tickets, mean_work

MONDAY = day_of_date(date(2026, 3, 2))


def brand(**more: object) -> BrandProfile:
    usual = {"people": 100, "mentions": 100, "advocates": 0.5, "detractors": 0.2, "shocks": 0.0}
    return BrandProfile(id="b", name="B", **(usual | more))  # type: ignore[arg-type]


def test_shares_of_hours_and_weekdays() -> None:
    assert sum(HOURS) == pytest.approx(1)
    assert sum(WEEKDAYS) == pytest.approx(7)
    assert weekday(MONDAY) == 0


def test_a_day_has_the_means_of_its_weekday_hours_and_people() -> None:
    day = Rhythm(brand(), 1).mentions(MONDAY + 1)
    assert sum(day.praise) == pytest.approx(50 * 1.05)
    assert sum(day.complaints) == pytest.approx(20 * 1.05)
    assert sum(day.remarks) == pytest.approx(30 * 1.05)
    assert sum(day.outcries) == 0
    assert day.praise[19] / day.praise[3] == pytest.approx(16)
    assert sum(Rhythm(brand(), 1).tickets(MONDAY)) == 0


def test_an_episode_multiplies_its_hours_and_anyone_may_complain() -> None:
    outage = Episode(
        on=(date(2026, 3, 2),), name="x", hour=22, hours=4, detraction=5, tickets=3, advocacy=0.5
    )
    support = Support(tickets=10, handle_seconds=1, reply_seconds=1, resolution_seconds=1)
    rhythm = Rhythm(brand(episodes=(outage,), support=support), 1)
    usual = Rhythm(brand(support=support), 1)
    for day, hours in ((MONDAY, (22, 23)), (MONDAY + 1, (0, 1))):
        with_it, without = rhythm.mentions(day), usual.mentions(day)
        for hour in range(24):
            factor = (0.5, 4, 3) if hour in hours else (1, 0, 1)
            assert with_it.praise[hour] == pytest.approx(factor[0] * without.praise[hour])
            assert with_it.complaints[hour] == without.complaints[hour]
            assert with_it.outcries[hour] == pytest.approx(factor[1] * without.complaints[hour])
            tickets = usual.tickets(day)[hour]
            assert rhythm.tickets(day)[hour] == pytest.approx(factor[2] * tickets)


def test_calendars() -> None:
    weekly = Calendar(every=7, phase=MONDAY % 7)
    assert [weekly.days_since(MONDAY + n) for n in (-1, 0, 6, 7)] == [6, 0, 6, 0]
    dated = Calendar(on=(date(2026, 3, 2), date(2026, 3, 9)))
    assert [dated.days_since(MONDAY + n) for n in (0, 6, 7, 30)] == [0, 6, 0, 23]
    assert dated.days_since(MONDAY - 1) > 10**6
    assert started(weekly, 22, 4, 24 * MONDAY + 21) is None
    assert started(weekly, 22, 4, 24 * MONDAY + 22) == MONDAY
    assert started(weekly, 22, 4, 24 * MONDAY + 25) == MONDAY
    assert started(weekly, 22, 4, 24 * MONDAY + 26) is None


@pytest.mark.parametrize(("sigma", "persistence"), [(0.3, 0.0), (0.3, 0.6), (0.15, 0.9)])
def test_levels_have_the_spread_and_persistence_they_should(
    sigma: float, persistence: float
) -> None:
    logs = []
    for seed in range(40):
        rhythm = Rhythm(brand(shocks=sigma, persistence=persistence), seed)
        logs.append([np.log(rhythm.level(day)) for day in range(400)])
    series = np.array(logs)
    assert np.exp(series).mean() == pytest.approx(1, abs=0.03)
    assert series.std() == pytest.approx(sigma, rel=0.05)
    deviations = series + sigma**2 / 2
    lag = (deviations[:, 1:] * deviations[:, :-1]).mean() / (deviations**2).mean()
    assert lag == pytest.approx(persistence, abs=0.03)
    again = Rhythm(brand(shocks=sigma, persistence=persistence), 3)
    assert again.level(250) == Rhythm(brand(shocks=sigma, persistence=persistence), 3).level(250)


def test_instants_are_a_poisson_process() -> None:
    random = Random(5)
    means = [0.0] * 12 + [2.0] * 12
    counts = []
    for _ in range(2000):
        at = list(instants(random, MONDAY, means))
        counts.append(len(at))
        assert at == sorted(at)
        assert all(MONDAY * DAY + 12 * HOUR <= each < (MONDAY + 1) * DAY for each in at)
    assert np.mean(counts) == pytest.approx(24, rel=0.02)
    assert np.var(counts) == pytest.approx(24, rel=0.1)


def test_a_queue_grows_with_the_overload_and_drains_after() -> None:
    overload = Episode(on=(date(2026, 3, 2),), name="x", hours=14 * 24, tickets=2.0)
    support = Support(
        tickets=100,
        handle_seconds=3_600,
        reply_seconds=60,
        resolution_seconds=60,
        merged=0,
        staff=100 / 24 * 1.25,
    )
    tickets = Tickets(brand(support=support, episodes=(overload,)), support, 1)
    assert mean_work(support) == 3_600
    # Twice the load is 1.6 times what the staff can do: .6 of each day is left.
    assert tickets.waits(MONDAY)[0] < 24 * 3_600
    gained = tickets.waits(MONDAY + 13)[24] - tickets.waits(MONDAY)[0]
    assert gained == pytest.approx(14 * 0.6 * 86_400, rel=0.05)
    # A fifth of each day is free then: 42 days later it is as before.
    assert tickets.waits(MONDAY + 35)[12] > 3 * 86_400
    assert tickets.waits(MONDAY + 13 + 45)[5] < 3_600
    assert tickets.waits(MONDAY + 3)[24] == tickets.waits(MONDAY + 4)[0]
