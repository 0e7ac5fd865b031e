"""How the client's thread ends, whoever does not answer it."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import MagicMock

import pytest
from faust.types import TP

from pipeline.errors import Stop
from pipeline.transport.client_thread import SourceConsumerThread

OWNED = {TP("mentions", 0)}


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
