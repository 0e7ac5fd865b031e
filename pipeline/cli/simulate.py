"""``influence simulate``: a past to try things out on."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from pipeline.cli.output import JsonOption, note, print_json, progress
from pipeline.errors import Usage


def simulate(
    output: Annotated[
        str, typer.Argument(metavar="[FILE]", help="NDJSON file; - is stdout.")
    ] = "-",
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 1,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How much history.")] = 26,
    until: Annotated[str | None, typer.Option(help="Its end, RFC 3339 [default: now].")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write simulated events of three brands as NDJSON, in the order in which they arrive."""
    from pipeline.cli.instants import parse
    from pipeline.clock import WallClock
    from pipeline.sources import ndjson
    from pipeline.sources.simulate import history

    if output == "-" and as_json:
        raise Usage("--json describes the file written, stdout holds the events", "name a FILE")
    end = parse(until, "--until") if until else WallClock().now()
    count = 0
    try:
        with _opened(output) as file, progress("simulating") as step:
            for arrival in history(seed, weeks, end):
                file.write(ndjson.line(arrival.record))
                count += 1
                if step and count % 1000 == 0:
                    step(count)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Usage(f"cannot write {output}: {error.strerror}", "name another file") from error
    if as_json:
        print_json({"file": output, "events": count, "seed": seed, "weeks": weeks})
    else:
        note(f"{count} events written")


def _opened(output: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdout.buffer) if output == "-" else Path(output).open("wb")
