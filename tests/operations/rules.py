"""The rules of ``deploy/prometheus``, read once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PROMETHEUS = REPOSITORY / "deploy/prometheus"
RUNBOOKS = REPOSITORY / "deploy/runbooks"

RULES = sorted(PROMETHEUS.glob("rules/*.rules.yml"))
TESTS = sorted(PROMETHEUS.glob("tests/*.test.yml"))


def rules(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the rules of a file."""
    for group in yaml.safe_load(file.read_text())["groups"]:
        yield from group["rules"]


ALERTS = {rule["alert"]: rule for file in RULES for rule in rules(file) if "alert" in rule}
RECORDED = {rule["record"] for file in RULES for rule in rules(file) if "record" in rule}


def seconds(duration: str) -> int:
    """Return a Prometheus duration in seconds.

    >>> seconds("2m15s"), seconds("1h")
    (135, 3600)
    """
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    parts = re.findall(r"(\d+)([smhd])", duration)
    assert "".join(n + unit for n, unit in parts) == duration
    return sum(int(n) * units[unit] for n, unit in parts)
