"""Notices that this process was stopped for so long that the group gave its partitions away."""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.errors import Stop


class Pulse:
    """Beats from every step of the worker; a gap as long as the session timeout ends it.

    A process that was suspended past its session timeout owns nothing any more but does not know it
    yet. What it has pending would be older than what the new owner has written. Recovery survives
    that (see :mod:`pipeline.transport.store`); not sending it in the first place is better.
    """

    def __init__(
        self, session_timeout: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._session_timeout = session_timeout
        self._monotonic = monotonic
        self._last = monotonic()

    def beat(self) -> None:
        """Record a sign of life.

        Raises:
            Stop: The last one is longer ago than the session timeout, in seconds.
        """
        now = self._monotonic()
        gap, self._last = now - self._last, now
        if gap > self._session_timeout:
            raise Stop(
                f"stood still for {gap:.0f} s, longer than the session timeout of "
                f"{self._session_timeout:.0f} s: the partitions belong to another worker by now"
            )
