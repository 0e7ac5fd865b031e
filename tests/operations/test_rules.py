"""The rules: well formed, tested on both sides of every wait, and complete."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.rig import needs
from tests.operations.rules import ALERTS, PROMETHEUS, RECORDED, RULES, TESTS, rules, seconds

BRANDS = ("InfluenceDrop", "DetractionSurge", "BurdenSurge", "GoodwillImpairment", "SourceSilent")


def promtool(*arguments: str, directory: Path = PROMETHEUS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [needs.program("promtool", "prometheus"), *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_promtool_accepts_configuration_and_rules() -> None:
    checked = promtool("check", "config", "prometheus.yml")
    assert checked.returncode == 0, checked.stderr
    assert f"SUCCESS: {len(RULES)} rule files found" in checked.stdout


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_rules_do_what_their_tests_say(file: Path) -> None:
    ran = promtool("test", "rules", file.name, directory=file.parent)
    assert ran.returncode == 0, ran.stderr


def named_in(file: Path) -> set[str]:
    """Return the alerts that a file of tests names."""
    content = yaml.safe_load(file.read_text())
    return {
        case["alertname"] for test in content["tests"] for case in test.get("alert_rule_test", ())
    }


def test_tests_and_rules_name_the_same_alerts() -> None:
    # promtool takes an alert that no rule defines for one that does not fire.
    assert set().union(*map(named_in, TESTS)) == set(ALERTS)


@pytest.mark.parametrize(("change", "which"), [(1, "longer"), (-1, "shorter")])
@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_every_wait_is_tested_on_both_sides(
    file: Path, change: int, which: str, tmp_path: Path
) -> None:
    step = seconds(yaml.safe_load(file.read_text())["evaluation_interval"])
    named = named_in(file)

    def changed(rule: dict[str, Any]) -> None:
        wait = seconds(rule.get("for", "0s")) + change * step
        if wait >= 0:
            rule["for"] = f"{wait}s"

    mutated(tmp_path, changed)
    ran = promtool("test", "rules", file.name, directory=tmp_path / "tests")
    noticed = set(re.findall(r"alertname: (\w+), time", ran.stderr))
    can = {name for name in named if change > 0 or "for" in ALERTS[name]}
    assert noticed == can, f"with waits a step {which}"


def mutated(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Copy rules and tests into a directory, each alert changed."""
    shutil.copytree(PROMETHEUS / "tests", directory / "tests")
    for file in RULES:
        content = yaml.safe_load(file.read_text())
        for group in content["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    change(rule)
        target = directory / file.relative_to(PROMETHEUS)
        target.parent.mkdir(exist_ok=True)
        target.write_text(yaml.safe_dump(content, allow_unicode=True))


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_and_what_it_means(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in ("page", "ticket", "none")
    assert {"summary", "description", "runbook_url"} <= set(rule["annotations"])


def test_names_are_unique_and_of_one_form() -> None:
    every = [rule.get("alert") or rule["record"] for file in RULES for rule in rules(file)]
    assert len(every) == len(set(every))
    for name in ALERTS:
        assert re.fullmatch(r"([A-Z][a-z]+)+", name)
    for name in RECORDED:
        assert re.fullmatch(r"[a-z_]+:(influence|pipeline)_[a-z_]+:[a-z0-9_]+", name)


@pytest.mark.parametrize("name", BRANDS)
def test_brand_alerts_leave_the_decision_to_the_detectors(name: str) -> None:
    rule = ALERTS[name]
    assert seconds(rule["for"]) <= 120
    assert "last_over_time(influence_alert_state{" in rule["expr"]
    assert set(re.findall(r"[<>=!]=? *[\d.]+", rule["expr"])) == {"== 1"}, "a threshold"
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    assert set(re.findall(r'kind="(\w+)"', rule["expr"])) == {kind}
