"""Where an alert stands: what passes from the detectors to topics, Redis and Prometheus."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.alerting.calibration import mean_time
from pipeline.alerting.kinds import STATISTICAL, Kind
from pipeline.alerting.machine import Alert
from pipeline.events.instants import HOUR, SECOND, to_rfc3339
from pipeline.metrics.number import decimal

Evidence = dict[str, Any]
"""What a decision rests on, ready for JSON; numbers are decimal strings."""


class Readings(msgspec.Struct, frozen=True, array_like=True):
    """What was looked at: the observed value, what was expected, and the limit of the two."""

    observed: float | None = None
    expected: float | None = None
    limit: float | None = None


class Standing(msgspec.Struct, array_like=True):
    """An alert of a brand with what it was last decided by.

    ``hour`` is the latest evaluation time, hours since the epoch; ``readings`` are of that hour,
    ``evidence`` was found when the latest episode began.
    """

    kind: Kind
    alert: Alert
    hour: int = 0
    readings: Readings = Readings()
    evidence: Evidence = msgspec.field(default_factory=dict)

    def frozen(self) -> Standing:
        """Return a copy that the next hour does not change."""
        return msgspec.structs.replace(
            self, alert=msgspec.structs.replace(self.alert), evidence=dict(self.evidence)
        )

    @property
    def mean_time_between_false_alarms(self) -> float | None:
        """Seconds; None for the kinds that follow facts."""
        if self.kind not in STATISTICAL:
            return None
        return mean_time(self.kind, self.alert.episodes, self.alert.hours) / SECOND

    def document(self, brand: str) -> dict[str, Any]:
        """Return the alert as the contract writes it."""
        alert, readings = self.alert, self.readings
        return {
            "brand": brand,
            "kind": str(self.kind),
            "state": str(alert.state),
            "started_at": _instant(alert.started_at),
            "resolved_at": _instant(alert.resolved_at),
            "observed": _number(readings.observed),
            "expected": _number(readings.expected),
            "low": _number(readings.limit),
            "evidence": self.evidence,
        }


class Transition(msgspec.Struct, frozen=True):
    """An alert of a brand entered another state; ``standing`` as it was at that hour."""

    brand: str
    standing: Standing

    @property
    def order(self) -> tuple[int, str, str]:
        """By evaluation time, then brand and kind."""
        return (self.standing.hour, self.brand, self.standing.kind)

    @property
    def begins(self) -> bool:
        """Whether an episode begins with it."""
        return self.standing.alert.started_at == self.standing.hour

    def document(self) -> dict[str, Any]:
        """Return it as ``alert.v1``: the alert, and the evaluation time at which it changed."""
        at = to_rfc3339(self.standing.hour * HOUR)
        return {**self.standing.document(self.brand), "at": at}


def _instant(hour: int | None) -> str | None:
    return None if hour is None else to_rfc3339(hour * HOUR)


def _number(value: float | None) -> str | None:
    return None if value is None else decimal(value)
