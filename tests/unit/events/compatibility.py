"""Is a schema backward compatible with an earlier one: does it accept all that the earlier did?

Covers the keywords that the schemas here use, and refuses to judge any other, so that a keyword
that nobody thought of cannot pass unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_MEANINGLESS = {
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "examples",
    "default",
    "contentEncoding",
}
_FLOORS = {"minimum", "minLength"}
_CEILINGS = {"maximum", "maxLength", "x-maxBytes"}
_IDENTICAL = {"pattern", "format", "additionalProperties", "const", "not"}
_STRUCTURE = {"type", "enum", "properties", "required", "dependentRequired", "allOf"}
_KNOWN = _MEANINGLESS | _FLOORS | _CEILINGS | _IDENTICAL | _STRUCTURE


class UnknownKeywordError(Exception):
    """A schema uses a keyword whose effect on compatibility is not known here."""


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return every way in which ``new`` refuses what ``old`` accepted; empty if compatible."""
    return list(_breaks(_resolved(old, old), _resolved(new, new), "$"))


def _resolved(schema: Schema, root: Schema) -> dict[str, Any]:
    """Return a schema with local references put in place; keywords beside one add to it."""
    resolved: dict[str, Any] = {}
    reference = schema.get("$ref")
    if reference is not None:
        prefix, _, name = reference.rpartition("/")
        if prefix != "#/$defs":
            raise UnknownKeywordError(reference)
        resolved.update(_resolved(root["$defs"][name], root))
    for keyword, value in schema.items():
        if keyword == "properties":
            value = {name: _resolved(field, root) for name, field in value.items()}
        if keyword != "$ref":
            resolved[keyword] = value
    unknown = resolved.keys() - _KNOWN
    if unknown:
        raise UnknownKeywordError(", ".join(sorted(unknown)))
    return resolved


def _breaks(old: Schema, new: Schema, path: str) -> Iterator[str]:
    lost = _types(old) - _types(new)
    if lost:
        yield f"{path}: type {', '.join(sorted(lost))} is no longer accepted"
    yield from _value_breaks(old, new, path)
    yield from _object_breaks(old, new, path)


def _types(schema: Schema) -> set[str]:
    """Return the accepted types, ``number`` spelled out so that integer to number is a widening."""
    named = schema.get("type")
    if named is None:
        return {"array", "boolean", "integer", "null", "number", "object", "string"}
    types = {named} if isinstance(named, str) else set(named)
    return types | {"integer"} if "number" in types else types


def _value_breaks(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "enum" in new:
        gone = [value for value in old.get("enum", ()) if value not in new["enum"]]
        if gone or "enum" not in old:
            yield f"{path}: enum no longer accepts {gone or 'every value'}"
    for keyword in sorted(_FLOORS & new.keys()):
        if keyword not in old or new[keyword] > old[keyword]:
            yield f"{path}: {keyword} raised to {new[keyword]}"
    for keyword in sorted(_CEILINGS & new.keys()):
        if keyword not in old or new[keyword] < old[keyword]:
            yield f"{path}: {keyword} lowered to {new[keyword]}"
    for keyword in sorted(_IDENTICAL & new.keys()):
        if keyword not in old or new[keyword] != old[keyword]:
            yield f"{path}: {keyword} changed"


def _object_breaks(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{path}.{name}: newly required"
    for name, needed in sorted(new.get("dependentRequired", {}).items()):
        for other in sorted(set(needed) - set(old.get("dependentRequired", {}).get(name, ()))):
            yield f"{path}.{other}: newly required beside {name}"
    if any(rule not in old.get("allOf", ()) for rule in new.get("allOf", ())):
        yield f"{path}: a condition was added or changed"
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, field in before.items():
        if name not in after:
            yield f"{path}.{name}: removed"
        else:
            yield from _breaks(field, after[name], f"{path}.{name}")
