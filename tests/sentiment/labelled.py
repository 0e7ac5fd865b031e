"""Labelled texts from a file with one text a row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

SERVICE_TEXTS = Path(__file__).with_name("service_texts.tsv")
"""Our own, written for this project; brands and people in them are invented."""

LABELS = {"negative": -1, "neutral": 0, "positive": 1}
NEUTRAL_BELOW = 0.5  # of ratings that are numbers around 0


class Labelled(NamedTuple):
    """A text and what people read in it: -1, 0 or 1 towards the brand."""

    text: str
    label: int
    brand: str = ""
    author: str = ""

    @property
    def names(self) -> frozenset[str]:
        """What the scorer is told to mask."""
        if not self.brand:
            return frozenset()
        plain = self.brand.replace("-", " ")
        return frozenset({self.brand, plain, plain.replace(" ", "")})


class Columns(NamedTuple):
    """Where things are: names from the header, or numbers from 1 in a file without a header."""

    text: str = "text"
    label: str = "label"
    brand: str = "brand"
    author: str = "author"


def read(path: Path, columns: Columns, labels: Mapping[str, int] = LABELS) -> list[Labelled]:
    """Read a file; fields are separated by commas if it is named ``.csv``, else by tabs.

    Raises:
        ValueError: A column is missing, or a label is neither one of ``labels`` nor a number.
    """
    return [
        Labelled(
            text=row[columns.text],
            label=_label(row[columns.label], labels),
            brand=row.get(columns.brand, ""),
            author=row.get(columns.author, ""),
        )
        for row in _rows(path, columns)
    ]


def is_test(text: str) -> bool:
    """Tell whether a text belongs to the half that nothing is tuned on."""
    return blake2b(text.encode(), digest_size=1).digest()[0] >= 128


def _rows(path: Path, columns: Columns) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = (
            csv.reader(file)
            if path.suffix == ".csv"
            else csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        )
        header = None if columns.text.isdecimal() else next(lines, [])
        for name in (columns.text, columns.label):
            if header is not None and name not in header:
                raise ValueError(f"{path.name} has no column {name}, only {', '.join(header)}")
        for fields in lines:
            if fields:
                names = header or [str(number) for number in range(1, len(fields) + 1)]
                yield dict(zip(names, fields, strict=False))


def _label(value: str, labels: Mapping[str, int]) -> int:
    if value in labels:
        return labels[value]
    try:
        rating = float(value)
    except ValueError:
        raise ValueError(f"label {value!r}: want a number or one of {', '.join(labels)}") from None
    return 0 if abs(rating) < NEUTRAL_BELOW else (1 if rating > 0 else -1)
