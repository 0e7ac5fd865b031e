"""Faust's aiokafka consumer, carrying record batches and acknowledging by offset.

Stock Faust spends two asyncio tasks a message. Here all records that a fetch brought for one source
partition travel as one message, so that cost is paid a batch. Three things change with it:

* A message's offset is the last one that it leaves behind, so Faust's gap bookkeeping, which counts
  record by record, is off for source topics.
* Nothing is acknowledged by the stream. :meth:`RecordBatchConsumer.acknowledge` takes the end of
  what is durable, and that is what the next commit writes.
* Changelog records are applied to the table's store by the batch during recovery; the last record
  of a fetch also goes through Faust's own loop, so that it sees how far recovery has come.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError, KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from faust.types.transports import TPorTopicSet

from pipeline.errors import Stop
from pipeline.transport.client_records import Fetched
from pipeline.transport.client_thread import SourceConsumerThread
from pipeline.transport.store import StateTable

logger = logging.getLogger(__name__)


LOOK_SECONDS = 1.0
"""Pause between two looks at whether everything that the client handed out was taken."""

_LONGEST_PAUSE = 64.0


@dataclass(frozen=True, slots=True)
class _Missed:
    """From ``wanted`` on nothing was taken, and the client is at ``position``."""

    wanted: int
    position: int
    pause: float = 0.0
    until: float = 0.0

    def tried_again(self, now: float) -> _Missed:
        """Return it with the pause until it is to be read once more, twice as long each time."""
        pause = min(max(LOOK_SECONDS, 2 * self.pause), _LONGEST_PAUSE)
        return _Missed(self.wanted, self.position, pause, now + pause)


class RecordBatchConsumer(driver.Consumer):
    """Consumer that delivers one message a source partition and fetch."""

    #: Topics whose records travel as batches and whose offsets live with the state.
    source_topics: ClassVar[frozenset[str]] = frozenset()

    #: Whether batches are taken: Faust empties the agents' queues when it resumes after a
    #: rebalance, so nothing may be in them before that.
    accepting: bool

    #: Offset of the first record that the state of a source partition does not contain.
    position_in_state: ClassVar[staticmethod[[TP], int]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._durable: dict[TP, int] = {}
        self._next: dict[TP, int] = {}
        self._gaps: dict[TP, tuple[int, int]] = {}
        self._sought: set[TP] = set()
        self._missed: dict[TP, _Missed] = {}
        self._look_at = 0.0
        self.accepting = False

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        thread = SourceConsumerThread(self, loop=self.loop, beacon=self.beacon)
        thread.source_topics = self.source_topics
        return thread

    def acknowledge(self, ends: Mapping[TP, int], generation: int) -> bool:
        """Let the next commit advance to ``ends`` (offset of the next record to read, each).

        Returns False, and does nothing, where the assignment has changed since ``generation``: the
        partitions may belong to another worker by now, which reads its own position from the state.
        """
        if generation != self.app.consumer_generation_id:
            return False
        self._durable.update(ends)
        return True

    async def getmany(
        self,
        timeout: float,  # noqa: ASYNC109 - the signature is Faust's
    ) -> AsyncIterator[tuple[TP, Message]]:
        """Yield what was fetched: a message a source partition, and the rest record by record.

        While an assignment comes to its end or to its beginning what was fetched is dropped, and
        read again if it belongs to the new one: a fetch that began before may bring what the new
        one's seek asked for.
        """
        await self._go_back()
        records, active = await self._wait_next_records(timeout)
        if self.should_stop or records is None:
            return
        if not records:
            self._look_at = 0.0
        for tp, fetched in records.items():
            if not fetched:
                continue
            if not (self._is_wanted(tp, active) and self._can_take(tp)):
                self._look_at = 0.0
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            if tp.topic in self.source_topics:
                packed = cast("Fetched", fetched)
                if await self._continues(tp, packed.start):
                    # Where records are gone it follows on what was taken before them.
                    start, self._next[tp] = self._next[tp], packed.end
                    yield tp, self._batch_message(tp, replace(packed, start=start))
            elif await self._continues(tp, fetched[0].offset):
                self._next[tp] = fetched[-1].offset + 1
                for record in self._apply_changelog(tp, fetched):
                    yield tp, self._to_message(tp, record)

    async def _go_back(self) -> None:
        """Read again what the client handed out and nobody took.

        Around a rebalance a fetch may be dropped at many a place, in Faust and here, and after it
        there may be nothing to come: a recovery would wait for ever, or a worker stand still with
        records to read. Where the client is beyond what was taken, it goes back. Nothing may be
        there, as where all records are gone; so it is tried again after longer and longer pauses.
        """
        now = time.monotonic()
        if not self.flow_active or now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        active = [tp for tp in self._get_active_partitions() if self._can_take(tp)]
        wanted = {tp: self._next[tp] for tp in active if tp in self._next}
        if not wanted:
            return
        again = {}
        for tp, position in (await self._positions(wanted)).items():
            if position <= wanted[tp] or self._next.get(tp) != wanted[tp]:
                continue
            missed = _Missed(wanted[tp], position)
            known = self._missed.get(tp, missed)
            if (known.wanted, known.position) != (missed.wanted, missed.position):
                known = missed
            if now >= known.until:
                self._missed[tp] = known.tried_again(now)
                again[tp] = wanted[tp]
        if again:
            await self.read_again(again)

    async def _positions(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Return the offset up to which the client has handed out records of each partition."""
        client = self._thread._consumer  # noqa: SLF001 - there is no way to ask without waiting
        if client is None:
            return {}
        positions: Mapping[TP, int] = await self._thread.call_thread(
            _positions_of, client, list(partitions)
        )
        return positions

    def _can_take(self, tp: TP) -> bool:
        return self.flow_active and (self.accepting or tp.topic not in self.source_topics)

    async def read_again(self, offsets: Mapping[TP, int]) -> None:
        """Go on from these offsets; in an assignment that has ended there is nothing to do."""
        try:
            await self.seek_wait(offsets)
        except IllegalStateError as error:
            logger.info("not read again: %s", error)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek, and expect the next batches from there; see :meth:`_continues`."""
        self._next.update(partitions)
        self._sought.update(partitions)
        await super().seek_wait(partitions)

    async def _continues(self, tp: TP, first: int) -> bool:
        """Tell whether what begins at ``first`` follows on what was delivered before.

        Otherwise it is read again.

        A fetch that was under way while the assignment changed may bring records from beyond the
        position that the new assignment starts at. Applied, they would make everything between look
        contained. Offsets alone do not tell this from a real gap in the log, so the partition is
        read once more from where it should go on: a real gap is there again. Changelogs are full
        of real gaps; there only the first batch after a seek is looked at.

        Raises:
            Stop: The log of a source partition goes back behind the position.
        """
        wanted = self._next.get(tp)
        if wanted is None:
            return False  # the assignment is not complete; its seek is still to come
        is_source = tp.topic in self.source_topics
        is_first = tp in self._sought
        again = self._gaps.get(tp) == (wanted, first)
        if again and is_source:
            _say_what_is_gone(tp, wanted, first)
        if again or first == wanted or (first < wanted and not is_source):
            self._sought.discard(tp)
            self._gaps.pop(tp, None)
            return True
        if not is_source and not is_first:
            return True
        self._gaps[tp] = (wanted, first)
        await self.read_again({tp: wanted})
        return False

    def _is_wanted(self, tp: TP, active: set[TP] | None) -> bool:
        return active is None or tp in active or tp in self._buffered_partitions

    def _batch_message(self, tp: TP, fetched: Fetched) -> ConsumerMessage:
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            fetched.end - 1,
            0.0,  # when it was: nobody asks either
            0,  # whose time it is: nobody asks
            None,
            None,
            cast("bytes", fetched),  # Faust hands the value on as it is, see RawSchema
            None,
            None,
            None,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    def _apply_changelog(self, tp: TP, records: list[Any]) -> list[Any]:
        """Apply changelog records to the store; return the last: Faust measures recovery by it."""
        tables = (each for each in self.app.tables.values() if isinstance(each, StateTable))
        table = next((each for each in tables if each.changelog_topic_name == tp.topic), None)
        if table is None:
            return records
        table.state.apply(tp.partition, records)
        return records[-1:]

    async def perform_seek(self) -> None:
        """Seek source partitions to where their state ends; the rest to the committed offset.

        Offsets live with the state; the committed ones are for other people's tools. Where the two
        differ - records flushed and not committed, or a changelog that lost its end - the state's
        is the one that reads every record once.
        """
        await super().perform_seek()
        sources = [tp for tp in self.assignment() if tp.topic in self.source_topics]
        await self.seek_wait({tp: self.position_in_state(tp) for tp in sources})

    async def check_membership(self) -> None:
        """Raise what keeps this consumer out of its group; Faust never asks, and would wait.

        Raises:
            aiokafka.errors.KafkaError: Most likely that the group is not allowed to this user.
        """
        client = self._thread._consumer  # noqa: SLF001 - there is no other way to ask
        coordinator = client and client._coordinator  # noqa: SLF001 - likewise
        if coordinator is not None:
            error = await self._thread.call_thread(_trouble_of, coordinator)
            if error is not None:
                raise error

    # -- acknowledgement and commit

    def ack(self, message: Message) -> bool:
        """Count a source message as handed over; its offsets are acknowledged by the flush."""
        if message.topic not in self.source_topics:
            return super().ack(message)
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self.source_topics:
            await super()._add_gap(tp, offset_from, offset_to)

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        for tp in list(self._durable):
            if topics is None or tp in topics or tp.topic in topics:
                yield tp

    def _new_offset(self, tp: TP) -> int | None:
        return self._durable.get(tp)

    async def commit_and_end_transactions(self) -> None:
        """Commit a last time as the consumer stops, but not after a crash.

        The client's thread ends by itself then, and a commit that it is asked for may wait for
        ever. Nothing is lost: reading starts where the state ends.
        """
        if not self.crashed:
            await super().commit_and_end_transactions()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget everything about the old assignment, then do what Faust does."""
        self.accepting = False
        self._durable.clear()
        self._next.clear()
        self._gaps.clear()
        self._missed.clear()
        await super().on_partitions_revoked(revoked)


async def _positions_of(client: AIOKafkaConsumer, partitions: Sequence[TP]) -> dict[TP, int]:
    """Return the positions of those partitions that have one."""
    subscription = client._subscription.subscription  # noqa: SLF001 - see RecordBatchConsumer
    assignment = subscription and subscription.assignment
    if assignment is None:
        return {}
    states = [(tp, assignment.state_value(tp)) for tp in partitions]
    return {tp: state.position for tp, state in states if state and state.has_valid_position}


async def _trouble_of(coordinator: Any) -> KafkaError | None:
    """Return what a client's coordinator gave up for. Raised, it would end the client's thread."""
    try:
        coordinator.check_errors()
    except KafkaError as error:
        return error
    return None


def _say_what_is_gone(tp: TP, wanted: int, first: int) -> None:
    """Tell of a source partition that goes on at another offset than it stopped at."""
    where = f"{tp.topic}, partition {tp.partition}"
    if first < wanted:
        raise Stop(
            f"{where}, goes on at offset {first}, and {wanted} is next: it was made anew or has "
            f"lost records; to begin anew, stop all workers and delete its changelog and the totals"
        )
    logger.warning("%s: offsets %d to %d are gone, and with them records", where, wanted, first - 1)
