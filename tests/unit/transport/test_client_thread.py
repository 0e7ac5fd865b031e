"""How the client's thread ends, whoever does not answer it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from aiokafka.errors import NodeNotReadyError
from faust.types import TP

from pipeline.errors import Stop
from pipeline.transport import client_thread
from pipeline.transport.client_thread import SourceConsumerThread

OWNED = {TP("mentions", 0)}


class Client:
    """A member of a group that is rebalancing: its stop waits until it is told of its join."""

    def __init__(self, name: str | None = None, trouble: Exception | None = None) -> None:
        self.told = asyncio.Event()
        self.sent: list[tuple[int, Any]] = []
        self.trouble = trouble
        self._client = self
        self._coordinator = SimpleNamespace(
            coordinator_id=1, group_id="group", member_id="me", _group_instance_id=name
        )

    async def send(self, node: int, request: Any) -> None:
        """Take a request to leave; the join is answered then, or fails as the request does."""
        self.sent.append((node, request))
        self.told.set()
        if self.trouble is not None:
            raise self.trouble

    async def stop(self) -> None:
        """Wait for the join."""
        await self.told.wait()


def _thread(consumer: Any = None) -> SourceConsumerThread:
    loop = asyncio.get_running_loop()
    return SourceConsumerThread(consumer or MagicMock(), loop=loop, thread_loop=loop)


@pytest.mark.parametrize("ends", [SourceConsumerThread._crash, SourceConsumerThread._stopped_set])
@pytest.mark.parametrize("call", ["revoked", "assigned"])
async def test_a_rebalance_goes_on_when_the_app_has_ended(ends: Any, call: str) -> None:
    consumer = MagicMock()

    async def nobody_answers(*_: Any) -> None:
        await asyncio.Future()

    consumer.threadsafe_partitions_revoked = nobody_answers
    consumer.threadsafe_partitions_assigned = nobody_answers
    thread = _thread(consumer)
    telling = asyncio.ensure_future(getattr(thread, f"on_partitions_{call}")(OWNED))
    await asyncio.sleep(0)
    assert not telling.done(), "while the app runs its answer is waited for"
    ends(thread, *([Stop("crashed")] if ends is SourceConsumerThread._crash else []))
    await asyncio.wait_for(telling, 5.0)


@pytest.mark.parametrize("trouble", [None, NodeNotReadyError("gone")])
async def test_a_client_that_waits_for_the_others_is_taken_out_of_its_group(
    trouble: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_thread, "JOINING_SECONDS", 0.01)
    thread = _thread()
    client = Client(trouble=trouble)
    thread.__dict__["_consumer"] = client
    await asyncio.wait_for(thread.on_thread_stop(), 5.0)
    [(node, request)] = client.sent
    assert (node, request._group, request._member_id) == (1, "group", "me")


async def test_a_client_that_stops_in_time_leaves_as_ever() -> None:
    thread = _thread()
    client = Client()
    client.told.set()
    thread.__dict__["_consumer"] = client
    await asyncio.wait_for(thread.on_thread_stop(), 5.0)
    assert client.sent == []


async def test_a_member_with_a_name_stays_in_its_group() -> None:
    thread = _thread()
    client = Client(name="worker-1")
    thread.__dict__["_consumer"] = client
    await thread._leave()
    assert client.sent == []
