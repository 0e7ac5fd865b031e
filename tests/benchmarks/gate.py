"""The gate: ratios within one run must not fall below committed floors. Never absolute times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

FLOORS = Path(__file__).with_name("floors.json")


def floors() -> dict[str, float]:
    """Return the least ratio of the worker's rate to that of each peer."""
    read: dict[str, float] = json.loads(FLOORS.read_text())
    return read


def below(ratios: Mapping[str, float], least: Mapping[str, float]) -> list[str]:
    """Return a line for every ratio that is below its floor, or was not measured.

    >>> below({"faust": 11.0}, {"faust": 12.0, "quix": 4.0})
    ['faust: 11 is below 12', 'quix: not measured']
    """
    lines = []
    for name, floor in least.items():
        ratio = ratios.get(name)
        if ratio is None:
            lines.append(f"{name}: not measured")
        elif ratio < floor:
            lines.append(f"{name}: {ratio:.3g} is below {floor:g}")
    return lines
