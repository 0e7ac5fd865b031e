"""The commands, put together into one application."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline import __version__
from pipeline.cli import (
    activities,
    alerts,
    bench,
    dead_letters,
    demo,
    doctor,
    importing,
    replay,
    show,
    simulate,
    topics,
    worker,
)

app = typer.Typer(
    help="Earned influence and support burden of brands, as a stream.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def influence(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Earned influence and support burden of brands, as a stream."""
    if context.invoked_subcommand is None:
        print(context.get_help())


app.command("demo")(demo.demo)
app.command("worker")(worker.worker)
app.command("topics")(topics.topics)
app.command("import")(importing.import_events)
app.command("replay")(replay.replay)
app.command("show")(show.show)
app.command("ledger")(show.ledger)
app.command("launches")(activities.launches)
app.command("campaigns")(activities.campaigns)
app.command("alerts")(alerts.alerts)
app.add_typer(dead_letters.app, name="dead-letters")
app.command("simulate")(simulate.simulate)
app.command("doctor")(doctor.doctor)
app.command("bench")(bench.bench)
