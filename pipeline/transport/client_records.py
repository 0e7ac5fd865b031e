"""Spares the client an object a record.

aiokafka parses a record into one object and then makes another of it, whose only difference is that
it also names topic and partition. That second one costs as much as all the rest of fetching. Every
fetch of a source topic is told here to hand over what was parsed.

This reaches into the client (``Fetcher._records``, ``PartitionRecords._consumer_record``), which
is pinned for it; ``tests/unit/transport/test_client_records.py`` notices when it looks different.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import FetchResult


def hand_over_as_parsed(consumer: AIOKafkaConsumer, topics: Collection[str]) -> None:
    """Have a started consumer, which has fetched nothing yet, hand over records as parsed.

    Records of ``topics`` then have offset, timestamp and its type, key, value and headers, but
    neither topic nor partition.
    """
    consumer._fetcher._records = _Fetches(topics)  # noqa: SLF001 - see above


class _Fetches(OrderedDict[Any, Any]):
    """What the client has fetched and not handed over yet, by partition."""

    def __init__(self, topics: Collection[str]) -> None:
        super().__init__()
        self._topics = topics

    def __setitem__(self, tp: Any, fetched: Any) -> None:
        if tp.topic in self._topics and isinstance(fetched, FetchResult):
            fetched._partition_records._consumer_record = _as_parsed  # noqa: SLF001 - see above
        super().__setitem__(tp, fetched)


def _as_parsed(_tp: Any, record: Any) -> Any:
    return record
