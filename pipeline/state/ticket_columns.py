"""Ticket lifecycles as flat integer columns, so that a brand's tickets are evaluated at once.

One row a ticket, and one more for every solve before its last; rows of what is forgotten are used
again. An instant that has not come is :data:`NEVER`, which is later than all others. Rows without
an opening count for nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.state.lifecycle import Lifecycle, Solve

NEVER = (1 << 63) - 1
"""The instant of what has not happened."""

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Verdict(NamedTuple):
    """What became of a ticket's service-level targets, as things stand.

    ``met_at``: when the last of them was met, if all were. ``missed_at``: when the first that was
    not, or is not yet, is due. Microseconds, or :data:`NEVER`.
    """

    met_at: int = NEVER
    missed_at: int = NEVER


Judge = Callable[[Lifecycle], tuple[Verdict, Verdict]]
"""Judges a ticket by calendar time and by business hours; equal judges judge alike."""

_UNJUDGED = (Verdict(), Verdict())
_ROWS = 17
(
    _OPENED,
    _REPLIED,
    _FIRST_ENDED,
    _SOLVED,
    _LAST_SOLVE,
    _LAST_REOPENED,
    _ENDED,
    _WAITING,
    _HANDLE,
    _ESTIMATED,
    _RATED,
    _CSAT,
    _MET,
    _MISSED,
    _BUSINESS_MET,
    _BUSINESS_MISSED,
    _EXPIRES,
) = range(_ROWS)
_SOLVE, _REOPENED = range(2)

_DOUBLE, _BITS = struct.Struct("=d"), struct.Struct("=q")


def _instant(at: int | None) -> int:
    return NEVER if at is None else at


class _Table:
    """Integer columns whose rows are taken and given back; rows that are free are :data:`NEVER`."""

    def __init__(self, columns: int) -> None:
        self._values = np.full((columns, 8), NEVER, dtype=np.int64)
        self._size = 0
        self._free: list[int] = []

    def take(self) -> int:
        if self._free:
            return self._free.pop()
        if self._size == self._values.shape[1]:
            self._values = np.concatenate((self._values, np.full_like(self._values, NEVER)), axis=1)
        self._size += 1
        return self._size - 1

    def put(self, row: int, values: tuple[int, ...]) -> None:
        self._values[:, row] = values

    def release(self, row: int) -> None:
        self._values[:, row] = NEVER
        self._free.append(row)

    def column(self, index: int) -> Column:
        return self._values[index, : self._size]


class TicketColumns:
    """Columns over the tickets of a brand; times and durations in microseconds.

    ``version`` is another number whenever anything in them changed.
    """

    def __init__(self) -> None:
        self.version = 0
        self._tickets = _Table(_ROWS)
        self._names: dict[int, str] = {}
        self._earlier = _Table(2)
        self._earlier_of: dict[int, list[int]] = {}
        self._next_expiry = NEVER

    def take(self, name: str) -> int:
        """Reserve a row for a ticket and return its number; it counts for nothing until filled."""
        slot = self._tickets.take()
        self._names[slot] = name
        return slot

    def put(self, slot: int, life: Lifecycle, judge: Judge | None) -> None:
        """Fill the row of a ticket; without a judge its targets are neither met nor missed."""
        expires = life.expires_at
        calendar, business = _UNJUDGED if judge is None else judge(life)
        solves = life.solves if life.opened_at is not None else ()
        self.version += 1
        self._tickets.put(
            slot,
            (
                _instant(life.opened_at),
                _instant(life.replied_in_time_at),
                _instant(life.first_ended_at),
                _instant(life.solved_at),
                solves[-1].at if solves else NEVER,
                _instant(solves[-1].reopened_at) if solves else NEVER,
                _instant(life.ended_at),
                life.is_waiting,
                life.handle_time,
                life.handle_is_estimated,
                _instant(life.rated_at),
                0 if life.csat is None else _BITS.unpack(_DOUBLE.pack(life.csat))[0],
                *calendar,
                *business,
                expires,
            ),
        )
        if len(solves) > 1 or slot in self._earlier_of:
            self._put_earlier(slot, solves[:-1])
        if expires < self._next_expiry:
            self._next_expiry = expires

    def _put_earlier(self, slot: int, solves: tuple[Solve, ...]) -> None:
        rows = self._earlier_of.pop(slot, [])
        while len(rows) > len(solves):
            self._earlier.release(rows.pop())
        while len(rows) < len(solves):
            rows.append(self._earlier.take())
        for row, solve in zip(rows, solves, strict=True):
            self._earlier.put(row, (solve.at, _instant(solve.reopened_at)))
        if rows:
            self._earlier_of[slot] = rows

    def release(self, slot: int) -> None:
        """Give a row back."""
        self.version += 1
        self._tickets.release(slot)
        del self._names[slot]
        for row in self._earlier_of.pop(slot, ()):
            self._earlier.release(row)

    def may_expire(self, watermark: int) -> bool:
        """Tell whether a watermark may have left tickets behind; False: it has not."""
        return watermark >= self._next_expiry

    def expired(self, watermark: int) -> list[str]:
        """Return the names of the tickets that a watermark has left behind."""
        if not self.may_expire(watermark):
            return []
        expires = self._tickets.column(_EXPIRES)
        gone = expires <= watermark
        self._next_expiry = int(expires[~gone].min(initial=NEVER))
        return [self._names[slot] for slot in np.flatnonzero(gone).tolist()]

    @property
    def opened(self) -> Column:
        """Earliest opening."""
        return self._tickets.column(_OPENED)

    @property
    def replied(self) -> Column:
        """First public reply by a human agent, if it came before the ticket first ended."""
        return self._tickets.column(_REPLIED)

    @property
    def first_ended(self) -> Column:
        """When the ticket first ended, reopened or not."""
        return self._tickets.column(_FIRST_ENDED)

    @property
    def solved(self) -> Column:
        """Last solve of tickets that are solved."""
        return self._tickets.column(_SOLVED)

    @property
    def ended(self) -> Column:
        """Since when the ticket has not been open."""
        return self._tickets.column(_ENDED)

    @property
    def handle(self) -> Column:
        """Handle time; meaningless in rows without an opening."""
        return self._tickets.column(_HANDLE)

    @property
    def is_handle_estimated(self) -> Mask:
        """Whether the handle time is an estimate, of tickets that were opened."""
        estimated = self._tickets.column(_ESTIMATED) == 1
        mask: Mask = np.logical_and(estimated, self.opened != NEVER)
        return mask

    @property
    def is_open(self) -> Mask:
        """Whether the ticket was opened and has not ended."""
        mask: Mask = np.logical_and(self.opened != NEVER, self.ended == NEVER)
        return mask

    @property
    def is_waiting(self) -> Mask:
        """Whether the ticket is open and waits on the customer or a third party."""
        return np.equal(self._tickets.column(_WAITING), 1)

    @property
    def rated(self) -> Column:
        """Latest rating of tickets that were opened."""
        return np.where(self.opened == NEVER, NEVER, self._tickets.column(_RATED))

    @property
    def csat(self) -> NDArray[np.float64]:
        """What the latest rating was, 0..1; meaningless where there is none."""
        return self._tickets.column(_CSAT).view(np.float64)

    @property
    def calendar_verdicts(self) -> tuple[Column, Column]:
        """``met_at`` and ``missed_at`` by calendar time."""
        return self._tickets.column(_MET), self._tickets.column(_MISSED)

    @property
    def business_verdicts(self) -> tuple[Column, Column]:
        """``met_at`` and ``missed_at`` by business hours."""
        return self._tickets.column(_BUSINESS_MET), self._tickets.column(_BUSINESS_MISSED)

    @property
    def solves(self) -> tuple[Column, Column]:
        """Every solve, in no order, and when it was undone by reopening the ticket."""
        last, earlier = self._tickets.column, self._earlier.column
        return (
            np.concatenate((last(_LAST_SOLVE), earlier(_SOLVE))),
            np.concatenate((last(_LAST_REOPENED), earlier(_REOPENED))),
        )
