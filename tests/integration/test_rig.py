"""The rig itself: both brokers carry records, servers come back, nothing outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from pipeline.embedded import EmbeddedBroker, EmbeddedStore
from pipeline.errors import Usage
from tests.integration.rig import (
    Broker,
    KafkaCluster,
    Process,
    PrometheusServer,
    RedisServer,
    eventually,
)
from tests.integration.rig.nursery import Nursery
from tests.integration.rig.process import REPOSITORY


def _make_topic(bootstrap: str) -> str:
    topic = f"rig-{uuid.uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics({topic: {"num_partitions": 2, "replication_factor": 1}})
    finally:
        admin.close()
    return topic


def _produce(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        for value in values:
            producer.send(topic, value=value, key=b"acme", partition=1).get(timeout=30)
    finally:
        producer.close()


def _consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    try:
        partition = TopicPartition(topic, 1)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        seen: list[bytes] = []

        def all_there() -> bool:
            for records in consumer.poll(timeout_ms=200).values():
                seen.extend(record.value for record in records)
            return len(seen) >= count

        eventually(all_there, what=f"{count} records of {topic}")
        return seen
    finally:
        consumer.close()


def test_records_come_back_in_order(broker: Broker) -> None:
    topic = _make_topic(broker.bootstrap)
    values = [b"%d" % number for number in range(20)]
    _produce(broker.bootstrap, topic, values)
    assert _consume(broker.bootstrap, topic, len(values)) == values


def test_kafka_keeps_its_data_over_a_restart(kafka: KafkaCluster) -> None:
    topic = _make_topic(kafka.bootstrap)
    _produce(kafka.bootstrap, topic, [b"kept"])
    kafka.stop()
    assert not kafka.process.running
    kafka.start()
    assert _consume(kafka.bootstrap, topic, 1) == [b"kept"]


def test_kafka_makes_no_topic_by_itself(kafka: KafkaCluster) -> None:
    admin = kafka.admin()
    try:
        (topic,) = admin.describe_topics([f"absent-{uuid.uuid4().hex}"])
        assert topic["error_code"] == 3, "UNKNOWN_TOPIC_OR_PARTITION"
    finally:
        admin.close()


def test_redis_keeps_what_it_had_and_can_lose_it(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        assert client.ping()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client.set("kept", "1")
    redis_server.kill()
    redis_server.start()
    with redis_server.client() as client:
        # The operating system has the append-only file's pages, whoever dies.
        assert client.get("kept") == "1"
    redis_server.lose()
    redis_server.start()
    with redis_server.client() as client:
        assert client.dbsize() == 0


def test_the_embedded_store_runs_lua() -> None:
    import redis

    with EmbeddedStore() as store, redis.Redis.from_url(store.url) as client:
        assert client.eval("return redis.call('TIME')[1] + 0", 0)


def test_prometheus_scrapes(tmp_path: Path) -> None:
    with PrometheusServer(tmp_path, []) as first:
        target = f"127.0.0.1:{first.port}"
        with PrometheusServer(tmp_path / "second", [target]) as second:
            up = 'up{job="influence-worker"}'
            eventually(
                lambda: [s["value"][1] for s in second.query(up)] == ["1"], what=f"up of {target}"
            )


def test_a_process_is_stopped_continued_and_ended(tmp_path: Path) -> None:
    code = (
        "import itertools, time\nfor n in itertools.count(): print(n, flush=True), time.sleep(.01)"
    )
    with Process([sys.executable, "-c", code], log=tmp_path / "counter.log") as process:
        eventually(lambda: "3\n" in process.output())
        process.pause()
        stood_at = process.output()
        process.resume()
        eventually(lambda: len(process.output()) > len(stood_at))
        assert process.terminate() == -signal.SIGTERM


def test_a_process_that_ends_early_is_reported_with_its_output(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", "raise SystemExit('no')"], log=tmp_path / "short.log")
    with process, pytest.raises(RuntimeError, match=r"ended with 1 before ready:\nno"):
        process.until(lambda: False, 20.0, "ready")


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@on_linux
def test_a_fork_is_a_process_like_any_other(tmp_path: Path) -> None:
    nursery = Nursery("json.tool")

    def run(content: str, *options: str) -> Process:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        file.write_text(content)
        return Process(
            [sys.executable, "-m", "json.tool", *options, file.name],
            log=file.with_suffix(".log"),
            nursery=nursery,
        ).start()

    try:
        well, indented, wrong = run("[1]"), run("[1]", "--indent", "9"), run("[1")
        assert [each.wait(20.0) for each in (wrong, indented, well)] == [1, 0, 0]
        assert well.output() == "[\n    1\n]\n"
        assert indented.output() == "[\n         1\n]\n"
        assert "Expecting" in wrong.output()
        assert well.pid != indented.pid
        with pytest.raises(AssertionError, match="no nursery"):
            Process([sys.executable, "-m", "this"], log=tmp_path / "this", nursery=nursery).start()
    finally:
        nursery.close()


@on_linux
def test_a_fork_is_stopped_killed_and_gone_with_its_nursery(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    nursery = Nursery("json.tool")
    # Whoever opens it waits until something is written to it.
    first, second = (
        Process(
            [sys.executable, "-m", "json.tool", "never"],
            log=tmp_path / f"{name}.log",
            nursery=nursery,
        ).start()
        for name in ("first", "second")
    )
    first.pause()
    assert first.running
    first.kill()
    assert first.exit_code == -signal.SIGKILL
    assert second.running
    with pytest.raises(AssertionError, match="did not end"):
        second.wait(0.1)
    nursery.close()
    eventually(lambda: not _alive(second.pid), 10.0, what="it is gone")


@on_linux
@pytest.mark.parametrize("how", ["embedded", "rig"])
def test_nothing_outlives_a_parent_that_is_killed(tmp_path: Path, how: str) -> None:
    start = {
        "embedded": (
            "from pipeline.embedded import EmbeddedBroker\n"
            "server = EmbeddedBroker(); server.start(); mark = server.bootstrap"
        ),
        "rig": (
            "from tests.integration.rig import RedisServer\n"
            f"server = RedisServer(Path({str(tmp_path)!r})); server.start()\n"
            "mark = f'127.0.0.1:{server.port}'"
        ),
    }[how]
    code = f"from pathlib import Path\n{start}\nprint(mark, flush=True)\ninput()"
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        port = parent.stdout.readline().strip().rpartition(":")[2]
        assert port
        assert _listening(int(port))
        os.kill(parent.pid, signal.SIGKILL)
    eventually(lambda: not _listening(int(port)), 10.0, what="the server is gone")


def test_a_broker_binary_that_does_not_run_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", "/bin/false")
    with pytest.raises(Usage, match="embedded broker does not run here") as caught:
        EmbeddedBroker().start()
    assert "\n" not in str(caught.value)


def _alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    # Z: it has ended, and whoever has it for a child by now has not asked how.
    return status.rpartition(")")[2].split()[0] != "Z"


def _listening(port: int) -> bool:
    # Local address in hexadecimal, state 0A = LISTEN.
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(
        fields[1].endswith(f":{port:04X}") and fields[3] == "0A"
        for fields in (line.split() for line in lines)
    )
