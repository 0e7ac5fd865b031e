"""Mentions and tickets wait for the activities that are there when a partition comes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.agents import sources
from pipeline.agents.lag import Source
from pipeline.agents.ownership import Ownership
from pipeline.agents.plans import LONGEST_SECONDS, PlansFirst
from pipeline.events.records import Topic
from pipeline.state.shard import Shard


class Assigned:
    """An assignment of one partition, of whose activities the broker has some."""

    def __init__(self, end: int) -> None:
        self.now = 0.0
        self.asked: list[Source] = []
        self.shard = Shard(3)
        self.owned: Any = SimpleNamespace(epoch=1)
        self._end = end
        self.plans = PlansFirst(cast("Ownership", self.owned), self._ends, lambda: self.now)

    async def _ends(self, sources: Sequence[Source]) -> dict[Source, int]:
        self.asked += sources
        return dict.fromkeys(sources, self._end)

    async def begin(self) -> asyncio.Task[bool]:
        """Begin to wait, and go on when nothing more happens."""
        waiting = asyncio.create_task(self.plans.wait(self.shard))
        for _ in range(3):
            await asyncio.sleep(0)
        return waiting


async def test_they_are_waited_for_once_an_assignment() -> None:
    assigned = Assigned(end=2)
    waiting = await assigned.begin()
    assigned.shard.activity.row.applied = 0
    assert not waiting.done()
    assigned.shard.activity.row.applied = 1
    assert await waiting
    assert assigned.asked == [(Topic.ACTIVITY, 3)]
    assigned.shard.activity.row.applied = -1
    assert (await assigned.begin()).done()
    assigned.owned.epoch += 1
    again = await assigned.begin()
    assert not again.done()
    assigned.shard.activity.row.applied = 1
    assert await again


async def test_where_there_are_none_nobody_waits() -> None:
    assert (await Assigned(end=0).begin()).done()


async def test_the_end_of_the_assignment_ends_the_waiting() -> None:
    assigned = Assigned(end=2)
    waiting = await assigned.begin()
    assigned.owned.epoch += 1
    assert not await waiting


async def test_they_are_not_waited_for_for_ever() -> None:
    assigned = Assigned(end=2)
    waiting = await assigned.begin()
    assigned.now = LONGEST_SECONDS + 1.0
    assert await waiting
    assert (await assigned.begin()).done()


@pytest.mark.parametrize("topic", Topic)
async def test_an_agent_of_activities_waits_for_nothing_and_the_others_do(topic: Topic) -> None:
    assigned = Assigned(end=2)
    taken: list[Any] = []
    shard: Any = assigned.shard
    shard.intakes = {topic: SimpleNamespace(take=taken.append)}
    owned: Any = SimpleNamespace(shard=lambda *_: _soon(shard))
    agents: list[Any] = []
    app: Any = SimpleNamespace(topic=lambda *_, **__: None, agent=lambda *_, **__: agents.append)
    sources.register(app, topic, topic, owned, assigned.plans, lambda *_: _soon(None))
    agent = asyncio.create_task(agents[0](_Stream()))
    for _ in range(9):
        await asyncio.sleep(0)
    assert bool(taken) is (topic is Topic.ACTIVITY)
    shard.activity.row.applied = 1
    await agent
    assert len(taken) == 1


class _Stream:
    """One batch of no records."""

    def noack(self) -> _Stream:
        """Return the stream itself."""
        return self

    async def events(self) -> Any:
        """Yield the batch."""
        fetched = SimpleNamespace(records=[], start=0, end=0)
        message = SimpleNamespace(partition=3, generation_id=1, value=fetched)
        yield SimpleNamespace(message=message)


async def _soon(value: Any) -> Any:
    return value
