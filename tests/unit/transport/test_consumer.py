"""Batches follow on each other; what does not is read again."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, MagicMock

import pytest
from aiokafka.errors import IllegalStateError
from faust.types import TP, AppT

from pipeline.errors import Stop
from pipeline.events.records import PackedRecords, RawRecord
from pipeline.transport.client_records import Fetched
from pipeline.transport.consumer import LOOK_SECONDS, RecordBatchConsumer

SOURCE = TP("mentions", 0)
CHANGELOG = TP("changelog", 0)


class Consumer(RecordBatchConsumer):
    """The consumer's bookkeeping without a broker."""

    source_topics = frozenset({"mentions"})

    def __init__(self) -> None:
        monitor = SimpleNamespace(track_tp_end_offset=lambda *_: None)
        self.app = cast("AppT", SimpleNamespace(consumer_generation_id=7, monitor=monitor))
        self._durable: dict[TP, int] = {}
        self._next: dict[TP, int] = {}
        self._gaps: dict[TP, tuple[int, int]] = {}
        self._sought: set[TP] = set()
        self._missed = {}
        self._look_at = 0.0
        self.accepting = True
        self.flow_active = True
        self.has_ended = False
        self.seeks: list[Mapping[TP, int]] = []
        self.fetched: dict[TP, Fetched | Sequence[Any]] = {}
        self.positions: dict[TP, int] = {}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Note the seek instead of asking a broker."""
        self._next.update(partitions)
        self._sought.update(partitions)
        if self.has_ended:
            raise IllegalStateError("No current assignment")
        self.seeks.append(dict(partitions))
        self.positions.update(partitions)

    def _get_active_partitions(self) -> set[TP]:
        return {SOURCE, CHANGELOG}

    async def _positions(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        return {tp: self.positions[tp] for tp in partitions if tp in self.positions}

    @property
    def should_stop(self) -> bool:
        """A consumer that runs."""
        return False

    def highwater(self, tp: TP) -> int:  # noqa: ARG002 - the signature is Faust's
        """Return the end of the log, which nothing here looks at."""
        return 0

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ARG002, ASYNC109 - likewise
        fetched, self.fetched = self.fetched, {}
        self.positions.update({tp: _end_of(each) for tp, each in fetched.items()})
        return fetched, None

    async def starts(self) -> list[int]:
        """Return where each message of a source topic that ``getmany`` yields begins."""
        return [cast("Any", message.value).start async for _, message in self.getmany(1.0)]

    async def offsets(self) -> list[int]:
        """Return the offset of each message that ``getmany`` yields."""
        return [message.offset async for _, message in self.getmany(1.0)]

    def takes(self, tp: TP, first: int, last: int) -> bool:
        """Offer a batch as ``getmany`` does; tells whether it is delivered."""
        if not asyncio.run(self._continues(tp, first)):
            return False
        self._next[tp] = last + 1
        return True


def _end_of(fetched: Any) -> int:
    end: int = fetched.end if isinstance(fetched, Fetched) else fetched[-1].offset + 1
    return end


def packed(*offsets: int, start: int | None = None, end: int | None = None) -> Fetched:
    """Records as they come of a source topic."""
    records = PackedRecords.of([RawRecord(offset, b"value") for offset in offsets])
    start = offsets[0] if start is None else start
    return Fetched(start, records, offsets[-1] + 1 if end is None else end)


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


async def test_what_came_before_batches_are_taken_is_read_again_at_once() -> None:
    """Nothing may ever come after it, so waiting for the next batch to show the hole won't do."""
    consumer = Consumer()
    consumer.accepting = False
    await consumer.seek_wait({SOURCE: 300})
    records = packed(300)
    consumer.fetched = {SOURCE: records}
    assert await consumer.offsets() == []
    assert await consumer.offsets() == []
    assert len(consumer.seeks) == 1, "there is no use in reading it before batches are taken"
    consumer.accepting = True
    assert await consumer.offsets() == []
    assert consumer.seeks[1:] == [{SOURCE: 300}]
    consumer.fetched = {SOURCE: records}
    assert await consumer.offsets() == [300]
    assert len(consumer.seeks) == 2


async def test_what_a_fetch_brought_before_the_flow_resumed_is_read_again() -> None:
    """It may be all that a changelog holds: without it a recovery waits for ever."""
    consumer = Consumer()
    consumer.flow_active = False
    await consumer.seek_wait({CHANGELOG: 0})
    record = SimpleNamespace(offset=0, timestamp=0, timestamp_type=0)
    consumer.fetched = {CHANGELOG: [record]}
    assert await consumer.offsets() == []
    assert await consumer.offsets() == []
    assert len(consumer.seeks) == 1, "there is no use in reading it while the flow is inactive"
    consumer.flow_active = True
    assert await consumer.offsets() == []
    assert consumer.seeks[1:] == [{CHANGELOG: 0}]


