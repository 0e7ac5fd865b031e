"""``influence replay``: the worker's functions over files, without servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.alerts import EPISODE, row
from pipeline.cli.output import JsonOption, note, print_json, print_table, progress
from pipeline.cli.show import OVERVIEW, overview
from pipeline.errors import Usage

if TYPE_CHECKING:
    from pipeline.replay import Line
    from pipeline.sources.ndjson_blocks import Events

_PROGRESS_EVERY = 10_000
_SHUFFLE_SEED = 1


def replay(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="NDJSON; - is stdin.")],
    brands: Annotated[Path | None, typer.Option(help="Brand book (brands.toml).")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Evaluation time, RFC 3339 [default: the newest event].")
    ] = None,
    shuffle: Annotated[
        bool, typer.Option("--shuffle", help="Permute events within the dedup horizon.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compute from files of events what the stream would publish."""
    from pipeline.collector import expect_long_lives

    expect_long_lives()  # of what is imported, too: looking through it meanwhile took .2 s

    from pipeline import settings
    from pipeline.cli import logging
    from pipeline.cli.instants import parse

    loaded = settings.load()
    logging.configure(loaded.log)
    if brands is not None:
        if not brands.is_file():
            found = "is not a file" if brands.exists() else "does not exist"
            raise Usage(f"--brands: {brands} {found}", "name a brands.toml")
        loaded = loaded.model_copy(update={"brands_file": brands})
    instant = parse(as_of, "--as-of") if as_of else None

    from pipeline.clock import FixedClock, WallClock
    from pipeline.replay import replay as run
    from pipeline.wiring import admission_of, book_of, judgements_of

    expect_long_lives()
    book = book_of(loaded)
    clock = WallClock() if instant is None else FixedClock(instant)
    with progress("reading") as step:
        result = run(
            _lines(files, step),
            book,
            admission_of(loaded, book, clock),
            clock,
            as_of=instant,
            brand_cap=loaded.brand_cap,
            shuffle=Random(_SHUFFLE_SEED) if shuffle else None,
            judgements=judgements_of(loaded),
        ).document()
    if as_json:
        print_json(result)
    else:
        _print(result)


def _lines(files: Iterable[str], step: Any) -> Iterator[Line | Events]:
    from pipeline.replay import Line
    from pipeline.sources import ndjson_blocks
    from pipeline.sources.record import RejectedLine

    read = shown = 0
    for item in ndjson_blocks.read(files):
        if isinstance(item, ndjson_blocks.Events):
            read += item.at.size
            yield item
        else:
            read += 1
            if isinstance(item, RejectedLine):
                yield Line(None, item.raw, item.reject)
            else:
                yield Line(item.topic, item.value)
        if step and read - shown >= _PROGRESS_EVERY:
            step(read)
            shown = read


def _print(result: dict[str, Any]) -> None:
    brands = result["brands"]
    title = f"{len(brands)} brands as of {result['as_of']}"
    print_table(title, ("brand", *OVERVIEW), overview(brands))
    fired = [row(each, EPISODE) for each in result["alerts"]]
    if fired:
        print_table("alerts that fired", EPISODE, fired)
    for heading in ("records", "dead_letters"):
        counts = ", ".join(f"{name} {count}" for name, count in result[heading].items())
        note(f"{heading.replace('_', ' ')}: {counts or 'none'}")
