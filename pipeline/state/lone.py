"""A lone mention: an hour in which a brand was spoken of once, kept without a pane around it.

Most brands hardly speak, and nearly every hour of theirs that says anything holds one earned,
scored create. That is all there is to remember of it, in a fraction of what a pane costs to make
and to keep. It is written as its pane would be, and becomes one as soon as somebody looks at it or
another mention comes.
"""

from __future__ import annotations

import struct

import msgspec

from pipeline.state import encoding
from pipeline.state.pane import HEAD, MICRO, Pane, SourceTally, decode_tallies, encode_tallies
from pipeline.state.sample import ONE_AUTHOR
from pipeline.state.tiers import HOUR

_FIXED = struct.Struct(HEAD.format + ONE_AUTHOR.format.removeprefix("<"))
_NO_OTHERS = (0, 0, 0)
"""Nothing unscored, retracted, or not earned."""


class Lone(msgspec.Struct, gc=False, eq=False):
    """One earned create that has an hour of its brand to itself, and a polarity.

    Its event time in microseconds, its author's hash, and strengths and counts as in
    :class:`~pipeline.events.admitted.AdmittedMention`. ``applied`` as in
    :class:`~pipeline.state.pane.Pane`.
    """

    at: int
    source: str
    author: int
    p: float
    q: float
    likes: int
    shares: int
    followers: int
    clicks: int
    applied: int = encoding.NOTHING_APPLIED

    @property
    def index(self) -> int:
        """The index of its hour's pane."""
        return self.at // HOUR.size

    def _tally(self) -> tuple[str, int, int, int, int]:
        """Return the fields of its source's tally, which would be made only to be written."""
        return self.source, 1, int(self.p * MICRO + 0.5), int(self.q * MICRO + 0.5), self.at

    def pane(self, k: int) -> Pane:
        """Return the pane of its hour, which is read at no more than ``k``."""
        tallies = [SourceTally(*self._tally())]
        counts = (self.likes, self.shares, self.followers, self.clicks)
        pane = Pane(HOUR, self.index, self.applied, 1, *_NO_OTHERS, *counts, tallies)
        pane.sample.add(self.author, self.p, self.q)
        pane.sample.trim(k)
        return pane

    def encode(self, applied: int, k: int) -> bytes:
        """Return its pane as a stored value that contains records up to ``applied``."""
        sources = encode_tallies((self._tally(),))
        fixed = _FIXED.pack(
            encoding.FORMAT,
            applied,
            1,
            0,
            0,
            0,
            self.likes,
            self.shares,
            self.followers,
            self.clicks,
            0,
            len(sources),
            k,
            1,
            self.author,
            self.p,
            self.q,
        )
        return fixed + sources

    @classmethod
    def decode(cls, value: bytes) -> Lone | None:
        """Read one back from the stored value of an hour's pane; None where that holds more.

        Raises:
            Stop: The value has another state format.
        """
        applied = encoding.applied_offset(value)
        if len(value) < _FIXED.size:
            return None
        fields = _FIXED.unpack_from(value)
        mentions, *others, likes, shares, followers, clicks, ids, _ = fields[2:12]
        _, authors, author, p, q = fields[12:]
        if (mentions, *others, ids, authors) != (1, *_NO_OTHERS, 0, 1):
            return None
        tallies = decode_tallies(memoryview(value)[_FIXED.size :])
        if len(tallies) != 1:
            return None
        [tally] = tallies
        return cls(
            tally.newest, tally.source, author, p, q, likes, shares, followers, clicks, applied
        )
