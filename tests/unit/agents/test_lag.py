"""How far behind a worker is, and whether it gets on."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from pipeline.agents.lag import STALL_SECONDS, LagWatch, Source
from pipeline.agents.ownership import Ownership
from pipeline.events.records import Topic
from pipeline.state.shard import Shard

MENTIONS = (Topic.MENTIONS, 0)


class Broker:
    """A worker that owns one partition, and what a broker tells of it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.end = self.first = 0
        self.asked = 0
        self.shard = Shard(0)
        self.owned: Any = SimpleNamespace(shards={0: self.shard}, ready=True, epoch=1)
        owned = cast("Ownership", self.owned)
        self.watch = LagWatch(owned, self._ends, self._firsts, lambda: self.now)

    async def _ends(self, sources: Sequence[Source]) -> dict[Source, int]:
        return {source: self.end if source == MENTIONS else 0 for source in sources}

    async def _firsts(self, sources: Sequence[Source]) -> dict[Source, int]:
        self.asked += 1
        return dict.fromkeys(sources, self.first)

    async def lag(self, applied: int) -> int:
        """Look once more, a while after the look before."""
        self.now += STALL_SECONDS
        self.shard.mentions.row.applied = applied
        await self.watch.look()
        return self.watch.records[MENTIONS]

    def is_live(self) -> bool:
        """Tell whether the worker gets on, a while after the last look."""
        self.now += 1.0
        return self.watch.is_live()[0]


async def test_what_is_behind_the_last_record_that_was_applied_is_lag() -> None:
    broker = Broker()
    broker.end = 100
    assert [await broker.lag(applied) for applied in (-1, 49, 99)] == [100, 50, 0]
    assert broker.watch.is_read(MENTIONS)
    assert not broker.watch.is_read((Topic.MENTIONS, 1)), "nothing is known of it"
    broker.owned.epoch += 1
    assert not broker.watch.is_read(MENTIONS), "another may have owned it meanwhile"
    assert not broker.asked


async def test_a_worker_that_stands_still_is_not_live() -> None:
    broker = Broker()
    broker.end = 100
    assert [await broker.lag(applied) for applied in (49, 50)] == [50, 49]
    assert broker.is_live()
    assert [await broker.lag(50), await broker.lag(50)] == [49, 49]
    assert not broker.is_live()


async def test_a_worker_that_recovers_is_live_however_long_it_takes() -> None:
    broker = Broker()
    broker.end = 100
    assert await broker.lag(50) == 49
    broker.owned.ready = False
    broker.now += 2 * STALL_SECONDS
    assert broker.is_live(), "a look takes as long as the broker's answer"
    for _ in range(3):
        assert await broker.lag(50) == 49
        assert broker.is_live()
    broker.owned.ready = True
    assert broker.is_live()
    await broker.lag(50)
    await broker.lag(50)
    assert not broker.is_live()


async def test_what_is_gone_before_anyone_reads_it_is_no_lag() -> None:
    """Retention may take all of a partition that was never read, or not for long."""
    for applied in (-1, 20):
        broker = Broker()
        broker.end, broker.first = 100, 70
        lags = [await broker.lag(applied) for _ in range(3)]
        assert lags == [99 - applied, 30, 30]
        assert not broker.is_live()
        broker.first = 100
        assert await broker.lag(applied) == 0
        assert broker.is_live()
        assert broker.watch.is_read(MENTIONS)
