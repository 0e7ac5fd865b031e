"""One engine drains one load, watched from outside: its progress, processor time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks import machine
from tests.benchmarks.rates import Sample, Steady, TooShort, at, steady
from tests.integration.rig.process import Process

LOOK_SECONDS = 0.1


class Failed(RuntimeError):
    """An engine ended early, stood still, or computed something wrong."""


@dataclass(slots=True)
class Drained:
    """What a run gave.

    Shares are of one processor during the steady part; ``client_seconds`` and ``memory_bytes``
    (the peak) are all clients' together.
    """

    steady: Steady
    client_seconds: float
    client_share: float
    broker_share: float
    memory_bytes: int
    memory: list[tuple[int, int]] = field(repr=False)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.steady.rate

    @property
    def microseconds(self) -> float:
        """Processor time of the clients a record."""
        return 1e6 * self.client_seconds / self.steady.records


class Watch:
    """Samples processor time and memory of clients and broker while a load is drained."""

    def __init__(self, broker: Process, clients: Sequence[Process]) -> None:
        self._broker = broker.pid
        self._clients = clients
        self._broker_used: list[tuple[float, float]] = []
        self._clients_used: list[tuple[float, float]] = []
        self._memory: list[tuple[float, int]] = []

    def until(
        self, done: Callable[[], bool], records: Callable[[], int] | None, patience: float
    ) -> list[Sample]:
        """Look until it is done; returns the progress, where there is a way to see it from here.

        Raises:
            Failed: A client ended before, or nothing moved for ``patience`` seconds.
        """
        progress: list[Sample] = []
        moved = time.monotonic()
        while not done():
            for client in self._clients:
                if not client.running:
                    raise Failed(f"{client.name} ended with {client.exit_code}:\n{client.tail()}")
            now = self._look()
            if records is not None:
                progress.append(Sample(time.monotonic(), records()))
                if len(progress) == 1 or progress[-1].records > progress[-2].records:
                    moved = now
            if now - moved > patience:
                tails = "\n".join(client.tail() for client in self._clients)
                raise Failed(f"nothing moved for {patience:.0f} s:\n{tails}")
            time.sleep(LOOK_SECONDS)
        self._look()
        return progress

    def drained(
        self,
        progress: Sequence[Sample],
        edge: float,
        warming: float = 0.0,
        began: float | None = None,
    ) -> Drained:
        """Sum up a run from its progress, cut as :func:`~tests.benchmarks.rates.steady` says.

        Raises:
            Failed: Nothing is left of it.
        """
        try:
            part = steady(progress, edge, warming, began)
        except TooShort as error:
            raise Failed(str(error)) from error
        begin, end = part.first.at, part.last.at
        client = at(self._clients_used, end) - at(self._clients_used, begin)
        broker = at(self._broker_used, end) - at(self._broker_used, begin)
        memory = [(int(at([(s.at, s.records) for s in progress], t)), m) for t, m in self._memory]
        return Drained(
            part,
            client_seconds=client,
            client_share=client / part.seconds,
            broker_share=broker / part.seconds,
            memory_bytes=max(held for _, held in self._memory),
            memory=memory,
        )

    def _look(self) -> float:
        now = time.monotonic()
        self._broker_used.append((now, machine.cpu_seconds(self._broker)))
        alive = [client.pid for client in self._clients if client.running]
        if len(alive) == len(self._clients):
            self._clients_used.append((now, sum(map(machine.cpu_seconds, alive))))
            self._memory.append((now, sum(map(machine.resident_bytes, alive))))
        return now
