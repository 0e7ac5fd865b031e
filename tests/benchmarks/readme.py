"""Tables from results, and the regions of the README that hold them and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

README = Path(__file__).with_name("README.md")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table that is as readable as text; all columns but the first are numbers.

    >>> print(table(["engine", "rate"], [["worker", "12"]]))
    | engine | rate |
    |:-------|-----:|
    | worker |   12 |
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        " | ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (header, *rows)
    ]
    rule = "|".join(
        "-" * (width + 1) + ":" if number else ":" + "-" * (width + 1)
        for number, width in enumerate(widths)
    )
    return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])


def put(name: str, text: str, file: Path = README) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- end of name -->``.

    Raises:
        ValueError: The file has no such region.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    region = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    content = file.read_text()
    if not region.search(content):
        raise ValueError(f"{file} has no region {begin}")
    file.write_text(region.sub(lambda _: f"{begin}\n{text}\n{end}", content))
