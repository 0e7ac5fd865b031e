"""Offsets at the end of a log that no record is read from: they are no lag, whoever waits."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from pipeline.events.records import Topic
from tests.integration.rig import Worker, eventually
from tests.integration.stand import PARTITIONS, MakeStand, Stand, on_kafka
from tests.integration.test_exactness import events


def lag(worker: Worker) -> list[float]:
    """Return the lag of each source partition, as Prometheus is told."""
    lines = worker.get("/metrics")[1].splitlines()
    return [float(each.split()[-1]) for each in lines if each.startswith("pipeline_lag_records{")]


def wait_read(worker: Worker) -> None:
    """Wait until nothing is left to read."""
    partitions = len(Topic) * PARTITIONS
    eventually(lambda: lag(worker) == [0.0] * partitions, 30, what="no lag", every=0.2)


async def produce_in_transactions(stand: Stand) -> None:
    """Produce a stand's events in many transactions; each takes an offset of its own to end."""
    producer = AIOKafkaProducer(
        bootstrap_servers=stand.broker.bootstrap, transactional_id=stand.group
    )
    async with producer:
        for start in range(0, len(stand.events), 50):
            async with producer.transaction():
                await stand.produce_with(producer, stand.events[start : start + 50])


@on_kafka
def test_the_end_of_a_transaction_is_no_lag(make_stand: MakeStand) -> None:
    stand = make_stand(events(71, days=12))
    worker = stand.worker()
    worker.wait_ready()
    asyncio.run(produce_in_transactions(stand))
    stand.assert_exact()
    wait_read(worker)
    stand.wait_committed()
    assert "are gone" not in worker.output()


@on_kafka
def test_records_that_are_gone_before_anyone_reads_them_are_no_lag(make_stand: MakeStand) -> None:
    stand = make_stand(events(72, days=12))
    third = len(stand.events) // 3
    before, lost, after = (stand.events[n * third : (n + 1) * third] for n in range(3))
    stand.events = before + after
    worker = stand.worker()
    worker.wait_ready()
    stand.produce(before)
    stand.wait_committed()
    worker.terminate(30.0)
    stand.produce(lost)
    delete_all_records(stand)
    worker = stand.worker()
    worker.wait_ready()
    wait_read(worker)
    stand.produce(after)
    stand.assert_exact()
    wait_read(worker)


def delete_all_records(stand: Stand) -> None:
    """Delete what there is, as retention does."""
    gone = {TopicPartition(*each): end for each, end in stand.ends().items() if end}
    assert {each.topic for each in gone} == {stand.prefix + topic for topic in Topic}
    admin = KafkaAdminClient(bootstrap_servers=stand.broker.bootstrap)
    admin.delete_records(gone)
    admin.close()
