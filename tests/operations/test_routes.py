"""Who is told of which alert, as amtool reads the configuration."""

from __future__ import annotations

import subprocess

import pytest
import yaml

from tests.integration.rig import needs
from tests.integration.rig.alertmanager_server import CONFIGURATION
from tests.operations.rules import ALERTS

CONTENT = yaml.safe_load(CONFIGURATION.read_text())


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [needs.program("amtool", "prometheus-alertmanager"), *arguments],
        cwd=CONFIGURATION.parent,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_amtool_accepts_the_configuration_and_finds_the_templates() -> None:
    checked = amtool("check-config", CONFIGURATION.name)
    assert checked.returncode == 0, checked.stderr
    assert " - 1 templates" in checked.stdout


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_goes_where_its_severity_says(name: str) -> None:
    severity = ALERTS[name]["labels"]["severity"]
    labels = [f"alertname={name}", f"severity={severity}"]
    if "max by (brand" in ALERTS[name]["expr"]:
        labels += ["brand=acme", "kind=some"]
    expected = {
        "Watchdog": "heartbeat",
        # Of these two the time of day chooses one.
        "BurdenSurge": "page,ticket",
    }.get(name, {"none": "nobody"}.get(severity, severity))
    routed = amtool("config", "routes", "test", f"--config.file={CONFIGURATION.name}", *labels)
    assert (routed.returncode, routed.stdout.strip()) == (0, expected), routed.stderr


def test_what_no_rule_defines_is_somebodys_ticket() -> None:
    routed = amtool("config", "routes", "test", f"--config.file={CONFIGURATION.name}", "a=b")
    assert routed.stdout.strip() == "ticket"


def test_inhibition_names_alerts_that_there_are() -> None:
    for rule in CONTENT["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            label, _, value = matcher.partition(" ")
            pattern = value.split('"')[1]
            if label == "alertname" and "(" not in pattern:
                assert set(pattern.split("|")) <= set(ALERTS)


def test_credentials_are_in_files_only() -> None:
    secrets = ("credentials", "password", "token", "api_key", "routing_key", "service_key")

    def look(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                assert not str(key).endswith(secrets), f"{key} in the file"
                if str(key).endswith("_file"):
                    assert str(inner).startswith("/etc/alertmanager/credentials/")
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(CONTENT)
