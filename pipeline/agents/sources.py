"""The agents: one for each source topic, each a loop over record batches.

An agent decodes, applies and returns; it sends nothing and acknowledges nothing. Both are the
flush's, which knows what is durable. Concurrency is one an agent: more would let a batch overtake
another of its partition. Scale comes from partitions and workers.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import faust

from pipeline.agents.ownership import Ownership
from pipeline.errors import Stop
from pipeline.events.records import RecordBatch, Topic
from pipeline.state.intake import Hole
from pipeline.transport.schema import RawSchema

logger = logging.getLogger(__name__)

QUEUED_BATCHES = 1
"""Batches that may wait for an agent.

While it takes what one fetch brought, the client fetches the next, which is as old by the time it
is taken as this queue is long: four of them made half a second at 95,000 records a second, and a
backlog was read no faster.
"""


Rewind = Callable[[Topic, int, int], Awaitable[None]]
"""Has a source partition read again from an offset."""


def register(
    app: faust.App, topic: Topic, topic_name: str, ownership: Ownership, rewind: Rewind
) -> None:
    """Add the agent of one source topic to the app."""
    channel = app.topic(topic_name, schema=RawSchema(), maxsize=QUEUED_BATCHES)

    async def take_batches(stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            shard = await ownership.shard(message.partition, message.generation_id)
            if shard is None:
                continue
            fetched = message.value
            batch = RecordBatch(
                topic, message.partition, fetched.records, fetched.start, fetched.end
            )
            try:
                shard.intakes[topic].take(batch)
            except Hole as hole:
                logger.warning("%s, partition %d: %s", topic_name, message.partition, hole)
                await rewind(topic, message.partition, hole.wanted)
            except Exception as error:
                # Faust would start the agent anew after this batch, and the next flush would then
                # speak for records that were never applied.
                ownership.drop()
                logger.exception("cannot apply a batch of %s", topic_name)
                await app.crash(Stop(f"cannot apply a batch of {topic_name}: {error!r}"))
                raise

    app.agent(channel, name=f"take-{topic}", concurrency=1)(take_batches)
