"""How commands print: JSON on one line for programs, tables for people, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

_WRAPPED = 4
"""Tables of so many columns hold texts, which are wrapped; wider ones hold numbers."""

_WHOLE = 100

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on one line.")]


def print_json(document: Any) -> None:
    """Print a document on one line, non-ASCII escaped."""
    print(json.dumps(document, separators=(",", ":")), flush=True)


def note(text: str) -> None:
    """Say something about the work, apart from its result: on stderr."""
    print(text, file=sys.stderr, flush=True)


def digits(text: str) -> str:
    """Return a number for people, whole from a hundred on; any other text stays as it is.

    >>> digits("539110.7130361106"), digits("-0.0097023893"), digits("not yet")
    ('539,111', '-0.009702', 'not yet')
    """
    try:
        number = float(text)
    except ValueError:
        return text
    return rounded(number, ".4g")


def rounded(number: float, small: str) -> str:
    """Return a number whole from a hundred on, and below, with a fraction, in the form ``small``.

    >>> rounded(1234.5, ".2f"), rounded(12.0, ".2f"), rounded(12.345, ".2f")
    ('1,234', '12', '12.35')
    """
    whole = abs(number) >= _WHOLE or number.is_integer()
    return format(number, ",.0f" if whole else small)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table; all columns but the first are aligned to the right."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    numbers = len(columns) > _WRAPPED
    result = Table(
        title=title, box=box.SIMPLE, title_justify="left", pad_edge=False, collapse_padding=True
    )
    for number, column in enumerate(columns):
        result.add_column(
            column,
            justify="right" if number else "left",
            no_wrap=numbers,
            # A number cut in the middle must not look whole; a text is never lost.
            overflow="ellipsis" if numbers else "fold",
        )
    for row in rows:
        result.add_row(*map(escape, row))
    return result


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, as wide as needed where stdout is no terminal."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table(title, columns, rows))


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None] | None]:
    """Show progress on stderr while the block runs; yields None where stderr is no terminal.

    The function yielded takes the number done so far.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=total)
        yield lambda done: bars.update(task, completed=done)
