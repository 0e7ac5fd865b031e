"""How a peer tells how far it is: lines of ``nanoseconds records`` in a file, for the harness.

Standard library only, since every peer's environment imports it. The clock is the system's
monotonic one, the same in all processes.
"""

from __future__ import annotations

import json
import os
import time

EVERY_NANOSECONDS = 50_000_000


class Progress:
    """Counts records; a look at the clock now and then, a line at most every 50 ms.

    The arguments of a peer come in the environment: ``BENCH_BOOTSTRAP``, ``BENCH_TOPIC``,
    ``BENCH_GROUP``, ``BENCH_RECORDS`` and ``BENCH_DIRECTORY``.
    """

    def __init__(self) -> None:
        self.bootstrap = os.environ["BENCH_BOOTSTRAP"]
        self.topic = os.environ["BENCH_TOPIC"]
        self.group = os.environ["BENCH_GROUP"]
        self.wanted = int(os.environ["BENCH_RECORDS"])
        self.directory = os.environ["BENCH_DIRECTORY"]
        self.records = 0
        self._file = open(f"{self.directory}/progress", "w", buffering=1)  # noqa: SIM115, PTH123
        self._next = 0

    @property
    def complete(self) -> bool:
        """Whether every record was counted."""
        return self.records >= self.wanted

    def add(self, count: int) -> None:
        """Count records; for engines that work by the record, call it every few hundred."""
        self.records += count
        now = time.monotonic_ns()
        if now >= self._next or self.complete:
            self._file.write(f"{now} {self.records}\n")
            self._next = now + EVERY_NANOSECONDS

    def finish(self, **result: int) -> None:
        """Write down the result, which tells the harness that this is the end."""
        part = f"{self.directory}/result.part"
        with open(part, "w") as file:  # noqa: PTH123
            json.dump(result, file)
        os.replace(part, f"{self.directory}/result")  # noqa: PTH105
