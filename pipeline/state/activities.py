"""A brand's launches, campaigns and maintenance windows."""

from __future__ import annotations

from bisect import bisect_right, insort

import msgspec

from pipeline.errors import Reject, Stop
from pipeline.events.admitted import AdmittedActivity
from pipeline.events.instants import DAY, to_rfc3339
from pipeline.state import encoding

RETENTION = 400 * DAY
"""An activity is kept while its start is later than the watermark less this."""
MAX_ACTIVITIES = 2_000
"""Activities kept a brand: the latest ones by start."""

MAX_CHANNEL = 64
"""Characters kept of a channel. With this and the limit on names a brand's value stays below what
a changelog record may hold (4 MiB)."""


class LoggedActivity(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One launch, campaign or maintenance window, with the offset of its record."""

    at: int
    id_hash: int
    offset: int
    type: str
    name: str
    ends_at: int | None = None
    cost: float | None = None
    channel: str | None = None


def _by_start(activity: LoggedActivity) -> tuple[int, int]:
    return (activity.at, activity.id_hash)


class _Body(msgspec.Struct, array_like=True, gc=False):
    """The stored value after its header."""

    first_seen: int | None
    activities: list[LoggedActivity]


class BrandActivity:
    """The activities of one brand, bounded, in order of their start.

    Any order of the same events leaves the same activities. ``applied``: offset up to which the
    stored value that this was decoded from contains every record; ``first_seen``: earliest event
    time applied, in microseconds; ``dirty``: changed since it was last encoded.

    Args:
        brand: The brand's id.
        limit: Most activities kept.
    """

    def __init__(self, brand: str, limit: int = MAX_ACTIVITIES) -> None:
        self.brand = brand
        self.applied = encoding.NOTHING_APPLIED
        self.first_seen: int | None = None
        self.dirty = False
        self._limit = limit
        self._log: list[LoggedActivity] = []
        self._offsets: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._log)

    @property
    def log(self) -> tuple[LoggedActivity, ...]:
        """All activities kept, by start."""
        return tuple(self._log)

    def apply(self, event: AdmittedActivity, offset: int, watermark: int) -> bool:
        """Take in one activity; returns False for a duplicate (same id, another record).

        ``watermark`` is the partition's before this record. A record that the value contains
        already changes nothing and has the outcome of its first time. One that is older than the
        :data:`MAX_ACTIVITIES` kept is applied and not kept.

        Raises:
            Reject: ``too_late``: it starts 400 d or more before the watermark.
        """
        contained = offset <= self.applied
        if not contained:
            self.drop_expired(watermark)
        stored = self._offsets.get(event.id_hash)
        if stored is not None:
            return stored == offset
        if event.at <= watermark - RETENTION:
            raise Reject(
                "too_late",
                f"{to_rfc3339(event.at)} is 400 days or more before {to_rfc3339(watermark)}",
            )
        if contained:
            return True
        activity = LoggedActivity(
            event.at,
            event.id_hash,
            offset,
            event.type,
            event.name,
            event.ends_at,
            event.cost,
            event.channel and event.channel[:MAX_CHANNEL],
        )
        insort(self._log, activity, key=_by_start)
        self._offsets[event.id_hash] = offset
        if len(self._log) > self._limit:
            self._forget(1)
        if self.first_seen is None or event.at < self.first_seen:
            self.first_seen = event.at
        self.dirty = True
        return True

    def drop_expired(self, watermark: int) -> int:
        """Forget activities that start 400 d or more before the watermark; returns how many.

        The value is not dirty because of it: whoever decodes it forgets the same ones again.
        """
        expired = bisect_right(self._log, watermark - RETENTION, key=lambda each: each.at)
        self._forget(expired)
        return expired

    def _forget(self, oldest: int) -> None:
        for activity in self._log[:oldest]:
            del self._offsets[activity.id_hash]
        del self._log[:oldest]

    def windows(self, kind: str) -> list[tuple[str, int, int | None]]:
        """Return name, start and end (None: open) of each activity of a kind, by start.

        ``kind`` is ``launch``, ``campaign`` or ``maintenance``; times are in microseconds.
        """
        return [(each.name, each.at, each.ends_at) for each in self._log if each.type == kind]

    def encode(self, applied: int) -> bytes:
        """Return the stored value that contains every record up to ``applied``."""
        return encoding.header(applied) + _ENCODER.encode(_Body(self.first_seen, self._log))

    @classmethod
    def decode(cls, brand: str, value: bytes, limit: int = MAX_ACTIVITIES) -> BrandActivity:
        """Read a stored value back.

        Raises:
            Stop: It was written by another version, or is damaged.
        """
        activity = cls(brand, limit)
        activity.applied = encoding.applied_offset(value)
        try:
            body = _DECODER.decode(memoryview(value)[encoding.HEADER_BYTES :])
        except msgspec.MsgspecError as error:
            raise Stop(f"the stored activities of brand {brand!r} are damaged: {error}") from error
        activity.first_seen = body.first_seen
        activity._log = body.activities
        activity._offsets = {each.id_hash: each.offset for each in body.activities}
        return activity


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Body)
