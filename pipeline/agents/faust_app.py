"""The Faust app: what happens when partitions come and go, and when the worker ends."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

import faust
from aiokafka.errors import KafkaError
from faust.tables.manager import TableManager
from mode import Service

from pipeline.agents.checkpoint import Checkpoint
from pipeline.agents.ownership import Ownership
from pipeline.transport.consumer import RecordBatchConsumer
from pipeline.transport.store import StateTable

logger = logging.getLogger(__name__)

FINISHING_SECONDS = 6.0
"""How long the last flush and commit may take when a worker is told to stop."""

LEAVING_SECONDS = 3.5
"""How long leaving the group may take after that. Both together stay below ten seconds."""


MEMBERSHIP_SECONDS = 2.0
"""How often it is asked whether the worker is kept out of its group."""


class InfluenceApp(faust.App):
    """Faust app that tells the ownership when an assignment ends and when the next one is ready."""

    ownership: Ownership
    checkpoint: Checkpoint
    source_names: frozenset[str] = frozenset()

    #: Turns an error of the client into one line for a person.
    explained: Callable[[KafkaError], Exception]

    assigning = False

    def on_rebalance_start(self) -> None:
        """Drop decoded state before anything else happens. Called by the consumer's thread."""
        self.assigning = True
        self.ownership.drop()
        super().on_rebalance_start()

    def on_rebalance_return(self) -> None:
        """Note that the new assignment is known; its recovery follows."""
        self.assigning = False
        super().on_rebalance_return()

    def on_rebalance_end(self) -> None:
        """Decode what recovery brought, and let batches in.

        Called when every table is complete - of an assignment that may have been overtaken by the
        next one in the meantime. Then that one's recovery calls again.

        Raises:
            Stop: The state is not whole, or does not fit.
        """
        super().on_rebalance_end()
        tables, consumer = self.tables, self.consumer
        if not isinstance(consumer, RecordBatchConsumer) or not isinstance(tables, TableManager):
            raise TypeError(f"not our consumer or tables: {consumer!r}, {tables!r}")
        # The consumer's thread may begin the next rebalance at any moment from here on.
        epoch = self.ownership.epoch
        if self.assigning or tables.recovery.signal_recovery_start.is_set():
            return
        for table in tables.values():
            if isinstance(table, StateTable):
                table.check_recovered(tables.recovery.active_highwaters)
        owned = {tp.partition for tp in consumer.assignment() if tp.topic in self.source_names}
        if self.ownership.take_over(self.consumer_generation_id, owned, epoch):
            consumer.accepting = True

    def _on_rebalance_when_stopped(self) -> None:
        """Do nothing, and let the stop leave the group once the rebalance is over.

        Faust would close the client here, from the wrong thread; closed, it never leaves, and the
        others wait for its partitions until its session times out.
        """

    @Service.task
    async def _watch_membership(self) -> None:
        """End the worker when it is kept out of its group. Other tasks start when it is in."""
        while not self.should_stop:
            try:
                if isinstance(self.consumer, RecordBatchConsumer):
                    await self.consumer.check_membership()
            except KafkaError as error:
                raise self.explained(error) from error
            await self.sleep(MEMBERSHIP_SECONDS)

    def _create_directories(self) -> None:
        """Make none: state lives in memory and in Kafka, and the file system may be read-only."""

    async def on_stop(self) -> None:
        """Flush and commit what was applied, then leave the group; after a crash only leave.

        Either can hang: with Kafka gone the client waits for what it has sent. What is durable by
        then is all there is, hence the process ends by itself soon after, and says why it crashed:
        the command would only have come to that after the stop.
        """
        if self.crashed:
            reason = self.crash_reason
            why = self.explained(reason) if isinstance(reason, KafkaError) else reason
            _end_in(LEAVING_SECONDS, status=1, because=f": {why}")
        else:
            unconfirmed = ": Kafka has not confirmed the last flush"
            deadline = _end_in(FINISHING_SECONDS, status=1, because=unconfirmed)
            await self.checkpoint.finish()
            deadline.cancel()
            _end_in(LEAVING_SECONDS, status=0)
        await super().on_stop()


def _end_in(seconds: float, status: int, because: str = "") -> threading.Timer:
    def end() -> None:
        logger.warning("still not stopped after %.0f s; ending now%s", seconds, because)
        os._exit(status)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer
