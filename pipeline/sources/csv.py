"""CSV files of any layout: columns are mapped to fields of one of the event contracts.

A column without a mapping is left out; an empty cell leaves its field out. Cells of number and
boolean fields are converted; what does not convert is passed on as text and ends as a dead letter
with its reason, so that no row is lost without a trace.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec

from pipeline.errors import Reject, Usage
from pipeline.events.instants import from_datetime, to_rfc3339
from pipeline.events.records import Topic
from pipeline.sources.files import opened
from pipeline.sources.ndjson import MALFORMED
from pipeline.sources.record import RejectedLine, SourceItem, SourceRecord

_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_Value = str | int | float | bool
_Convert = Callable[[str], _Value]

_BARE_RETURN = "\ud800"
"""Stands in for a carriage return within a cell; decoding UTF-8 never yields it."""


def _boolean(cell: str) -> bool:
    try:
        return _TRUTH[cell.strip().lower()]
    except KeyError:
        raise ValueError(cell) from None


def _fields(convert: _Convert, names: str) -> dict[str, _Convert]:
    return dict.fromkeys(names.split(), convert)


_COMMON = _fields(str, "id brand occurred_at")
FIELDS: Mapping[Topic, Mapping[str, _Convert]] = {
    Topic.MENTIONS: {
        **_COMMON,
        **_fields(str, "author source text lang op edit_of kind origin_id relation campaign"),
        **_fields(str, "received_at url region product"),
        **_fields(float, "sentiment rating bot_probability"),
        **_fields(int, "likes shares followers clicks"),
    },
    Topic.TICKETS: {
        **_COMMON,
        **_fields(str, "ticket type actor waiting_on customer agent priority channel"),
        **_fields(str, "merged_into to_brand sla_first_reply_due_at sla_resolution_due_at"),
        **_fields(float, "handle_seconds csat sla_first_reply_seconds sla_resolution_seconds"),
        **_fields(_boolean, "public"),
    },
    Topic.ACTIVITY: {
        **_COMMON,
        **_fields(str, "type name ends_at channel"),
        **_fields(float, "cost"),
    },
}
"""The fields of each contract, version 1, and how a cell becomes a value of theirs."""


@dataclass(frozen=True, slots=True)
class RowMapping:
    """How a row becomes an event.

    ``columns`` maps fields to column names, ``constants`` fields to one value for all rows.
    ``time_format`` is a ``strptime`` format for ``occurred_at``; None: the cell is RFC 3339.
    Times without a zone are UTC.

    Raises:
        Usage: A field that the contract does not know, or that is given twice.
    """

    topic: Topic = Topic.MENTIONS
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None

    def __post_init__(self) -> None:
        for name in (*self.columns, *self.constants):
            if name not in FIELDS[self.topic]:
                known = ", ".join(sorted(FIELDS[self.topic]))
                raise Usage(f"{self.topic} has no field {name!r}", f"map one of {known}")
        for name in self.columns.keys() & self.constants.keys():
            raise Usage(f"field {name!r} is given twice", "use either --map or --set for it")


def pairs(assignments: Iterable[str], option: str) -> dict[str, str]:
    """Read ``field=value`` assignments, several to a text where commas separate them.

    Raises:
        Usage: A text that is not such an assignment.
    """
    found: dict[str, str] = {}
    for assignment in (part for text in assignments for part in text.split(",")):
        name, equals, value = assignment.partition("=")
        if not (name.strip() and equals and value):
            raise Usage(f"{option}: {assignment!r} is not FIELD=VALUE", f"write {option} id=column")
        found[name.strip()] = value
    return found


def read(path: str, mapping: RowMapping) -> Iterator[SourceItem]:
    """Yield the event of every row after the header.

    Raises:
        Usage: The file cannot be read, has no header, or lacks a mapped column.
    """
    with opened(path) as file:
        for number, row in rows(file, path, mapping.columns.values()):
            if isinstance(row, Reject):
                yield RejectedLine(number, b"", row)
            else:
                yield _record(row, mapping, number)


def rows(
    file: BinaryIO, path: str, needed: Iterable[str]
) -> Iterator[tuple[int, dict[str, str] | Reject]]:
    """Yield line number and cells by column; a row that cannot be read comes as its reject.

    Raises:
        Usage: There is no header, or it lacks a column of ``needed``.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="\n")
    reader = csv.reader(map(_hide_bare_returns, text))
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise Usage(f"{path} is not CSV: {error}", "check the file") from error
    missing = sorted(set(needed) - set(header or ()))
    if not header or missing:
        what = f"column {missing[0]!r}" if missing else "a header"
        found = ", ".join(header or ()) or "nothing"
        raise Usage(f"{path} has no {what} (found: {found})", "correct the file or the mapping")
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, Reject(MALFORMED, f"not CSV: {error}")
            continue
        if not cells:
            continue
        cells = [cell.replace(_BARE_RETURN, "\r") for cell in cells]
        if len(cells) != len(header):
            what = f"{len(cells)} cells under a header of {len(header)}"
            yield reader.line_num, Reject(MALFORMED, what)
        elif any(not cell.isascii() and _undecodable(cell) for cell in cells):
            yield reader.line_num, Reject("invalid_utf8", "the row is not UTF-8")
        else:
            yield reader.line_num, dict(zip(header, cells, strict=True))


def _hide_bare_returns(line: str) -> str:
    """Protect carriage returns that end no line; real files hold them in unquoted cells."""
    if "\r" not in line:
        return line
    end = "\r\n" if line.endswith("\r\n") else ""
    return line.removesuffix(end).replace("\r", _BARE_RETURN) + end


def _undecodable(cell: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in cell)


def _record(row: Mapping[str, str], mapping: RowMapping, number: int) -> SourceRecord:
    converters = FIELDS[mapping.topic]
    event: dict[str, _Value] = {
        name: _converted(value, converters[name]) for name, value in mapping.constants.items()
    }
    for name, column in mapping.columns.items():
        cell = row[column]
        if cell:
            event[name] = _converted(cell, converters[name])
    occurred_at = event.get("occurred_at")
    if mapping.time_format and isinstance(occurred_at, str):
        event["occurred_at"] = _instant(occurred_at, mapping.time_format)
    brand = event.get("brand")
    key = brand.encode() if isinstance(brand, str) else None
    return SourceRecord(mapping.topic, key, msgspec.json.encode(event), number)


def _converted(cell: str, convert: Callable[[str], _Value]) -> _Value:
    try:
        value = convert(cell)
    except ValueError:
        return cell
    # JSON has no NaN and no Infinity: as text they are refused with a reason.
    return cell if isinstance(value, float) and not abs(value) < float("inf") else value


def _instant(cell: str, time_format: str) -> str:
    """Return RFC 3339; a cell of another form as it is, to be refused as ``bad_timestamp``."""
    try:
        moment = datetime.strptime(cell, time_format)  # noqa: DTZ007 - a missing zone is UTC
    except ValueError:
        return cell
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return to_rfc3339(from_datetime(aware))
