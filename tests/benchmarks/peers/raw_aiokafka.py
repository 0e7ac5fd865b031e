"""The ceiling: aiokafka's consumer, which reads every record and does nothing with it.

The topic is read three times over, since one pass takes but a few seconds.
"""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer
from progress import Progress

PASSES = 3


async def main() -> None:
    """Read until every record was seen so often."""
    progress = Progress()
    consumer = AIOKafkaConsumer(
        progress.topic,
        bootstrap_servers=progress.bootstrap,
        group_id=progress.group,
        auto_offset_reset="earliest",
        # Fewer, larger fetches: the defaults return at once with whatever is there.
        fetch_max_bytes=50 * 1024 * 1024,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    size = 0
    try:
        for _ in range(PASSES):
            seen = 0
            while seen < progress.wanted // PASSES:
                for records in (await consumer.getmany(timeout_ms=1000)).values():
                    for record in records:
                        size += len(record.value)
                    seen += len(records)
                    progress.add(len(records))
            await consumer.seek_to_beginning()
    finally:
        await consumer.stop()
    progress.finish(records=progress.records, bytes=size)


asyncio.run(main())
