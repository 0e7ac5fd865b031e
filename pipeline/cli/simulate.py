"""``influence simulate``: a past to try things out on, and the truth about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from pipeline.cli.output import JsonOption, note, print_json, progress
from pipeline.errors import Usage
from pipeline.sources.simulation.scenario import DEMO, names

_SCENARIOS = f"One of {', '.join(names())}; or a TOML file of your own."


def simulate(
    output: Annotated[
        str, typer.Argument(metavar="[FILE]", help="NDJSON file; - is stdout.")
    ] = "-",
    name: Annotated[
        str, typer.Option("--scenario", metavar="NAME|FILE.toml", help=_SCENARIOS)
    ] = DEMO,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write what truly happened, as one JSON object: every day of every brand, "
            "launches, campaigns, incidents. schemas/truth.json describes each field.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 1,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How much history.")] = 26,
    until: Annotated[str | None, typer.Option(help="Its end, RFC 3339 [default: now].")] = None,
    print_scenario: Annotated[
        bool, typer.Option("--print-scenario", help="Print the scenario's TOML instead.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write simulated events as NDJSON, in the order in which they arrive."""
    from pipeline.sources.simulation import scenario as scenarios

    if print_scenario:
        sys.stdout.buffer.write(scenarios.source(name))
        return
    if output == "-" and as_json:
        raise Usage("--json describes the file written, stdout holds the events", "name a FILE")
    if truth is not None and (str(truth) == "-" or truth.absolute() == Path(output).absolute()):
        raise Usage("the truth needs a file of its own", "name another one for --truth")

    from pipeline.cli.instants import parse
    from pipeline.clock import WallClock
    from pipeline.sources import ndjson
    from pipeline.sources.simulation.feed import history
    from pipeline.sources.simulation.truth import encode
    from pipeline.sources.simulation.witness import Witness

    scenario = scenarios.scenario(name)
    end = parse(until, "--until") if until else WallClock().now()
    witness = Witness(name, scenario, seed, end) if truth else None
    count = 0
    with _opened(output) as file, progress("simulating") as step:
        for arrival in history(scenario, seed, weeks, end, witness):
            file.write(ndjson.line(arrival.record))
            count += 1
            if step and count % 1000 == 0:
                step(count)
    if truth and witness:
        with _opened(str(truth)) as file:
            file.write(encode(witness.truth()))
    if as_json:
        print_json({"file": output, "events": count, "seed": seed, "weeks": weeks})
    else:
        note(f"{count} events written")


@contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    """Open a file for writing, ``-`` for stdout.

    Raises:
        Usage: It cannot be written.
    """
    try:
        if output == "-":
            yield sys.stdout.buffer
            return
        with Path(output).open("wb") as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Usage(f"cannot write {output}: {error.strerror}", "name another file") from error