async def test_what_the_client_handed_out_to_nobody_is_read_again() -> None:
    """Faust drops a fetch without a word where the partition is not active by then."""
    consumer = Consumer()
    await consumer.seek_wait({SOURCE: 300, CHANGELOG: 0})
    consumer.positions[CHANGELOG] = 7
    assert await consumer.offsets() == []
    assert consumer.seeks[1:] == [{CHANGELOG: 0}]


async def test_while_others_are_busy_it_is_looked_for_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("pipeline.transport.consumer.time.monotonic", lambda: now)
    consumer = Consumer()
    await consumer.seek_wait({SOURCE: 300, CHANGELOG: 0})
    for offset in range(300, 320):
        consumer.fetched = {SOURCE: packed(offset)}
        assert await consumer.offsets() == [offset]
        if offset == 300:
            consumer.positions[CHANGELOG] = 7
        if offset == 301:
            assert len(consumer.seeks) == 1
        now += LOOK_SECONDS / 10
    assert consumer.seeks[1:] == [{CHANGELOG: 0}]


async def test_where_nothing_is_it_is_read_again_after_longer_and_longer_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All records may be gone, and the log begin behind where the state ends."""
    now = 100.0
    monkeypatch.setattr("pipeline.transport.consumer.time.monotonic", lambda: now)
    consumer = Consumer()
    await consumer.seek_wait({SOURCE: 300})
    tried = []
    for _ in range(1_000):
        consumer.positions[SOURCE] = 301
        before = len(consumer.seeks)
        await consumer.offsets()
        if len(consumer.seeks) > before:
            tried.append(now - 100.0)
        now += 1.0
    assert tried[:6] == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0]
    assert {b - a for a, b in itertools.pairwise(tried[6:])} == {64.0}
    consumer.positions[SOURCE] = 302
    await consumer.offsets()
    assert consumer.seeks[-1] == {SOURCE: 300}, "there is more by now"


async def test_offsets_without_a_record_are_no_hole() -> None:
    """The end of a transaction takes an offset, be it fetched with its records or by itself."""
    consumer = Consumer()
    await consumer.seek_wait({SOURCE: 300})
    fetches = (packed(300, 301, end=303), packed(303), packed(start=304, end=305), packed(305))
    for fetched in fetches:
        consumer.fetched = {SOURCE: fetched}
        assert await consumer.offsets() == [fetched.end - 1]
    assert await consumer.offsets() == []
    assert len(consumer.seeks) == 1, "nothing was read again"


async def test_an_assignment_that_ends_meanwhile_ends_no_worker() -> None:
    consumer = Consumer()
    records = packed(300)
    consumer.fetched = {SOURCE: records}
    consumer.flow_active = False
    assert await consumer.offsets() == []
    assert consumer.seeks == [], "the next assignment starts with a seek of its own"
    consumer.flow_active = True
    await consumer.seek_wait({SOURCE: 200})
    consumer.has_ended = True
    consumer.fetched = {SOURCE: records}
    assert await consumer.offsets() == []


def test_a_gap_in_the_log_is_accepted_and_told_when_it_is_there_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    consumer = Consumer()
    asyncio.run(consumer.seek_wait({SOURCE: 300}))
    assert not consumer.takes(SOURCE, 400, 450)
    assert caplog.messages == []
    assert consumer.takes(SOURCE, 400, 450)
    assert "offsets 300 to 399 are gone" in caplog.messages[0]


async def test_what_comes_after_a_gap_follows_on_what_was_before_it() -> None:
    """Otherwise the intake would take it for a batch that came without the one before."""
    consumer = Consumer()
    await consumer.seek_wait({SOURCE: 300})
    for starts in ([], [300]):
        consumer.fetched = {SOURCE: packed(400)}
        assert await consumer.starts() == starts
    consumer.fetched = {SOURCE: packed(401)}
    assert await consumer.starts() == [401]


def test_a_log_that_goes_back_ends_the_worker_when_it_does_again() -> None:
    """What is there now would be taken for what the state contains already."""
    consumer = Consumer()
    for _ in range(2):
        # A fetch from the committed offset, under way when the state's was sought, is no reason.
        asyncio.run(consumer.seek_wait({SOURCE: 300}))
        assert not consumer.takes(SOURCE, 200, 250)
        assert consumer.seeks[-1] == {SOURCE: 300}
        assert consumer.takes(SOURCE, 300, 310)
    assert not consumer.takes(SOURCE, 0, 5)
    with pytest.raises(Stop, match=r"goes on at offset 0, and 311 is next.*made anew"):
        consumer.takes(SOURCE, 0, 5)


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


@pytest.mark.parametrize(("crashed", "commits"), [(False, 1), (True, 0)])
async def test_after_a_crash_nothing_is_committed(crashed: bool, commits: int) -> None:
    """The client's thread ends by itself then, and a commit asked of it may wait for ever."""
    consumer = Consumer()
    commit = AsyncMock()
    consumer.__dict__.update(
        _crashed=SimpleNamespace(is_set=lambda: crashed), commit=commit, transport=MagicMock()
    )
    consumer.app.conf = SimpleNamespace(stream_wait_empty=False)  # type: ignore[assignment]
    await consumer.on_stop()
    assert commit.await_count == commits
