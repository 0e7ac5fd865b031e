"""What the demo draws: its brands side by side, their alerts, and what became of all records."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.cli.output import table
from pipeline.cli.show import cell

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipeline.cli.machine import MachineReading

Brands = Mapping[str, Mapping[str, str]]
Episodes = Sequence[Mapping[str, Any]]
Draw = Callable[[Brands, Episodes, "MachineReading | None"], None]

COLUMNS = {
    "for": "advocacy_28d",
    "against": "detraction_28d",
    "24h": "mentions_24h",
    "agents": "required_agents",
    "reply": "first_reply_seconds_p50_28d",
    "solved": "resolution_seconds_p50_28d",
}
"""Columns after the goodwill and the snapshot fields that they show."""

STORY = (
    "evergreen is loved and needs nobody in support; lantern is good and needs two;",
    "monolith advertises much, disappoints many and needs dozens.",
    "",
    "goodwill: earned over time, in advocate-days; half of it is gone after 180 days;",
    "with its 90 % interval. for, against: advocacy and detraction of 28 days.",
    "24h: mentions, which come much faster live than in the history, so this grows.",
    "agents: needed in support at once. reply, solved: medians of 28 days.",
)
"""Who the brands are (``influence simulate --print-scenario``), and what the columns say."""


_OVER = {"ok": "is over"}

_EPISODES = 4
"""As many are drawn, the latest."""


def drawing(
    title: str, brands: Brands, episodes: Episodes, reading: MachineReading | None
) -> RenderableType:
    """Return the table, the most goodwill first, with alerts and what it means below."""
    from rich.console import Group
    from rich.text import Text

    ranked = sorted(brands, key=lambda brand: (-_goodwill(brands[brand]), brand))
    rows = [
        (
            brand,
            cell(brands[brand], "goodwill"),
            _interval(brands[brand]),
            *(cell(brands[brand], field) for field in COLUMNS.values()),
        )
        for brand in ranked
    ]
    return Group(
        table(title, ("brand", "goodwill", "90 %", *COLUMNS), rows),
        Text("\n".join((*_alerts(episodes), _account(reading)))),
        Text("\n".join(("", *STORY)), style="dim"),
    )


def print_final(brands: Brands, episodes: Episodes, reading: MachineReading | None) -> None:
    """Print the table once, as wide as needed where stdout is no terminal."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(drawing("At the end", brands, episodes, reading))


@contextmanager
def live_table(*, wanted: bool, keep: bool) -> Iterator[Draw | None]:
    """Yield a function that draws over what it drew before; None where stdout is no terminal.

    Args:
        wanted: Whether to draw at all.
        keep: Whether the last drawing stays on the screen at the end.
    """
    if not (wanted and sys.stdout.isatty()):
        yield None
        return
    from rich.live import Live

    with Live(auto_refresh=False, transient=not keep) as screen:
        yield lambda brands, episodes, reading: screen.update(
            drawing("Live (Ctrl-C stops)", brands, episodes, reading), refresh=True
        )


def _goodwill(fields: Mapping[str, str]) -> float:
    return float(fields.get("goodwill", "0"))


def _interval(fields: Mapping[str, str]) -> str:
    if "goodwill_low" not in fields or "goodwill_high" not in fields:
        return "-"
    return f"{cell(fields, 'goodwill_low')}-{cell(fields, 'goodwill_high')}"


def _alerts(episodes: Episodes) -> list[str]:
    """Return a line for each of the latest episodes of alerts, oldest first."""
    return [
        f"alert: {each['brand']} {each['kind']}, fired at {each['started_at']}, "
        f"{_OVER.get(each['state'], each['state'])}"
        for each in episodes[-_EPISODES:]
    ] or ["alerts: none has fired yet"]


def _account(reading: MachineReading | None) -> str:
    """Return what became of all records, in a line."""
    if reading is None:
        return "the worker does not answer at the moment"
    each = reading.records
    return (
        f"{each.total():,} records: {each['applied']:,} applied, {each['duplicate']:,} repeats, "
        f"{each['dead_letter']:,} dead letters"
    )
