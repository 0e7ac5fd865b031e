"""Is a line of a replay a valid event of the contracts, and if not, why not?

Validity is the JSON Schemas'; the reasons are those of the dead-letter contract that tests meet
with one fault a line. A line with several faults is invalid here too, but its reason may be any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.oracle.calendar import YEAR_2000, parse

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
SCHEMA_OF_TOPIC = {
    "social-mentions": "mention.v1.json",
    "support-tickets": "ticket.v1.json",
    "brand-activity": "activity.v1.json",
}
BRAND_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
INSTANTS = (
    "occurred_at",
    "received_at",
    "ends_at",
    "sla_first_reply_due_at",
    "sla_resolution_due_at",
)
MAX_RECORD_BYTES = 64 * 1024
MAX_DEPTH = 4
_REASON_OF_KEYWORD = {
    "additionalProperties": "unknown_field",
    "unevaluatedProperties": "unknown_field",
    "required": "missing_field",
    "dependentRequired": "missing_field",
    "type": "wrong_type",
    "minLength": "empty_field",
}


class Invalid(Exception):
    """A line that becomes a dead letter; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Brands:
    """The brand book, as parsed from ``brands.toml``; without one every valid id is admitted."""

    def __init__(self, book: Mapping[str, Any] | None) -> None:
        self._entries = None if book is None else list(book["brands"])

    @property
    def listed(self) -> bool:
        """Whether there is a book with brands in it."""
        return bool(self._entries)

    def resolve(self, name: str) -> str:
        """Return the id meant by an event's ``brand``; raise :class:`Invalid` if there is none."""
        if not self._entries:
            if BRAND_ID.fullmatch(name):
                return name
            raise Invalid("bad_brand_id")
        for entry in self._entries:
            if name == entry["id"] or name in entry.get("aliases", ()):
                return str(entry["id"])
        raise Invalid("unknown_brand")

    def entry(self, brand: str) -> Mapping[str, Any]:
        """Return what the book says of a brand; nothing where it does not list it."""
        return next((entry for entry in self._entries or () if entry["id"] == brand), {})

    def is_own_voice(self, brand: str, source: str, author: str) -> bool:
        """Tell whether the book lists this author as the brand's own or its employee."""
        for entry in self._entries or ():
            if entry["id"] == brand:
                voices = {*entry.get("owned", ()), *entry.get("employees", ())}
                return author in voices or f"{source}:{author}" in voices
        return False


@cache
def _validator(topic: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / SCHEMA_OF_TOPIC[topic]).read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _reason(error: ValidationError) -> str:
    field = error.absolute_path[-1] if error.absolute_path else ""
    if error.validator == "type":
        return "wrong_type"
    if error.instance == "" and error.validator in {"minLength", "pattern"}:
        return "empty_field"
    if field in INSTANTS:
        return "bad_timestamp"
    if field == "brand":
        return "bad_brand_id"
    return _REASON_OF_KEYWORD.get(str(error.validator), "invalid_value")


def as_object(line: object) -> dict[str, Any]:
    """Return a line (raw text, raw bytes or parsed) as a JSON object, or raise Invalid."""
    if isinstance(line, (str, bytes)):
        try:
            line = json.loads(line)
        except ValueError:  # bytes that are not UTF-8 too: neither is a JSON object
            raise Invalid("malformed_line") from None
    if not isinstance(line, dict):
        raise Invalid("malformed_line")
    return line


def check(
    line: object, brands: Brands, *, assume_valid: bool = False
) -> tuple[str, str, int, dict[str, Any]]:
    """Return (topic, brand id, occurred_at, event without topic), or raise :class:`Invalid`.

    ``assume_valid`` leaves out the schema, which takes most of the time.
    """
    event = dict(as_object(line))
    topic = event.pop("topic", None)
    if not isinstance(topic, str) or topic not in SCHEMA_OF_TOPIC:
        raise Invalid("unknown_topic")
    raw = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    if len(raw.encode("utf-8", "surrogatepass")) > MAX_RECORD_BYTES:
        raise Invalid("too_large")
    if _depth(event) > MAX_DEPTH:
        raise Invalid("too_deep")
    # An alias need not look like an id, so the schema sees the id that the alias means.
    named = event.get("brand")
    unresolved: Invalid | None = None
    if isinstance(named, str) and named:
        try:
            event["brand"] = brands.resolve(named)
        except Invalid as invalid:
            unresolved = invalid
            event["brand"] = "stand-in"
    errors = [] if assume_valid else list(_validator(topic).iter_errors(event))
    if errors:
        raise Invalid(_reason(errors[0]))
    for field in INSTANTS:
        if event.get(field) is not None:
            try:
                parse(event[field])
            except ValueError:
                raise Invalid("bad_timestamp") from None
    at = parse(event["occurred_at"])
    if at < YEAR_2000:
        raise Invalid("bad_timestamp")
    if unresolved is not None:
        raise unresolved
    return topic, event["brand"], at, event
