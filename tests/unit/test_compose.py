"""What users start: docker-compose.yml and the files that it mounts."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from pipeline import settings

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return content


@pytest.fixture(scope="module")
def specification() -> jsonschema.Draft7Validator:
    """Return the Compose specification's schema, in the copy that check-jsonschema carries."""
    vendored = importlib.resources.files("check_jsonschema") / "builtin_schemas/vendor"
    schema = json.loads((vendored / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_it_follows_the_compose_specification(
    compose: dict[str, Any], specification: jsonschema.Draft7Validator
) -> None:
    errors = [f"{error.json_path}: {error.message}" for error in specification.iter_errors(compose)]
    assert errors == []


def test_the_specification_would_object(
    compose: dict[str, Any], specification: jsonschema.Draft7Validator
) -> None:
    misspelt = json.loads(json.dumps(compose))
    misspelt["services"]["redis"]["health_check"] = misspelt["services"]["redis"]["healthcheck"]
    assert not specification.is_valid(misspelt)


def test_images_are_pinned(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+(-[a-z]+)?", service["image"]), name


def test_our_image_carries_the_distribution_version(compose: dict[str, Any]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    for name in ("topics", "worker-1", "worker-2"):
        assert compose["services"][name]["image"] == f"collective-influence:{project['version']}"


def test_services_restart_and_say_how_they_are(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        one_shot = name == "topics"
        assert service["restart"] == ("on-failure:3" if one_shot else "unless-stopped"), name
        # A worker's health check is its image's.
        if not one_shot and "build" not in service:
            assert service["healthcheck"]["test"][0] == "CMD", name
    assert "HEALTHCHECK" in (REPOSITORY / "deploy/Dockerfile").read_text()


def test_every_dependency_is_a_service_with_the_condition_it_can_meet(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            ends = services[needed]["restart"].startswith("on-failure")
            wanted = "service_completed_successfully" if ends else "service_healthy"
            assert how["condition"] == wanted, f"{name} on {needed}"


def test_ports_are_published_on_loopback_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_mounted_files_exist_and_volumes_are_declared(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (REPOSITORY / source).exists(), f"{name}: {source}"
                assert volume.endswith(":ro"), f"{name}: {source} is configuration"
            else:
                assert source in compose["volumes"], f"{name}: {source}"


@pytest.mark.parametrize("worker", ["topics", "worker-1", "worker-2"])
def test_the_workers_settings_are_settings(
    compose: dict[str, Any],
    worker: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in compose["services"][worker]["environment"].items():
        monkeypatch.setenv(name, os.path.expandvars(re.sub(r"\$\{\w+:-\}", "", value)))
    monkeypatch.chdir(tmp_path)
    loaded = settings.load()
    listeners = _properties()["advertised.listeners"]
    assert f"INTERNAL://{loaded.kafka.bootstrap_servers}" in listeners.split(",")
    assert loaded.redis.url == "redis://redis:6379/0"


def test_prometheus_scrapes_the_workers_that_there_are(compose: dict[str, Any]) -> None:
    workers = [name for name in compose["services"] if name.startswith("worker-")]
    port = settings.Settings().metrics.port
    configuration = yaml.safe_load((REPOSITORY / "deploy/prometheus/prometheus.yml").read_text())
    targets = {job["job_name"]: job["static_configs"] for job in configuration["scrape_configs"]}
    assert targets["influence-worker"] == [{"targets": [f"{name}:{port}" for name in workers]}]
    (managers,) = configuration["alerting"]["alertmanagers"]
    assert managers["static_configs"] == targets["alertmanager"]
    assert targets["alertmanager"][0]["targets"][0].partition(":")[0] in compose["services"]
    assert f":{port}/ready" in (REPOSITORY / "deploy/Dockerfile").read_text()


def test_prometheus_finds_rules_and_runbooks_where_they_are_mounted(
    compose: dict[str, Any],
) -> None:
    service = compose["services"]["prometheus"]
    mounted = dict(volume.split(":")[:2] for volume in service["volumes"])
    assert mounted["./deploy/prometheus/rules"] == "/etc/prometheus/rules"
    assert f"--web.user-assets={mounted['./deploy/runbooks']}" in service["command"]


def test_kafka_is_reached_from_the_host_where_it_is_published(compose: dict[str, Any]) -> None:
    (port,) = compose["services"]["kafka"]["ports"]
    address, published, inside = port.split(":")
    assert (address, published) == ("127.0.0.1", inside)
    assert f"EXTERNAL://localhost:{published}" in _properties()["advertised.listeners"].split(",")


def test_redis_never_evicts() -> None:
    lines = (REPOSITORY / "deploy/redis/redis.conf").read_text().splitlines()
    assert "maxmemory-policy noeviction" in lines


def _properties() -> dict[str, str]:
    lines = (REPOSITORY / "deploy/kafka/server.properties").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
