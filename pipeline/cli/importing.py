"""``influence import``: files into the source topics, or converted to NDJSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import JsonOption, note, print_json, progress
from pipeline.errors import Retry, Usage

if TYPE_CHECKING:
    from pipeline.sources.record import RejectedLine, SourceItem

_SHOWN = 10
"""So many rejected lines are named on stderr; all are counted."""


class Format(StrEnum):
    """What the file holds."""

    NDJSON = "ndjson"
    CSV = "csv"
    TWCS = "twcs"


def import_events(
    file_format: Annotated[Format, typer.Argument(metavar="FORMAT", help="ndjson, csv or twcs.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="Plain or gzip; - is stdin.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN,…", help="csv: which column fills a field."),
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE,…", help="csv: one value for every row."),
    ] = None,
    topic: Annotated[
        str | None, typer.Option(help="csv: source topic [default: social-mentions].")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="csv: strptime format of occurred_at [default: RFC 3339].")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write NDJSON for replay here instead of to Kafka.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail if any line is rejected.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import events from a file into Kafka; lines that cannot be events are named and skipped.

    Whether an event keeps the contract is for the worker to say: if not it becomes a dead letter.
    """
    from pipeline.cli import logging

    logging.quiet()
    only_csv = {
        "--map": mapping,
        "--set": constants,
        "--topic": topic,
        "--time-format": time_format,
    }
    given = [option for option, value in only_csv.items() if value]
    if file_format is not Format.CSV and given:
        raise Usage(f"{given[0]} is for csv, not {file_format}", "leave it out")
    skipped: Counter[str] = Counter()
    items = _items(file_format, file, mapping or (), constants or (), topic, time_format, skipped)
    produced, rejected = _write(items, output) if output else _produce(items)
    _report(produced, rejected, skipped, as_json)
    if rejected and (strict or not produced):
        raise Retry(f"{len(rejected)} lines of {file} were rejected; correct them, import again")


def _items(
    file_format: Format,
    file: str,
    mapping: Iterable[str],
    constants: Iterable[str],
    topic: str | None,
    time_format: str | None,
    skipped: Counter[str],
) -> Iterator[SourceItem]:
    from pipeline.events.records import Topic
    from pipeline.sources import csv, ndjson, twcs

    if file_format is Format.NDJSON:
        return ndjson.read([file])
    if file_format is Format.TWCS:
        return twcs.read(file, lambda _, why: skipped.update([why]))
    columns = csv.pairs(mapping, "--map")
    if not columns:
        raise Usage("csv needs --map", "say which columns fill the fields: --map id=tweet_id,…")
    try:
        chosen = Topic(topic or Topic.MENTIONS)
    except ValueError:
        raise Usage(f"there is no source topic {topic!r}", f"use {', '.join(Topic)}") from None
    rows = csv.RowMapping(chosen, columns, csv.pairs(constants, "--set"), time_format)
    return csv.read(file, rows)


def _produce(items: Iterable[SourceItem]) -> tuple[int, list[RejectedLine]]:
    from pipeline import settings
    from pipeline.sources.produce import load

    kafka = settings.load().kafka
    with progress("importing") as step:
        loaded = load(items, kafka, step)
    return loaded.produced, loaded.rejected


def _write(items: Iterable[SourceItem], output: Path) -> tuple[int, list[RejectedLine]]:
    from pipeline.sources import ndjson
    from pipeline.sources.record import RejectedLine

    written = 0
    rejected = []
    try:
        with output.open("wb") as file:
            for item in items:
                if isinstance(item, RejectedLine):
                    rejected.append(item)
                else:
                    file.write(ndjson.line(item))
                    written += 1
    except OSError as error:
        raise Usage(f"cannot write {output}: {error.strerror}", "name another file") from error
    return written, rejected


def _report(
    produced: int, rejected: list[RejectedLine], skipped: Counter[str], as_json: bool
) -> None:
    for line in rejected[:_SHOWN]:
        note(f"line {line.line} rejected: {line.reject}")
    if len(rejected) > _SHOWN:
        note(f"… and {len(rejected) - _SHOWN} more lines rejected")
    reasons = Counter(line.reject.reason for line in rejected)
    document: dict[str, Any] = {
        "produced": produced,
        "rejected": dict(sorted(reasons.items())),
        "skipped": dict(sorted(skipped.items())),
    }
    if as_json:
        print_json(document)
        return
    print(f"{produced} events imported, {len(rejected)} lines rejected")
    for why, count in sorted(skipped.items()):
        print(f"{count} rows are no events: {why}")
