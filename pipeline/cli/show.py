"""``influence show`` and ``influence ledger``: what Redis holds, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from pipeline.cli.output import JsonOption, digits, note, print_json, print_table, rounded
from pipeline.metrics.fields import BOUND_SUFFIX, SNAPSHOT_FIELDS, STATE_SUFFIX

OVERVIEW = {
    "index": "influence_index",
    "goodwill": "goodwill",
    "for": "advocacy_28d",
    "against": "detraction_28d",
    "net": "net_sentiment_28d",
    "staff": "required_staff",
    "open": "tickets_open",
    "reply": "first_reply_seconds_p50_28d",
    "solved": "resolution_seconds_p50_28d",
}
"""Columns of the overview and the snapshot fields that they show."""

UNKNOWN = {"beyond_horizon": "beyond"}
"""How the overview shows why something is not known; all else is a dash."""

LEDGER = ("opening", "earned", "detraction", "decay", "impairment", "closing")
_MICRO = 1_000_000
_DAYS = 30
_TEN = 10


def overview(brands: Mapping[str, Mapping[str, str]]) -> list[Sequence[str]]:
    """Return a row a brand, the highest index first: its id and the columns of the overview."""

    def index(brand: str) -> float:
        return float(brands[brand].get("influence_index", "0"))

    ranked = sorted(brands, key=lambda brand: (-index(brand), brand))
    return [
        (brand, *(cell(brands[brand], field) for field in OVERVIEW.values())) for brand in ranked
    ]


def details(fields: Mapping[str, str]) -> list[Sequence[str]]:
    """Return a row a field: its name, its value, and what is to be said about it."""
    known = [name for name in fields if not name.endswith((STATE_SUFFIX, BOUND_SUFFIX))]
    unknown = [name.removesuffix(STATE_SUFFIX) for name in fields if name.endswith(STATE_SUFFIX)]
    order = {name: number for number, name in enumerate(SNAPSHOT_FIELDS)}
    rows: list[Sequence[str]] = []
    for name in sorted({*known, *unknown}, key=lambda name: (order.get(name, len(order)), name)):
        bound = fields.get(f"{name}{BOUND_SUFFIX}")
        notes = [fields.get(f"{name}{STATE_SUFFIX}", "").replace("_", " ")]
        notes += [] if bound is None else [f"± {float(bound):.1%}"]
        if "_seconds" in name and name in fields:
            notes.append(duration(float(fields[name])))
        rows.append((name, digits(fields.get(name, "-")), " ".join(filter(None, notes))))
    return rows


def cell(fields: Mapping[str, str], field: str) -> str:
    """Return a field for people: rounded, durations in words, or a mark for what is not known."""
    value = fields.get(field)
    if value is None:
        return UNKNOWN.get(fields.get(f"{field}_state", ""), "-")
    if "_seconds" in field:
        return duration(float(value))
    return rounded(float(value), ".2f")


def duration(seconds: float) -> str:
    """Return a duration in its largest unit.

    >>> duration(5400)
    '1.5 h'
    """
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            number = seconds / size
            return f"{number:.1f} {unit}" if number < _TEN else f"{number:.0f} {unit}"
    return f"{seconds:.0f} s"


def show(
    brand: Annotated[str | None, typer.Argument(help="One brand in full; else all.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is published: an overview of all brands, or everything of one."""
    from pipeline import settings
    from pipeline.cli import view

    brands = view.brands(settings.load().redis, brand)
    if as_json:
        print_json({"brands": brands})
    elif brand is None:
        print_table(f"{len(brands)} brands", ("brand", *OVERVIEW), overview(brands))
        note(
            "for, against: advocacy and detraction of 28 days; staff: to be employed, of whom "
            "seven in ten are there at once; reply, solved: medians of 28 days"
        )
    else:
        print_table(brand, ("field", "value", "note"), details(brands[brand]))


def ledger(
    brand: Annotated[str, typer.Argument(help="Brand id.")],
    days: Annotated[
        int | None, typer.Option(min=1, help=f"Latest days only [default: {_DAYS}, JSON: all].")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a brand's goodwill as an account: one line a day, in advocate-days."""
    from pipeline import settings
    from pipeline.cli import view

    lines = list(view.ledger(settings.load().redis, brand).items())
    if as_json:
        chosen = lines[-days:] if days else lines
        print_json({"brand": brand, "ledger": {day: json.loads(line) for day, line in chosen}})
        return
    rows = []
    for day, text in lines[-(days or _DAYS) :]:
        line = json.loads(text)
        rows.append((day, *(f"{line[column] / _MICRO:,.2f}" for column in LEDGER)))
    print_table(f"{brand}, advocate-days", ("day", *LEDGER), rows)
