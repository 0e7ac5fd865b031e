"""Servers for the integration tests, each started once a session and only when asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.embedded import EmbeddedBroker
from tests.integration.rig import Broker, KafkaCluster, RedisServer
from tests.integration.rig.process import logs
from tests.integration.stand import MakeStand, Stand, nursery
from tests.oracle.worlds import Event


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what needs real Kafka, keep together what shares more than servers, and sort.

    What takes long comes first, so that in the end no process is left alone with it: groups, each
    of which one process runs, then whatever starts workers or demos, or restarts Kafka.
    """
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        fixtures = getattr(item, "fixturenames", ())
        call = getattr(item, "callspec", None)
        broker = call.params.get("broker", "") if call is not None else ""
        if "kafka" in (broker, *fixtures):
            item.add_marker(pytest.mark.kafka)
        if "judged" in fixtures:
            # With `-n 4 --dist loadgroup` one process runs all that judge the same records.
            item.add_marker(pytest.mark.xdist_group(f"judged-{broker}"))
    yield
    items.sort(key=_short)


def _short(item: pytest.Item) -> int:
    """Return how soon a test is likely to be over, as a rank."""
    if item.get_closest_marker("xdist_group"):
        return 0
    return 2 - bool({"make_stand", "demos", "kafka"} & {*getattr(item, "fixturenames", ())})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of every server's log with a failure."""
    report = yield
    if report.failed:
        report.sections.extend((f"end of the log: {name}", text) for name, text in logs())
    return report


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Real Apache Kafka; tests tell themselves apart by topic prefix and group."""
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """The embedded broker."""
    with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture(scope="session", params=["embedded_broker", "kafka"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Return the embedded broker, then real Apache Kafka."""
    running: Broker = request.getfixturevalue(request.param)
    return running


@pytest.fixture(scope="session")
def redis_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the session."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(redis_session: RedisServer) -> RedisServer:
    """Real Redis, empty and running, whatever the test before did to it."""
    if not redis_session.process.running:
        redis_session.start()
    redis_session.flush()
    return redis_session


@pytest.fixture(scope="session")
def ready_to_fork() -> None:
    """Have what forks workers import everything while servers start."""
    nursery()


@pytest.fixture
def make_stand(
    ready_to_fork: None, broker: Broker, redis_server: RedisServer, tmp_path: Path
) -> Iterator[MakeStand]:
    """Make stands, on the embedded broker and then on real Apache Kafka; closed in the end."""
    stands: list[Stand] = []

    def make(events: Sequence[Event]) -> Stand:
        stands.append(Stand(broker, redis_server, tmp_path, events))
        return stands[-1]

    yield make
    for stand in stands:
        stand.close()
