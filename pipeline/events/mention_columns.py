"""Many mentions decoded at once, as columns.

What is plainly a valid mention becomes an entry of the columns: what
:func:`pipeline.events.decode.decode_one` says of it, in a fraction of the time. All other records
are named, and left to that function, which alone decides what is wrong with a record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.compiled import PADDING
from pipeline.events import mention_scan
from pipeline.events.admitted_columns import Codes, Counts, Strengths, selected
from pipeline.events.hash_scan import hashes_of
from pipeline.events.hashing import Hasher, Hashes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.events.mention_fields import CREATE, EARNED, HIGHEST, LOWEST
from pipeline.events.mention_scan import Scanned, scan
from pipeline.events.records import NOWHERE, PackedRecords
from pipeline.events.text_scan import Bytes, Places, codes_in, read


@dataclass(frozen=True, slots=True, eq=False)
class MentionColumns:
    """The plainly valid mentions of a batch, an entry each, in order.

    ``places`` are their positions in the batch, ``odd`` those of all other records. ``brands`` and
    ``sources`` name what the codes in ``brand`` and ``source`` stand for. ``sentiment``, ``rating``
    and ``bot`` are nan where a mention has none. ``counts`` are likes, shares, followers and
    clicks, a row each. ``authors`` and ``texts`` are where they stand in ``raw``.
    """

    raw: Bytes
    brands: Sequence[str]
    sources: Sequence[str]
    odd: Codes
    places: Codes
    brand: Codes
    source: Codes
    at: Instants
    id_hash: Hashes
    author_hash: Hashes
    retraction: Flags
    earned: Flags
    sentiment: Strengths
    rating: Strengths
    bot: Strengths
    counts: Counts
    authors: Places
    texts: Places

    def __len__(self) -> int:
        return self.places.size

    def where(self, wanted: Flags) -> MentionColumns:
        """Return the entries that a mask selects."""
        return selected(self, wanted, ("raw", "brands", "sources", "odd"))

    @property
    def has_text(self) -> Flags:
        """Which have a text that is not empty."""
        start, stop = self.texts
        found: Flags = (start != NOWHERE) & (stop > start)
        return found

    def texts_of(self, entries: Sequence[int]) -> list[str]:
        """Return the texts of entries that have one."""
        return read(self.raw, self.texts[:, entries])

    def author(self, entry: int) -> str:
        """Return the author of an entry."""
        (author,) = read(self.raw, self.authors[:, [entry]])
        return author


def decode_mentions(records: PackedRecords, hasher: Hasher) -> MentionColumns:
    """Decode the records of a batch of mentions."""
    starts, stops = records.values
    present = starts != NOWHERE
    first = int(starts[present].min(initial=len(records.buffer)))
    last = int(stops[present].max(initial=first))
    # A copy: escapes are read in place.
    raw = np.empty(last - first + PADDING, np.uint8)
    raw[:-PADDING] = np.frombuffer(records.buffer, np.uint8, last - first, first)
    raw[-PADDING:] = 0
    starts, stops = np.where(present, (starts - first, stops - first), 0)
    scanned = scan(raw, starts, stops)
    _read_inexact(raw, scanned)
    columns, figures, places = scanned.columns, scanned.figures, np.arange(len(records))
    odd = np.flatnonzero(~scanned.fine)
    if odd.size:
        columns, figures = (each.compress(scanned.fine, axis=1) for each in (columns, figures))
        places = places[scanned.fine]
    brands, brand = codes_in(raw, _texts(columns, mention_scan.BRANDS))
    sources, source = codes_in(raw, _texts(columns, mention_scan.SOURCES))
    operation = columns[mention_scan.OPERATIONS]
    authors = _texts(columns, mention_scan.AUTHORS)
    id_hash, author_hash = hashes_of(raw, hasher.words, columns, source)
    return MentionColumns(
        raw,
        brands,
        sources,
        odd,
        places,
        brand,
        source,
        columns[mention_scan.INSTANTS],
        id_hash,
        author_hash,
        operation != CREATE,
        columns[mention_scan.RELATIONS] == EARNED,
        figures[mention_scan.SENTIMENT],
        figures[mention_scan.RATING],
        figures[mention_scan.BOT],
        columns[mention_scan.LIKES :],
        authors,
        _texts(columns, mention_scan.TEXTS),
    )


def times_of(raw: Bytes, starts: Codes, stops: Codes) -> tuple[Instants, Flags]:
    """Return when the mentions in a buffer happened, and which of them are plainly valid.

    Of these some figure of many digits may still be out of range; of all others nothing is known.
    The buffer is as :func:`~pipeline.events.mention_scan.scan` takes it, and is written to.
    """
    scanned = scan(raw, starts, stops)
    return scanned.columns[mention_scan.INSTANTS], scanned.fine


def _texts(columns: NDArray[np.int64], row: int) -> Places:
    """Return where the texts are of which a scan notes the places from a row on."""
    return columns[row : row + 2]


def _read_inexact(raw: Bytes, scanned: Scanned) -> None:
    """Read the figures whose digits a double does not hold exactly; those out of range are odd."""
    for which, entry, start, stop in scanned.inexact.tolist():
        figure = float(raw[start:stop].tobytes())
        scanned.figures[which, entry] = figure
        if not LOWEST[which] <= figure <= HIGHEST[which]:
            scanned.fine[entry] = False
