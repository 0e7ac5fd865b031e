"""False alarms of the kinds that follow facts, on fleets that nothing happens to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from pipeline.alerting.baseline import WEEK, Values
from pipeline.alerting.brand_alerts import DIP_HOURS
from pipeline.alerting.burden import Burden
from pipeline.alerting.kinds import Kind
from pipeline.alerting.silence import Silence
from pipeline.state import tiers
from pipeline.state.hourly import Hourly
from pipeline.state.packed import Held
from pipeline.state.pane import Pane, SourceTally
from tests.detection.evaluate import Rate
from tests.detection.fleets import DAY
from tests.detection.watching import Fleet

HOUR = 3_600_000_000


def silence(hourly: Values, random: np.random.Generator) -> Rate:
    """Return how often a source is taken for silent; two sources, one with a fifth of the words."""
    events = 0
    fleet = Fleet.scored(hourly, Kind.INFLUENCE_DROP)
    for row, watched in zip(hourly, fleet.brands, strict=True):
        events += _silences(row, random)
        together = np.zeros(row.size, np.bool_)
        together[list(watched.hear(row.size, fleet.rhythm))] = True
        events += _runs(together, DIP_HOURS)
    return Rate(events, hourly.shape[0] * (hourly.shape[1] - 4 * WEEK) / DAY)


def _silences(row: Values, random: np.random.Generator) -> int:
    small = random.binomial(row.astype(np.int64), 0.2)
    panes: dict[int, Held] = {}
    for hour, (count, few) in enumerate(zip(row.astype(int).tolist(), small.tolist(), strict=True)):
        sources = {"large": count - few, "small": few}
        heard = [SourceTally(name, n) for name, n in sources.items() if n]
        panes[hour] = Pane(tiers.HOUR, hour, mentions=count, tallies=heard)
    quiets = Silence.begin(0).advance(row.size, Hourly(panes), 0)
    silent = np.zeros(row.size, np.bool_)
    silent[[hour for hour, quiet in quiets.items() if quiet.silent]] = True
    return _runs(silent, 1)


def _runs(flags: np.ndarray, least: int) -> int:
    """Return how many stretches of at least ``least`` hours are flagged."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return int(np.count_nonzero(edges[1::2] - edges[::2] >= least))


def burden(brands: int, days: int, staffing: float | None, random: np.random.Generator) -> Rate:
    """Return how often a burden that is in balance is taken for a surge.

    Tickets come at random, more by day than by night, and take from minutes to days; the brand has
    ``staffing`` times as many agents as its load needs, or nobody knows how many.
    """
    events = 0
    for _ in range(brands):
        rate = np.exp(random.uniform(np.log(0.3), np.log(10.0)))
        hours = np.arange(days * DAY)
        counts = random.poisson(rate * (1 + 0.6 * np.sin(2 * np.pi * hours / DAY)))
        opened = np.repeat(hours, counts) * HOUR + random.integers(0, HOUR, counts.sum())
        lasts = random.lognormal(np.log(8.0), 1.0, opened.size) * HOUR
        handle = random.exponential(900.0, opened.size) * 1_000_000
        columns: Any = SimpleNamespace(
            opened=opened, ended=opened + lasts.astype(np.int64), handle=handle
        )
        agents = None if staffing is None else staffing * rate * 900 / 3600
        state = Burden.begin(0)
        while state.hour < hours.size:
            state.decide(_recent(columns, state.hour), 0, agents, muted=False)
        events += state.alert.episodes
    return Rate(events, brands * (days - 28))


def _recent(columns: Any, hour: int) -> Any:
    """Return the tickets that a state would still hold and know of."""
    t = (hour + 1) * HOUR
    kept = (columns.opened < t) & (columns.ended > t - 42 * DAY * HOUR)
    return SimpleNamespace(
        opened=columns.opened[kept], ended=columns.ended[kept], handle=columns.handle[kept]
    )
