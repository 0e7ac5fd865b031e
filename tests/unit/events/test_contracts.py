"""The types of the contracts and the schemas are two forms of the same thing."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from pipeline.errors import Reject
from pipeline.events import contracts
from pipeline.events.contracts import REQUIRES, Mention, check
from pipeline.events.decode import decode_one
from pipeline.events.records import Topic
from pipeline.metrics.fields import (
    ALWAYS_KNOWN,
    BOUND_SUFFIX,
    BOUNDED_FIELDS,
    BUSINESS_FIELDS,
    SNAPSHOT_FIELDS,
    STATE_SUFFIX,
    STATES,
    WINDOWS,
)
from tests.unit.events.judge import CONTRACTS, judge, load, schema_of

ALL = [
    "mention.v1",
    "ticket.v1",
    "activity.v1",
    "dead_letter.v1",
    "snapshot.v1",
    "launch.v1",
    "campaign.v1",
]
TOPICS = st.sampled_from(Topic)
ASCII = st.characters(max_codepoint=127)

INSTANTS = [
    "2026-03-01T12:00:00Z",
    "2026-03-01t12:00:00.5z",
    "2026-03-01T12:00:00+00:00",
    "2026-03-01T12:00:00-00:00",
    "2000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2024-02-29T00:00:00.123456Z",
]
NO_INSTANTS = [
    "2026-03-01 12:00:00Z",
    "2026-03-01 12:00:00+00:00",
    "2026-03-01T12:00:00+0000",
    "2026-03-01T12:00:00.25-0000",
    "2026-03-01T12:00:00",
    "2026-03-01T12:00:00+02:00",
    "2026-03-01T12:00:00-00:30",
    "2026-03-01T12:00Z",
    "2026-03-01",
    "20260301T120000Z",
    "2026-W09-7T12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-03-01T12:00:60Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T12:00:00,5Z",
    "2026-03-01T12:00:00.Z",
    "2026-03-01T12:00:00Z\n",
    " 2026-03-01T12:00:00Z",
    "1999-12-31T23:59:59Z",
    "1970-01-21T12:00:00Z",
    "Sun, 01 Mar 2026 12:00:00 GMT",
    "Sun Mar 01 12:00:00 +0000 2026",
    "01/03/2026 12:00",
    "1772366400",
    "\u0662026-03-01T12:00:00Z",
]
ODDITIES: list[Any] = [
    None, True, False, 0, 1, -1, 5, 6, 0.5, 1.0, 3.5, -1.0000001, 2**53 - 1, 2**53, 10**30, 1e9,
    1e16, "", "a", "\0", "ä" * 256, "ä" * 257, "x" * 512, "x" * 513, "😀" * 129, "x" * 32_769,
    "ä" * 16_385, "create", "earned", "replied", "merged", "transferred", "agent", "launch",
    "Create", [], {}, ["a"], {"a": 1}, *INSTANTS, *NO_INSTANTS,
]  # fmt: skip


@cache
def judge_of(topic: Topic) -> Validator:
    return judge(schema_of(topic))


def is_accepted(topic: Topic, event: object) -> bool:
    try:
        decode_one(topic, json.dumps(event, ensure_ascii=False).encode())
    except Reject:
        return False
    return True


def examples_of(topic: Topic) -> list[dict[str, Any]]:
    return list(schema_of(topic)["examples"])


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Topic, dict[str, Any]]:
    """A valid event with a few of its fields dropped, renamed, retyped or added."""
    topic = draw(TOPICS)
    event = deepcopy(draw(st.sampled_from(examples_of(topic))))
    fields = list(schema_of(topic)["properties"])
    for _ in range(draw(st.integers(1, 3))):
        field = draw(st.sampled_from(fields))
        match draw(st.sampled_from(["drop", "rename", "set", "set", "set", "set"])):
            case "drop":
                event.pop(field, None)
            case "rename":
                event[field + draw(st.sampled_from(["_", "x", " "]))] = event.pop(field, 1)
            case _:
                event[field] = draw(st.sampled_from(ODDITIES))
    return topic, event


@given(mutated())
def test_schema_and_type_judge_mutations_alike(case: tuple[Topic, dict[str, Any]]) -> None:
    topic, event = case
    assert is_accepted(topic, event) == judge_of(topic).is_valid(event)


@pytest.mark.parametrize("topic", Topic)
def test_schema_and_type_judge_every_odd_value_of_every_field_alike(topic: Topic) -> None:
    event = examples_of(topic)[0]
    for field in schema_of(topic)["properties"]:
        for oddity in ODDITIES:
            odd = {**event, field: oddity}
            assert is_accepted(topic, odd) == judge_of(topic).is_valid(odd), (field, oddity)


def values_of(field: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values around what a field's schema allows, most of them within."""
    if "enum" in field:
        return st.sampled_from(field["enum"])
    if "pattern" in field and "instant" in field.get("$ref", ""):
        return st.from_regex(field["pattern"].replace("$", r"\Z"), alphabet=ASCII)
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    low, high = field.get("minimum", 0), field.get("maximum", 0)
    text = st.text(alphabet=st.characters(codec="utf-8"), max_size=600)
    known: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "string": text | text.map(lambda short: short * 60),
        "number": st.floats(low - 1, high + 1) | st.integers(low - 1, high + 1),
        "integer": st.integers(low - 1, high + 1) | st.integers(low, high).map(float),
    }
    return st.one_of(*(known[kind] for kind in kinds))


