"""What a person on call wants to see beside an alert: since when, how much, and from where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.gauge import Gauge
from pipeline.alerting.kinds import Kind
from pipeline.alerting.silence import Silent
from pipeline.alerting.standing import Evidence
from pipeline.events.instants import HOUR, to_rfc3339
from pipeline.metrics.number import decimal
from pipeline.state import tiers
from pipeline.state.brand import BrandMentions
from pipeline.state.packed import look_at
from pipeline.state.packed_block import values_of
from pipeline.state.pane import MICRO, among

_WEEKS_BEFORE = 4
_MOST_SOURCES = 3
_DIGITS = 3


def of_gauge(gauge: Gauge, kind: Kind, brand: BrandMentions, hour: int) -> Evidence:
    """Return the evidence of a statistical alert, entered at evaluation time ``hour``."""
    return {
        "window_hours": gauge.hours,
        "onset": to_rfc3339(gauge.onset * HOUR),
        "sources": top_sources(brand, kind, range(hour - gauge.hours, hour)),
    }


def top_sources(brand: BrandMentions, kind: Kind, window: range) -> list[dict[str, str]]:
    """Return the sources that changed most against the median of the weeks before.

    In strengths added up, repeats included, so they do not add up to advocacy.
    """
    now = _by_source(brand, kind, window)
    before = [
        _by_source(brand, kind, range(window.start - n * WEEK, window.stop - n * WEEK))
        for n in range(1, _WEEKS_BEFORE + 1)
    ]
    names = set(now).union(*before)
    usual = {name: float(np.median([week.get(name, 0.0) for week in before])) for name in names}
    bad = 1 if kind is Kind.DETRACTION_SURGE else -1
    change = {name: bad * (now.get(name, 0.0) - usual[name]) for name in names}
    ranked = sorted((name for name in names if change[name] > 0), key=lambda n: (-change[n], n))
    return [
        {
            "source": name,
            "observed": decimal(round(now.get(name, 0.0), _DIGITS)),
            "expected": decimal(round(usual[name], _DIGITS)),
        }
        for name in ranked[:_MOST_SOURCES]
    ]


def _by_source(brand: BrandMentions, kind: Kind, window: range) -> dict[str, float]:
    panes = brand.whole(tiers.HOUR)
    look = look_at(*values_of(panes, among(panes, window)))
    strengths = look.strengths[int(kind is Kind.DETRACTION_SURGE)]
    sums = np.bincount(look.source, strengths, len(look.sources)) / MICRO
    return dict(zip(look.sources, sums.tolist(), strict=True))


def of_silence(silent: Sequence[Silent], hour: int) -> Evidence:
    """Return the sources that are silent, the one that is missed most first."""
    ranked = sorted(silent, key=lambda each: (-each.expected, each.source))
    return {
        "sources": [
            {
                "source": each.source,
                "silent_since": to_rfc3339((hour - each.hours) * HOUR),
                "expected": decimal(round(each.expected, _DIGITS)),
            }
            for each in ranked
        ]
    }


def of_dip(brand: BrandMentions, hour: int, hours: int) -> Evidence:
    """Return the sources that all brands hear less of; the last ``hours`` were such."""
    return {
        "all_brands": True,
        "onset": to_rfc3339((hour - hours) * HOUR),
        "sources": top_sources(brand, Kind.INFLUENCE_DROP, range(hour - hours, hour)),
    }
