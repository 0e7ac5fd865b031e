"""The table store: raw state values by partition, recovered by highest applied offset.

A worker that was stopped past its session timeout and goes on afterwards can write to a changelog
that another worker owns by then. Kafka keeps what was written last; we keep what contains most.
State at an applied offset is a function of the source records up to it, so of two values of a key
the one with the higher applied offset is right, whoever wrote it and whenever.

Compaction keeps only the last record of a key. Keys whose last record is not the one kept are
therefore remembered (:meth:`StateStore.regressed`), and the owner writes what was kept once more,
byte by byte, long before ``min.compaction.lag.ms`` has passed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import faust
from faust.stores.memory import Store as MemoryStore
from faust.types import TP, EventT, StoreT

from pipeline.state import encoding

DELETED_AT = "applied"
"""Header of a tombstone: the applied offset of the deletion, int64 little endian."""

_OFFSET = struct.Struct("<q")


def deletion_headers(applied: int) -> list[tuple[str, bytes]]:
    """Return the headers that make a Kafka tombstone comparable with values."""
    return [(DELETED_AT, _OFFSET.pack(applied))]


class ChangelogRecord(Protocol):
    """What recovery needs of a changelog record, a client's or Faust's."""

    @property
    def key(self) -> Any:
        """Raw key."""

    @property
    def value(self) -> Any:
        """Raw value; None is a deletion."""

    @property
    def headers(self) -> Any:
        """Headers, as pairs or as a mapping."""


class StateStore(MemoryStore):  # type: ignore[type-arg]  # Faust's store is generic only for mypy
    """Stored values of one table: ``{partition: {key: value}}``, all raw bytes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.partitions: dict[int, dict[bytes, bytes]] = {}
        self._regressed: dict[int, set[bytes]] = {}

    def apply(self, partition: int, records: Iterable[ChangelogRecord]) -> None:
        """Take a partition's changelog records in log order; the highest applied offset is kept."""
        values = self.partitions.setdefault(partition, {})
        regressed = self._regressed.setdefault(partition, set())
        applied_offset = encoding.applied_offset
        for record in records:
            key = record.key
            value = record.value if record.value is not None else _deletion(record)
            known = values.get(key)
            if known is None or applied_offset(value) >= applied_offset(known):
                values[key] = value
                regressed.discard(key)
            else:
                regressed.add(key)

    def values_of(self, partition: int) -> Mapping[bytes, bytes]:
        """Return the live values of a partition (tombstones left out)."""
        tombstone = encoding.is_tombstone
        return {
            key: value
            for key, value in self.partitions.get(partition, {}).items()
            if not tombstone(value)
        }

    def regressed(self, partition: int) -> Mapping[bytes, bytes]:
        """Return what is kept here of the keys whose last record in the changelog is another."""
        values = self.partitions.get(partition, {})
        return {key: values[key] for key in self._regressed.get(partition, ())}

    def written(self, partition: int, values: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take over what is durable now (``None``: deleted)."""
        stored = self.partitions.setdefault(partition, {})
        regressed = self._regressed.setdefault(partition, set())
        for key, value in values:
            regressed.discard(key)
            if value is None:
                stored.pop(key, None)
            else:
                stored[key] = value

    # -- what Faust calls

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Do nothing: the consumer has applied these records, and more after them by now."""

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],
        newly_assigned: set[TP],
        generation_id: int = 0,
    ) -> None:
        """Drop the partitions that went away; they are read from the start if they come back."""
        kept = {tp.partition for tp in assigned}
        for partition in [p for p in self.partitions if p not in kept]:
            del self.partitions[partition]
            self._regressed.pop(partition, None)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Keep everything: what is ours is decided by the assignment, in ``on_rebalance``."""

    def _clear(self) -> None:
        self.partitions.clear()
        self._regressed.clear()


class StateTable(faust.Table):  # type: ignore[type-arg]  # see StateStore
    """A Faust table that holds raw state values in a :class:`StateStore`."""

    @property
    def state(self) -> StateStore:
        """The table's store."""
        store = self.data
        if not isinstance(store, StateStore):
            raise TypeError(f"table {self.name} has a {type(store).__name__} for a store")
        return store

    def _new_store(self) -> StoreT[Any, Any]:
        return StateStore(
            "memory://", self.app, self, table_name=self.name, key_type=bytes, value_type=bytes
        )


def _deletion(record: ChangelogRecord) -> bytes:
    headers = record.headers
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    for name, content in pairs:
        if name == DELETED_AT and len(content) == _OFFSET.size:
            return encoding.tombstone(int(_OFFSET.unpack(content)[0]))
    return encoding.tombstone(encoding.NOTHING_APPLIED)
