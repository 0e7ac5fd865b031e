"""Activation: does its 90 % interval cover the share of the silent that a launch activated?

Two truths are told apart: the share that the launch did bring to speak, of those who would have
been silent, and the chance that each had. The definition's interval is about the first: it is made
of how windows without a launch differ, in which nothing is added by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import norm

from pipeline.metrics.activation import activation
from pipeline.state.brand import BrandMentions
from tests.truth.findings import ALPHA, Finding, Place, interval_score
from tests.truth.people import Crowd
from tests.truth.processes import PROCESSES, WEEK, Process, generator

METRIC = "Activation, 90 % interval"
LAUNCH = 20_500
WINDOW = 3
SPREAD = (0.5, 0.3, 0.2)
"""On which day of the window those speak whom the launch brings to it."""
HISTORY = 84 + 8 * 7
STRONGEST = 0.15
BRANDS = {"1,500 ambassadors": (1_500, 80.0), "400 ambassadors": (400, 30.0)}
"""How many there are, and how often they speak a day."""


def prove(seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield bias, coverage and score for each process and size of brand.

    The chance is drawn anew for each world, uniform from 0 to .15. The oracle knows how far the
    estimate is off in the mean of all worlds.
    """
    for process in PROCESSES:
        for name, (people, mentions) in BRANDS.items():
            rows = np.array(
                [
                    _world(generator(seed, process, name), process, people, mentions)
                    for seed in seeds
                ]
            )
            value, low, high, activated, chance = rows.T
            place = Place(METRIC, f"{process.name}; {name}")
            half = norm.ppf(1 - ALPHA / 2) * np.sqrt(np.mean((value - activated) ** 2))
            yield place.mean("bias", value - activated, -0.004, 0.004)
            yield place.share("covers", (low <= activated) & (activated <= high), 0.86, 0.94)
            yield place.ratio(
                "score ÷ oracle's",
                interval_score(low, high, activated),
                interval_score(value - half, value + half, activated),
            )
            yield place.share("covers the chance", (low <= chance) & (chance <= high))


def _world(
    rng: np.random.Generator, process: Process, people: int, mentions: float
) -> tuple[float, float, float, float, float]:
    """Return activation with its interval, and the two truths."""
    crowd = Crowd(rng, people)
    chance = rng.uniform(0.0, STRONGEST)
    prompted = rng.random(people) < chance
    on = rng.choice(WINDOW, people, p=SPREAD)
    brand = BrandMentions()
    audience = np.zeros(people, np.bool_)
    anyway = np.zeros(people, np.bool_)
    first = LAUNCH - HISTORY
    levels = process.levels(rng, HISTORY + WINDOW)
    for number, level in enumerate(levels):
        day = first + number
        speakers = crowd.speakers(mentions * level * WEEK[day % 7])
        if LAUNCH <= day < LAUNCH + WINDOW:
            anyway[speakers] = True
            speakers = np.union1d(speakers, np.flatnonzero(prompted & (on == day - LAUNCH)))
        elif LAUNCH - 84 <= day < LAUNCH:
            audience[speakers] = True
        crowd.remember(brand, day, speakers)
    found = activation(brand, LAUNCH, {LAUNCH})
    assert found is not None
    assert found.activation is not None
    assert found.low is not None
    assert found.high is not None
    silent = audience & ~anyway
    activated = float((silent & prompted).sum() / silent.sum())
    return found.activation, found.low, found.high, activated, chance
