"""``make detection``: fit the tails again, count false alarms, and look for drops.

Prints Markdown; ``pipeline/alerting/README.md`` holds what it printed. Arguments name sections:
``tails``, ``bars``, ``quiet``, ``young``, ``burdens``, ``drops``, ``holdout``. With
``INFLUENCE_TEST_HOLDOUT=FOLDER`` also the ten real series that :mod:`tests.detection.holdout` tells
of.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.alerting.baseline import Values
from pipeline.alerting.calibration import BARS, TAILS, target
from pipeline.alerting.fit import LEAST_WEEKS
from pipeline.alerting.kinds import STATISTICAL, TARGET, Kind
from pipeline.alerting.tail_fit import bootstrap, fit_tail
from pipeline.alerting.watched import SIDES
from pipeline.events.instants import DAY
from tests.detection import facts
from tests.detection.calibrate import statistics
from tests.detection.evaluate import (
    Found,
    Rate,
    drops_found,
    false_alarms,
    false_alarms_by_weeks,
    rule_false_alarms,
    rule_found,
)
from tests.detection.fleets import MANNERS, counts
from tests.detection.holdout import load

FLEETS = {"rough": "high volume", "low": "low volume", "steady": "no drift", "smooth": "no spikes"}
RESOLUTIONS = ("rough", "low", "faint")
POOLED = ("rough", "steady", "smooth")
"""Manners whose tails are pooled, at the volume of each resolution."""
BRANDS = 50
DAYS = 252
DEPTHS = (0.3, 0.5, 0.8)
LASTING = (6, 24, 168)
DROPPED = 150
YOUNG = 600


def tails() -> None:
    """Fit the tail of each kind and resolution; beside it the bar in force."""
    print(
        "\n| kind | resolution | threshold | rate a day | shape | scale | bar (90 %) | in force |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for kind in STATISTICAL:
        for number, volume in enumerate(RESOLUTIONS):
            random = np.random.default_rng(100 + number)
            known = []
            for manner in POOLED:
                alike = replace(MANNERS[manner], level=MANNERS[volume].level)
                known += statistics(counts(alike, BRANDS, 336, random), SIDES[kind], number)
            tail = fit_tail(known)
            low, high = bootstrap(known, target(kind), np.random.default_rng(1), 100)
            print(
                f"| {kind} | {number} | {tail.threshold:.3f} | {tail.rate:.4f} | {tail.shape:.3f} "
                f"| {tail.scale:.3f} | {tail.bar(target(kind)):.2f} ({low:.2f}..{high:.2f}) "
                f"| {BARS[kind][number]:.2f} |",
                flush=True,
            )
    print(f"\n{len(TAILS)} kinds, {TARGET / DAY:.0f} d for both together.", flush=True)


def bars() -> None:
    """Fit each fleet's own bars, to see how much one bar for all asks of them."""
    print("\n| fleet | drop | surge |")
    print("|---|---|---|")
    for number, manner in enumerate(("rough", "steady", "smooth", "random")):
        hourly = counts(MANNERS[manner], BRANDS, 336, np.random.default_rng(500 + number))
        own = [
            fit_tail(statistics(hourly, SIDES[kind], 0)).bar(target(kind)) for kind in STATISTICAL
        ]
        print(f"| {manner} | {own[0]:.2f} | {own[1]:.2f} |", flush=True)


def quiet() -> None:
    """Count false alarms on fleets that nothing happens to."""
    print("\n| fleet | brand-days | drop | surge | silent | all: mean days between | the rule |")
    print("|---|---|---|---|---|---|---|")
    for number, (manner, name) in enumerate(FLEETS.items()):
        random = np.random.default_rng(200 + number)
        advocacy = counts(MANNERS[manner], BRANDS, DAYS + 28, random)
        detraction = counts(MANNERS[manner], BRANDS, DAYS + 28, random)
        drop = false_alarms(advocacy, Kind.INFLUENCE_DROP)
        surge = false_alarms(detraction, Kind.DETRACTION_SURGE)
        silent = facts.silence(advocacy, random)
        together = drop + surge + silent
        print(
            f"| {name} | {drop.days:.0f} | {monthly(drop)} | {monthly(surge)} | {silent.events} "
            f"| {together.mean_days():.0f} | {monthly(rule_false_alarms(advocacy))} |",
            flush=True,
        )


