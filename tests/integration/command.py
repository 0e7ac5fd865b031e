"""The command line, as a process of its own or in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

from pipeline.cli import main
from tests.integration.rig.process import REPOSITORY

SECONDS = 60.0


Ended = subprocess.CompletedProcess[str]


class Run(Protocol):
    """What runs ``influence`` to its end: :func:`influence` or :func:`influence_here`."""

    def __call__(
        self, *arguments: str, directory: Path, settings: Mapping[str, str] | None = None
    ) -> Ended:
        """Run it."""


def influence(*arguments: str, directory: Path, settings: Mapping[str, str] | None = None) -> Ended:
    """Run ``influence`` to its end in a directory.

    Args:
        arguments: The command line without the program's name.
        directory: Working directory, so that no settings file of whoever runs this is read.
        settings: ``INFLUENCE_…`` variables; others of this process are not passed on.
    """
    env = _environment(settings)
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        cwd=directory,
        env=env | {"PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def influence_here(
    *arguments: str, directory: Path, settings: Mapping[str, str] | None = None
) -> Ended:
    """Run it likewise in this process, which does not take the seconds of starting one."""
    out, err = StringIO(), StringIO()
    with (
        patch.dict(os.environ, _environment(settings), clear=True),
        chdir(directory),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        status = main([*arguments])
    return Ended(arguments, status, out.getvalue(), err.getvalue())


def _environment(settings: Mapping[str, str] | None) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("INFLUENCE_")}
    return env | {k: v for k, v in (settings or {}).items() if k.startswith("INFLUENCE_")}


def printed(
    *arguments: str,
    directory: Path,
    settings: Mapping[str, str] | None = None,
    run: Run = influence,
) -> dict[str, Any]:
    """Run a command with ``--json``, expect exit 0, and return the object it prints last."""
    ended = run(*arguments, "--json", directory=directory, settings=settings)
    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return document
