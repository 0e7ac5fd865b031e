"""CSV: mapping of columns, conversion of cells, damaged rows."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pipeline.errors import Usage
from pipeline.events import contracts
from pipeline.events.records import Topic
from pipeline.sources import csv
from pipeline.sources.csv import FIELDS, RowMapping
from pipeline.sources.record import RejectedLine, SourceItem, SourceRecord

COLUMNS = {"id": "tweet", "author": "user", "text": "said", "likes": "hearts"}
CONSTANTS = {"brand": "acme", "source": "x"}


def read(tmp_path: Path, content: bytes, mapping: RowMapping) -> list[SourceItem]:
    file = tmp_path / "rows.csv"
    file.write_bytes(content)
    return list(csv.read(str(file), mapping))


def event(item: SourceItem) -> object:
    assert isinstance(item, SourceRecord)
    return json.loads(item.value)


def test_columns_become_fields_and_empty_cells_none(tmp_path: Path) -> None:
    content = 'tweet,user,said,hearts,rest\n1,ann,"hello, ""you""\nthere",3,z\n2,bob,é,,z\n'
    items = read(tmp_path, content.encode(), RowMapping(columns=COLUMNS, constants=CONSTANTS))
    assert [event(item) for item in items] == [
        CONSTANTS | {"id": "1", "author": "ann", "text": 'hello, "you"\nthere', "likes": 3},
        CONSTANTS | {"id": "2", "author": "bob", "text": "é"},
    ]
    assert isinstance(items[0], SourceRecord)
    assert (items[0].topic, items[0].key) == (Topic.MENTIONS, b"acme")


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("sentiment", "0.5", 0.5),
        ("sentiment", "good", "good"),
        ("sentiment", "nan", "nan"),
        ("sentiment", "1e999", "1e999"),
        ("likes", "1.5", "1.5"),
        ("id", "007", "007"),
    ],
)
def test_cells_convert_or_stay_text(tmp_path: Path, field: str, cell: str, value: object) -> None:
    (item,) = read(tmp_path, f"c\n{cell}\n".encode(), RowMapping(columns={field: "c"}))
    assert event(item) == {field: value}


@pytest.mark.parametrize(
    ("time_format", "cell", "value"),
    [
        ("%d.%m.%Y %H:%M", "31.01.2026 10:00", "2026-01-31T10:00:00Z"),
        ("%Y-%m-%d %H:%M %z", "2026-01-31 10:00 +0200", "2026-01-31T08:00:00Z"),
        ("%Y", "soon", "soon"),
        (None, "2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
    ],
)
def test_times_are_read_in_their_format(
    tmp_path: Path, time_format: str | None, cell: str, value: str
) -> None:
    mapping = RowMapping(columns={"occurred_at": "t"}, time_format=time_format)
    (item,) = read(tmp_path, f"t\n{cell}\n".encode(), mapping)
    assert event(item) == {"occurred_at": value}


def test_damaged_rows_are_rejected_and_the_others_kept(tmp_path: Path) -> None:
    content = b"a,b\n1,2\n3\n\n4,\xff\n5,6,7\n8,\r9\n"
    items = read(tmp_path, content, RowMapping(columns={"id": "a", "text": "b"}))
    assert [
        item.reject.reason if isinstance(item, RejectedLine) else json.loads(item.value)
        for item in items
    ] == [
        {"id": "1", "text": "2"},
        "malformed_line",
        "invalid_utf8",
        "malformed_line",
        {"id": "8", "text": "\r9"},
    ]
    assert [item.line for item in items] == [2, 3, 5, 6, 7]


def test_a_missing_column_or_header_is_usage(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="no column 'b'"):
        read(tmp_path, b"a\n1\n", RowMapping(columns={"id": "b"}))
    with pytest.raises(Usage, match="no column"):
        read(tmp_path, b"", RowMapping(columns={"id": "b"}))


def test_unknown_and_doubled_fields_are_usage() -> None:
    with pytest.raises(Usage, match="no field 'colour'"):
        RowMapping(columns={"colour": "c"})
    with pytest.raises(Usage, match="twice"):
        RowMapping(columns={"id": "c"}, constants={"id": "1"})


def test_assignments_are_read() -> None:
    assert csv.pairs(["id=a,author=b c", "text=d=e"], "--map") == {
        "id": "a",
        "author": "b c",
        "text": "d=e",
    }
    for wrong in ("id", "=a", "id="):
        with pytest.raises(Usage, match="--map"):
            csv.pairs([wrong], "--map")


@pytest.mark.parametrize(
    ("topic", "contract"),
    [
        (Topic.MENTIONS, contracts.Mention),
        (Topic.TICKETS, contracts.Ticket),
        (Topic.ACTIVITY, contracts.Activity),
    ],
)
def test_every_field_of_the_contract_can_be_mapped(
    topic: Topic, contract: type[msgspec.Struct]
) -> None:
    assert set(FIELDS[topic]) == {field.encode_name for field in msgspec.structs.fields(contract)}
