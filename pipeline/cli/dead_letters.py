"""``influence dead-letters``: what could not be applied, and putting it back once mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import JsonOption, print_json, print_table
from pipeline.errors import Usage

if TYPE_CHECKING:
    from pipeline.sources.dead_letters import StoredLetter

app = typer.Typer()

PLACE = "TOPIC/PARTITION/OFFSET"
_DETAIL = 60
_RAW = 2_000

ReasonOption = Annotated[str | None, typer.Option(help="Only those with this reason.")]


@app.callback(invoke_without_command=True)
def dead_letters(context: typer.Context) -> None:
    """Records that could not be applied: list, show, replay."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def list_letters(
    reason: ReasonOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List dead letters, each record once; not those that were replayed."""
    letters = _waiting(reason)[:limit]
    if as_json:
        print_json({"dead_letters": [stored.document() for stored in letters]})
        return
    rows = [
        (_place(stored), stored.letter.reason, _short(stored.letter.detail)) for stored in letters
    ]
    print_table(f"{len(rows)} dead letters", ("place", "reason", "detail"), rows)


@app.command("show")
def show_letter(
    place: Annotated[str, typer.Argument(metavar=PLACE)], as_json: JsonOption = False
) -> None:
    """Show one dead letter with its raw bytes."""
    stored = _chosen(_read(), [place])[0]
    if as_json:
        print_json(stored.document())
        return
    letter = stored.letter
    rows = [
        ("place", _place(stored)),
        ("reason", letter.reason),
        ("detail", letter.detail),
        ("timestamp", str(letter.timestamp)),
        ("key", _printable(letter.key)),
        ("value", _printable(letter.value)),
    ]
    print_table("Dead letter", ("", ""), rows)


@app.command("replay")
def replay_letters(
    places: Annotated[list[str] | None, typer.Argument(metavar=f"[{PLACE}]…")] = None,
    reason: ReasonOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay all of them.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Produce records again to the topic they came from, after what was wrong is mended.

    What was replayed is replayed once more only where it is named. What is still wrong comes back
    as a new dead letter.
    """
    if sum((bool(places), reason is not None, everything)) != 1:
        raise Usage("say which dead letters", f"give {PLACE}, or --reason, or --all")
    from pipeline import settings
    from pipeline.sources.dead_letters import replay

    chosen = _chosen(_read(), places) if places else _waiting(reason)
    count = replay(chosen, settings.load().kafka)
    if as_json:
        print_json({"replayed": count})
    else:
        print(f"{count} records produced again")


def _read() -> list[StoredLetter]:
    from pipeline import settings
    from pipeline.cli import logging
    from pipeline.sources.dead_letters import read

    logging.quiet()
    return read(settings.load().kafka)


def _waiting(reason: str | None) -> list[StoredLetter]:
    """Return the letters whose records were not replayed, of a reason where one is given."""
    return [
        stored
        for stored in _read()
        if not stored.replayed and reason in (None, stored.letter.reason)
    ]


def _chosen(letters: list[StoredLetter], places: list[str]) -> list[StoredLetter]:
    by_place = {_place(stored): stored for stored in letters}
    missing = [place for place in places if place not in by_place]
    if missing:
        raise Usage(f"there is no dead letter {missing[0]}", "see: influence dead-letters list")
    return [by_place[place] for place in dict.fromkeys(places)]


def _place(stored: StoredLetter) -> str:
    return "/".join(map(str, stored.letter.place))


def _short(text: str) -> str:
    return text if len(text) <= _DETAIL else f"{text[: _DETAIL - 1]}…"


def _printable(raw: bytes | None) -> str:
    """Return raw bytes as text that is safe on a terminal, the first part of long ones."""
    if raw is None:
        return "(none)"
    text = repr(raw[:_RAW])[2:-1]
    return text if len(raw) <= _RAW else f"{text}… ({len(raw)} bytes)"
