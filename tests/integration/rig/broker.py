"""What tests need of a broker, embedded or real."""

from __future__ import annotations

from typing import Protocol


class Broker(Protocol):
    """A running broker."""

    @property
    def bootstrap(self) -> str:
        """``host:port`` for clients to bootstrap from."""
        ...
