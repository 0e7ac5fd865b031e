"""The brand families: name, type, help with unit, and how a snapshot becomes their samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from pipeline.events.instants import SECOND, from_datetime

Fields = Mapping[str, str]
Sources = Mapping[str, int]
Samples = Iterable[tuple[str, str]]
"""Pairs of the labels after ``brand`` (each with a leading comma) and the value."""

WINDOWS: Final = ("1h", "24h", "7d", "28d")


def escaped(value: str) -> str:
    """Return a label value with the exposition format's escapes."""
    # A lone surrogate cannot be encoded and must not fail the scrape of all brands.
    value = value.encode("utf-8", "replace").decode()
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@dataclass(frozen=True, slots=True)
class Family:
    """One family of brand series."""

    name: str
    kind: Literal["gauge", "summary"]
    help: str
    samples: Callable[[Fields, Sources], Samples]

    def head(self) -> str:
        """Return the HELP and TYPE lines."""
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} {self.kind}\n"

    def fragment(self, brand: str, fields: Fields, sources: Sources) -> str:
        """Return one brand's lines; empty where nothing is known. ``brand`` is escaped."""
        start = f'{self.name}{{brand="{brand}"'
        return "".join(
            f"{start}{labels}}} {value}\n" for labels, value in self.samples(fields, sources)
        )


def _one(field: str) -> Callable[[Fields, Sources], Samples]:
    def samples(fields: Fields, _: Sources) -> Samples:
        value = fields.get(field)
        return () if value is None else (("", value),)

    return samples


def _labelled(label: str, by_value: Mapping[str, str]) -> Callable[[Fields, Sources], Samples]:
    named = [(f',{label}="{value}"', field) for value, field in by_value.items()]

    def samples(fields: Fields, _: Sources) -> Samples:
        return [(labels, fields[field]) for labels, field in named if field in fields]

    return samples


def _windows(stem: str) -> Callable[[Fields, Sources], Samples]:
    return _labelled("window", {window: f"{stem}_{window}" for window in WINDOWS})


def _quantiles(stem: str) -> Callable[[Fields, Sources], Samples]:
    return _labelled("quantile", {"0.5": f"{stem}_p50_28d", "0.9": f"{stem}_p90_28d"})


def seconds(instant: int) -> str:
    """Return an instant, in microseconds, as the exposition wants timestamps."""
    return f"{instant / SECOND:.6f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=256)
def instant(text: str) -> int:
    """Return a published time, which is that of many brands, in microseconds since the epoch."""
    return from_datetime(datetime.fromisoformat(text))


def _as_of(fields: Fields) -> int | None:
    text = fields.get("as_of")
    return None if text is None else instant(text)


def _snapshot_time(fields: Fields, _: Sources) -> Samples:
    at = _as_of(fields)
    return () if at is None else (("", seconds(at)),)


def _oldest_open(fields: Fields, _: Sources) -> Samples:
    at, age = _as_of(fields), fields.get("oldest_open_seconds")
    if at is None or age is None:
        return ()
    return (("", seconds(at - round(float(age) * SECOND))),)


def _sources(_: Fields, sources: Sources) -> Samples:
    return [(f',source="{escaped(source)}"', seconds(at)) for source, at in sorted(sources.items())]


FAMILIES: Final = (
    Family(
        "influence_index",
        "gauge",
        "Influence index, from 0 to 100 (no unit).",
        _one("influence_index"),
    ),
    Family(
        "influence_goodwill",
        "gauge",
        "Goodwill, earned and decayed with a half-life of 180 days, in advocate-days.",
        _one("goodwill"),
    ),
    Family(
        "influence_advocacy",
        "gauge",
        "Advocacy by earned authors in the window, in advocate-days.",
        _windows("advocacy"),
    ),
    Family(
        "influence_detraction",
        "gauge",
        "Detraction by earned authors in the window, in advocate-days.",
        _windows("detraction"),
    ),
    Family(
        "influence_consistency_ratio",
        "gauge",
        "Consistency over 26 weeks, as a ratio from 0 to 1.",
        _one("consistency"),
    ),
    Family(
        "influence_activation_ratio",
        "gauge",
        "Activation at the latest launch, as a signed ratio up to 1.",
        _one("activation"),
    ),
    Family(
        "influence_messaging_dependence_ratio",
        "gauge",
        "Share of messaging in messaging and advocacy over 28 days, as a ratio from 0 to 1.",
        _one("messaging_dependence"),
    ),
    Family(
        "influence_mentions",
        "gauge",
        "Earned mentions in the window, in mentions.",
        _windows("mentions"),
    ),
    Family(
        "influence_snapshot_timestamp_seconds",
        "gauge",
        "Evaluation time of the brand's series, in seconds since 1970.",
        _snapshot_time,
    ),
    Family(
        "influence_source_last_event_timestamp_seconds",
        "gauge",
        "Time of the source's newest event about the brand, in seconds since 1970.",
        _sources,
    ),
    Family(
        "influence_support_offered_load_agents",
        "gauge",
        "Support load offered over 28 days, in agents (erlang).",
        _one("offered_load_agents"),
    ),
    Family(
        "influence_support_required_agents",
        "gauge",
        "Agents required at once for the service level, in agents.",
        _one("required_agents"),
    ),
    Family(
        "influence_support_open_tickets",
        "gauge",
        "Open tickets, waiting ones included, in tickets.",
        _one("tickets_open"),
    ),
    Family(
        "influence_support_oldest_open_timestamp_seconds",
        "gauge",
        "When the oldest open ticket was opened, in seconds since 1970.",
        _oldest_open,
    ),
    Family(
        "influence_support_first_reply_seconds",
        "summary",
        "Time to the first public reply by an agent over 28 days (Kaplan-Meier), in seconds.",
        _quantiles("first_reply_seconds"),
    ),
    Family(
        "influence_support_resolution_seconds",
        "summary",
        "Time to resolution over 28 days (Kaplan-Meier), in seconds.",
        _quantiles("resolution_seconds"),
    ),
    Family(
        "influence_support_sla_breach_ratio",
        "gauge",
        "Share of tickets that breached their service level over 28 days, as a ratio from 0 to 1.",
        _one("sla_breach_ratio_28d"),
    ),
)
"""All families, in the order in which they are exposed."""
