"""Scenario files: what comes with the package is good, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Usage
from pipeline.sources.simulation.scenario import names, scenario, source

GOOD = """
description = "one"
[[brands]]
id = "a"
name = "A"
people = 10
mentions = 5
advocates = 0.5
detractors = 0.2
"""


@pytest.mark.parametrize("name", names())
def test_each_scenario_says_what_is_to_be_seen(name: str) -> None:
    assert scenario(name).description.strip()


def test_a_printed_scenario_can_be_used_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(source("outage"))
    assert scenario(str(tmp_path / "mine.toml")) == scenario("outage")


@pytest.mark.parametrize(
    ("addition", "fault"),
    [
        ("peeple = 3", "unknown field `peeple`"),
        ("shocks = -1", "shocks"),
        ("support = 3", "support"),
        ("[[brands.launches]]\nactivation = 0.1", "either `every` or `on`"),
        ("[[brands.launches]]\nevery = 5\non = [2026-01-01]\nactivation = 0.1", "either"),
        ("[[brands.launches]]\nevery = 5", "activation"),
        ("[[brands.episodes]]\nname = 'x'\nevery = 2\nhours = 60", "longer than until the next"),
        (GOOD.split("\n", 2)[2], "two brands have the same id"),
        ("x = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, addition: str, fault: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD + addition)
    with pytest.raises(Usage, match=fault):
        scenario(str(file))


def test_shares_of_the_same_people_do_not_exceed_them(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace("0.2", "0.6"))
    with pytest.raises(Usage, match="shares of the same people"):
        scenario(str(file))


def test_unknown_names_and_files() -> None:
    with pytest.raises(Usage, match=r"want one of .*overload"):
        scenario("holiday")
    with pytest.raises(Usage, match=r"cannot read nowhere\.toml"):
        scenario("nowhere.toml")
