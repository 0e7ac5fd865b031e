"""The choice of the Python that the environment is made with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def _program(directory: Path, name: str, script: str) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def _choose(*directories: Path) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make is not None
    return subprocess.run(
        [make, "-f", str(REPOSITORY / "Makefile"), "python"],
        env={"PATH": ":".join(map(str, directories))},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_shim_that_is_not_activated_is_passed_over(tmp_path: Path) -> None:
    complain = "echo 'pyenv: python3.13: command not found' >&2; exit 127"
    _program(tmp_path / "shims", "python3.13", complain)
    works = _program(tmp_path / "bin", "python3", f'exec "{sys.executable}" "$@"')
    assert _choose(tmp_path / "shims", tmp_path / "bin").stdout == f"{works}\n"


def test_the_same_name_further_along_the_path_is_found(tmp_path: Path) -> None:
    _program(tmp_path / "shims", "python3.13", "exit 127")
    works = _program(tmp_path / "bin", "python3.13", f'exec "{sys.executable}" "$@"')
    assert _choose(tmp_path / "shims", tmp_path / "bin").stdout == f"{works}\n"


def test_the_newest_name_wins(tmp_path: Path) -> None:
    _program(tmp_path / "a", "python3.11", f'exec "{sys.executable}" "$@"')
    newest = _program(tmp_path / "b", "python3.12", f'exec "{sys.executable}" "$@"')
    assert _choose(tmp_path / "a", tmp_path / "b").stdout == f"{newest}\n"


def test_without_a_usable_python_one_line_says_what_to_install(tmp_path: Path) -> None:
    _program(tmp_path / "bin", "python3", "exit 1")  # too old, or without ensurepip
    chosen = _choose(tmp_path / "bin")
    assert chosen.returncode != 0
    assert chosen.stdout == ""
    said = [line for line in chosen.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert "python3-venv" in said[0]
