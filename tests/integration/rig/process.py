"""One child process: its output in a file, signals by its own process id, gone when pytest is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.integration.rig.nursery import Forked, Nursery
from tests.integration.rig.waiting import eventually

REPOSITORY = Path(__file__).resolve().parents[3]
TAIL_BYTES = 6_000

# Linux kills the child when the thread that started it ends: start processes from the main thread.
# By exec from a fresh interpreter, because code between fork and exec may deadlock among threads.
_TIED = """
import os, signal, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the parent is gone")
os.execvp(sys.argv[2], sys.argv[2:])
"""

_started: list[Process] = []


class Process:
    """A command that runs from :meth:`start` on, more than once if need be.

    Args:
        command: Program and arguments.
        log: Where standard output and error go; appended to.
        env: The whole environment; this process's by default.
        cwd: Working directory; the log's by default.
        nursery: What forks it instead of starting it anew, if the command is one of its module's.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.command = list(command)
        self.log = log
        self.env = dict(os.environ if env is None else env)
        self.cwd = cwd or log.parent
        self.nursery = nursery
        self._child: subprocess.Popen[bytes] | Forked | None = None

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._child is not None, f"{self.name} was not started"
        return self._child.pid

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.log.stem

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended; a stopped one (SIGSTOP) still runs."""
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code, minus the signal's number where a signal ended it; None while running."""
        return None if self._child is None else self._child.poll()

    def start(self) -> Self:
        """Start it; does not wait for anything."""
        assert not self.running, f"{self.name} runs already"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._child = self._launch()
        if self not in _started:
            _started.append(self)
        return self

    def _launch(self) -> subprocess.Popen[bytes] | Forked:
        if self.nursery is not None:
            return self.nursery.fork(self.command, log=self.log, env=self.env, cwd=self.cwd)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )

    def until(self, condition: Callable[[], object], timeout: float, what: str) -> None:
        """Wait for a condition; fail at once, with the end of the log, when the process ends."""

        def reached() -> bool:
            if condition():
                return True
            if not self.running:
                raise RuntimeError(
                    f"{self.name} ended with {self.exit_code} before {what}:\n{self.tail()}"
                )
            return False

        try:
            eventually(reached, timeout, what=f"{self.name}: {what}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from None

    def wait_killed(self, where: str) -> None:
        """Wait until it has sent itself SIGKILL, which it was told to do somewhere."""
        eventually(lambda: self.exit_code is not None, 40, what=f"killed at {where}")
        assert self.exit_code == -signal.SIGKILL, self.tail()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this process alone."""
        assert self.running, f"{self.name} has ended with {self.exit_code}:\n{self.tail()}"
        os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone; nothing if it has ended."""
        if self.running:
            # A fork that ends by itself this very moment is gone already.
            with contextlib.suppress(ProcessLookupError):
                self.send(signal.SIGKILL)
        self.wait(10.0)

    def pause(self) -> None:
        """SIGSTOP: it stands still, its sockets stay open. Returns once it stands."""
        self.send(signal.SIGSTOP)
        self.wait_paused(5.0)

    def wait_paused(self, timeout: float) -> None:
        """Wait until it stands still, whoever stopped it."""
        if sys.platform == "linux":
            eventually(lambda: self._state() == "T", timeout, what=f"{self.name} stopped")

    def resume(self) -> None:
        """SIGCONT: it goes on where it stood."""
        self.send(signal.SIGCONT)

    def terminate(self, timeout: float = 10.0) -> int:
        """SIGTERM, and return the exit code; fail if it takes longer than ``timeout`` seconds."""
        self.send(signal.SIGTERM)
        return self.wait(timeout)

    def wait(self, timeout: float) -> int:
        """Return the exit code once it has ended; 0 if it was never started."""
        if self._child is None:
            return 0
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.name} did not end within {timeout:g} s:\n{self.tail()}"
            ) from None

    def output(self) -> str:
        """Everything written so far, over all starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self) -> str:
        """The end of the output."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - TAIL_BYTES))
            return log.read().decode(errors="replace")

    def close(self) -> None:
        """Kill it and forget it."""
        self.kill()
        if self in _started:
            _started.remove(self)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _state(self) -> str:
        # The state follows the command, which stands in parentheses and may hold anything.
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]


class Server(ABC):
    """A server that is one process, running from ``with`` on to the end of the block.

    Args:
        log: Where the process writes to.
    """

    def __init__(self, log: Path) -> None:
        self.port = 0
        self.process = Process([], log=log)

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.close()


def logs() -> list[tuple[str, str]]:
    """Return name and end of the log of every process that is not closed, for failure reports."""
    return [(process.name, process.tail()) for process in _started]


def start_on_free_port(start: Callable[[], None], process: Process, attempts: int = 3) -> None:
    """Call ``start``, which picks ports, starts ``process`` and awaits it; again if that ends soon.

    A port that was free when it was picked may be taken when it is bound.
    """
    for attempt in range(1, attempts + 1):
        began = time.monotonic()
        try:
            start()
        except RuntimeError:
            if attempt == attempts or time.monotonic() - began > 20.0:
                raise
        else:
            return
