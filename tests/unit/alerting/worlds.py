"""Brands whose hours are given as counts, turned into mentions: what is in them is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.events.instants import HOUR, to_rfc3339
from pipeline.events.records import Topic
from pipeline.replay import Line

START = 482_000
"""First hour of every world, hours since the epoch."""

Hourly = NDArray[np.float64]


def steady(days: int, level: float, seed: int = 0) -> Hourly:
    """Return counts with a rhythm of days and weeks and nothing else but chance."""
    hours = np.arange(days * 24)
    rhythm = 1 + 0.5 * np.sin(2 * np.pi * hours / 24) + 0.2 * np.sin(2 * np.pi * hours / 168)
    return np.random.default_rng(seed).poisson(level * rhythm).astype(np.float64)


def mentions(
    brands: Mapping[str, Hourly],
    *,
    source: str = "twitter",
    sentiment: float = 0.8,
    tag: str = "",
) -> list[Line]:
    """Return a mention for each count, each by an author of its own, spread over its hour."""
    result = []
    for brand, hourly in brands.items():
        number = 0
        # Written by hand, and times put together: worlds are made of hundreds of thousands.
        said = f'"source": {json.dumps(source)}, "sentiment": {json.dumps(sentiment)}'
        for hour, count in enumerate(hourly.astype(int).tolist(), START):
            since = to_rfc3339(hour * HOUR)[: len("2000-01-01T00:")]
            for nth in range(count):
                number += 1
                event = (
                    f'{{"id": "{brand}{tag}{number}", "brand": "{brand}", '
                    f'"author": "{brand}{tag}a{number}", '
                    f'"occurred_at": "{since}{_within_the_hour(nth, count)}", {said}}}'
                )
                result.append(Line(Topic.MENTIONS, event.encode()))
    return result


@cache
def _within_the_hour(nth: int, count: int) -> str:
    """Return minutes and the rest of the time of one of an hour's mentions."""
    return to_rfc3339((nth + 1) * HOUR // (count + 2) // 1000 * 1000)[len("2000-01-01T00:") :]


def time_of(value: bytes) -> bytes:
    """Return when a mention of :func:`mentions` occurred, to sort by, without decoding it."""
    return value.partition(b'"occurred_at": "')[2].partition(b'"')[0]


def maintenance(brand: str, first: int, last: int) -> Line:
    """Return a maintenance from the world's hour ``first`` to ``last``."""
    event = {
        "id": f"{brand}-{first}",
        "brand": brand,
        "occurred_at": to_rfc3339((START + first) * HOUR),
        "ends_at": to_rfc3339((START + last) * HOUR),
        "type": "maintenance",
        "name": "works",
    }
    return Line(Topic.ACTIVITY, json.dumps(event).encode())
