"""``influence replay`` as a person reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import main
from tests.unit.alerting.worlds import mentions, steady

DAYS = 34


def replayed(path: Path, capsys: pytest.CaptureFixture[str], share: float) -> str:
    brands = {f"b{n}": steady(DAYS, 8.0 + n, seed=n) for n in range(4)}
    brands["b1"][31 * 24 : 32 * 24] *= share
    lines = (b'{"topic":"social-mentions",' + line.value[1:] for line in mentions(brands))
    path.write_bytes(b"\n".join(lines))
    assert main(["replay", str(path)]) == 0
    return capsys.readouterr().out


def test_alerts_that_fired_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = replayed(tmp_path / "drop.ndjson", capsys, 0.2)
    assert "4 brands as of" in shown
    [fired] = [line.split() for line in shown.splitlines() if "influence_drop" in line]
    assert fired[0] == "b1"
    assert "alerts that fired" in shown


def test_without_any_nothing_is_said_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "fired" not in replayed(tmp_path / "quiet.ndjson", capsys, 1.0)


def test_a_folder_is_no_brand_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "-", "--brands", str(tmp_path)]) == 2
    assert f"{tmp_path} is not a file" in capsys.readouterr().err
    assert main(["replay", "-", "--brands", str(tmp_path / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_what_is_imported_is_not_looked_through_meanwhile() -> None:
    """By the garbage collector, some two hundred times, for a tenth of a second and more."""
    script = (
        "import gc, os, sys, pipeline.cli.commands\n"
        "looks = lambda: sum(each['collections'] for each in gc.get_stats())\n"
        "from pipeline.cli import main\n"
        "before = looks()\n"
        "assert main(['replay', os.devnull, '--json']) == 0\n"
        "print(looks() - before, file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert int(ended.stderr) < 100
