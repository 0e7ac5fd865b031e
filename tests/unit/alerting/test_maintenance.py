"""A maintenance mutes every alert of a brand for its hours, and for no other."""

from __future__ import annotations

import pytest

from pipeline.alerting.baseline import WEEK
from pipeline.alerting.brand_alerts import BrandAlerts
from pipeline.alerting.fit import LEAST_WEEKS
from pipeline.alerting.kinds import STATISTICAL, Kind, State
from pipeline.alerting.rhythm import Rhythm
from pipeline.events.instants import HOUR
from pipeline.state.brand import BrandMentions

START = 1 + LEAST_WEEKS * WEEK
"""The first hour that is decided of a brand known since the epoch."""
UNTIL = START + 3 * WEEK


@pytest.mark.parametrize("step", [30, WEEK, 3 * WEEK])
@pytest.mark.parametrize("first", [0, 20, WEEK - 2, 2 * WEEK + 7])
def test_a_silent_brand_is_muted_as_long_as_it_lasts(first: int, step: int) -> None:
    hours = range(START + first, START + first + 5)
    maintenance = [("it", hours.start * HOUR, hours.stop * HOUR)]
    alerts = BrandAlerts("acme", BrandMentions(), 0)
    for until in range(START + step, UNTIL + step, step):
        alerts.score(min(until, UNTIL), maintenance)
    found = alerts.decide(UNTIL, {kind: Rhythm() for kind in STATISTICAL}, maintenance)
    for kind in set(Kind) - {Kind.BURDEN_SURGE}:
        usual = State.UNKNOWN if kind in STATISTICAL else State.OK
        changes = [
            (each.standing.hour, each.standing.alert.state)
            for each in found
            if each.standing.kind is kind
        ]
        expected = [(hours.start + 1, State.MUTED), (hours.stop + 1, usual)]
        if usual is State.OK and first:
            expected.insert(0, (START + 1, State.OK))
        assert changes == expected, kind
