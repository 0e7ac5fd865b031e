"""A gap as long as the session timeout is noticed, whoever looks first."""

from __future__ import annotations

import pytest

from pipeline.agents.pulse import Pulse
from pipeline.errors import Stop


class Time:
    """A steady clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time set."""
        return self.now


def test_a_short_gap_is_no_standstill() -> None:
    time = Time()
    pulse = Pulse(10.0, time)
    for _ in range(5):
        time.now += 9.0
        pulse.beat()


def test_a_long_gap_is_noticed_and_never_forgotten() -> None:
    time = Time()
    pulse = Pulse(10.0, time)
    time.now += 11.0
    pulse.tick()  # the thread is first
    time.now += 0.5
    for _ in range(2):
        with pytest.raises(Stop, match="stood still for 11 s"):
            pulse.beat()


def test_whoever_sends_first_notices_too() -> None:
    time = Time()
    pulse = Pulse(10.0, time)
    time.now += 11.0
    with pytest.raises(Stop):
        pulse.beat()
