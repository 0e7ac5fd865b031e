"""Notices that this process was stopped for so long that the group gave its partitions away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pipeline.errors import Stop

TICK_SECONDS = 0.5


class Pulse:
    """Ticks in a thread of its own; a gap as long as the session timeout ends the worker.

    A process that was suspended past its session timeout owns nothing any more but does not know it
    yet. What it has pending would be older than what the new owner has written. Recovery survives
    that (see :mod:`pipeline.transport.store`); not sending it in the first place is better.

    A thread, because the event loop may well be busy for long, decoding recovered state, while the
    client's thread keeps the membership alive. Suspension stops all threads alike.

    Args:
        session_timeout: In seconds.
        monotonic: A steady clock, in seconds.
    """

    def __init__(
        self, session_timeout: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._session_timeout = session_timeout
        self._monotonic = monotonic
        self._last = monotonic()
        self._stood_still = 0.0

    def start(self) -> None:
        """Begin to tick, until the process ends."""
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def beat(self) -> None:
        """Take one more sign of life; called before anything is sent.

        Raises:
            Stop: The process stood still for longer than the session timeout.
        """
        self.tick()
        if self._stood_still:
            raise Stop(
                f"stood still for {self._stood_still:.0f} s, longer than the session timeout of "
                f"{self._session_timeout:.0f} s: the partitions belong to another worker by now"
            )

    def tick(self) -> None:
        """Note the time; a gap is remembered for good."""
        now = self._monotonic()
        gap, self._last = now - self._last, now
        if gap > self._session_timeout:
            self._stood_still = gap

    def _run(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            self.tick()
