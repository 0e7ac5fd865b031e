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
from pipeline.state.sample import NO_AUTHORS, AuthorSample
from pipeline.state.tiers import MINUTE, Tier

MAX_SOURCES = 32
"""Sources told apart in a pane; those that sort last are counted together."""

MICRO = 1_000_000
MAX_COUNT = (1 << 63) - 1
"""Where a count ends."""
HEAD = struct.Struct("<Bq7x8qII")
"""What every value begins with, padded to 16 bytes; then the eight counters, the number of ids, the
bytes of sources."""

_ALL_OTHERS = ""
_NO_IDS = AcceptedIds()

RARE = ("unscored", "retracted", "non_earned", "likes", "shares", "followers", "clicks")
"""Counters that many mentions add nothing to, in the order of :meth:`Pane.absorb`."""

_NO_RARE = (0,) * len(RARE)


def _capped(count: int) -> int:
    return count if count < MAX_COUNT else MAX_COUNT  # noqa: FURB136 - min() takes twice as long


class SourceTally(msgspec.Struct, array_like=True, gc=False):
    """What one source contributed to a pane.

    ``source`` is its name, empty where it stands for all others. ``mentions`` counts earned
    creates; ``p_micro`` and ``q_micro`` are their summed strengths in millionths (integers, so that
    their order does not matter); ``newest`` is the latest event time of any accepted record, in
    microseconds.
    """

    source: str
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


encode_tallies = msgspec.msgpack.Encoder().encode
decode_tallies = msgspec.msgpack.Decoder(list[SourceTally]).decode


