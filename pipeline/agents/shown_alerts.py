"""A brand's alerts as they are published, written anew only when one of them changed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipeline.alerting.kinds import Kind, State
from pipeline.alerting.standing import Standing
from pipeline.events.instants import HOUR, to_rfc3339
from pipeline.metrics.number import decimal

STANDSTILL = 3 * HOUR
"""Time without a decision after which an alert is shown as unknown."""

Shown = Mapping[str, Mapping[str, str]]
"""Fields of each alert, by its kind."""


class ShownAlerts:
    """What is shown of one brand's alerts: the same object until something else is."""

    def __init__(self) -> None:
        self._of: dict[Kind, tuple[Standing, bool]] = {}
        self._shown: Shown = {}

    def at(self, standings: Mapping[Kind, Standing], t: int) -> Shown:
        """Return the fields at ``t`` (microseconds)."""
        of = {kind: (each, stands_still(each, t)) for kind, each in standings.items()}
        if of != self._of:
            # Standings go on changing; what was shown is compared with copies.
            self._of = {kind: (each.frozen(), still) for kind, (each, still) in of.items()}
            self._shown = {kind: alert_fields(each, t) for kind, each in standings.items()}
        return self._shown


def stands_still(standing: Standing, t: int) -> bool:
    """Tell whether no hour was decided for so long that nothing is known of the present."""
    return t - standing.hour * HOUR > STANDSTILL


def alert_fields(standing: Standing, t: int) -> dict[str, str]:
    """Return an alert as it is published at ``t``: text by field, unknown fields absent.

    While the watermark stands still no hour is decided, and what was last decided says nothing of
    the present: then the alert is shown as unknown, and goes on where it was afterwards.
    """
    alert, readings = standing.alert, standing.readings
    instants = {
        "since": alert.since,
        "started_at": alert.started_at,
        "resolved_at": alert.resolved_at,
        "as_of": standing.hour,
    }
    numbers = {
        "observed": readings.observed,
        "expected": readings.expected,
        "low": readings.limit,
        "mean_time_between_false_alarms_seconds": standing.mean_time_between_false_alarms,
    }
    fields = {"state": str(State.UNKNOWN if stands_still(standing, t) else alert.state)}
    fields.update({n: to_rfc3339(h * HOUR) for n, h in instants.items() if h})
    fields.update({n: decimal(each) for n, each in numbers.items() if each is not None})
    if standing.evidence:
        fields["evidence"] = json.dumps(standing.evidence, ensure_ascii=False)
    return fields
