"""``influence bench``: what it measures adds up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli import main


def test_it_prints_rates_that_follow_from_its_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "--events", "2000", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    decoded, admitted, everything = found["seconds"].values()
    assert found["events"] == 2000
    assert found["events_per_second"] == pytest.approx(2000 / everything)
    # Which took longer is for benchmarks to say: so few events tell more of the machine.
    assert min(decoded, admitted, everything) > 0
    assert found["changelog_bytes_per_event"] > 0


def test_a_person_gets_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "--events", "1000"]) == 0
    printed = capsys.readouterr()
    assert "decode, admit, apply, encode" in printed.out
    assert printed.err.startswith("changelog: ")


def test_too_few_events_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--events", "1"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
