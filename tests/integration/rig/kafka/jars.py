"""Apache Kafka's jars, fetched once by Maven into a cache within the repository."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.integration.rig import needs
from tests.integration.rig.process import REPOSITORY

VERSION = "4.3.0"
POM = Path(__file__).with_name("pom.xml")
FETCH_SECONDS = 300


def directory() -> Path:
    """Return the directory of the jars, about 120 MB; fetch them if they are not there.

    Skips the test where Maven is missing, fails it in CI. One process at a time looks and fetches,
    and the directory appears under its name only when it is complete: nobody takes away or replaces
    what another one's Kafka is reading.
    """
    target = REPOSITORY / ".cache" / f"kafka-{VERSION}"
    target.parent.mkdir(exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir() or target.stat().st_mtime < POM.stat().st_mtime:
            _replace(target)
    return target


def _replace(target: Path) -> None:
    maven = needs.program("mvn", "maven")
    part = Path(tempfile.mkdtemp(prefix="kafka-part-", dir=target.parent))
    try:
        _fetch(maven, part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        os.utime(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fetch(maven: str, into: Path) -> None:
    done = subprocess.run(
        [
            maven,
            *("--batch-mode", "--quiet", "--file", str(POM)),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={into}",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        pytest.fail(f"Maven could not fetch Apache Kafka {VERSION}:\n{said}", pytrace=False)
