"""Commands over files: conversion and simulation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.errors import Usage
from pipeline.sources.files import opened


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_csv_is_converted_and_bad_rows_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").write_text("n,u\n1,ann\n2\n3,bob\n")
    arguments = "import csv in.csv --map id=n,author=u --set brand=acme --output out --json"
    assert main(arguments.split()) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "produced": 2,
        "rejected": {"malformed_line": 1},
        "skipped": {},
    }
    assert printed.err.startswith("line 3 rejected: malformed_line")
    lines = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert lines == [
        {"topic": "social-mentions", "brand": "acme", "id": "1", "author": "ann"},
        {"topic": "social-mentions", "brand": "acme", "id": "3", "author": "bob"},
    ]


@pytest.mark.parametrize(
    ("content", "options", "status"),
    [
        ("{}\n", "", 1),
        ('{"topic":"social-mentions"}\n{}\n', "", 0),
        ('{"topic":"social-mentions"}\n{}\n', "--strict", 1),
        ("", "--strict", 0),
    ],
)
def test_rejected_lines_fail_when_nothing_else_is_there_or_when_strict(
    tmp_path: Path, content: str, options: str, status: int
) -> None:
    (tmp_path / "in").write_text(content)
    assert main(["import", "ndjson", "in", "--output", "out", *options.split()]) == status


def test_a_simulation_is_written_and_can_be_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--weeks", "1", "--until", "2026-01-31T12:00:00Z", "--json"]
    assert main(["simulate", "first", *arguments]) == 0
    said = json.loads(capsys.readouterr().out)
    assert main(["simulate", "second", *arguments]) == 0
    first = (tmp_path / "first").read_bytes()
    assert first == (tmp_path / "second").read_bytes()
    assert said["events"] == first.count(b"\n") > 1_000
    assert {json.loads(line)["brand"] for line in first.splitlines()} == {
        "evergreen",
        "lantern",
        "monolith",
    }


def test_the_truth_is_written_beside_the_events(tmp_path: Path) -> None:
    arguments = "simulate out --scenario launch --truth truth --weeks 1 --until 2026-01-31T12:00Z"
    assert main(arguments.split()) == 0
    truth = json.loads((tmp_path / "truth").read_text())
    assert (truth["scenario"], truth["until"]) == ("launch", "2026-01-31T12:00:00Z")
    assert truth["brands"].keys() == {"ardent", "hyped"}
    brands = {json.loads(line)["brand"] for line in (tmp_path / "out").read_text().splitlines()}
    assert brands == truth["brands"].keys()


def test_a_scenario_can_be_printed_and_a_wrong_one_is_named(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert main(["simulate", "--print-scenario", "--scenario", "overload"]) == 0
    assert b"staff = 12" in capfdbinary.readouterr().out
    assert main(["simulate", "--scenario", "holiday"]) == 2
    assert b"there is no scenario 'holiday'; want one of" in capfdbinary.readouterr().err
    assert main(["simulate", "--truth", "nowhere/truth", "--weeks", "1"]) == 2


def test_a_closed_standard_input_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Usage, match="standard input is closed"), opened("-"):
        pass
