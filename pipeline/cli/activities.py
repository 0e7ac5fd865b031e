"""``influence launches`` and ``influence campaigns``: what they brought, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from pipeline.cli.output import JsonOption, note, print_json, print_table
from pipeline.errors import Usage

BrandArgument = Annotated[str, typer.Argument(help="Brand id.")]
Fields = Mapping[str, str]

LAUNCHES = ("launch", "day", "activation", "90 %", "spoke", "usual", "of", "new", "final")
CAMPAIGNS = ("campaign", "day", "28 d", "90 %", "90 d", "90 %", "with")
_UNKNOWN = {"beyond_horizon": "not yet"}
"""How tables say why something is not known; all else is a dash."""

_NAMED = 2
"""So many campaigns are named beside one; of more the first."""


def launches(brand: BrandArgument, as_json: JsonOption = False) -> None:
    """Show how much of its earned audience each launch of a brand activated."""
    found = _found("launch", brand)
    if as_json:
        print_json({"brand": brand, "launches": found})
        return
    print_table(f"{brand}, {len(found)} launches", LAUNCHES, [launch_row(each) for each in found])
    note(
        "activation: of those of the audience who would have kept silent, the share that spoke; "
        "spoke: of the audience, at the launch; usual: in windows before it"
    )


def campaigns(
    brand: BrandArgument,
    structural: Annotated[
        bool, typer.Option(help="By a structural time-series model (extra: structural).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what each campaign of a brand contributed to goodwill."""
    found = _found("campaign", brand)
    if structural:
        found = _structural(brand, found)
    if as_json:
        print_json({"brand": brand, "campaigns": found})
        return
    rows = [campaign_row(each) for each in found]
    print_table(f"{brand}, {len(found)} campaigns, advocate-days", CAMPAIGNS, rows)
    note("28 d, 90 d: gained since the start beyond what was usual; *: surely a gain")


def launch_row(fields: Fields) -> Sequence[str]:
    """Return a launch's line, in the columns of :data:`LAUNCHES`."""
    return (
        fields["name"],
        _day(fields["start"]),
        _number(fields, "activation", ".3f"),
        _interval(fields, "activation", ".3f"),
        _number(fields, "active_share", ".1%"),
        _number(fields, "usual_share", ".1%"),
        _number(fields, "audience", ",.0f"),
        _number(fields, "new_advocates", ",.0f"),
        _day(fields["final_at"]),
    )


def campaign_row(fields: Fields) -> Sequence[str]:
    """Return a campaign's line, in the columns of :data:`CAMPAIGNS`."""
    cells = []
    others: list[str] = []
    for horizon in ("28d", "90d"):
        name = f"contribution_{horizon}"
        surely = "*" if float(fields.get(f"{name}_low", "0")) > 0 else ""
        cells += [_number(fields, name, "+,.1f") + surely, _interval(fields, name, "+,.1f")]
        joint = json.loads(fields.get(f"jointly_with_{horizon}", "[]"))
        others += [other for other in joint if other not in others]
    # More of them would leave no room for the numbers.
    named = others if len(others) <= _NAMED else [*others[: _NAMED - 1], f"{len(others) - 1} more"]
    return (fields["name"], _day(fields["start"]), *cells, ", ".join(named))


def _found(kind: str, brand: str) -> list[dict[str, str]]:
    from pipeline import settings
    from pipeline.cli import view

    return view.activities(settings.load().redis, kind, brand)


def _structural(brand: str, found: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return campaigns with contributions by the structural model, from the ledger's days."""
    from pipeline import settings
    from pipeline.cli import view
    from pipeline.metrics.structural import history_of, structural_fields

    past = history_of(view.ledger(settings.load().redis, brand))
    try:
        return [structural_fields(past, campaign) for campaign in found]
    except ImportError as error:
        raise Usage(
            "the structural model needs statsmodels",
            "run: pip install 'collective-influence[structural]'",
        ) from error


def _day(instant: str) -> str:
    return instant.partition("T")[0]


def _number(fields: Fields, field: str, form: str) -> str:
    value = fields.get(field)
    if value is None:
        return _UNKNOWN.get(fields.get(f"{field}_state", ""), "-")
    return format(float(value), form)


def _interval(fields: Fields, field: str, form: str) -> str:
    ends = [fields.get(f"{field}_{end}") for end in ("low", "high")]
    return " to ".join([format(float(end), form) for end in ends if end is not None])
