"""The carry row: what is left of a brand's days once they are older than the day tier keeps.

Decayed sums, which go on decaying: H = 180 days after a day is folded its contribution is half of
what it was, as if the day were still there. Beside them there is what other definitions still need
of folded days: the scalars of the last ones, where the rule of impairments stands, and what the
windows of launches showed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np

from pipeline.errors import Stop
from pipeline.events.instants import DAY
from pipeline.state import encoding, impairment
from pipeline.state.audience import Window
from pipeline.state.days import Days
from pipeline.state.impairment import Booking, Watch
from pipeline.state.pane import Pane

HALF_LIFE_DAYS = 180
"""H: after so many days a day's advocacy and detraction count half."""

KAPPA = 1.0
"""How much an advocate-day of detraction weighs against one of advocacy."""

NEVER = -(1 << 40)
"""``folded_until`` of a brand none of whose days was folded: before all days."""

_NOT_SEEN = 1 << 62


def noon(day: int) -> int:
    """Return 12:00 UTC of a day as microseconds since the epoch; ages are counted from there."""
    return day * DAY + DAY // 2


@lru_cache(maxsize=256)
def decay_weight(age: float) -> float:
    """Return what is left of 1 after ``age`` microseconds, all of it for a negative age.

    Formula: ``2 ^ (-age / H)``. All brands of a tick ask for the same few ages.

    >>> decay_weight(180 * DAY), decay_weight(-DAY)
    (0.5, 1.0)
    """
    return float(2.0 ** (-max(0.0, age) / (HALF_LIFE_DAYS * DAY)))


def impaired(booked: Sequence[Booking], t: int) -> float:
    """Return what is left of impairments at ``t`` (microseconds), in advocate-days."""
    return sum([each.amount * decay_weight(t - noon(each.day)) for each in booked])


class _Body(msgspec.Struct, array_like=True, gc=False):
    """The stored value after its header; arrays as little-endian bytes."""

    first_seen: int
    folded_until: int
    advocacy: float
    detraction: float
    impairment: float
    var_p: float
    var_q: float
    cov_pq: float
    watch: tuple[int, int, bool]
    first: int
    advocacy_days: bytes
    detraction_days: bytes
    mentions_days: bytes
    windows: dict[int, tuple[float, float, float]]


class BrandCarry:
    """Decayed sums over a brand's folded days, and when the brand was first seen.

    All sums are referenced to noon of ``folded_until``, the last day folded. ``advocacy``,
    ``detraction`` and ``impairment`` are in advocate-days; ``var_p``, ``var_q`` and ``cov_pq`` are
    sampling (co)variances, decayed by the square of the weight, days taken as independent. ``days``
    holds the last :data:`~pipeline.state.impairment.LOOKBACK` days until ``folded_until``, and
    ``watch`` is where the rule of impairments stands after it. ``windows`` are those of launches
    that are final, by their first day. ``first_seen`` is the earliest event time applied, in
    microseconds, None before the first.
    """

    __slots__ = (
        "_first_seen",
        "advocacy",
        "cov_pq",
        "days",
        "detraction",
        "folded_until",
        "impairment",
        "var_p",
        "var_q",
        "watch",
        "windows",
    )

    def __init__(self) -> None:
        self._first_seen = _NOT_SEEN
        self.folded_until = NEVER
        self.advocacy = 0.0
        self.detraction = 0.0
        self.impairment = 0.0
        self.var_p = 0.0
        self.var_q = 0.0
        self.cov_pq = 0.0
        self.days = NO_DAYS
        self.watch = impairment.START
        self.windows: dict[int, Window] = {}

    @property
    def first_seen(self) -> int | None:
        """The earliest event time applied (microseconds), None before the first."""
        return None if self._first_seen == _NOT_SEEN else self._first_seen

    @property
    def first_day(self) -> int | None:
        """The UTC day of :attr:`first_seen`."""
        return None if self._first_seen == _NOT_SEEN else self._first_seen // DAY

    @property
    def net(self) -> float:
        """Net goodwill of the folded days at noon of ``folded_until``, in advocate-days."""
        return self.advocacy - KAPPA * self.detraction - self.impairment

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
        sums = pane.reading.sums
        self._follow(day, sums.advocacy, sums.detraction, pane.mentions)
        weight = self.weight(noon(day))
        self.advocacy = self.advocacy * weight + sums.advocacy
        self.detraction = self.detraction * weight + sums.detraction
        self.var_p = self.var_p * weight**2 + sums.var_p
        self.var_q = self.var_q * weight**2 + sums.var_q
        self.cov_pq = self.cov_pq * weight**2 + sums.cov_pq
        self.folded_until = day

    def _follow(self, day: int, advocacy: float, detraction: float, mentions: int) -> None:
        """Bring scalars, rule and impairments from ``folded_until`` to the end of ``day``."""
        never = self.folded_until == NEVER
        before = Days.empty(day) if never else self.days
        days = before.and_then(day, advocacy, detraction, mentions)

        # Between two bookings there are six weeks in which something is said: nothing was booked
        # before in the same stretch.
        def net(at: int, _booked: Sequence[Booking]) -> float:
            midnight = (at + 1) * DAY
            worth = self.net * self.weight(midnight)
            if at == day:
                worth += (advocacy - KAPPA * detraction) * decay_weight(midnight - noon(day))
            return worth

        first = day if never else self.folded_until + 1
        booked, self.watch = impairment.follow(days, first, day + 1, self.watch, net)
        self.impairment = self.impairment * self.weight(noon(day)) + impaired(booked, noon(day))
        self.days = days.between(max(days.first, day + 1 - impairment.LOOKBACK), day + 1)

    def weight(self, t: int) -> float:
        """Return what is left of the sums at ``t``, as a factor; 0 where nothing was folded."""
        return 0.0 if self.folded_until == NEVER else decay_weight(t - noon(self.folded_until))

    def encode(self, applied: int) -> bytes:
        """Return the row as a stored value that contains records up to ``applied``."""
        return encoding.header(applied) + _ENCODER.encode(
            _Body(
                self._first_seen,
                self.folded_until,
                self.advocacy,
                self.detraction,
                self.impairment,
                self.var_p,
                self.var_q,
                self.cov_pq,
                self.watch,
                self.days.first,
                self.days.advocacy.tobytes(),
                self.days.detraction.tobytes(),
                self.days.mentions.tobytes(),
                dict(sorted(self.windows.items())),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> BrandCarry:
        """Read a row back from a stored value.

        Raises:
            Stop: The value has another state format, or is damaged.
        """
        encoding.applied_offset(data)
        try:
            body = _DECODER.decode(memoryview(data)[encoding.HEADER_BYTES :])
        except msgspec.MsgspecError as error:
            raise Stop(f"a stored carry row is damaged: {error}") from error
        carry = cls()
        carry._first_seen = body.first_seen
        carry.folded_until = body.folded_until
        carry.advocacy = body.advocacy
        carry.detraction = body.detraction
        carry.impairment = body.impairment
        carry.var_p = body.var_p
        carry.var_q = body.var_q
        carry.cov_pq = body.cov_pq
        carry.watch = Watch(*body.watch)
        carry.days = Days(
            body.first,
            np.frombuffer(body.advocacy_days, np.float64),
            np.frombuffer(body.detraction_days, np.float64),
            np.frombuffer(body.mentions_days, np.int64),
        )
        carry.windows = {start: Window(*each) for start, each in body.windows.items()}
        return carry


NO_DAYS = Days.empty(0)
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Body)
