"""What the server is known to hold of each brand's ledger, so that only changes are sent.

A ledger has up to 400 lines, of which a publication changes one or two. Digests of lines and not
the lines are kept: about 8 KB a brand.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from pipeline.sinks.publication import Publication
from pipeline.sinks.redis.scripts import LedgerChange


class LedgerMemory:
    """Remembers acknowledged ledgers by brand; forgetting one only makes it be sent in full."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str, array[int]]] = {}

    def change(self, publication: Publication) -> LedgerChange:
        """Return what to send: the difference from what is known, else everything."""
        ledger = publication.ledger
        known = self._known.get(publication.brand)
        if known is None:
            return LedgerChange("", ledger)
        version, days, digests = known
        before = dict(zip(days.split(","), digests, strict=True)) if days else {}
        lines = {day: line for day, line in ledger.items() if before.get(day) != hash(line)}
        return LedgerChange(version, lines, [day for day in before if day not in ledger])

    def acknowledge(self, brand: str, version: str, ledger: Mapping[str, str]) -> None:
        """Remember that the server holds ``ledger`` since it answered with ``version``."""
        digests = array("q", (hash(line) for line in ledger.values()))
        self._known[brand] = (version, ",".join(ledger), digests)

    def forget(self, brand: str) -> None:
        """Forget one brand."""
        self._known.pop(brand, None)

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
