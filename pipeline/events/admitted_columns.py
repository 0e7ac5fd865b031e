"""Admitted mentions of a batch as columns: what :class:`AdmittedMention` is for one, for many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.events.admitted import AdmittedMention
from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Codes = NDArray[np.intp]
Strengths = NDArray[np.float64]
Counts = NDArray[np.int64]

Table = TypeVar("Table", bound="DataclassInstance")

_SHARED = ("brands", "sources")
"""What codes stand for."""


@dataclass(frozen=True, slots=True, eq=False)
class AdmittedMentions:
    """Mentions after admission, an entry each, in the order of their batch.

    ``places`` are positions in the batch. ``brands`` and ``sources`` name what the codes in
    ``brand`` and ``source`` stand for. ``vanity`` holds likes, shares, followers and clicks, a row
    each. The rest as in :class:`pipeline.events.admitted.AdmittedMention`.
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
    vanity: Counts

    def __len__(self) -> int:
        return self.places.size

    @classmethod
    def of(cls, mentions: Sequence[AdmittedMention], places: Codes) -> AdmittedMentions:
        """Return admitted mentions as columns."""
        brands, brand = codes_of([mention.brand for mention in mentions])
        sources, source = codes_of([mention.source for mention in mentions])
        return cls(
            brands,
            sources,
            places,
            brand,
            source,
            np.array([mention.at for mention in mentions], np.int64),
            np.array([mention.id_hash for mention in mentions], np.uint64),
            np.array([mention.author_hash for mention in mentions], np.uint64),
            np.array([mention.p for mention in mentions], np.float64),
            np.array([mention.q for mention in mentions], np.float64),
            np.array([mention.scored for mention in mentions], np.bool_),
            np.array([mention.earned for mention in mentions], np.bool_),
            np.array([mention.retraction for mention in mentions], np.bool_),
            np.array([(m.likes, m.shares, m.followers, m.clicks) for m in mentions], np.int64).T,
        )

    def where(self, wanted: Flags | Codes) -> AdmittedMentions:
        """Return the entries that a mask or an index selects."""
        return selected(self, wanted)

    def beside(self, other: AdmittedMentions) -> AdmittedMentions:
        """Return these entries and others of the same batch, in the order of their places."""
        brands, of_brand = codes_of([*self.brands, *other.brands])
        sources, of_source = codes_of([*self.sources, *other.sources])
        coded = (
            self,
            replace(
                other,
                brand=other.brand + len(self.brands),
                source=other.source + len(self.sources),
            ),
        )
        columns = {
            name: np.concatenate([getattr(each, name) for each in coded], axis=-1)
            for name in _COLUMNS
        }
        columns["brand"] = of_brand[columns["brand"]]
        columns["source"] = of_source[columns["source"]]
        return AdmittedMentions(brands, sources, **columns).where(np.argsort(columns["places"]))


def selected(table: Table, wanted: Flags | Codes, shared: Collection[str] = _SHARED) -> Table:
    """Return those entries of a table of columns that a mask or an index selects.

    Fields that all entries share stay as they are.
    """
    names = [field.name for field in fields(table) if field.name not in shared]
    if wanted.dtype == np.bool_:
        wanted = np.flatnonzero(wanted)
    # Several times as fast as indexing is, and rows stay side by side.
    return replace(table, **{name: np.take(getattr(table, name), wanted, -1) for name in names})


_COLUMNS = [field.name for field in fields(AdmittedMentions) if field.name not in _SHARED]


def codes_of(texts: Sequence[str]) -> tuple[list[str], Codes]:
    """Return the distinct texts, and for each text the index of its like among them."""
    distinct = list(dict.fromkeys(texts))
    if len(distinct) == 1:
        return distinct, np.zeros(len(texts), np.intp)
    if len(distinct) == len(texts):
        return distinct, np.arange(len(texts))
    index = {text: code for code, text in enumerate(distinct)}
    return distinct, np.fromiter(map(index.__getitem__, texts), np.intp, len(texts))
