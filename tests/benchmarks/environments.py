"""The peers' own environments: exact versions, made once, in a cache beside the project's.

Apart from the project's environment, because their pins and its own need not agree.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.errors import Usage
from tests.integration.rig.process import REPOSITORY

PEERS = Path(__file__).with_name("peers")
CACHE = REPOSITORY / ".cache" / "bench"

_INSTALL_SECONDS = 600


def python(peer: str) -> Path:
    """Return the interpreter of a Python peer; install what ``requirements-<peer>.txt`` names.

    Raises:
        Usage: pip cannot.
    """
    requirements = PEERS / f"requirements-{peer}.txt"

    def make(directory: Path) -> None:
        _run([sys.executable, "-m", "venv", str(directory)], f"environment of {peer}")
        _run(
            [
                str(directory / "bin/python"),
                *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
                *("--only-binary", ":all:", "--requirement", str(requirements)),
            ],
            f"packages of {peer}",
        )

    return _once(peer, [requirements], make) / "bin/python"


def streams() -> Path:
    """Return the directory of the Kafka Streams program: its jars and, in it, its class.

    Raises:
        Usage: Maven or the compiler cannot.
    """
    pom, source = PEERS / "streams/pom.xml", PEERS / "streams/TumblingCount.java"

    def make(directory: Path) -> None:
        _run(
            [
                "mvn",
                *("--batch-mode", "--quiet", "--file", str(pom), "dependency:copy-dependencies"),
                *("-DincludeScope=runtime", f"-DoutputDirectory={directory}"),
            ],
            "jars of Kafka Streams",
        )
        _run(
            ["javac", "-cp", f"{directory}/*", "-d", str(directory), str(source)],
            "Kafka Streams program",
        )

    return _once("streams", [pom, source], make)


def versions(peer: str) -> dict[str, str]:
    """Return the pinned version of each package of a Python peer."""
    lines = (PEERS / f"requirements-{peer}.txt").read_text().splitlines()
    pins = (line.partition("==") for line in lines if "==" in line)
    return {name: version for name, _, version in pins}


def streams_version() -> str:
    """Return the pinned version of Kafka Streams."""
    text = (PEERS / "streams/pom.xml").read_text().partition("<artifactId>kafka-streams<")[2]
    return text.partition("<version>")[2].partition("<")[0]


def _once(name: str, sources: Sequence[Path], make: Callable[[Path], None]) -> Path:
    """Make a directory unless it was made from the very same sources.

    A virtual environment cannot be moved, so it is made in its place; the mark inside comes last.
    """
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    directory = CACHE / "peers" / f"{name}-{digest}"
    mark = directory / "complete"
    if not mark.exists():
        sys.stderr.write(f"installing {name} (once)\n")
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        make(directory)
        mark.touch()
    return directory


def _run(command: Sequence[str], what: str) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise Usage(f"cannot install the {what}: {said[-1] if said else 'it said nothing'}")
