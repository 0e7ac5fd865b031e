"""What lies on the source topics and on the dead-letter topic, read without the product's code."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jsonschema import Draft202012Validator

from tests.integration.rig import log
from tests.integration.stand import Stand

SCHEMA = Path(__file__).resolve().parents[2] / "schemas/dead_letter.v1.json"
SOURCES = ("social-mentions", "support-tickets", "brand-activity")

Place = tuple[str, int, int]
"""Topic with its prefix, partition, offset."""


class Content(NamedTuple):
    """The raw bytes of a record, and its timestamp in milliseconds."""

    key: bytes | None
    value: bytes | None
    timestamp: int


class Letter(NamedTuple):
    """A dead letter: where its record was, why, and the record itself out of base64."""

    place: Place
    reason: str
    record: Content


def sources(stand: Stand) -> dict[Place, Content]:
    """Return every record of the source topics."""
    found = log.records(stand.broker.bootstrap, [stand.prefix + topic for topic in SOURCES])
    return {(r.topic, r.partition, r.offset): Content(r.key, r.value, r.timestamp) for r in found}


def letters(stand: Stand) -> list[Letter]:
    """Return the dead letters as often as they are there; each must fit its schema."""
    found = log.records(stand.broker.bootstrap, [stand.prefix + "dead-letters"])
    return [_letter(record.value) for record in found]


def unique(found: Sequence[Letter]) -> dict[Place, Letter]:
    """Return each dead letter once by its place; copies must be the same."""
    by_place: dict[Place, Letter] = {}
    for letter in found:
        assert by_place.setdefault(letter.place, letter) == letter
    return by_place


def _letter(raw: bytes) -> Letter:
    document = json.loads(raw)
    assert [error.message for error in _validator().iter_errors(document)] == []
    place = (document["topic"], document["partition"], document["offset"])
    key, value = (
        None if document[name] is None else base64.b64decode(document[name], validate=True)
        for name in ("key", "value")
    )
    return Letter(place, document["reason"], Content(key, value, document["timestamp"]))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
