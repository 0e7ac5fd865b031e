"""Brand series: taken as they are published, turned into text only when someone scrapes.

The event loop only stores references. The thread that serves a scrape renders the brands that
changed since the last one and joins the rest from fragments that it kept.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.sinks.prometheus.alert_families import ALERT_FAMILIES, Alerts
from pipeline.sinks.prometheus.families import FAMILIES, Fields, Sources, escaped


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    partition: int
    fields: Fields
    sources: Sources
    alerts: Alerts


@dataclass(frozen=True, slots=True, eq=False)
class _Rendered:
    """A row's lines, an entry for each family."""

    row: _Row
    lines: Sequence[str]
    alert_lines: Sequence[str]


class BrandMetrics:
    """The latest snapshot of each brand that this worker owns; safe between threads.

    Args:
        names: Display names by brand id; any text.
    """

    def __init__(self, names: Mapping[str, str] = MappingProxyType({})) -> None:
        self._names = names
        self._changing = threading.Lock()
        self._rows: dict[str, _Row] = {}
        self._generation = 0
        # Only with this lock held: what was rendered, and from which rows.
        self._rendering = threading.Lock()
        self._fragments: dict[str, _Rendered] = {}
        self._text = b""
        self._rendered = -1

    def publish(
        self,
        partition: int,
        brand: str,
        fields: Fields,
        sources: Sources,
        alerts: Alerts = MappingProxyType({}),
    ) -> None:
        """Replace a brand's series.

        ``fields`` are the snapshot's, decimal strings; ``sources`` gives the time of each source's
        newest event in microseconds since the epoch; ``alerts`` the fields of each alert by its
        kind. None must be changed afterwards.
        """
        row = _Row(partition, fields, sources, alerts)
        with self._changing:
            self._rows[brand] = row
            self._generation += 1

    def drop_partition(self, partition: int) -> None:
        """Take out the brands of a partition that moved away."""
        with self._changing:
            self._rows = {b: row for b, row in self._rows.items() if row.partition != partition}
            self._generation += 1

    def drop_brand(self, brand: str) -> None:
        """Take out a brand that is no more."""
        with self._changing:
            self._rows.pop(brand, None)
            self._generation += 1

    def render(self) -> bytes:
        """Return all series as text, valid in both exposition formats, without an end mark."""
        with self._rendering:
            with self._changing:
                if self._rendered == self._generation:
                    return self._text
                rows, generation = dict(self._rows), self._generation
            kept = self._fragments
            self._fragments = {
                brand: self._render(brand, row, kept.get(brand)) for brand, row in rows.items()
            }
            parts: list[str] = []
            rendered = self._fragments.values()
            lines = [each.lines for each in rendered], [each.alert_lines for each in rendered]
            for heads, of in zip(_HEADS, lines, strict=True):
                for index, head in enumerate(heads):
                    text = "".join([each[index] for each in of])
                    if text:
                        parts += (head, text)
            self._text = "".join(parts).encode()
            self._rendered = generation
            return self._text

    def _render(self, brand: str, row: _Row, known: _Rendered | None) -> _Rendered:
        """Return a brand's lines, those that are known already as they are."""
        if known is not None and known.row is row:
            return known
        label = escaped(brand)
        if known is not None and known.row.alerts is row.alerts:
            alert_lines = known.alert_lines
        else:
            alert_lines = [family.fragment(label, row.alerts) for family in ALERT_FAMILIES]
        name = self._names.get(brand)
        named = "" if name is None else f'brand="{label}",name="{escaped(name)}"'
        lines = [
            named and f"influence_brand_info{{{named}}} 1\n",
            *(family.fragment(label, row.fields, row.sources) for family in FAMILIES),
        ]
        return _Rendered(row, lines, alert_lines)


_HEADS = (
    [
        "# HELP influence_brand_info Display name of the brand; always 1 (no unit).\n"
        "# TYPE influence_brand_info gauge\n",
        *(family.head() for family in FAMILIES),
    ],
    [family.head() for family in ALERT_FAMILIES],
)
"""What comes before the lines of each family, by what it is about."""
