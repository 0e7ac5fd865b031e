"""Spares the client most of what it does for each record, on the way in and on the way out.

aiokafka parses a record into one object and then makes another of it, which also names topic and
partition. Every fetch of a source topic is handed over as a whole instead, see
:mod:`pipeline.transport.record_batches`. A record that goes out passes three calls, of which the
last alone writes it.

This reaches into the client, which is pinned for it: ``Fetcher._records``, what is in there, and
where that is made; ``BatchBuilder._builder`` and ``_relative_offset``.
``tests/unit/transport/test_client_records.py`` notices when it looks different.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any
from weakref import proxy

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from pipeline.events.records import PackedRecords
from pipeline.transport.record_batches import is_older, open_batches


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought for one partition: all records from offset ``start`` to before ``end``.

    There may be fewer than offsets, or none: what ends a transaction takes one, and no record has
    it. The client leaves aside what is false, so false is what does not lead any further.
    """

    start: int
    records: PackedRecords
    end: int

    def __len__(self) -> int:
        return len(self.records)

    def __bool__(self) -> bool:
        return self.end > self.start


def hand_over_packed(consumer: AIOKafkaConsumer, topics: Collection[str]) -> None:
    """Have a started consumer, which has fetched nothing yet, hand over records packed.

    ``getmany`` then returns :class:`Fetched` for ``topics``.
    """
    fetcher.MemoryRecords = FetchedBytes
    consumer._fetcher._records = _Fetches(topics)  # noqa: SLF001 - see above


def fill(
    batch: BatchBuilder,
    records: Iterable[tuple[bytes, bytes | None]],
    headers: Sequence[tuple[str, bytes]],
    now: int,
) -> int:
    """Append keys and values to an empty batch until it is full, and close it.

    Returns how many it took: what ``batch.append`` does without serializers, in one call each
    instead of three. All have the same time, in milliseconds since the epoch.
    """
    append, each_headers = batch._builder.append, list(headers)  # noqa: SLF001 - see above
    count = 0
    for key, value in records:
        if append(count, now, key, value, each_headers) is None:
            break
        count += 1
    batch._relative_offset = count  # noqa: SLF001 - see above
    batch.close()
    return count


class FetchedBytes(MemoryRecords):  # type: ignore[misc]  # the client ships no types
    """What the client cuts into record batches, and keeps to itself: here it can be had.

    It takes the place of the client's own class for all consumers of this process, to which it is
    the same.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.content = content


class _Fetches(OrderedDict[Any, Any]):
    """What the client has fetched and not handed over yet, by partition."""

    def __init__(self, topics: Collection[str]) -> None:
        super().__init__()
        self._topics = topics

    def __setitem__(self, tp: Any, fetched: Any) -> None:
        if tp.topic in self._topics and isinstance(fetched, FetchResult):
            # The client takes nothing but this very class for records. A proxy, because a circle
            # would keep megabytes until a garbage collection.
            fetched.getall = MethodType(_getall, proxy(fetched))
            records = fetched._partition_records  # noqa: SLF001 - see above
            if not is_older(records._records.content):  # noqa: SLF001 - see above
                fetched._partition_records = _Packed(records)  # noqa: SLF001 - see above
        super().__setitem__(tp, fetched)


def _getall(fetched: FetchResult, max_records: int | None = None) -> Fetched:
    """Return the next records of a fetch, ``max_records`` at most; instead of the client's own."""
    records = fetched._partition_records  # noqa: SLF001 - see above
    start: int = records.next_fetch_offset
    if not isinstance(records, _Packed):
        made = PackedRecords.of(FetchResult.getall(fetched, max_records))
        return Fetched(start, made, records.next_fetch_offset)
    if not fetched.check_assignment(fetched._topic_partition):  # noqa: SLF001 - see above
        return Fetched(start, PackedRecords.of([]), start)
    taken = records.take(max_records)
    fetched._update_position()  # noqa: SLF001 - see above
    if records.is_done:
        fetched._partition_records = None  # noqa: SLF001 - see above
    return taken


class _Packed:
    """The records of a fetch; what ``PartitionRecords`` is to the client.

    Aborted transactions are not left out: nobody here reads only what is committed.
    """

    def __init__(self, fetch: PartitionRecords) -> None:
        if fetch._isolation_level == READ_COMMITTED:  # noqa: SLF001 - see above
            raise ValueError("records of a source topic are read uncommitted")
        # It refers back to the fetch until it is used up, and would keep megabytes until a garbage
        # collection.
        fetch._records_iterator = None  # noqa: SLF001 - see above
        #: The client's position when it has handed over what was taken by now.
        self.next_fetch_offset: int = fetch.next_fetch_offset
        self.is_done = False
        self._fetch: PartitionRecords | None = fetch
        self._left = PackedRecords.of([])
        self._start = self._end = self.next_fetch_offset
        self._error: KafkaError | None = None

    def take(self, most: int | None) -> Fetched:
        """Return the next records, ``most`` at most; none where there are no more.

        Raises:
            aiokafka.errors.KafkaError: What comes next cannot be read. What is behind it is read
                again when it is fetched again.
        """
        if self._fetch is not None:
            self._open(self._fetch)
        if self._error is not None and not self._left:
            error, self._error = self._error, None
            raise error
        taken = self._left[:most]
        self._left = self._left[len(taken) :]
        if self._left:
            self.next_fetch_offset = int(taken.offsets[-1]) + 1
        else:
            self.next_fetch_offset = self._end
            self.is_done = self._error is None
        start, self._start = self._start, self.next_fetch_offset
        return Fetched(start, taken, self.next_fetch_offset)

    def _open(self, fetch: PartitionRecords) -> None:
        self._fetch = None
        opened = open_batches(
            fetch._records.content,  # noqa: SLF001 - see above
            self.next_fetch_offset,
            str(fetch._tp),  # noqa: SLF001 - see above
            check=fetch._check_crcs,  # noqa: SLF001 - see above
        )
        self._left, self._end, self._error = opened.records, opened.end, opened.error
        # What should be between there and here is not in the log; or not yet, as with the embedded
        # broker, which may show a batch before the one in front of it.
        self._start = max(self._start, opened.start)
