"""The kinds of alerts and the states that one can be in; names are those of the contract."""

from __future__ import annotations

from enum import StrEnum

from pipeline.events.instants import DAY


class Kind(StrEnum):
    """What an alert is about."""

    INFLUENCE_DROP = "influence_drop"
    DETRACTION_SURGE = "detraction_surge"
    BURDEN_SURGE = "burden_surge"
    GOODWILL_IMPAIRMENT = "goodwill_impairment"
    SOURCE_SILENT = "source_silent"


class State(StrEnum):
    """Where an alert is in its life; see :mod:`pipeline.alerting.machine`."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"
    MUTED = "muted"


TARGET = 90 * DAY
"""Mean time between false alarms of all kinds of a brand together, in microseconds."""

STATISTICAL = {Kind.INFLUENCE_DROP: 0.6, Kind.DETRACTION_SURGE: 0.4}
"""The kinds that are tuned by their false alarms, and the share of the budget that each may spend.

The others follow facts (a booking, a silence, more load than agents) and are built so as never to
be false on a stationary brand; the evaluation counts them all the same.
"""
