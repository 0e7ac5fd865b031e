"""How the app ends."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from aiokafka.errors import KafkaConnectionError

from pipeline.agents import faust_app
from pipeline.agents.faust_app import InfluenceApp
from pipeline.errors import Stop


@pytest.mark.parametrize(
    ("reason", "told"),
    [(Stop("the log goes back"), "the log goes back"), (KafkaConnectionError(), "no broker")],
)
async def test_a_crash_whose_stop_hangs_is_told_last(
    reason: Exception, told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    async def hang(_: Any) -> None:
        await ended

    monkeypatch.setattr(faust.App, "on_stop", hang)
    monkeypatch.setattr(faust_app, "LEAVING_SECONDS", 0.01)
    monkeypatch.setattr(
        "os._exit", lambda status: loop.call_soon_threadsafe(ended.set_result, status)
    )
    app = InfluenceApp.__new__(InfluenceApp)
    app.__dict__.update(
        _crashed=SimpleNamespace(is_set=lambda: True),
        _crash_reason=reason,
        explained=lambda _: Stop("no broker"),
    )
    with caplog.at_level(logging.WARNING):
        await cast("Any", app).on_stop()
    assert ended.result() == 1
    assert caplog.messages[-1].endswith(f"ending now: {told}")
