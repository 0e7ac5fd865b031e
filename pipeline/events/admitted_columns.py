"""Admitted mentions of a batch as columns: what :class:`AdmittedMention` is for one, for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants

Codes = NDArray[np.intp]
Strengths = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AdmittedMentions:
    """Mentions after admission, an entry each, in the order of their batch.

    ``places`` are positions in the batch. ``brands`` and ``sources`` name what the codes in
    ``brand`` and ``source`` stand for. ``vanity`` holds likes, shares, followers and clicks; None
    where all are 0. The rest as in :class:`pipeline.events.admitted.AdmittedMention`.
    """

    brands: Sequence[str]
    sources: Sequence[str]
    places: Codes
    brand: Codes
    source: Codes
    at: Instants
    id_hash: Hashes
    author_hash: Hashes
    p: Strengths
    q: Strengths
    scored: Flags
    earned: Flags
    retraction: Flags
    vanity: tuple[Counts | None, Counts | None, Counts | None, Counts | None]

    def __len__(self) -> int:
        return self.places.size

    def where(self, wanted: Flags | Codes) -> AdmittedMentions:
        """Return the entries that a mask or an index selects."""
        columns = {
            field.name: getattr(self, field.name)[wanted]
            for field in fields(self)
            if field.name not in ("brands", "sources", "vanity")
        }
        likes, shares, followers, clicks = (
            None if counts is None else counts[wanted] for counts in self.vanity
        )
        return replace(self, **columns, vanity=(likes, shares, followers, clicks))


def codes_of(texts: Sequence[str]) -> tuple[list[str], Codes]:
    """Return the distinct texts, and for each text the index of its like among them."""
    distinct = list(dict.fromkeys(texts))
    if len(distinct) == 1:
        return distinct, np.zeros(len(texts), np.intp)
    index = {text: code for code, text in enumerate(distinct)}
    return distinct, np.fromiter(map(index.__getitem__, texts), np.intp, len(texts))
