"""The process that is a nursery; see :class:`tests.integration.rig.nursery.Nursery`.

It reads what is wanted from standard input, an array of JSON a line, and writes to standard output
what becomes of it: ``started`` or ``ended``, a process id, and the status that it ended with.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import select
import signal
import sys
from types import ModuleType

from tests.integration.rig.nursery import Run


def _tie_to(parent: int) -> None:
    """Have this process killed when its parent ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")


def _serve() -> Run:
    """Fork whenever asked to; returns in the forks only, with what each is to run."""
    nursery = os.getpid()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    unread = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _report_the_dead()
        if 0 not in ready:
            continue
        read = os.read(0, 1 << 20)
        if not read:
            os._exit(0)
        *requests, unread = (unread + read).split(b"\n")
        for request in requests:
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(woken)
                os.close(wake)
                _tie_to(nursery)
                return Run(*json.loads(request))
            _tell("started", pid, 0)


def _report_the_dead() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _tell("ended", pid, status)


def _tell(what: str, pid: int, status: int) -> None:
    os.write(1, f"{what} {pid} {status}\n".encode())


def _become(module: ModuleType, run: Run) -> None:
    """Make of this process what would have been started for the run."""
    os.setsid()
    os.environ.clear()
    os.environ.update(run.env)
    os.chdir(run.cwd)
    sys.argv = [str(module.__file__), *run.arguments]
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(run.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for opened, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(opened, number)
    os.close(nothing)
    os.close(log)


def main() -> int:
    """Be a nursery; in each fork, the module."""
    parent, name = int(sys.argv[1]), sys.argv[2]
    _tie_to(parent)
    module = importlib.import_module(name)
    _become(module, _serve())
    status: int | None = module.main()
    return status or 0


if __name__ == "__main__":
    raise SystemExit(main())
