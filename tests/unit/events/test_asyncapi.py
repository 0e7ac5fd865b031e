"""The description of topics and messages fits the topics and schemas that there are."""

from __future__ import annotations

import yaml

from pipeline.events.records import Topic
from tests.unit.events.judge import SCHEMAS


def test_asyncapi_names_every_topic_and_its_references_lead_somewhere() -> None:
    document = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))
    assert document["asyncapi"] == "3.0.0"
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == set(Topic) | {
        "influence-snapshots",
        "influence-alerts",
        "dead-letters",
        "influence-totals",
    }
    for channel in document["channels"].values():
        assert channel["bindings"]["kafka"]["topic"] == channel["address"]
    files = set()
    for reference in references(document):
        if reference.startswith("#/"):
            place = document
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]
        else:
            files.add((SCHEMAS / reference).resolve(strict=True).stem)
    only_in_redis = {"launch.v1", "campaign.v1"}
    assert files == {path.stem for path in SCHEMAS.glob("*.v1.json")} - only_in_redis


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    return []
