"""Batches follow on each other; what does not is read again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

from faust.types import TP, AppT

from pipeline.transport.consumer import RecordBatchConsumer

SOURCE = TP("mentions", 0)
CHANGELOG = TP("changelog", 0)


class Consumer(RecordBatchConsumer):
    """The consumer's bookkeeping without a broker."""

    source_topics = frozenset({"mentions"})

    def __init__(self) -> None:
        self.app = cast("AppT", SimpleNamespace(consumer_generation_id=7))
        self._durable: dict[TP, int] = {}
        self._next: dict[TP, int] = {}
        self._gaps: dict[TP, tuple[int, int]] = {}
        self._sought: set[TP] = set()
        self.accepting = True
        self.seeks: list[Mapping[TP, int]] = []

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Note the seek instead of asking a broker."""
        self._next.update(partitions)
        self._sought.update(partitions)
        self.seeks.append(dict(partitions))

    def takes(self, tp: TP, first: int, last: int) -> bool:
        """Offer a batch as ``getmany`` does; tells whether it is delivered."""
        if not asyncio.run(self._continues(tp, first)):
            return False
        self._next[tp] = last + 1
        return True


def test_nothing_is_delivered_before_the_assignment_has_its_position() -> None:
    consumer = Consumer()
    assert not consumer.takes(SOURCE, 500, 600)
    assert consumer.seeks == []


def test_a_batch_from_beyond_the_position_is_read_again() -> None:
    consumer = Consumer()
    asyncio.run(consumer.seek_wait({SOURCE: 300}))
    assert not consumer.takes(SOURCE, 500, 600)
    assert consumer.seeks[-1] == {SOURCE: 300}
    assert consumer.takes(SOURCE, 300, 599)
    assert consumer.takes(SOURCE, 600, 700)


def test_a_gap_in_the_log_is_accepted_when_it_is_there_again() -> None:
    consumer = Consumer()
    asyncio.run(consumer.seek_wait({SOURCE: 300}))
    assert not consumer.takes(SOURCE, 400, 450)
    assert consumer.takes(SOURCE, 400, 450)
    assert consumer.takes(SOURCE, 440, 460), "records that come again are skipped by the intake"


def test_changelogs_are_full_of_gaps_and_only_their_first_batch_is_looked_at() -> None:
    consumer = Consumer()
    asyncio.run(consumer.seek_wait({CHANGELOG: 0}))
    assert not consumer.takes(CHANGELOG, 20, 30)
    assert consumer.takes(CHANGELOG, 20, 30)
    assert consumer.takes(CHANGELOG, 90, 95)
    assert len(consumer.seeks) == 2


def test_acknowledgements_of_an_older_assignment_count_for_nothing() -> None:
    consumer = Consumer()
    assert not consumer.acknowledge({SOURCE: 10}, generation=6)
    assert list(consumer._filter_tps_with_pending_acks()) == []
    assert consumer.acknowledge({SOURCE: 10}, generation=7)
    assert consumer._new_offset(SOURCE) == 10
