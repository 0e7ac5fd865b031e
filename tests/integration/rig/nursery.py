"""Processes that begin with what takes a second or two done: their program's imports.

A nursery is a process that has imported a module and waits. Asked for a run of it, it forks, and
the fork goes on as ``python -m module`` would, with a log, an environment and a session of its own.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_MAIN = "tests.integration.rig.nursery_main"


class Run(NamedTuple):
    """What a fork is asked for: arguments of the module, environment, directory, and log."""

    arguments: list[str]
    env: dict[str, str]
    cwd: str
    log: str


class Nursery:
    """Forks runs of one module, which must have a ``main`` that returns the exit status.

    On Linux only, and for one thread: that which starts it.

    Args:
        module: Its name.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.ended: dict[int, int] = {}
        self._unread = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MAIN, str(os.getpid()), module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[3],
            start_new_session=True,
        )

    def fork(
        self, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path
    ) -> Forked:
        """Run a command as a fork; does not wait for anything but its process id.

        Args:
            command: ``python -m`` with this nursery's module, and arguments.
            log: Where standard output and error go; appended to.
            env: The whole environment.
            cwd: Working directory.
        """
        start, arguments = list(command[:3]), list(command[3:])
        assert start == [sys.executable, "-m", self.module], f"this is no nursery of {command}"
        run = Run(arguments, dict(env), str(cwd), str(log))
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(run).encode() + b"\n")
        self._process.stdin.flush()
        while True:
            news = self._next_line(None)
            assert news is not None, f"the nursery of {self.module} has ended"
            if news[0] == "started":
                return Forked(self, news[1])
            self._note(news)

    def listen(self, seconds: float) -> None:
        """Take in which forks have ended; wait so long for the first news."""
        while (news := self._next_line(seconds)) is not None:
            self._note(news)
            seconds = 0.0

    def close(self) -> None:
        """End it, and with it all forks."""
        self._process.kill()
        self._process.communicate()

    def _note(self, news: tuple[str, int, int]) -> None:
        _, pid, status = news
        self.ended[pid] = os.waitstatus_to_exitcode(status)

    def _next_line(self, seconds: float | None) -> tuple[str, int, int] | None:
        """Return the next news: what, of which process, and its status; None if there is none."""
        assert self._process.stdout is not None
        channel = self._process.stdout.fileno()
        while b"\n" not in self._unread:
            if not select.select([channel], [], [], seconds)[0]:
                return None
            read = os.read(channel, 4096)
            if not read:
                return None
            self._unread += read
        line, _, self._unread = self._unread.partition(b"\n")
        what, pid, status = line.decode().split()
        return what, int(pid), int(status)


class Forked:
    """One fork, in the words of :class:`subprocess.Popen`."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.pid not in self._nursery.ended:
            self._nursery.listen(0.0)
        return self._nursery.ended.get(self.pid)

    def wait(self, timeout: float) -> int:
        """Return the exit code once it has ended.

        Raises:
            TimeoutExpired: It runs on.
        """
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(self._nursery.module, timeout)
            self._nursery.listen(left)
        return code
