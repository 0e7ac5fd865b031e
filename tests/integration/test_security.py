"""TLS, logins and access lists of Kafka and Redis, and what is said when one of them is wrong."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from kafka.admin import ACLOperation, ResourceType

from pipeline.cli import main
from pipeline.sinks.redis.address import RIGHTS
from tests.integration.command import influence, printed
from tests.integration.rig import Worker, eventually
from tests.integration.rig.secured import MECHANISM, Authority, Grant, SecuredKafka, SecuredRedis
from tests.oracle.worlds import world

pytestmark = pytest.mark.xdist_group("security")

KAFKA, REDIS = "INFLUENCE_KAFKA__", "INFLUENCE_REDIS__"
PREFIX = "secured."
SECRET = secrets.token_hex()

TOPICS = Grant(
    ResourceType.TOPIC,
    PREFIX,
    (ACLOperation.CREATE, ACLOperation.DESCRIBE, ACLOperation.READ, ACLOperation.WRITE),
)
READ_TOPICS = Grant(ResourceType.TOPIC, PREFIX, (ACLOperation.DESCRIBE, ACLOperation.READ))
GROUP = Grant(ResourceType.GROUP, PREFIX, (ACLOperation.READ,))

KAFKA_USERS = {
    "worker": (TOPICS, GROUP),
    "loner": (TOPICS,),
    "mute": (READ_TOPICS, GROUP),
    "stranger": (),
    "fallen": (TOPICS, GROUP),
}
REDIS_USERS = {
    "worker": RIGHTS.format(prefix="influence:v1:"),
    "reader": "~influence:v1:* +@read +@connection +info",
    "neighbour": RIGHTS.format(prefix="other:"),
}


@dataclass
class Secured:
    """Both servers, and the settings with which everything works."""

    kafka: SecuredKafka
    redis: SecuredRedis
    directory: Path
    settings: Mapping[str, str]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    directory = tmp_path_factory.mktemp("secured")
    authority = Authority(directory)
    kafka = SecuredKafka(directory / "kafka", authority, dict.fromkeys(KAFKA_USERS, SECRET))
    redis = SecuredRedis(
        directory / "redis",
        authority,
        {name: (SECRET, rules) for name, rules in REDIS_USERS.items()},
    )
    with kafka, redis:
        for user, grants in KAFKA_USERS.items():
            kafka.grant(user, grants)
        (directory / "secret").write_text(SECRET + "\n")
        settings = {
            f"{KAFKA}BOOTSTRAP_SERVERS": kafka.bootstrap,
            f"{KAFKA}TOPIC_PREFIX": PREFIX,
            f"{KAFKA}SECURITY_PROTOCOL": "SASL_SSL",
            f"{KAFKA}SASL_MECHANISM": MECHANISM,
            f"{KAFKA}SASL_USERNAME": "worker",
            f"{KAFKA}SASL_PASSWORD_FILE": str(directory / "secret"),
            f"{KAFKA}SSL_CAFILE": str(authority.file),
            f"{REDIS}URL": redis.url,
            f"{REDIS}USERNAME": "worker",
            f"{REDIS}PASSWORD_FILE": str(directory / "secret"),
            f"{REDIS}TLS_CAFILE": str(authority.file),
            "INFLUENCE_FLUSH_SECONDS": "0.2",
        }
        printed("topics", directory=directory, settings=settings)
        yield Secured(kafka, redis, directory, settings)


def test_everything_works_and_tells_no_secret(secured: Secured) -> None:
    """The commands log in by SCRAM; the worker by PLAIN, which sends the password itself."""
    settings = {**secured.settings, "INFLUENCE_LOG__LEVEL": "DEBUG"}
    events = world(71, brands=1, days=2)
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (secured.directory / "events.ndjson").write_text(lines)
    for command in (("doctor",), ("import", "ndjson", "events.ndjson")):
        ended = influence(*command, directory=secured.directory, settings=settings)
        assert ended.returncode == 0, (ended.stdout, ended.stderr)
        assert SECRET not in ended.stdout + ended.stderr
    settings |= {f"{KAFKA}SASL_MECHANISM": "PLAIN"}
    brand = events[0]["brand"]
    with (
        Worker(secured.directory, settings, name="worker") as worker,
        secured.redis.client() as client,
    ):
        key = f"influence:v1:brand:{brand}"
        eventually(lambda: client.exists(key), 40.0, what="the brand is published")
        assert brand in printed("show", directory=secured.directory, settings=settings)["brands"]
        assert worker.terminate(10.0) == 0
        assert "Traceback" not in worker.output()
        assert SECRET not in worker.output()


FAULTS = {
    "kafka: wrong password": ({f"{KAFKA}SASL_PASSWORD": "wrong"}, f"{KAFKA}SASL_USERNAME"),
    "kafka: unknown user": ({f"{KAFKA}SASL_USERNAME": "nobody"}, f"{KAFKA}SASL_USERNAME"),
    "kafka: mechanism": ({f"{KAFKA}SASL_MECHANISM": "SCRAM-SHA-256"}, f"{KAFKA}SASL_MECHANISM"),
    "kafka: wrong authority": ({f"{KAFKA}SSL_CAFILE": "another"}, f"{KAFKA}SSL_CAFILE"),
    "kafka: no authority": ({f"{KAFKA}SSL_CAFILE": __file__}, f"{KAFKA}SSL_CAFILE"),
    "kafka: no TLS": ({f"{KAFKA}SECURITY_PROTOCOL": "PLAINTEXT"}, f"{KAFKA}SECURITY_PROTOCOL"),
    "kafka: no rights": ({f"{KAFKA}SASL_USERNAME": "stranger"}, "--operation Describe"),
    "kafka: may not write": (
        {f"{KAFKA}SASL_USERNAME": "mute"},
        f"--operation Write --topic {PREFIX}",
    ),
    "redis: wrong password": ({f"{REDIS}PASSWORD": "wrong"}, f"{REDIS}USERNAME"),
    "redis: wrong authority": ({f"{REDIS}TLS_CAFILE": "another"}, f"{REDIS}TLS_CAFILE"),
    "redis: may not write": ({f"{REDIS}USERNAME": "reader"}, "+@write"),
    "redis: another's keys": ({f"{REDIS}USERNAME": "neighbour"}, "~influence:v1:*"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_doctor_says_what_is_wrong_and_how_to_mend_it(
    secured: Secured,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, mend = _with(secured, fault)
    monkeypatch.chdir(secured.directory)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert main(["doctor"]) == 1
    said = capsys.readouterr()
    (line,) = (line for line in said.out.splitlines() if line.startswith("fail"))
    assert mend in line
    assert SECRET not in said.out + said.err


@pytest.mark.parametrize(
    "fault",
    [
        "kafka: wrong password",
        "kafka: may not write",
        "redis: wrong password",
        "redis: may not write",
    ],
)
def test_a_worker_ends_at_once_with_one_line(secured: Secured, fault: str) -> None:
    """It looks the same way as the doctor; here no library may add to it."""
    settings, mend = _with(secured, fault)
    ended = influence("worker", directory=secured.directory, settings=settings)
    assert ended.returncode in (1, 2)
    (line,) = ended.stderr.splitlines()
    assert mend in line
    assert SECRET not in ended.stdout + ended.stderr


def _with(secured: Secured, fault: str) -> tuple[dict[str, str], str]:
    """Return the settings with a fault, and what has to be said about it."""
    wrong, mend = FAULTS[fault]
    settings = {**secured.settings, "INFLUENCE_LOG__LEVEL": "WARNING", **wrong}
    for name, value in wrong.items():
        if value == "another":
            settings[name] = str(Authority(secured.directory / "another").file)
        settings.pop(f"{name}_FILE", None)
    return settings, mend


def test_a_worker_that_its_group_keeps_out_ends(secured: Secured) -> None:
    settings = {**secured.settings, "INFLUENCE_KAFKA__SASL_USERNAME": "loner"}
    ended = influence("worker", directory=secured.directory, settings=settings)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert f"grant Read on group {PREFIX}" in ended.stderr.splitlines()[-1]


def test_a_right_that_is_taken_back_ends_the_worker(secured: Secured) -> None:
    settings = {**secured.settings, "INFLUENCE_KAFKA__SASL_USERNAME": "fallen"}
    with Worker(secured.directory, settings, name="fallen") as worker:
        worker.wait_ready()
        secured.kafka.revoke("fallen", [TOPICS])
        event = json.dumps(world(72, brands=1, days=1, mentions_a_day=3)[0])
        (secured.directory / "one.ndjson").write_text(event)
        printed(
            "import", "ndjson", "one.ndjson", directory=secured.directory, settings=secured.settings
        )
        assert worker.wait(30.0) in (1, 2)
        assert "Traceback" not in worker.output()
        assert worker.output().splitlines()[-1].startswith("influence: ")
