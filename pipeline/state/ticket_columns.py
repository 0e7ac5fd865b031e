"""Ticket lifecycles as flat integer columns, so that a brand's tickets are evaluated at once.

One row a ticket; rows of forgotten tickets are used again. An instant that has not come is
:data:`NEVER`, which is later than all others. Rows without an opening count for nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.state.lifecycle import Lifecycle

NEVER = (1 << 63) - 1
"""The instant of what has not happened."""

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]

_OPENED, _REPLIED, _FIRST_ENDED, _SOLVED, _ENDED, _WAITING, _HANDLE, _ESTIMATED, _EXPIRES = range(9)
_COLUMNS = 9


def _instant(at: int | None) -> int:
    return NEVER if at is None else at


class TicketColumns:
    """Columns over the tickets of a brand; times and durations in microseconds."""

    def __init__(self) -> None:
        self._values = np.full((_COLUMNS, 8), NEVER, dtype=np.int64)
        self._names: list[str | None] = []
        self._free: list[int] = []
        self._next_expiry = NEVER

    def take(self, name: str) -> int:
        """Reserve a row for a ticket and return its number; it counts for nothing until filled."""
        if self._free:
            slot = self._free.pop()
            self._names[slot] = name
            return slot
        slot = len(self._names)
        self._names.append(name)
        if slot == self._values.shape[1]:
            self._values = np.concatenate((self._values, np.full_like(self._values, NEVER)), axis=1)
        return slot

    def put(self, slot: int, life: Lifecycle) -> None:
        """Fill the row of a ticket."""
        expires = life.expires_at
        self._values[:, slot] = (
            _instant(life.opened_at),
            _instant(life.replied_in_time_at),
            _instant(life.first_ended_at),
            _instant(life.solved_at),
            _instant(life.ended_at),
            life.is_waiting,
            life.handle_time,
            life.handle_is_estimated,
            expires,
        )
        self._next_expiry = min(self._next_expiry, expires)

    def release(self, slot: int) -> None:
        """Give a row back."""
        self._values[:, slot] = NEVER
        self._names[slot] = None
        self._free.append(slot)

    def expired(self, watermark: int) -> list[str]:
        """Return the names of the tickets that a watermark has left behind."""
        if watermark < self._next_expiry:
            return []
        expires = self._column(_EXPIRES)
        gone = expires <= watermark
        self._next_expiry = int(expires[~gone].min(initial=NEVER))
        names = (self._names[slot] for slot in np.flatnonzero(gone).tolist())
        return [name for name in names if name is not None]

    def _column(self, index: int) -> Column:
        return self._values[index, : len(self._names)]

    @property
    def opened(self) -> Column:
        """Earliest opening."""
        return self._column(_OPENED)

    @property
    def replied(self) -> Column:
        """First public reply by a human agent, if it came before the ticket first ended."""
        return self._column(_REPLIED)

    @property
    def first_ended(self) -> Column:
        """When the ticket first ended, reopened or not."""
        return self._column(_FIRST_ENDED)

    @property
    def solved(self) -> Column:
        """Last solve of tickets that are solved."""
        return self._column(_SOLVED)

    @property
    def ended(self) -> Column:
        """Since when the ticket has not been open."""
        return self._column(_ENDED)

    @property
    def handle(self) -> Column:
        """Handle time; meaningless in rows without an opening."""
        return self._column(_HANDLE)

    @property
    def is_handle_estimated(self) -> Mask:
        """Whether the handle time is an estimate, of tickets that were opened."""
        mask: Mask = np.logical_and(self._column(_ESTIMATED) == 1, self.opened != NEVER)
        return mask

    @property
    def is_open(self) -> Mask:
        """Whether the ticket was opened and has not ended."""
        mask: Mask = np.logical_and(self.opened != NEVER, self.ended == NEVER)
        return mask

    @property
    def is_waiting(self) -> Mask:
        """Whether the ticket is open and waits on the customer or a third party."""
        return np.equal(self._column(_WAITING), 1)
