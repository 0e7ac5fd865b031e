"""The schemas as a judge of events, with what stock validators leave out.

That is: formats are asserted, lengths in bytes (``x-maxBytes``) too, and ``$`` in a pattern means
the very end, as it does in JSON Schema's dialect of regular expressions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.protocols import Validator

from pipeline.events.contracts import Activity, Event, Mention, Ticket
from pipeline.events.records import Topic

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
CONTRACTS: Mapping[Topic, type[Event]] = {
    Topic.MENTIONS: Mention,
    Topic.TICKETS: Ticket,
    Topic.ACTIVITY: Activity,
}
_NAMES = {
    Topic.MENTIONS: "mention.v1",
    Topic.TICKETS: "ticket.v1",
    Topic.ACTIVITY: "activity.v1",
}

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value.upper()))


def _max_bytes(
    validator: Validator, limit: int, instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and len(instance.encode()) > limit:
        yield ValidationError(f"longer than {limit} bytes")


def _pattern(
    validator: Validator, pattern: str, instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError(f"{instance!r} does not match {pattern}")


_Judge: Callable[..., Validator] = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, validators={"x-maxBytes": _max_bytes, "pattern": _pattern}
)


def load(name: str) -> dict[str, Any]:
    """Return a schema of ``schemas/`` by its name without the ending."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def schema_of(topic: Topic) -> dict[str, Any]:
    """Return the schema of a source topic's events."""
    return load(_NAMES[topic])


def judge(schema: Mapping[str, Any]) -> Validator:
    """Return a validator of one schema."""
    return _Judge(schema, format_checker=formats)
