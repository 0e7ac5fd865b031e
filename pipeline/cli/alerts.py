"""``influence alerts``: which alerts brands have, and how they go on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from pipeline.cli.output import JsonOption, digits, print_json, print_table

COLUMNS = ("brand", "kind", "state", "since", "observed", "expected", "low")
EPISODE = ("brand", "kind", "state", "started_at", "resolved_at", "observed", "expected", "low")
"""What is told of an alert that fired, evidence aside."""

_NUMBERS = ("observed", "expected", "low")
_QUIET = ("ok", "unknown")


def alerts(
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for what comes, and print it; end with ^C.")
    ] = False,
    all_states: Annotated[
        bool, typer.Option("--all", help="Also alerts that are ok or unknown.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show alerts that are pending, firing, resolved or muted; with --follow also what follows."""
    from pipeline import settings
    from pipeline.cli import view

    redis = settings.load().redis
    last, found = view.alerts(redis)
    shown = [each for each in found if all_states or each["state"] not in _QUIET]
    if follow:
        for each in shown:
            _print(each, as_json)
        for each in view.follow_alerts(redis, last):
            _print(each, as_json)
    elif as_json:
        print_json({"alerts": [document(each) for each in shown]})
    else:
        print_table(f"{len(shown)} alerts", COLUMNS, [row(each) for each in shown])


def document(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return an alert's fields as an object, its evidence as one too."""
    return {**fields, "evidence": json.loads(fields.get("evidence", "{}"))}


def row(fields: Mapping[str, str | None], columns: Sequence[str] = COLUMNS) -> Sequence[str]:
    """Return an alert's or an episode's columns for people."""
    shown = {column: fields.get(column) or "-" for column in columns}
    return [digits(text) if column in _NUMBERS else text for column, text in shown.items()]


def _print(fields: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        print_json(document(fields))
    else:
        print("  ".join(row(fields)), flush=True)
