"""Runs one command and ends it when whoever started this ends, however that happens.

``python tether.py COMMAND ARG…`` starts the command and reads its own standard input, a pipe whose
other end the parent holds. The kernel closes that pipe when the parent is gone, SIGKILL included;
then the command is killed. Linux could do it with PR_SET_PDEATHSIG alone, but that signal comes
when the *thread* that started the child ends, and macOS has nothing like it. The exit status is
the command's (128 + signal number when a signal ended it).

Run by path with ``python -I -S``, hence the standard library only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading


def main(command: list[str]) -> None:
    """Run ``command`` until it ends or standard input does; does not return."""
    # Output goes where this process's output goes; input is the parent's pipe and not to be shared.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def follow() -> None:
        status = child.wait()
        os._exit(status if status >= 0 else 128 - status)

    threading.Thread(target=follow, daemon=True).start()
    while os.read(0, 4096):
        pass
    child.kill()
    child.wait()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
