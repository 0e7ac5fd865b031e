"""How the app ends."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import faust
import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from pipeline.agents import faust_app
from pipeline.agents.faust_app import InfluenceApp
from pipeline.errors import Stop


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (Stop("the log goes back"), "the log goes back"),
        (KafkaConnectionError(), "no broker"),
        (None, "Kafka has not confirmed the last flush"),
    ],
)
async def test_why_a_stop_that_hangs_was_needed_or_hangs_is_told_last(
    reason: Exception | None,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    async def hang(*_: Any) -> None:
        await ended
        raise Stop("and nothing after it")

    monkeypatch.setattr(faust.App, "on_stop", hang)
    monkeypatch.setattr(faust_app, "LEAVING_SECONDS", 0.01)
    monkeypatch.setattr(faust_app, "FINISHING_SECONDS", 0.01)
    monkeypatch.setattr(
        "os._exit", lambda status: loop.call_soon_threadsafe(ended.set_result, status)
    )
    app = InfluenceApp.__new__(InfluenceApp)
    app.__dict__.update(
        _crashed=SimpleNamespace(is_set=lambda: reason is not None),
        _crash_reason=reason,
        explained=lambda _: Stop("no broker"),
        checkpoint=SimpleNamespace(finish=hang),
    )
    with caplog.at_level(logging.WARNING), pytest.raises(Stop, match="nothing after it"):
        await cast("Any", app).on_stop()
    assert ended.result() == 1
    assert caplog.messages[-1].endswith(f"ending now: {told}")


@pytest.mark.parametrize("callback", ["_on_partitions_revoked", "_on_partitions_assigned"])
async def test_a_rebalance_during_the_stop_does_not_keep_it_from_leaving(callback: str) -> None:
    """A client that is closed here never leaves its group."""
    consumer = MagicMock()
    app = InfluenceApp.__new__(InfluenceApp)
    app.__dict__.update(
        _stopped=SimpleNamespace(is_set=lambda: True),
        _consumer=consumer,
    )
    await getattr(app, callback)({TP("mentions", 0)})
    consumer.close.assert_not_called()
