"""What every command shares: exit statuses, one line for what can be mended, quick help."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import pipeline
from pipeline import __version__
from pipeline.cli import commands, main
from pipeline.embedded import free_port
from pipeline.errors import Retry, Stop, Usage

ROOT = Path(pipeline.__file__).parents[1]
HEAVY = ("faust", "kafka", "aiokafka", "redis", "numpy", "scipy", "rich", "pydantic")


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["dead-letters"], ["import", "--help"]])
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert "Usage: influence" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["show", "--nothing"],
        ["import"],
        ["import", "xml", "file"],
        ["import", "ndjson", "file", "--map", "id=x"],
        ["import", "csv", "file"],
        ["import", "csv", "file", "--map", "id=x", "--topic", "nowhere"],
        ["import", "ndjson", "/does/not/exist", "--output", "out"],
        ["simulate", "--until", "tomorrow"],
        ["simulate", "--until", "2026-01-01T00:00:00"],
        ["simulate", "--json"],
        ["simulate", "--truth", "-"],
        ["simulate", "events", "--truth", "./events"],
        ["simulate", "/does/not/exist"],
        ["replay"],
        ["dead-letters", "replay"],
        ["dead-letters", "replay", "--all", "--reason", "not_json"],
        ["demo", "--for", "-1"],
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("influence: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("command", ["worker", "topics", "show", "replay file"])
def test_a_bad_setting_is_one_line_and_status_2(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUENCE_KAFKA__PARTITIONS", "many")
    assert main(command.split()) == 2
    said = capsys.readouterr().err
    assert said.startswith("influence: INFLUENCE_KAFKA__PARTITIONS: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("command", ["show", "ledger acme"])
def test_an_unreachable_redis_is_one_line_and_status_1(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUENCE_REDIS__URL", f"redis://127.0.0.1:{free_port()}/0")
    assert main(command.split()) == 1
    said = capsys.readouterr().err
    assert "INFLUENCE_REDIS__URL" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Usage("this is wrong", "mend it"), 2, "influence: this is wrong; mend it\n"),
        (Retry("not\nyet"), 1, "influence: not yet\n"),
        (Stop("lost"), 1, "influence: lost\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_end_by_their_class(
    error: BaseException,
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(commands, "app", fail)
    assert main(["show"]) == status
    assert capsys.readouterr().err == said


def test_what_is_a_mistake_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(commands, "app", fail)
    with pytest.raises(ZeroDivisionError):
        main(["show"])


def _imported(names: Sequence[str], code: str) -> str:
    """Return which of some modules are there after some code, as a list."""
    after = f"print([name for name in {names} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; {after}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()[-1]


def test_help_imports_nothing_heavy() -> None:
    assert _imported(HEAVY, "from pipeline.cli import main; main(['--help'])") == "[]"


def test_commands_that_only_read_load_nothing_to_compute_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("INFLUENCE_REDIS__URL", f"redis://{nobody}/0")
    monkeypatch.setenv("INFLUENCE_KAFKA__BOOTSTRAP_SERVERS", nobody)
    # A broker is looked for as long as this.
    quick = "from pipeline.sources import kafka_client; kafka_client.CONNECT_SECONDS = 0.1"
    reading = ["show", "ledger acme", "launches acme", "campaigns acme", "alerts", "doctor"]
    run = f"assert all(main(command.split()) == 1 for command in {reading})"
    code = f"from pipeline.cli import main; {quick}; {run}"
    assert _imported(["redis", "numba", "scipy"], code) == "['redis']"


def test_neither_worker_nor_replay_import_what_takes_a_second() -> None:
    assert (
        _imported(["scipy.stats", "scipy"], "import pipeline.app, pipeline.replay") == "['scipy']"
    )


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "simulate", "--weeks", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["topic"]
        process.stdout.close()
        assert process.stderr.read() == b""
