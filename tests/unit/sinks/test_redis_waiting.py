"""What becomes of publications in flight when the server fails, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
import pytest
from redis import exceptions

from pipeline.sinks.publication import Publication
from pipeline.sinks.redis import RedisAddress, RedisSink, sink
from pipeline.sinks.redis.heartbeat import Heartbeat
from pipeline.sinks.redis.round_trip import Reply
from pipeline.sinks.redis.scripts import Call


class Silent:
    """Takes the sink's measurements and drops them."""

    def set_redis_up(self, up: bool) -> None:
        """Take nothing."""

    def set_redis_rejected_writes(self, total: int) -> None:
        """Take nothing."""

    def set_redis_evicted_keys(self, total: int) -> None:
        """Take nothing."""


def evaluated_at(call: Call) -> str:
    content = call.arguments[0]
    assert isinstance(content, bytes)
    return str(msgspec.msgpack.decode(content)[4])


class Script:
    """Stands in for the server: fails the first round, after ``meanwhile`` was called."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.meanwhile: Callable[[], None] = lambda: None
        self.rounds: list[list[str]] = []

    async def run_calls(self, _: object, calls: Sequence[Call]) -> list[Reply]:
        """Note the evaluation time of each call and answer."""
        self.rounds.append([evaluated_at(call) for call in calls])
        if len(self.rounds) == 1:
            self.meanwhile()
            if isinstance(self.error, exceptions.ResponseError):
                return [self.error for _ in calls]
            raise self.error
        return [["published", "v"] for _ in calls]


def publication(as_of: int, brand: str = "acme") -> Publication:
    return Publication(brand, 3, 1, (1, 1, 1), as_of, {})


@pytest.fixture(
    params=[
        exceptions.ConnectionError("gone"),
        exceptions.TimeoutError("slow"),
        exceptions.OutOfMemoryError("full"),
        exceptions.ReadOnlyError("replica"),
    ],
    ids=lambda error: type(error).__name__,
)
def script(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Script:
    async def beat(_: Heartbeat, __: object) -> None:
        await asyncio.Event().wait()

    script = Script(request.param)
    monkeypatch.setattr(sink, "run_calls", script.run_calls)
    monkeypatch.setattr(Heartbeat, "beat", beat)
    return script


@pytest.fixture
async def running(script: Script) -> AsyncIterator[RedisSink]:
    sink = RedisSink(RedisAddress("redis://nowhere.invalid"), Silent(), lambda _: None)
    sink.own(3)
    task = asyncio.create_task(sink.run())
    yield sink
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await sink.close()


async def test_what_had_no_answer_is_written_again(running: RedisSink, script: Script) -> None:
    running.offer([publication(1), publication(2, "other")])
    assert await running.settle(10)
    assert script.rounds[0] == ["1", "2"]
    assert sorted(script.rounds[1]) == ["1", "2"]
    assert running.up


async def test_a_later_publication_wins_over_one_in_flight(
    running: RedisSink, script: Script
) -> None:
    script.meanwhile = lambda: running.offer([publication(9)])
    running.offer([publication(1)])
    assert await running.settle(10)
    assert script.rounds == [["1"], ["9"]]


async def test_a_partition_released_in_flight_is_not_written_again(
    running: RedisSink, script: Script
) -> None:
    script.meanwhile = lambda: running.release(3)
    running.offer([publication(1)])
    assert await running.settle(10)
    assert script.rounds == [["1"]]
