"""Spares the client most of what it does for each record, on the way in and on the way out.

aiokafka parses a record into one object and then makes another of it, whose only difference is that
it also names topic and partition. That second one costs as much as all the rest of fetching. Every
fetch of a source topic is told here to hand over what was parsed, a record batch at a time. A
record that goes out passes three calls, of which the last alone writes it.

This reaches into the client (``Fetcher._records``, ``PartitionRecords``, ``BatchBuilder._builder``
and ``_relative_offset``), which is pinned for it;
``tests/unit/transport/test_client_records.py`` notices when it looks different.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from operator import length_hint
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.producer.message_accumulator import BatchBuilder


def hand_over_as_parsed(consumer: AIOKafkaConsumer, topics: Collection[str]) -> None:
    """Have a started consumer, which has fetched nothing yet, hand over records as parsed.

    Records of ``topics`` then have offset, timestamp and its type, key, value and headers, but
    neither topic nor partition.
    """
    consumer._fetcher._records = _Fetches(topics)  # noqa: SLF001 - see above


def fill(
    batch: BatchBuilder,
    records: Iterable[tuple[bytes, bytes | None]],
    headers: Sequence[tuple[str, bytes]],
) -> int:
    """Append keys and values to an empty batch until it is full, and close it.

    Returns how many it took: what ``batch.append`` does without serializers, in one call each
    instead of three.
    """
    append, each_headers = batch._builder.append, list(headers)  # noqa: SLF001 - see above
    count = 0
    for key, value in records:
        if append(count, None, key, value, each_headers) is None:
            break
        count += 1
    batch._relative_offset = count  # noqa: SLF001 - see above
    batch.close()
    return count


class _Fetches(OrderedDict[Any, Any]):
    """What the client has fetched and not handed over yet, by partition."""

    def __init__(self, topics: Collection[str]) -> None:
        super().__init__()
        self._topics = topics

    def __setitem__(self, tp: Any, fetched: Any) -> None:
        if tp.topic in self._topics and isinstance(fetched, FetchResult):
            fetched._partition_records = _Parsed(fetched._partition_records)  # noqa: SLF001 - see above
        super().__setitem__(tp, fetched)


class _Parsed:
    """The records of a fetch, parsed; what ``PartitionRecords`` is to the client.

    Aborted transactions are not left out: nobody here reads only what is committed.
    """

    def __init__(self, fetch: PartitionRecords) -> None:
        if fetch._isolation_level == READ_COMMITTED:  # noqa: SLF001 - see above
            raise ValueError("records of a source topic are read uncommitted")
        self._fetch = fetch
        # It refers back to the fetch until it is used up, and would keep megabytes until a garbage
        # collection.
        fetch._records_iterator = None  # noqa: SLF001 - see above
        # The position before the record batch at hand, its records, and those that are not taken.
        self._start: int = fetch.next_fetch_offset
        self._batch: list[Any] = []
        self._left: Iterator[Any] = iter(())
        self._records = chain.from_iterable(self._batches())

    @property
    def next_fetch_offset(self) -> int:
        """The client's position when it has handed over what was taken by now."""
        taken = len(self._batch) - length_hint(self._left)
        position: int = self._batch[taken - 1].offset + 1 if taken else self._start
        return position

    def __iter__(self) -> Iterator[Any]:
        return self._records

    def __next__(self) -> Any:
        return next(self._records)

    def _batches(self) -> Iterator[Iterator[Any]]:
        fetch = self._fetch
        records = fetch._records  # noqa: SLF001 - see above
        while records.has_next():
            batch = records.next_batch()
            if fetch._check_crcs and not batch.validate_crc():  # noqa: SLF001 - see above
                raise CorruptRecordException(f"Invalid CRC - {fetch._tp}")  # noqa: SLF001 - see above
            parsed = [] if batch.is_control_batch else list(batch)
            if parsed and parsed[0].offset < self._start:
                # A record batch comes whole, whichever of its records was asked for.
                parsed = [record for record in parsed if record.offset >= self._start]
            self._batch, self._left = parsed, iter(parsed)
            yield self._left
            # Where the batch ends, also if compaction took its last records.
            self._start, self._batch, self._left = batch.next_offset, [], iter(())
