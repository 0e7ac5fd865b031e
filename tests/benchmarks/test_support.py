"""Support burden: what evaluating a brand costs, and how far waiting times are off."""

from __future__ import annotations

import random
import time
from math import log

import numpy as np
import pytest

from pipeline.events.brands import Brand, Weekday
from pipeline.events.instants import DAY, HOUR
from pipeline.metrics.support import support_fields
from pipeline.state.shard import BrandState
from pipeline.state.tickets import TicketBook
from tests.unit.metrics.desks import error_of_the_median, median_and_p90, opened_or_open, steady
from tests.unit.metrics.tickets import Row, T, book

WORKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
PLAIN = Brand(
    id="acme", customers=1000, sla_first_reply_seconds=3600, sla_resolution_seconds=86_400
)
HOURS = Brand(
    id="acme",
    customers=1000,
    sla_first_reply_seconds=3600,
    sla_resolution_seconds=86_400,
    timezone="Europe/Berlin",
    business_hours=dict.fromkeys(WORKDAYS, ("09:00-17:00",)),
)


def busy(tickets: int) -> TicketBook:
    """Return a book of so many tickets opened in 28 d, and those of the 14 days before."""
    draw = random.Random(1)
    rows: list[Row] = []
    for number in range(tickets * 42 // 28):
        at = T - round(draw.random() * 42 * DAY)
        steps: list[tuple[str, float, dict[str, float]]] = [
            ("opened", 0.0, {}),
            ("replied", 1.0, {}),
            ("waiting", 2.0, {}),
            ("resumed", 2.0, {}),
            ("solved", 20.0, {"handle_seconds": 300.0}),
        ]
        if draw.random() < 0.1:
            steps += [("reopened", 20.0, {}), ("solved", 20.0, {})]
        if draw.random() < 0.3:
            steps.append(("rated", 1.0, {"csat": draw.random()}))
        for kind, hours, said in steps:
            at += round(draw.expovariate(1) * hours * HOUR)
            if at <= T:
                rows.append((str(number), kind, at, said))
    return book(*rows)


def milliseconds(state: BrandState, entry: Brand) -> float:
    """Return the CPU time of one evaluation at best."""
    best = float("inf")
    for _ in range(30):
        started = time.process_time()
        for _ in range(10):
            support_fields(state, entry, T)
        best = min(best, (time.process_time() - started) * 100)
    return best


@pytest.mark.bench
def test_the_cost_of_an_evaluation() -> None:
    print()
    for tickets in (0, 100, 1_000, 5_000):
        state = BrandState("acme", None, busy(tickets))
        plain, hours = milliseconds(state, PLAIN), milliseconds(state, HOURS)
        print(f"{tickets:6,} tickets in 28 d {plain:8.2f} ms, with business hours {hours:8.2f} ms")
        assert plain < 5


@pytest.mark.bench
def test_the_bias_of_waiting_times() -> None:
    print("\nbias over 100 desks in balance      at risk in 28 d       opened in 28 d or open")
    for name, mean in (("3 h", 3 * HOUR), ("2 d", 2 * DAY), ("5 d", 5 * DAY), ("20 d", 20 * DAY)):
        found = []
        for seed in range(100):
            opened, ended, solved = steady(seed, mean)
            literal = opened_or_open(opened, ended)
            of_literal = median_and_p90(opened[literal], ended[literal], solved[literal])
            found.append((*median_and_p90(opened, ended, solved), *of_literal))
        columns = []
        for index, values in enumerate(zip(*found, strict=True)):
            known = [value for value in values if value is not None]
            truth = -log(1 - (0.5, 0.9)[index % 2]) * mean
            columns.append(f"{np.mean(known) / truth - 1:+8.1%}" if known else " unknown")
        print(f"mean {name:>4}, p50 and p90    {'   '.join(columns)}")


@pytest.mark.bench
def test_the_error_in_overload() -> None:
    print("\nerror of the median, first come first served, over 10 desks   ours    solved alone")
    for days in (7, 14, 21, 28, 42):
        for load in (1.2, 1.5, 2.0):
            errors = [error_of_the_median(seed, days, load) for seed in range(10)]
            ours, alone = np.mean(errors, axis=0)
            print(f"for {days} d offered {load} times its capacity {ours:+27.1%} {alone:+14.1%}")
