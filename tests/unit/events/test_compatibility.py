"""Each schema accepts all that any of its released versions accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.unit.events.compatibility import UnknownKeywordError, breaks

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
NAMES = sorted(path.stem for path in SCHEMAS.glob("*.v1.json"))
RELEASED = sorted((SCHEMAS / "released").glob("*/*.json"))

MADE_UP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"$ref": "#/$defs/id"},
        "stars": {"type": ["number", "null"], "minimum": 1, "maximum": 5},
        "count": {"type": "integer", "minimum": 0},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "at": {"type": "string", "pattern": "^x$", "format": "date-time"},
        "note": {"type": "string"},
    },
    "required": ["id"],
    "dependentRequired": {"kind": ["count"]},
    "allOf": [{"if": {"required": ["at"]}, "then": {"required": ["kind"]}}],
    "additionalProperties": False,
    "$defs": {"id": {"type": "string", "minLength": 1, "maxLength": 9, "x-maxBytes": 9}},
}

Change = Callable[[dict[str, Any]], object]

BREAKING: dict[str, Change] = {
    "$.note: removed": lambda s: s["properties"].pop("note"),
    "$.note: newly required": lambda s: s["required"].append("note"),
    "$.note: minLength raised to 1": lambda s: s["properties"]["note"].update(minLength=1),
    "$.note: enum no longer accepts every value": lambda s: s["properties"]["note"].update(
        enum=["x"]
    ),
    "$.note: pattern changed": lambda s: s["properties"]["note"].update(pattern="^x"),
    "$.at: pattern changed": lambda s: s["properties"]["at"].update(pattern="^xy$"),
    "$.at: format changed": lambda s: s["properties"]["at"].update(format="date"),
    "$.stars: type null is no longer accepted": lambda s: s["properties"]["stars"].update(
        type="number"
    ),
    "$.stars: type number is no longer accepted": lambda s: s["properties"]["stars"].update(
        type=["integer", "null"]
    ),
    "$.stars: minimum raised to 2": lambda s: s["properties"]["stars"].update(minimum=2),
    "$.stars: maximum lowered to 4": lambda s: s["properties"]["stars"].update(maximum=4),
    "$.count: maximum lowered to 7": lambda s: s["properties"]["count"].update(maximum=7),
    "$.count: type integer is no longer accepted": lambda s: s["properties"]["count"].update(
        type="string"
    ),
    "$.kind: enum no longer accepts ['b']": lambda s: s["properties"]["kind"].update(enum=["a"]),
    "$.id: maxLength lowered to 8": lambda s: s["$defs"]["id"].update(maxLength=8),
    "$.id: x-maxBytes lowered to 8": lambda s: s["$defs"]["id"].update({"x-maxBytes": 8}),
    "$.note: newly required beside kind": lambda s: s["dependentRequired"]["kind"].append("note"),
    "$: a condition was added or changed": lambda s: s["allOf"].append(
        {"if": {"required": ["kind"]}, "then": {"required": ["at"]}}
    ),
}

HARMLESS: dict[str, Change] = {
    "an optional field more": lambda s: s["properties"].update(more={"type": "string"}),
    "no longer required": lambda s: s["required"].clear(),
    "a wider range": lambda s: s["properties"]["stars"].update(minimum=0, maximum=10),
    "a range dropped": lambda s: s["properties"]["count"].pop("minimum"),
    "integer to number": lambda s: s["properties"]["count"].update(type="number"),
    "one type more": lambda s: s["properties"]["note"].update(type=["string", "null"]),
    "one value more": lambda s: s["properties"]["kind"]["enum"].append("c"),
    "a pattern dropped": lambda s: s["properties"]["at"].pop("pattern"),
    "longer ids": lambda s: s["$defs"]["id"].update({"maxLength": 99, "x-maxBytes": 99}),
    "other words": lambda s: s["properties"]["note"].update(description="new", examples=["x"]),
    "a condition dropped": lambda s: s["allOf"].clear(),
}


def changed(change: Change) -> dict[str, Any]:
    schema = deepcopy(MADE_UP)
    change(schema)
    return schema


@pytest.mark.parametrize("message", BREAKING)
def test_a_breaking_change_is_named(message: str) -> None:
    assert breaks(MADE_UP, changed(BREAKING[message])) == [message]


@pytest.mark.parametrize("what", HARMLESS)
def test_a_widening_is_no_break(what: str) -> None:
    assert breaks(MADE_UP, changed(HARMLESS[what])) == []


def test_an_unknown_keyword_is_not_judged() -> None:
    schema = changed(lambda s: s["properties"]["note"].update(uniqueItems=True))
    with pytest.raises(UnknownKeywordError, match="uniqueItems"):
        breaks(MADE_UP, schema)


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_compatible_with_every_release(released: Path) -> None:
    """With every one, not only with the last: two small steps must not add up to a break."""
    current = json.loads((SCHEMAS / f"{released.parent.name}.json").read_text(encoding="utf-8"))
    assert breaks(json.loads(released.read_text(encoding="utf-8")), current) == []


def test_every_schema_has_a_release() -> None:
    assert sorted({path.parent.name for path in RELEASED}) == NAMES
    assert NAMES == [
        "activity.v1",
        "campaign.v1",
        "dead_letter.v1",
        "launch.v1",
        "mention.v1",
        "snapshot.v1",
        "ticket.v1",
    ]
