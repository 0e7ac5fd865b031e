"""The families of brands' alerts: their state, one-hot, and what they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.alerting.kinds import State
from pipeline.sinks.prometheus.families import instant, seconds

Alerts = Mapping[str, Mapping[str, str]]
"""Fields of each alert of a brand, by kind."""

Samples = Iterator[tuple[str, str]]
"""Labels after ``kind`` (with a leading comma) and value."""


@dataclass(frozen=True, slots=True)
class AlertFamily:
    """One family of alert series."""

    name: str
    help: str
    samples: Callable[[Mapping[str, str]], Samples]

    def head(self) -> str:
        """Return the HELP and TYPE lines."""
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} gauge\n"

    def fragment(self, brand: str, alerts: Alerts) -> str:
        """Return one brand's lines; empty where nothing is known. ``brand`` is escaped."""
        start = f'{self.name}{{brand="{brand}",kind="'
        return "".join(
            f'{start}{kind}"{labels}}} {value}\n'
            for kind, fields in alerts.items()
            for labels, value in self.samples(fields)
        )


def _states(fields: Mapping[str, str]) -> Samples:
    now = fields["state"]
    for state in State:
        yield f',state="{state}"', "1" if state == now else "0"


def _open_since(fields: Mapping[str, str]) -> Samples:
    if "started_at" in fields and "resolved_at" not in fields:
        yield "", seconds(instant(fields["started_at"]))


def _field(name: str) -> Callable[[Mapping[str, str]], Samples]:
    def samples(fields: Mapping[str, str]) -> Samples:
        if name in fields:
            yield "", fields[name]

    return samples


ALERT_FAMILIES: Final = (
    AlertFamily(
        "influence_alert_state",
        "State of the brand's alert: 1 for the one it is in, 0 for the others (no unit).",
        _states,
    ),
    AlertFamily(
        "influence_alert_open_since_timestamp_seconds",
        "When the alert began to fire, in seconds since 1970; there while its episode lasts, shown "
        "as firing or hidden behind unknown or muted.",
        _open_since,
    ),
    AlertFamily(
        "influence_alert_observed",
        "What the alert looks at, in the unit of its kind (advocates, detractors, agents or "
        "seconds, advocate-days, mentions).",
        _field("observed"),
    ),
    AlertFamily(
        "influence_alert_expected",
        "What the alert expected to see, in the unit of its kind.",
        _field("expected"),
    ),
    AlertFamily(
        "influence_alert_low",
        "Limit beyond which the alert goes off, in the unit of its kind.",
        _field("low"),
    ),
    AlertFamily(
        "influence_alert_mean_time_between_false_alarms_seconds",
        "Brand-time over alarms, all taken for false, beside the calibrated target, in seconds.",
        _field("mean_time_between_false_alarms_seconds"),
    ),
)
"""All alert families, in the order in which they are exposed."""
