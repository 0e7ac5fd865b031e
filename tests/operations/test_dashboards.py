"""Dashboards as Grafana takes them, and as people need them."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.operations.expressions import DEPLOY, dashboards, panels

DASHBOARDS = dashboards()
PROVISIONING = DEPLOY / "grafana/provisioning"
COLUMNS = 24
MOVABLE = re.compile(
    r"max(?: by \([\w, ]+\) )?"
    r"\(last_over_time\(influence_\w+(?:\{[^}]*\})?\[3m\](?: offset \$__range)?\)\)"
)
"""The latest value of a brand, whichever worker shows it."""


def faults(dashboard: dict[str, Any]) -> list[str]:
    """Return what is wrong with a dashboard, one line each."""
    found = []
    variables = {each["name"]: each["type"] for each in dashboard["templating"]["list"]}
    if variables.get("datasource") != "datasource":
        found.append("it has no variable for its datasource")
    shown = list(panels(dashboard))
    for number, times in Counter(panel["id"] for panel in shown).items():
        if times > 1:
            found.append(f"{times} panels have the id {number}")
    for panel in shown:
        title = panel.get("title") or f"panel {panel['id']}"
        defaults = panel["fieldConfig"]["defaults"]
        for what, value in (
            ("title", panel.get("title")),
            ("description", panel.get("description")),
            ("unit", defaults.get("unit")),
            ("query", panel["targets"]),
        ):
            if not value:
                found.append(f"{title}: no {what}")
        if "noValue" not in defaults:
            found.append(f"{title}: nothing is said where there is no value")
        sources = [panel["datasource"], *(each["datasource"] for each in panel["targets"])]
        if any(source["uid"] != "${datasource}" for source in sources):
            found.append(f"{title}: its datasource is not the variable")
        limits = [step["value"] for step in defaults["thresholds"]["steps"]]
        if limits[0] is not None or limits[1:] != sorted(limits[1:]):
            found.append(f"{title}: its thresholds do not rise")
        place = panel["gridPos"]
        if place["x"] + place["w"] > COLUMNS:
            found.append(f"{title}: it does not fit")
    return found + _overlaps(shown)


def _overlaps(shown: list[dict[str, Any]]) -> list[str]:
    cells: dict[tuple[int, int], str] = {}
    found = set()
    for panel in shown:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = cells.setdefault((x, y), panel["title"])
                if other is not panel["title"]:
                    found.add(f"{panel['title']}: it lies over {other}")
    return sorted(found)


def links(node: Any) -> list[str]:
    """Return all addresses that a dashboard leads to."""
    if isinstance(node, dict):
        own = [node["url"]] if node.get("url") else []
        return own + [url for each in node.values() for url in links(each)]
    return [url for each in node for url in links(each)] if isinstance(node, list) else []


@pytest.mark.parametrize("file", DASHBOARDS)
def test_brands_that_move_to_another_worker_are_shown_once_and_without_a_gap(file: str) -> None:
    """For three minutes both workers may show a brand, or neither."""
    targets = (each for panel in panels(DASHBOARDS[file]) for each in panel["targets"])
    for expression in (each["expr"] for each in targets):
        by = re.findall(r"by \(([^)]*)\)", expression)
        assert MOVABLE.sub("", expression).count("influence_") == 0, expression
        assert "influence_" not in expression or "instance" not in ",".join(by), expression


def test_there_are_four() -> None:
    uids = {dashboard["uid"] for dashboard in DASHBOARDS.values()}
    assert uids == {
        "influence-brands",
        "influence-support",
        "influence-machine",
        "influence-brand",
    }
    assert len(DASHBOARDS) == len({board["title"] for board in DASHBOARDS.values()}) == 4


@pytest.mark.parametrize("file", DASHBOARDS)
def test_it_is_complete(file: str) -> None:
    assert faults(DASHBOARDS[file]) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda panel: panel.update(id=2), "2 panels have the id 2"),
        (lambda panel: panel.update(title=""), "panel 1: no title"),
        (lambda panel: panel.update(description=""), "no description"),
        (lambda panel: panel["fieldConfig"]["defaults"].pop("unit"), "no unit"),
        (lambda panel: panel["fieldConfig"]["defaults"].pop("noValue"), "where there is no value"),
        (lambda panel: panel["targets"][0]["datasource"].update(uid="a"), "not the variable"),
        (lambda panel: panel["gridPos"].update(w=7), "it lies over"),
        (lambda panel: panel["gridPos"].update(x=20), "it does not fit"),
    ],
)
def test_what_is_missing_is_found(change: Callable[[dict[str, Any]], None], said: str) -> None:
    board = copy.deepcopy(DASHBOARDS["all-brands.json"])
    change(board["panels"][0])
    assert said in faults(board)[0]


def test_a_datasource_that_cannot_be_chosen_is_found() -> None:
    board = copy.deepcopy(DASHBOARDS["all-brands.json"])
    del board["templating"]["list"][0]
    assert faults(board) == ["it has no variable for its datasource"]


@pytest.mark.parametrize("file", DASHBOARDS)
def test_its_links_lead_somewhere(file: str) -> None:
    uids = {dashboard["uid"] for dashboard in DASHBOARDS.values()}
    for url in links(DASHBOARDS[file]):
        if runbook := re.fullmatch(r"\$\{runbooks:raw\}/(\w+\.md)", url):
            assert (DEPLOY / "runbooks" / runbook[1]).is_file(), url
        else:
            target = re.match(r"/d/([\w-]+)\?", url)
            assert target is not None, url
            assert target[1] in uids, url
    (others,) = DASHBOARDS[file]["links"]
    assert set(others["tags"]) <= set(DASHBOARDS[file]["tags"])


def test_runbooks_are_where_prometheus_serves_them() -> None:
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())
    external = "--web.external-url="
    (url,) = (
        option.removeprefix(external)
        for option in compose["services"]["prometheus"]["command"]
        if option.startswith(external)
    )
    for dashboard in DASHBOARDS.values():
        queries = {each["name"]: each["query"] for each in dashboard["templating"]["list"]}
        assert queries["runbooks"] == f"{url}/user"


def test_grafana_is_given_dashboards_and_prometheus() -> None:
    services = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())["services"]
    (source,) = _provisioned("datasources/prometheus.yml")["datasources"]
    address, port = source["url"].removeprefix("http://").split(":")
    assert address in services
    assert services[address]["ports"] == [f"127.0.0.1:{port}:{port}"]
    scraping = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["global"]
    assert source["jsonData"]["timeInterval"] == scraping["scrape_interval"]
    (provider,) = _provisioned("dashboards/influence.yml")["providers"]
    mounted = dict(volume.split(":")[:2] for volume in services["grafana"]["volumes"])
    assert provider["options"]["path"] == mounted["./deploy/grafana/dashboards"]
    assert mounted["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"


def test_nobody_enters_grafana_without_a_password() -> None:
    services = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())["services"]
    settings = services["grafana"]["environment"]
    assert settings["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert settings["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert "GF_SECURITY_ADMIN_PASSWORD" not in settings
    folder = settings["GF_SECURITY_ADMIN_PASSWORD__FILE"].rpartition("/")[0]
    assert f"./deploy/grafana/credentials:{folder}:ro" in services["grafana"]["volumes"]


def _provisioned(file: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PROVISIONING / file).read_text())
    return content
