"""``influence replay`` as a person reads it."""

from __future__ import annotations

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
