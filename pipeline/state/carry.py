"""The carry row: what is left of a brand's days once they are older than the day tier keeps.

Decayed sums, which go on decaying: H = 180 days after a day is folded its contribution is half of
what it was, as if the day were still there.
"""

from __future__ import annotations

import struct

from pipeline.events.instants import DAY
from pipeline.state import encoding
from pipeline.state.pane import Pane

HALF_LIFE_DAYS = 180
"""H: after so many days a day's advocacy and detraction count half."""

NEVER = -(1 << 40)
"""``folded_until`` of a brand none of whose days was folded: before all days."""

_NOT_SEEN = 1 << 62
_BODY = struct.Struct("<qq5d")


def noon(day: int) -> int:
    """Return 12:00 UTC of a day as microseconds since the epoch; ages are counted from there."""
    return day * DAY + DAY // 2


def decay_weight(age: float) -> float:
    """Return what is left of 1 after ``age`` microseconds, all of it for a negative age.

    Formula: ``2 ^ (-age / H)``.

    >>> decay_weight(180 * DAY), decay_weight(-DAY)
    (0.5, 1.0)
    """
    return float(2.0 ** (-max(0.0, age) / (HALF_LIFE_DAYS * DAY)))


class BrandCarry:
    """Decayed sums over a brand's folded days, and when the brand was first seen.

    All sums are referenced to noon of ``folded_until``, the last day folded. ``advocacy`` and
    ``detraction`` are in advocate-days; ``var_p``, ``var_q`` and ``cov_pq`` are their sampling
    (co)variances, decayed by the square of the weight, days taken as independent. ``first_seen`` is
    the earliest event time applied, in microseconds, None before the first.
    """

    __slots__ = (
        "_first_seen",
        "advocacy",
        "cov_pq",
        "detraction",
        "folded_until",
        "var_p",
        "var_q",
    )

    def __init__(self) -> None:
        self._first_seen = _NOT_SEEN
        self.folded_until = NEVER
        self.advocacy = 0.0
        self.detraction = 0.0
        self.var_p = 0.0
        self.var_q = 0.0
        self.cov_pq = 0.0

    @property
    def first_seen(self) -> int | None:
        """The earliest event time applied (microseconds), None before the first."""
        return None if self._first_seen == _NOT_SEEN else self._first_seen

    @property
    def first_day(self) -> int | None:
        """The UTC day of :attr:`first_seen`."""
        return None if self._first_seen == _NOT_SEEN else self._first_seen // DAY

    def see(self, at: int) -> bool:
        """Take note of an event's time; tells whether it is the earliest by now."""
        if at >= self._first_seen:
            return False
        self._first_seen = at
        return True

    def fold(self, day: int, pane: Pane) -> None:
        """Add a day that is older than the day tier keeps. Days come in ascending order, once.

        Raises:
            ValueError: The day, or a later one, was folded before.
        """
        if day <= self.folded_until:
            raise ValueError(f"day {day} is already contained, folded until {self.folded_until}")
        weight = self.weight(noon(day))
        sums = pane.reading.sums
        self.advocacy = self.advocacy * weight + sums.advocacy
        self.detraction = self.detraction * weight + sums.detraction
        self.var_p = self.var_p * weight**2 + sums.var_p
        self.var_q = self.var_q * weight**2 + sums.var_q
        self.cov_pq = self.cov_pq * weight**2 + sums.cov_pq
        self.folded_until = day

    def weight(self, t: int) -> float:
        """Return what is left of the sums at ``t``, as a factor; 0 where nothing was folded."""
        return 0.0 if self.folded_until == NEVER else decay_weight(t - noon(self.folded_until))

    def encode(self, applied: int) -> bytes:
        """Return the row as a stored value that contains records up to ``applied``."""
        return encoding.header(applied) + _BODY.pack(
            self._first_seen,
            self.folded_until,
            self.advocacy,
            self.detraction,
            self.var_p,
            self.var_q,
            self.cov_pq,
        )

    @classmethod
    def decode(cls, data: bytes) -> BrandCarry:
        """Read a row back from a stored value.

        Raises:
            Stop: The value has another state format.
        """
        encoding.applied_offset(data)
        carry = cls()
        (
            carry._first_seen,
            carry.folded_until,
            carry.advocacy,
            carry.detraction,
            carry.var_p,
            carry.var_q,
            carry.cov_pq,
        ) = _BODY.unpack_from(data, encoding.HEADER_BYTES)
        return carry
