"""Whether the server answers, said once at each turn, and how long to wait before trying again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from redis.backoff import ExponentialWithJitterBackoff

from pipeline.sinks.redis.address import RedisAddress, mapped

logger = logging.getLogger(__name__)


class RedisObserver(Protocol):
    """Takes the sink's own measurements; totals are absolute."""

    def set_redis_up(self, up: bool) -> None:
        """Take whether the server answers."""

    def set_redis_rejected_writes(self, total: int) -> None:
        """Take how many publications were refused because a newer one was there."""

    def set_redis_evicted_keys(self, total: int) -> None:
        """Take how many keys the server evicted since it started."""


class Link:
    """State of the connection.

    Args:
        address: For messages.
        observer: Is told about each turn.
        on_return: Called when the server answers again after a failure.
    """

    def __init__(
        self, address: RedisAddress, observer: RedisObserver, on_return: Callable[[], None]
    ) -> None:
        self._address = address
        self._observer = observer
        self._on_return = on_return
        self._backoff = ExponentialWithJitterBackoff(base=0.1, cap=5.0)
        self._failures = 0
        self.up = False
        observer.set_redis_up(False)

    def failed(self, error: Exception) -> float:
        """Note a failure and return the seconds to wait before the next attempt."""
        if self.up or self._failures == 0:
            logger.warning("%s", mapped(error, self._address))
        self.up = False
        # Beyond this the wait doesn't grow, and 2 to the power would overflow some day.
        self._failures = min(self._failures + 1, 16)
        self._observer.set_redis_up(False)
        return float(self._backoff.compute(self._failures))

    def succeeded(self) -> None:
        """Note an answer."""
        if self.up:
            return
        returned = self._failures > 0
        self.up = True
        self._failures = 0
        self._observer.set_redis_up(True)
        if returned:
            logger.info("Redis at %s answers again", self._address)
            self._on_return()
