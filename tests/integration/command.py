"""The command line as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.integration.rig.process import REPOSITORY

SECONDS = 60.0


def influence(
    *arguments: str, directory: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``influence`` to its end in a directory.

    Args:
        arguments: The command line without the program's name.
        directory: Working directory, so that no settings file of whoever runs this is read.
        settings: ``INFLUENCE_…`` variables; others of this process are not passed on.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("INFLUENCE_")}
    env |= {k: v for k, v in (settings or {}).items() if k.startswith("INFLUENCE_")}
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


def printed(
    *arguments: str, directory: Path, settings: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a command with ``--json``, expect exit 0, and return the object it prints last."""
    ended = influence(*arguments, "--json", directory=directory, settings=settings)
    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return document