class Pane(msgspec.Struct, gc=False, eq=False):
    """Counters, author sample, sources and ids of one brand in one stretch of time.

    ``applied`` is the offset up to which the stored value contains the partition's records.
    ``mentions`` counts accepted earned creates, ``unscored`` those of them without a polarity,
    ``retracted`` accepted edits and deletes, ``non_earned`` accepted creates that are owned,
    employee or paid. ``likes``, ``shares``, ``followers`` and ``clicks`` are sums over the earned
    creates. ``ids`` are those accepted in a minute; panes of other tiers have none.
    ``tallies`` holds the sources that sort first, ``other`` what the rest adds up to.

    A struct that the garbage collector does not track, because there are millions.
    """

    tier: Tier
    index: int
    applied: int = encoding.NOTHING_APPLIED
    mentions: int = 0
    unscored: int = 0
    retracted: int = 0
    non_earned: int = 0
    likes: int = 0
    shares: int = 0
    followers: int = 0
    clicks: int = 0
    tallies: list[SourceTally] = []
    other: SourceTally | None = None

    sample: AuthorSample = None  # type: ignore[assignment]  # made below
    ids: AcceptedIds = _NO_IDS

    def __post_init__(self) -> None:
        self.sample = AuthorSample(self.tier.k)
        if self.tier is MINUTE:
            self.ids = AcceptedIds()

    @property
    def reading(self) -> Reading:
        """The authors, read at the tier's k; the same object until an author's word changes."""
        return self.sample.read(self.tier.k)

    def said(self) -> tuple[float, float]:
        """Return advocacy and detraction; the same as :attr:`reading` has, mostly without one."""
        few = self.sample.few_sums()
        if few is not None:
            return few
        sums = self.sample.glance(self.tier.k).sums
        return sums.advocacy, sums.detraction

    @property
    def exact(self) -> bool:
        """Whether every author is known; mostly told without a reading: a mention has one."""
        return self.mentions <= self.sample.k or self.sample.glance(self.tier.k).exact

    @property
    def counters(self) -> tuple[int, ...]:
        """The mentions, and the :data:`RARE` counters."""
        return (
            self.mentions,
            self.unscored,
            self.retracted,
            self.non_earned,
            self.likes,
            self.shares,
            self.followers,
            self.clicks,
        )

    @property
    def sources(self) -> dict[str, SourceTally]:
        """What each source that is told apart contributed, by its name."""
        return {tally.source: tally for tally in self.tallies}

    def add(self, mention: AdmittedMention) -> None:
        """Merge one accepted mention: a create, an edit or a delete, earned or not."""
        tally = self._tally(mention.source)
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
            self.likes = _capped(self.likes + mention.likes)
        if mention.shares:
            self.shares = _capped(self.shares + mention.shares)
        if mention.followers:
            self.followers = _capped(self.followers + mention.followers)
        if mention.clicks:
            self.clicks = _capped(self.clicks + mention.clicks)
        self.sample.add(mention.author_hash, p, q)

    @classmethod
    def of(
        cls,
        tier: Tier,
        index: int,
        source: str,
        mentions: int,
        p: int,
        q: int,
        rare: Sequence[int] | None,
        newest: int,
    ) -> Pane:
        """Return a new pane that has absorbed some mentions; see :meth:`absorb`."""
        unscored, retracted, non_earned, likes, shares, followers, clicks = rare or _NO_RARE
        return cls(
            tier,
            index,
            encoding.NOTHING_APPLIED,
            mentions,
            unscored,
            retracted,
            non_earned,
            likes,
            shares,
            followers,
            clicks,
            [SourceTally(source, mentions, p, q, newest)],
        )

    def absorb(
        self, source: str, mentions: int, p: int, q: int, rare: Sequence[int] | None, newest: int
    ) -> None:
        """Count many accepted mentions of one source at once; their authors go to the sample.

        Together that is what :meth:`add` does of each of them.

        Args:
            source: Theirs.
            mentions: Earned creates among them.
            p: Summed strength for the brand, millionths.
            q: Summed strength against it, millionths.
            rare: What they add to the :data:`RARE` counters; None: nothing.
            newest: The latest of their event times.
        """
        tally = self._tally(source)
        if newest > tally.newest:
            tally.newest = newest
        self.mentions += mentions
        tally.mentions += mentions
        tally.p_micro += p
        tally.q_micro += q
        if rare is not None:
            unscored, retracted, non_earned, likes, shares, followers, clicks = rare
            if unscored:
                self.unscored += unscored
            if retracted:
                self.retracted += retracted
            if non_earned:
                self.non_earned += non_earned
            if likes:
                self.likes = _capped(self.likes + likes)
            if shares:
                self.shares = _capped(self.shares + shares)
            if followers:
                self.followers = _capped(self.followers + followers)
            if clicks:
                self.clicks = _capped(self.clicks + clicks)

    def _tally(self, source: str) -> SourceTally:
        """Return the tally of a source: the kept ones are always the first in order ever seen."""
        tallies = self.tallies
        for tally in tallies:
            if tally.source == source:
                return tally
        new = SourceTally(source)
        if len(tallies) < MAX_SOURCES:
            tallies.append(new)
            return new
        if self.other is None:
            self.other = SourceTally(_ALL_OTHERS)
        last = max(tallies, key=lambda tally: tally.source)
        if source > last.source:
            return self.other
        self.other.absorb(last)
        tallies[tallies.index(last)] = new
        return new

    def encode(self, applied: int, sample: bytes | None = None) -> bytes:
        """Return the pane as a stored value that contains records up to ``applied``.

        ``sample`` is the encoded sample, where that is known already.
        """
        if sample is None:
            sample = self.sample.encode()
        tallies = self.tallies if self.other is None else [*self.tallies, self.other]
        return self._written(applied, sample, tallies, self.ids)

    def outline(self) -> bytes:
        """Return a value of counters and of the sources that are told apart alone."""
        return self._written(encoding.NOTHING_APPLIED, NO_AUTHORS, self.tallies, _NO_IDS)

    def _written(
        self, applied: int, sample: bytes, tallies: Sequence[SourceTally], ids: AcceptedIds
    ) -> bytes:
        sources = encode_tallies(tallies)
        count = 0 if ids is _NO_IDS else len(ids)
        head = HEAD.pack(
            encoding.FORMAT,
            applied,
            *self.counters,
            count,
            len(sources),
        )
        if not count:
            return b"".join((head, sample, sources))
        return b"".join((head, sample, ids.encode(), sources))

    @classmethod
    def decode(cls, tier: Tier, index: int, data: bytes) -> Pane:
        """Read a pane back from a stored value.

        Raises:
            Stop: The value has another state format.
        """
        pane = cls(tier, index)
        pane.applied = encoding.applied_offset(data)
        (
            _,
            _,
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
        ) = HEAD.unpack_from(data)
        pane.sample, end = AuthorSample.decode(data, HEAD.size)
        if tier is MINUTE:
            pane.ids = AcceptedIds.decode(memoryview(data)[end : end + 16 * n])
            end += 16 * n
        pane.tallies = decode_tallies(memoryview(data)[end : end + length])
        if pane.tallies and pane.tallies[-1].source == _ALL_OTHERS:
            pane.other = pane.tallies.pop()
        return pane


def counters_of(value: bytes) -> tuple[int, ...]:
    """Return the :attr:`Pane.counters` of a stored value."""
    return HEAD.unpack_from(value)[2:-2]


def among(panes: Mapping[int, object], indexes: range) -> list[int]:
    """Return which of some indexes have a pane, ascending; looks through the shorter of the two.

    Each index of the range is one more than the one before.
    """
    if len(indexes) < len(panes):
        return [index for index in indexes if index in panes]
    start, stop = indexes.start, indexes.stop
    return sorted([index for index in panes if start <= index < stop])
