"""What the server is known to hold of each brand, so that only what changed since is sent.

A publication has a hundred fields and up to 400 ledger lines, of which a second changes some thirty
and one. The publications themselves are kept: what does not change is shared with later ones.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from pipeline.events.instants import HOUR
from pipeline.sinks.publication import Publication

Value = TypeVar("Value")


class Change(NamedTuple):
    """What turns the version ``base`` of a brand into a publication.

    ``alerts`` holds those that changed, whole; ``new_hour`` says whether an hour of history began.
    """

    base: str
    fields: Mapping[str, str]
    gone_fields: Sequence[str]
    lines: Mapping[str, str]
    gone_days: Sequence[str]
    alerts: Mapping[str, Mapping[str, str]]
    new_hour: bool


class Acknowledged:
    """The acknowledged publications by brand; forgetting one only makes the next be sent whole."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Publication]] = {}

    def change(self, publication: Publication) -> Change | None:
        """Return what to send; None where that is all of it.

        Launches and campaigns change a few times in a brand's life, and are sent with all of it.
        """
        base, known = self._known.get(publication.brand, ("", None))
        if (
            known is None
            or known.partition != publication.partition
            or known.launches != publication.launches
            or known.campaigns != publication.campaigns
        ):
            return None
        fields, gone_fields = _difference(known.fields, publication.fields)
        lines, gone_days = _ledger_difference(known.ledger, publication.ledger)
        alerts: Mapping[str, Mapping[str, str]] = {}
        if known.alerts is not publication.alerts:
            alerts, _ = _difference(known.alerts, publication.alerts)
        new_hour = known.as_of // HOUR != publication.as_of // HOUR
        return Change(base, fields, gone_fields, lines, gone_days, alerts, new_hour)

    def acknowledge(self, version: str, publication: Publication) -> None:
        """Remember that the server holds a publication since it answered with ``version``."""
        # A time that the server clamped is ahead of it, and history was left out.
        if version.endswith(f":{publication.as_of}"):
            self._known[publication.brand] = (version, publication)
        else:
            self.forget(publication.brand)

    def forget(self, brand: str) -> None:
        """Forget one brand."""
        self._known.pop(brand, None)

    def forget_partition(self, partition: int) -> None:
        """Forget the brands of a partition."""
        known = self._known.items()
        self._known = {brand: each for brand, each in known if each[1].partition != partition}

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()


def _difference(
    old: Mapping[str, Value], new: Mapping[str, Value]
) -> tuple[dict[str, Value], Sequence[str]]:
    """Return the entries to set and the names to remove that turn ``old`` into ``new``."""
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    gone = () if old.keys() <= new.keys() else [name for name in old if name not in new]
    return changed, gone


def _ledger_difference(
    old: Mapping[str, str], new: Mapping[str, str]
) -> tuple[dict[str, str], Sequence[str]]:
    if isinstance(old, ChainMap) and isinstance(new, ChainMap) and old.maps[1] is new.maps[1]:
        # Lines of complete days are one object until one of them changes.
        old, new = old.maps[0], new.maps[0]
    return _difference(old, new)
