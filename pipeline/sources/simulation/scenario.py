"""Scenarios by name, or from a file of one's own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import msgspec

from pipeline.errors import Usage
from pipeline.sources.simulation.profile import Scenario

DEMO = "demo"
SUFFIX = ".toml"

_DIRECTORY = resources.files(__package__) / "scenarios"


def names() -> list[str]:
    """Return the names of the scenarios that come with the package."""
    files = [file.name for file in _DIRECTORY.iterdir()]
    return sorted(name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX))


def source(name: str) -> bytes:
    """Return the TOML of a scenario that comes with the package, or of a file ending in .toml.

    Raises:
        Usage: There is no such scenario, or the file cannot be read.
    """
    if not name.endswith(SUFFIX):
        if name not in names():
            known = ", ".join(names())
            raise Usage(f"there is no scenario {name!r}", f"want one of {known}, or a .toml file")
        return (_DIRECTORY / f"{name}{SUFFIX}").read_bytes()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Usage(f"cannot read {name}: {error.strerror}", "check the path") from error


def scenario(name: str = DEMO) -> Scenario:
    """Return a scenario.

    Raises:
        Usage: There is none of that name, or the file is no scenario; the message says where.
    """
    try:
        return msgspec.toml.decode(source(name), type=Scenario)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Usage(
            f"{name} is no scenario: {error}",
            "compare it with `influence simulate --print-scenario demo`",
        ) from error