def young() -> None:
    """Count false drops by weeks of history, for brands of which little is known."""
    print("\n| fleet | 4 weeks | 5 weeks | 6 weeks | 7 weeks |")
    print("|---|---|---|---|---|")
    for number, (manner, name) in enumerate(FLEETS.items()):
        hourly = counts(MANNERS[manner], YOUNG, 8 * 7, np.random.default_rng(600 + number))
        rates = false_alarms_by_weeks(hourly, Kind.INFLUENCE_DROP)[LEAST_WEEKS:]
        print(f"| {name} | {' | '.join(monthly(rate) for rate in rates)} |", flush=True)


def burdens() -> None:
    """Count surges of burdens that are in balance, for brands staffed well and tightly."""
    print("\n| agents over load | brand-days | surges |")
    print("|---|---|---|")
    for staffing in (1.6, 1.3, None):
        rate = facts.burden(40, DAYS + 28, staffing, np.random.default_rng(300))
        print(f"| {staffing or 'not known'} | {rate.days:.0f} | {rate.events} |", flush=True)


def drops() -> None:
    """Look for drops of every depth and duration."""
    print("\n| fleet | drop | lasting | found | median delay | rule found | its delay |")
    print("|---|---|---|---|---|---|---|")
    for manner in ("rough", "low"):
        hourly = counts(MANNERS[manner], DROPPED, 14 * 7, np.random.default_rng(400))
        for depth in DEPTHS:
            for hours in LASTING:
                ours = drops_found(hourly, depth, hours, np.random.default_rng(1))
                rules = rule_found(hourly, depth, hours, np.random.default_rng(1))
                print(
                    f"| {FLEETS[manner]} | {depth:.0%} | {hours} h | {shares(ours)} "
                    f"| {ours.delay():.0f} h | {shares(rules)} | {rules.delay():.0f} h |",
                    flush=True,
                )


def holdout(folder: Path) -> None:
    """Look at ten real series: one-day drops that begin every twelve hours."""
    hourly = load(folder)
    onsets = range(28 * 24 + 1, hourly.shape[1] - 24, 12)
    print("\n| detector | false alarms a brand-month | 50 % found | delay | 80 % found | delay |")
    print("|---|---|---|---|---|---|")
    print_holdout("the rule", rule_false_alarms(hourly), hourly, onsets, rule_found)
    in_force = BARS[Kind.INFLUENCE_DROP]
    for factor in (1.0, 0.95, 0.9, 0.85):
        BARS[Kind.INFLUENCE_DROP] = tuple(factor * bar for bar in in_force)
        alarms = false_alarms(hourly, Kind.INFLUENCE_DROP)
        print_holdout(f"ours, bar times {factor}", alarms, hourly, onsets, drops_found)
    BARS[Kind.INFLUENCE_DROP] = in_force


def print_holdout(
    name: str, alarms: Rate, hourly: Values, onsets: Sequence[int], find: Callable[..., Found]
) -> None:
    """Print a detector's line."""
    cells = []
    for depth in (0.5, 0.8):
        found = find(hourly, depth, 24, np.random.default_rng(1), onsets=onsets, whole=False)
        cells += [shares(found), f"{found.delay():.0f} h"]
    print(f"| {name} | {monthly(alarms)} | {' | '.join(cells)} |", flush=True)


def monthly(rate: Rate) -> str:
    """Return a rate a brand-month with its interval."""
    each, low, high = rate.a_month()
    return f"{each:.2f} ({low:.2f}..{high:.2f})"


def shares(found: Found) -> str:
    """Return a share with its interval."""
    each, low, high = found.share()
    return f"{each:.0%} ({low:.0%}..{high:.0%})"


SECTIONS = {
    "tails": tails,
    "bars": bars,
    "quiet": quiet,
    "young": young,
    "burdens": burdens,
    "drops": drops,
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or [*SECTIONS, "holdout"]
    for name, section in SECTIONS.items():
        if name in wanted:
            section()
    if "holdout" in wanted and "INFLUENCE_TEST_HOLDOUT" in os.environ:
        holdout(Path(os.environ["INFLUENCE_TEST_HOLDOUT"]))
