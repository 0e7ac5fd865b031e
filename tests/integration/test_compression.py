"""Records count whatever their producers compress them by."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from tests.integration.stand import MakeStand, Stand, on_kafka
from tests.oracle.worlds import Event, Rates, world

COMPRESSIONS = (None, "gzip", "snappy", "lz4", "zstd")


async def produce(stand: Stand, events: Sequence[Event], compression: str | None) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=stand.broker.bootstrap, compression_type=compression, linger_ms=20
    )
    await producer.start()
    try:
        await stand.produce_with(producer, events)
    finally:
        await producer.stop()


@on_kafka
def test_every_compression_is_read(make_stand: MakeStand) -> None:
    rates = Rates(late=0.05, duplicate=0.05)
    events = world(5, brands=5, days=30, mentions_a_day=25, tickets_a_day=2, rates=rates)
    stand = make_stand(events)
    stand.worker().wait_ready()
    share = -(-len(events) // len(COMPRESSIONS))
    for number, compression in enumerate(COMPRESSIONS):
        some = events[number * share : (number + 1) * share]
        asyncio.run(produce(stand, some, compression))
    stand.assert_exact(40.0)
