"""A pane: everything remembered of one brand's mentions in one stretch of time.

Stored as state format and applied offset (see :mod:`pipeline.state.encoding`), counters, author
sample, ids and sources, in raw little-endian arrays: half a megabyte is read back in microseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import msgspec

from pipeline.events.admitted import AdmittedMention
from pipeline.state import encoding
from pipeline.state.accepted_ids import AcceptedIds
from pipeline.state.reading import Reading
from pipeline.state.sample import AuthorSample
from pipeline.state.tiers import MINUTE, Tier

MAX_SOURCES = 32
"""Sources told apart in a pane; those that sort last are counted together."""

MICRO = 1_000_000
MAX_COUNT = (1 << 63) - 1
"""Where a count ends."""
_COUNTERS = struct.Struct("<7x8qII")
"""Pads the header to 16 bytes; then the eight counters, the number of ids, the bytes of sources."""

_ALL_OTHERS = ""
_NO_IDS = AcceptedIds()

COUNTS = (
    "mentions",
    "unscored",
    "retracted",
    "non_earned",
    "p_micro",
    "q_micro",
    "likes",
    "shares",
    "followers",
    "clicks",
)
"""What :meth:`Pane.absorb` takes; p_micro and q_micro are those of the source."""


class SourceTally(msgspec.Struct, array_like=True, gc=False):
    """What one source contributed to a pane.

    ``mentions`` counts earned creates; ``p_micro`` and ``q_micro`` are their summed strengths in
    millionths (integers, so that their order does not matter); ``newest`` is the latest event time
    of any accepted record, in microseconds.
    """

    mentions: int = 0
    p_micro: int = 0
    q_micro: int = 0
    newest: int = -(1 << 62)

    def absorb(self, other: SourceTally) -> None:
        """Add another tally to this one."""
        self.mentions += other.mentions
        self.p_micro += other.p_micro
        self.q_micro += other.q_micro
        self.newest = max(self.newest, other.newest)


class Pane:
    """Counters, author sample, sources and ids of one brand in one stretch of time.

    ``applied`` is the offset up to which the stored value contains the partition's records.
    ``mentions`` counts accepted earned creates, ``unscored`` those of them without a polarity,
    ``retracted`` accepted edits and deletes, ``non_earned`` accepted creates that are owned,
    employee or paid. ``likes``, ``shares``, ``followers`` and ``clicks`` are sums over the earned
    creates. ``ids`` are those accepted in a minute; panes of other tiers have none.
    ``sources`` holds the sources that sort first, ``other`` what the rest adds up to.
    """

    __slots__ = (
        "applied",
        "clicks",
        "followers",
        "ids",
        "index",
        "likes",
        "mentions",
        "non_earned",
        "other",
        "retracted",
        "sample",
        "shares",
        "sources",
        "tier",
        "unscored",
    )

    def __init__(self, tier: Tier, index: int) -> None:
        self.tier = tier
        self.index = index
        self.applied = encoding.NOTHING_APPLIED
        self.mentions = 0
        self.unscored = 0
        self.retracted = 0
        self.non_earned = 0
        self.likes = 0
        self.shares = 0
        self.followers = 0
        self.clicks = 0
        self.sources: dict[str, SourceTally] = {}
        self.other: SourceTally | None = None
        self.ids = AcceptedIds() if tier is MINUTE else _NO_IDS
        self.sample = AuthorSample(tier.k)

    @property
    def reading(self) -> Reading:
        """The authors, read at the tier's k; the same object until an author's word changes."""
        return self.sample.read(self.tier.k)

    def add(self, mention: AdmittedMention) -> None:
        """Merge one accepted mention: a create, an edit or a delete, earned or not."""
        tally = self.sources.get(mention.source)
        if tally is None:
            tally = self._new_tally(mention.source)
        if mention.at > tally.newest:
            tally.newest = mention.at
        if mention.retraction:
            self.retracted += 1
            return
        if not mention.earned:
            self.non_earned += 1
            return
        self.mentions += 1
        tally.mentions += 1
        p = mention.p
        q = mention.q
        if p:
            tally.p_micro += int(p * MICRO + 0.5)
        if q:
            tally.q_micro += int(q * MICRO + 0.5)
        if not mention.scored:
            self.unscored += 1
        # Capped where a stored count ends; capped sums of counts do not depend on their order.
        if mention.likes:
            self.likes = min(self.likes + mention.likes, MAX_COUNT)
        if mention.shares:
            self.shares = min(self.shares + mention.shares, MAX_COUNT)
        if mention.followers:
            self.followers = min(self.followers + mention.followers, MAX_COUNT)
        if mention.clicks:
            self.clicks = min(self.clicks + mention.clicks, MAX_COUNT)
        self.sample.add(mention.author_hash, p, q)

    def absorb(self, source: str, counts: Sequence[int], newest: int) -> None:
        """Count many accepted mentions of one source at once; their authors go to the sample.

        Together that is what :meth:`add` does of each of them.

        Args:
            source: Theirs.
            counts: What they add to the counters, in the order of :data:`COUNTS`.
            newest: The latest of their event times.
        """
        tally = self.sources.get(source)
        if tally is None:
            tally = self._new_tally(source)
        if newest > tally.newest:
            tally.newest = newest
        mentions, unscored, retracted, non_earned, p, q, likes, shares, followers, clicks = counts
        self.mentions += mentions
        self.unscored += unscored
        self.retracted += retracted
        self.non_earned += non_earned
        tally.mentions += mentions
        tally.p_micro += p
        tally.q_micro += q
        if likes:
            self.likes = min(self.likes + likes, MAX_COUNT)
        if shares:
            self.shares = min(self.shares + shares, MAX_COUNT)
        if followers:
            self.followers = min(self.followers + followers, MAX_COUNT)
        if clicks:
            self.clicks = min(self.clicks + clicks, MAX_COUNT)

    def _new_tally(self, source: str) -> SourceTally:
        """Make room for a source: the kept ones are always the first in order ever seen."""
        sources = self.sources
        if len(sources) < MAX_SOURCES:
            tally = sources[source] = SourceTally()
            return tally
        if self.other is None:
            self.other = SourceTally()
        last = max(sources)
        if source > last:
            return self.other
        self.other.absorb(sources.pop(last))
        tally = sources[source] = SourceTally()
        return tally

    def encode(self, applied: int) -> bytes:
        """Return the pane as a stored value that contains records up to ``applied``."""
        tallies: Mapping[str, SourceTally] = self.sources
        if self.other is not None:
            tallies = {**tallies, _ALL_OTHERS: self.other}
        sources = _ENCODER.encode(tallies)
        ids = self.ids
        counters = _COUNTERS.pack(
            self.mentions,
            self.unscored,
            self.retracted,
            self.non_earned,
            self.likes,
            self.shares,
            self.followers,
            self.clicks,
            len(ids),
            len(sources),
        )
        parts = [encoding.header(applied), counters, self.sample.encode()]
        if ids:
            parts.append(ids.encode())
        parts.append(sources)
        return b"".join(parts)

    @classmethod
    def decode(cls, tier: Tier, index: int, data: bytes) -> Pane:
        """Read a pane back from a stored value.

        Raises:
            Stop: The value has another state format.
        """
        pane = cls.__new__(cls)
        pane.tier = tier
        pane.index = index
        pane.applied = encoding.applied_offset(data)
        (
            pane.mentions,
            pane.unscored,
            pane.retracted,
            pane.non_earned,
            pane.likes,
            pane.shares,
            pane.followers,
            pane.clicks,
            n,
            length,
        ) = _COUNTERS.unpack_from(data, encoding.HEADER_BYTES)
        pane.sample, end = AuthorSample.decode(data, encoding.HEADER_BYTES + _COUNTERS.size)
        pane.ids = _NO_IDS
        if tier is MINUTE:
            pane.ids = AcceptedIds.decode(memoryview(data)[end : end + 16 * n])
            end += 16 * n
        pane.sources = _DECODER.decode(memoryview(data)[end : end + length])
        pane.other = pane.sources.pop(_ALL_OTHERS, None)
        return pane


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(dict[str, SourceTally])
