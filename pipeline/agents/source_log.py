"""The logs of the source topics: how far they reach, and how far the worker is done with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from faust.types import TP

from pipeline.agents.faust_app import InfluenceApp
from pipeline.agents.flush import Ends
from pipeline.agents.lag import Source
from pipeline.events.records import Topic
from pipeline.transport.consumer import RecordBatchConsumer


class SourceLog:
    """What the worker asks of its consumer, and tells it.

    Args:
        app: Has the consumer, once it runs.
        names: Full name of each source topic.
    """

    def __init__(self, app: InfluenceApp, names: Mapping[Topic, str]) -> None:
        self._app = app
        self._names = names

    def acknowledge(self, ends: Ends, generation: int) -> bool:
        """Allow commits up to these offsets; tells whether the assignment is still that one."""
        return self._consumer().acknowledge(
            {self._tp(source): end for source, end in ends.items()}, generation
        )

    async def rewind(self, topic: Topic, partition: int, offset: int) -> None:
        """Read a partition again from an offset on."""
        await self._consumer().read_again({self._tp((topic, partition)): offset})

    async def commit(self) -> None:
        """Commit what is acknowledged."""
        await self._consumer().commit()

    async def ends(self, sources: Sequence[Source]) -> dict[Source, int]:
        """Return the offset after the last record of each partition."""
        return await self._offsets(self._consumer().highwaters, sources)

    async def starts(self, sources: Sequence[Source]) -> dict[Source, int]:
        """Return the offset of the first record that each partition still has."""
        return await self._offsets(self._consumer().earliest_offsets, sources)

    async def _offsets(
        self, ask: Callable[..., Awaitable[Mapping[TP, int]]], sources: Sequence[Source]
    ) -> dict[Source, int]:
        asked = {self._tp(source): source for source in sources}
        offsets = await ask(*asked)
        return {asked[TP(tp.topic, tp.partition)]: offset for tp, offset in offsets.items()}

    def _tp(self, source: Source) -> TP:
        topic, partition = source
        return TP(self._names[topic], partition)

    def _consumer(self) -> RecordBatchConsumer:
        consumer = self._app.consumer
        if not isinstance(consumer, RecordBatchConsumer):
            raise TypeError(f"the consumer is a {type(consumer).__name__}")
        return consumer
