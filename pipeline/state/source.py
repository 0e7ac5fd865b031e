"""What the three source topics have in common: the decoded state of one partition of one topic."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pipeline.events.admitted import AdmittedEvent
from pipeline.events.records import Outcome, Topic
from pipeline.state import encoding
from pipeline.state.entries import Entries
from pipeline.state.row import ROW_KEY, PartitionRow

NOTE = b"|note|"
"""Keys of notes begin so; no brand id holds a bar."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a flush has to make durable, cut at one applied offset.

    ``values`` go first, all of them; ``row`` only when they are durable. ``expired`` are keys that
    the *previous* checkpoint already did without, so that no replay can need them. ``durable`` is
    the applied offset of the newest row, this one or one written before: what is acknowledged.
    """

    values: Entries
    row: tuple[bytes, bytes] | None
    expired: list[bytes]
    applied: int
    durable: int


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """A row that is written as soon as all values are that it speaks for.

    ``expired`` are keys that it is the first to do without; ``decided`` is in it.
    """

    applied: int
    row: bytes
    expired: list[bytes]
    decided: int


TOGETHER = 12_288
"""Records that are applied together, at most: more cost less each, but keep others waiting."""


class SourceTable(ABC):
    """Decoded state of one partition of one source topic.

    ``notes`` are values by brand that others derive from this state and want to find again with it;
    their content is theirs.

    The state after applying a record is a function of the partition's records up to it and of
    nothing else: not of batch boundaries, flushes, crashes or the clock. That is what makes a value
    with a higher applied offset right, whichever worker wrote it.

    ``decided`` is the first hour that alerts have not decided, as the row says that was cut last:
    a worker that takes over begins there or later.
    """

    topic: Topic

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.together = TOGETHER
        self.row = PartitionRow()
        self._flushed = self.row.applied
        self._durable = self.row.applied
        self.decided = self.row.decided
        self._waiting: deque[_Checkpoint] = deque()
        self._gave_up = False
        self._expired: list[bytes] = []
        self._expiring: list[bytes] = []
        self.notes: dict[str, bytes] = {}
        self._new_notes: dict[str, Callable[[], bytes]] = {}

    @property
    @abstractmethod
    def brands(self) -> Collection[str]:
        """Brands with any state here."""

    @abstractmethod
    def apply(self, offset: int, event: AdmittedEvent) -> Outcome:
        """Apply one admitted event; returns ``APPLIED`` or ``DUPLICATE``.

        Values whose applied offset is at or above ``offset`` contain it already and stay as they
        are; the outcome is that of the first time.

        Raises:
            Reject: The event can never be applied (too late, too many tickets).
        """

    @abstractmethod
    def _load_values(self, values: Mapping[bytes, bytes]) -> None:
        """Decode stored values other than the row. ``self.row`` is already set."""

    @abstractmethod
    def _dirty_values(self, applied: int, limit: int | None, /) -> Entries:
        """Encode what changed and was not encoded since, stamped with ``applied``.

        A table may leave some of it for the next call once there are ``limit`` bytes.
        """

    def _unwritten_after(self) -> int | None:
        """Return the offset after which there are changes that are not encoded yet, if any."""
        return None

    @abstractmethod
    def _drop_expired(self) -> list[bytes]:
        """Forget what the watermark has left behind; return the keys of stored values gone.

        What is forgotten between two cuts goes to ``_expiring``.
        """

    def note(self, brand: str, body: Callable[[], bytes]) -> None:
        """Have a note written by the next cut, whatever its limit; ``body`` is called then."""
        self._new_notes[brand] = body

    def _written_notes(self, applied: int) -> list[tuple[bytes, bytes]]:
        new, self._new_notes = self._new_notes, {}
        self.notes.update({brand: body() for brand, body in new.items()})
        start = encoding.header(applied)
        return [(NOTE + brand.encode(), start + self.notes[brand]) for brand in new]

    def load(self, values: Mapping[bytes, bytes]) -> None:
        """Take over recovered values."""
        row = values.get(ROW_KEY)
        if row is not None:
            self.row = PartitionRow.decode(row)
        self.notes = {
            key.removeprefix(NOTE).decode(): value[encoding.HEADER_BYTES :]
            for key, value in values.items()
            if key.startswith(NOTE)
        }
        self._load_values({key: value for key, value in values.items() if not _is_ours(key)})
        self._expired = self._drop_expired() + self._expiring
        self._expiring = []
        self._flushed = self._durable = self.row.applied
        self.decided = self.row.decided

    def cut(self, partitions: int, limit: int | None = None) -> Changes:
        """Return what has to be written, as of the applied offset reached.

        With a ``limit`` in bytes, values that changed may be left for later cuts, which may find
        them changed again; not where nothing was applied since the last one. A row then waits until
        all values are written that contain a record up to its applied offset; they may contain
        more.
        """
        applied = self.row.applied
        gone = self._drop_expired()
        gone, self._expiring = self._expiring + gone, []
        if self._gave_up or applied == self._flushed:
            limit = None
        values = self._dirty_values(applied, limit)
        values.others.extend(self._written_notes(applied))
        if applied != self._flushed or values or self._gave_up:
            self._gave_up = False
            self.row.partitions = partitions
            self._waiting.append(_Checkpoint(applied, self.row.encode(), gone, self.row.decided))
            self._flushed = applied
            gone = []
        row = None
        unwritten = self._unwritten_after()
        while self._waiting and (unwritten is None or self._waiting[0].applied <= unwritten):
            checkpoint = self._waiting.popleft()
            row = (ROW_KEY, checkpoint.row)
            self._durable, self.decided = checkpoint.applied, checkpoint.decided
            gone = checkpoint.expired + gone
        expired, self._expired = self._expired, gone
        if expired:
            # What comes as columns is kept, and what is not kept any longer never comes back.
            rewritten = {key for key, _ in values.others}
            expired = [key for key in expired if key not in rewritten]
        return Changes(values, row, expired, applied, self._durable)

    def forget_expired(self) -> None:
        """Forget what the watermark has left behind, where nothing is ever written."""
        self._drop_expired()

    def forget_changes(self) -> None:  # noqa: B027 - most tables keep nothing for it
        """Forget what a cut would write, where nothing is ever written."""

    def _give_up_after(self, offset: int) -> None:
        """Write no row of those that wait for a change after ``offset``: it will not be written.

        What the change belonged to is not kept any longer; the row of the next cut does without,
        and that cut leaves nothing for later.
        """
        while self._waiting and self._waiting[-1].applied > offset:
            self._expiring.extend(self._waiting.pop().expired)
            self._gave_up = True


def _is_ours(key: bytes) -> bool:
    """Tell whether a key is the row's or a note's, rather than one of the topic's own values."""
    return key == ROW_KEY or key.startswith(NOTE)
