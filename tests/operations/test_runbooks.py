"""A runbook for each alert, with commands that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import typer.main
import yaml

from pipeline.cli.commands import app
from pipeline.sinks.prometheus import machine
from pipeline.sinks.prometheus.alert_families import ALERT_FAMILIES
from pipeline.sinks.prometheus.families import FAMILIES
from tests.integration.rig import needs
from tests.operations.rules import ALERTS, RECORDED, RUNBOOKS

NAMES = sorted(file.stem for file in RUNBOOKS.iterdir())
EXPORTED = {
    *(family.name for family in (*FAMILIES, *ALERT_FAMILIES)),
    *(f"{name}_total" for name in machine._COUNTERS),
    *machine._GAUGES,
    "pipeline_event_delay_seconds_bucket",
}


def test_every_alert_has_one_and_every_one_an_alert() -> None:
    assert {file.name for file in RUNBOOKS.iterdir()} == {f"{name}.md" for name in ALERTS}


@pytest.mark.parametrize("name", ALERTS)
def test_the_link_leads_to_it(name: str) -> None:
    # Prometheus serves the folder below /user/.
    link = ALERTS[name]["annotations"]["runbook_url"]
    assert link == f"{{{{ $externalURL }}}}/user/{name}.md"


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_means_how_to_see_it_what_to_do_and_when_it_is_nothing(name: str) -> None:
    parts = re.split(r"^#+ (.+)$", (RUNBOOKS / f"{name}.md").read_text(), flags=re.MULTILINE)
    assert parts[1::2] == [name, "See it", "Do", "When it is nothing"]
    assert all(text.strip() for text in parts[2::2])


def blocks(name: str, language: str) -> list[str]:
    """Return the lines of a runbook's code of a language."""
    text = (RUNBOOKS / f"{name}.md").read_text()
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_its_commands_and_other_runbooks_exist(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text()
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group
    for used in re.findall(r"(?:^|`)influence ([a-z-]+)", text, re.MULTILINE):
        assert used in commands
    for other in re.findall(r"\b(?:Pipeline|Prometheus|Alertmanager)[A-Z]\w+", text):
        assert other in ALERTS


def test_its_expressions_can_be_asked(tmp_path: Path) -> None:
    asked = [line for name in NAMES for line in blocks(name, "promql")]
    rules = [{"record": f"asked:{n}", "expr": each} for n, each in enumerate(asked)]
    file = tmp_path / "asked.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    checked = subprocess.run(
        [needs.program("promtool", "prometheus"), "check", "rules", "--lint=none", str(file)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    ours = {name for each in asked for name in re.findall(r"\b[a-z_]+:[a-z0-9_:]+", each)}
    assert ours <= RECORDED
    plain = {
        name
        for each in asked
        for name in re.findall(
            r"(?<![\w:])(?:influence|pipeline)_\w+\b(?!:)", re.sub(r"\{.*?\}", "", each)
        )
    }
    assert plain <= EXPORTED
