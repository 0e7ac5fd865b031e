"""The table store: raw state values, recovered by highest applied offset and then handed over.

A worker that was stopped past its session timeout and goes on afterwards can write to a changelog
that another worker owns by then. Kafka keeps what was written last; we keep what contains most.
State at an applied offset is a function of the source records up to it, so of two values of a key
the one with the higher applied offset is right, whoever wrote it and whenever.

Compaction keeps only the last record of a key. Keys whose last record is not the one kept are
therefore remembered (:meth:`StateStore.regressed`), and the owner writes what was kept once more,
byte by byte, long before ``min.compaction.lag.ms`` has passed.

Raw values beside what they mean would be a quarter of a worker's memory. They are handed over to be
decoded, partition by partition, and an assignment that comes later reads the changelog from its
start, for a partition that stays as well.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import faust
from faust.stores.memory import Store as MemoryStore
from faust.types import TP, EventT, StoreT

from pipeline.errors import Stop
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
    def offset(self) -> int:
        """Its offset in the changelog."""

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
    """What was read of a table so far: ``{partition: {key: value}}``, all raw bytes.

    A partition is in here from the start of its recovery until :meth:`take` hands it over.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.partitions: dict[int, dict[bytes, bytes]] = {}
        self._regressed: dict[int, dict[bytes, bytes]] = {}
        self._read_until: dict[int, int] = {}

    def begin(self, partition: int) -> None:
        """Take records of a partition from now on, of which the first is the changelog's."""
        self.partitions[partition] = {}
        self._regressed[partition] = {}
        self._read_until[partition] = 0

    def check_read(self, partition: int, last: int) -> None:
        """Make sure that a partition was read up to its last record, at offset ``last``.

        Faust's count of what was read and the values themselves come by different ways.

        Raises:
            Stop: It was not, or its records are gone: the state would be taken for whole.
        """
        until = self._read_until.get(partition, 0)
        if until <= last:
            raise Stop(
                f"the changelog of {self.table_name}, partition {partition}, was read to offset "
                f"{until}, and {last} is its last"
            )

    def apply(self, partition: int, records: Iterable[ChangelogRecord]) -> None:
        """Take a partition's changelog records in log order; the highest applied offset is kept.

        Those that come late, when the partition was handed over, are read with the rest next time.
        """
        values = self.partitions.get(partition)
        if values is None:
            return
        regressed = self._regressed[partition]
        applied_offset = encoding.applied_offset
        until = self._read_until[partition]
        for record in records:
            until = record.offset + 1
            key = record.key
            value = record.value if record.value is not None else _deletion(record)
            known = values.get(key)
            if known is None or applied_offset(value) >= applied_offset(known):
                values[key] = value
                regressed.pop(key, None)
            else:
                regressed[key] = known
        self._read_until[partition] = until

    def value(self, partition: int, key: bytes) -> bytes | None:
        """Return a live value of a partition that was not handed over yet."""
        value = self.partitions.get(partition, {}).get(key)
        return None if value is None or encoding.is_tombstone(value) else value

    def take(self, partition: int) -> dict[bytes, bytes]:
        """Hand over the live values of a partition (tombstones left out); they are kept no more.

        Raises:
            Stop: They were handed over before, or never read: to begin with none would be wrong.
        """
        tombstone = encoding.is_tombstone
        values = self.partitions.pop(partition, None)
        if values is None:
            raise Stop(f"partition {partition} of {self.table_name} was not recovered")
        for key in [key for key, value in values.items() if tombstone(value)]:
            del values[key]
        return values

    def regressed(self, partition: int) -> Mapping[bytes, bytes]:
        """Return what was kept here of the keys whose last record in the changelog is another."""
        return self._regressed.get(partition, {})

    def written(self, partition: int, keys: Iterable[bytes]) -> None:
        """Take note of what is durable now: these keys end on their right value."""
        regressed = self._regressed.get(partition)
        if regressed:
            for key in keys:
                regressed.pop(key, None)

    # -- what Faust calls

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Do nothing: the consumer has applied these records, and more after them by now."""

    def persisted_offset(self, tp: TP) -> int | None:
        """Say where to read a changelog from, when an assignment begins: asked once for each.

        An assignment that ended while it was recovered goes on where it was (None: Faust knows);
        any other starts before the first record.
        """
        if tp.partition in self.partitions:
            return None
        self.begin(tp.partition)
        return -1

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],
        newly_assigned: set[TP],
        generation_id: int = 0,
    ) -> None:
        """Drop the partitions that went away."""
        kept = {tp.partition for tp in assigned}
        for partition in self._regressed.keys() - kept:
            self.partitions.pop(partition, None)
            del self._regressed[partition], self._read_until[partition]

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Keep everything: what is ours is decided by the assignment, in ``on_rebalance``."""

    def _clear(self) -> None:
        self.partitions.clear()
        self._regressed.clear()
        self._read_until.clear()


class StateTable(faust.Table):  # type: ignore[type-arg]  # see StateStore
    """A Faust table that is recovered by a :class:`StateStore`."""

    @property
    def state(self) -> StateStore:
        """The table's store."""
        store = self.data
        if not isinstance(store, StateStore):
            raise TypeError(f"table {self.name} has a {type(store).__name__} for a store")
        return store

    def check_recovered(self, highwaters: Mapping[TP, int]) -> None:
        """Make sure that all was read; see :meth:`StateStore.check_read`.

        Args:
            highwaters: Offset of the last record of each partition of all changelogs.
        """
        for tp, last in highwaters.items():
            if tp.topic == self.changelog_topic_name:
                self.state.check_read(tp.partition, last)

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
