"""What a demonstration says at its end."""

from __future__ import annotations

import io
import subprocess
from typing import Any

import pytest

from pipeline.cli import view
from pipeline.cli.demo_parts import Parts
from pipeline.clock import FixedClock
from pipeline.settings import KafkaSettings, MetricsSettings, RedisSettings

QUIET = {"brand": "a", "kind": "influence_drop", "state": "ok", "since": "2026-01-01T00:00:00Z"}
FIRED = {
    "brand": "b",
    "kind": "detraction_surge",
    "state": "firing",
    "since": "2026-01-02T03:00:00Z",
    "started_at": "2026-01-02T03:00:00Z",
    "observed": "30",
    "expected": "10",
    "low": "25",
    "evidence": '{"hours":6}',
}


def test_alerts_that_began_to_fire_are_told_as_a_replay_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    earlier = {**FIRED, "brand": "c", "started_at": "2026-01-01T00:00:00Z"}
    monkeypatch.setattr(view, "alerts", lambda _: ("0-0", [QUIET, FIRED, earlier]))
    worker: Any = subprocess.Popen
    parts = Parts(
        KafkaSettings(), RedisSettings(), MetricsSettings(), FixedClock(0), worker, io.BytesIO()
    )
    first, second = parts.episodes()
    assert first["brand"] == "c"
    assert second == {
        "brand": "b",
        "kind": "detraction_surge",
        "state": "firing",
        "started_at": "2026-01-02T03:00:00Z",
        "resolved_at": None,
        "observed": "30",
        "expected": "10",
        "low": "25",
        "evidence": {"hours": 6},
    }
