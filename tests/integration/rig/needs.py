"""Programs that a test needs from the machine."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str, package: str) -> str:
    """Return the path of a program; without it skip the test, or fail it in CI.

    Args:
        name: The program, looked for on PATH.
        package: The Debian package that brings it.
    """
    path = shutil.which(name)
    if path is not None:
        return path
    absent(f"{name} is not installed (Debian: {package})")
    raise AssertionError("unreachable: absent() ends the test")


def absent(reason: str) -> None:
    """Skip the test, or fail it in CI, where everything must be there."""
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def in_ci() -> bool:
    """Whether this runs where no test may be skipped."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
