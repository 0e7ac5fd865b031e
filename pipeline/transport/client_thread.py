"""The thread in which Faust runs the Kafka client: how the client is set up, and how it ends."""

from __future__ import annotations

import asyncio
import logging

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from pipeline.transport.client_records import hand_over_packed
from pipeline.transport.frames import receive_whole_frames

logger = logging.getLogger(__name__)

FETCH_WAIT_MS = 100
"""How long a broker may hold a fetch for which it has nothing.

The client has one fetch under way to a broker. While records of the busy partitions wait to be
taken it asks for the quiet ones alone, and can ask for more of the busy ones only when that comes
back; with the 1.5 s that Faust sets, a worker that is behind stands still for as long.
"""


JOINING_SECONDS = 0.5
"""How long a client that stops may wait for a rebalance before the group is left for it."""


class SourceConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread of Faust's client, which hands over source records packed.

    ``source_topics`` are their full names; to be set before it starts.
    """

    source_topics: frozenset[str] = frozenset()

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        receive_whole_frames()
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - Faust has no setting for it
        return consumer

    async def on_start(self) -> None:
        """Start the client."""
        await super().on_start()
        hand_over_packed(self._ensure_consumer(), self.source_topics)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Tell the app, and do not insist while it ends: after a crash it takes no more calls."""
        await self.wait(super().on_partitions_revoked(revoked))

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Tell the app, in the same way."""
        await self.wait(super().on_partitions_assigned(assigned, generation_id))

    async def on_thread_stop(self) -> None:
        """Stop the client, and leave the group for it where it waits for the other members.

        In a rebalance the client leaves once everybody has joined, which a member that is dead puts
        off for as long as its session; and on the connection of its join Kafka answers nothing else
        by then. A member that has left is told so, which ends the wait.
        """
        stopping = asyncio.ensure_future(super().on_thread_stop())
        await asyncio.wait((stopping,), timeout=JOINING_SECONDS)
        if not stopping.done():
            await self._leave()
        await stopping

    async def _leave(self) -> None:
        client = self._consumer
        coordinator = client and client._coordinator  # noqa: SLF001 - there is no other way
        if client is None or coordinator is None or coordinator.coordinator_id is None:
            return
        if coordinator._group_instance_id is not None:  # noqa: SLF001 - who has a name comes back
            return
        request = LeaveGroupRequest(coordinator.group_id, coordinator.member_id)
        try:
            await client._client.send(coordinator.coordinator_id, request)  # noqa: SLF001 - as above
        except KafkaError as error:
            logger.warning("the group could not be left: %s", error)

    def _stopped_set(self) -> None:
        # After a crash its event loop is closed by now, and there is nobody left to tell.
        if not self.thread_loop.is_closed():
            super()._stopped_set()