@cache
def generated(topic: Topic) -> st.SearchStrategy[dict[str, Any]]:
    """Events made from the schema, field by field."""
    schema = schema_of(topic)
    fields = {}
    for name, field in schema["properties"].items():
        definition = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
        fields[name] = values_of({**definition, **field})
    needed = {name: fields.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(needed, optional=fields)


@given(st.data(), TOPICS)
def test_schema_and_type_judge_generated_events_alike(data: st.DataObject, topic: Topic) -> None:
    event = data.draw(generated(topic))
    assert is_accepted(topic, event) == judge_of(topic).is_valid(event)


@pytest.mark.parametrize("topic", Topic)
def test_the_same_fields_are_required_and_have_the_same_defaults(topic: Topic) -> None:
    schema = schema_of(topic)
    fields = msgspec.structs.fields(CONTRACTS[topic])
    assert [field.name for field in fields] == list(schema["properties"])
    assert [field.name for field in fields if field.required] == schema["required"]
    for field in fields:
        if not field.required:
            assert field.default == schema["properties"][field.name].get("default"), field.name


def test_conditions_are_the_same() -> None:
    written = {
        rule["if"]["properties"]["type"]["const"]: rule["then"]["required"][0]
        for rule in schema_of(Topic.TICKETS)["allOf"]
    }
    assert written == REQUIRES
    assert set(REQUIRES) <= set(get_args(contracts.TicketType))


@pytest.mark.parametrize("name", ALL)
def test_schemas_are_valid_closed_and_described_and_their_examples_hold(name: str) -> None:
    schema = load(name)
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all(field["description"] for field in schema["properties"].values())
    assert len(schema["examples"]) >= 2
    for example in schema["examples"]:
        judge(schema).validate(example)
        assert not judge(schema).is_valid({**example, "surprise": "1"})


@pytest.mark.parametrize("topic", Topic)
def test_examples_decode_to_what_they_say(topic: Topic) -> None:
    for example in examples_of(topic):
        event = decode_one(topic, json.dumps(example).encode())
        assert isinstance(event, CONTRACTS[topic])
        shown = msgspec.to_builtins(event)
        for field, value in example.items():
            if isinstance(value, str) and value.startswith("2026-"):
                value = value.replace("+00:00", "Z")
            assert shown[field] == value


def test_the_snapshot_schema_lists_every_field_bound_and_state() -> None:
    schema = load("snapshot.v1")
    expected = []
    for field in (*SNAPSHOT_FIELDS, *BUSINESS_FIELDS):
        expected.append(field)
        if field in BOUNDED_FIELDS:
            expected.append(field + BOUND_SUFFIX)
        if field not in ALWAYS_KNOWN:
            expected.append(field + STATE_SUFFIX)
    assert list(schema["properties"]) == expected
    assert tuple(schema["$defs"]["state"]["enum"]) == STATES
    for name, field in schema["properties"].items():
        assert (field["$ref"] == "#/$defs/state") == name.endswith(STATE_SUFFIX)
    assert schema["dependentRequired"] == {
        field + BOUND_SUFFIX: [field] for field in SNAPSHOT_FIELDS if field in BOUNDED_FIELDS
    }
    assert len(set(SNAPSHOT_FIELDS)) == len(SNAPSHOT_FIELDS) == 56
    assert WINDOWS == ("1h", "24h", "7d", "28d")
    assert set(SNAPSHOT_FIELDS) >= BOUNDED_FIELDS | ALWAYS_KNOWN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("goodwill", "1e5"),
        ("goodwill", "-1"),
        ("goodwill", "NaN"),
        ("goodwill", 1.5),
        ("goodwill_net", "+1"),
        ("goodwill_net", "01"),
        ("goodwill_net", "inf"),
        ("mentions_1h", "1.0"),
        ("as_of", "2026-03-01T12:00:00+00:00"),
        ("goodwill_state", "unknown"),
        ("as_of_state", "stale"),
        ("mentions_1h_bound", "0.1"),
    ],
)
def test_a_snapshot_holds_no_such_value(field: str, value: str | float) -> None:
    validator = judge(load("snapshot.v1"))
    assert validator.is_valid({"as_of": "2026-03-01T12:00:00Z", "goodwill_net": "-0.25"})
    assert not validator.is_valid({"as_of": "2026-03-01T12:00:00Z", field: value})


def test_text_and_ids_are_limited_in_bytes() -> None:
    basic = examples_of(Topic.MENTIONS)[0]
    for field, limit in (("id", 512), ("author", 512), ("source", 512), ("text", 32_768)):
        for character in ("x", "ä", "€", "😀"):
            fitting = character * (limit // len(character.encode()))
            assert is_accepted(Topic.MENTIONS, {**basic, field: fitting})
            assert not is_accepted(Topic.MENTIONS, {**basic, field: fitting + character})


def test_check_is_asked_about_events_made_in_code() -> None:
    event = decode_one(Topic.MENTIONS, json.dumps(examples_of(Topic.MENTIONS)[0]).encode())
    assert isinstance(event, Mention)
    assert check(event) is None
    reject = check(msgspec.structs.replace(event, source="a\0b"))
    assert reject is not None
    assert reject.reason == "invalid_value"
    with pytest.raises(AttributeError):
        event.id = "other"  # type: ignore[misc]  # what is to be refused
