"""The load: realistic mentions of the public contract, the same for every engine and every run.

Half of it is history, spread over 26 weeks; half is live, at a steady rate in the hour before the
end. Brands and authors are Zipf-distributed, one record in fifty is late by a minute or so, one in
a hundred is delivered twice, and ten minutes after the rest comes one mention of each brand, so
that windows of engines that wait for a later event are closed.

Everything is drawn from the seed. Only the end moves: a worker refuses events from the future and
publishes windows up to now, so a benchmark ends its load at the moment at which it is produced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

SECOND = 1_000
"""Event times here are milliseconds since the epoch."""
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

QUIET = 12 * MINUTE
"""Between the last mention of the load and those that close the windows."""

CHUNK = 100_000
_MOST_LATE = 5 * MINUTE
_REPEAT_REACH = 20
_REPEAT_WITHIN = 4 * MINUTE

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Weights = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Workload:
    """What to draw.

    Args:
        end: Time of the newest mention, in milliseconds since the epoch.
        mentions: How many records, repeats and closing mentions included.
        brands: How many brands; the one of rank r gets a share in proportion to 1/r.
        authors: How many authors; that of rank r writes in proportion to r^-0.7.
        in_turn: Authors write one after another instead, so that as many are seen as there are.
        history_days: Length of the history.
        live_share: Share of the records in the live part.
        live_rate: Live mentions a second, which gives the length of the live part.
        first_share: Share of the first brand, where Zipf's is not meant.
        text: Mentions carry a text and neither sentiment nor rating.
        plain: No history, nothing late, repeated, unearned or closing: each mention counts once.
        seed: The same seed and end give the same bytes.
    """

    end: int
    mentions: int = 2_000_000
    brands: int = 1_000
    authors: int = 1_000_000
    in_turn: bool = False
    history_days: float = 182
    live_share: float = 0.5
    live_rate: float = 278
    first_share: float | None = None
    text: bool = False
    plain: bool = False
    seed: int = 1

    def chunks(self) -> Iterator[Chunk]:
        """Draw the records, in the order in which they arrive."""
        draw = np.random.default_rng(self.seed)
        brand_of = _Ranked(self._brand_weights())
        author_of = _Ranked(np.arange(1, self.authors + 1) ** -0.7)
        words = _Words(draw) if self.text else None
        times = self._times()
        for start in range(0, len(times), CHUNK):
            at = times[start : start + CHUNK]
            if self.in_turn:
                author = np.arange(start, start + len(at)) % self.authors
            else:
                author = author_of(draw, len(at))
            chunk = Chunk(start, at, brand_of(draw, len(at)), author)
            chunk.fill(draw, words, plain=self.plain)
            yield chunk
        if not self.plain:
            every = np.arange(self.brands)
            at = np.full(self.brands, self.end)
            closing = Chunk(len(times), at, every, author_of(draw, self.brands))
            closing.fill(draw, words, plain=True)
            yield closing

    def _brand_weights(self) -> Weights:
        weights: Weights = 1 / np.arange(1, self.brands + 1)
        if self.first_share is not None and self.brands > 1:
            weights[0] = weights[1:].sum() * self.first_share / (1 - self.first_share)
        return weights

    def _times(self) -> Ints:
        if self.plain:
            first = self.end - self.mentions / self.live_rate * SECOND
            return np.linspace(first, self.end, self.mentions, endpoint=False).astype(np.int64)
        count = self.mentions - self.brands
        live = round(count * self.live_share)
        end = self.end - QUIET
        live_start = end - live / self.live_rate * SECOND
        history_start = min(live_start, self.end - self.history_days * DAY)
        history = np.linspace(history_start, live_start, count - live, endpoint=False)
        return np.concatenate([history, np.linspace(live_start, end, live)]).astype(np.int64)


@dataclass(slots=True)
class Chunk:
    """Records that arrive one after another, in columns.

    ``fresh`` is false for a record that repeats an earlier one; ``counted`` tells which mentions
    are earned and new, which is what ``mentions_{w}`` counts.
    """

    start: int
    at: Ints
    brand: Ints
    author: Ints
    likes: Ints = field(init=False)
    fresh: Bools = field(init=False)
    counted: Bools = field(init=False)
    values: list[bytes] = field(init=False)

    def __len__(self) -> int:
        return len(self.at)

    def fill(self, draw: np.random.Generator, words: _Words | None, *, plain: bool) -> None:
        """Draw what is left and write the records down."""
        count = len(self)
        if not plain:
            late = draw.random(count) < 0.02
            delay = np.minimum(draw.exponential(MINUTE, count), _MOST_LATE).astype(np.int64)
            self.at = np.where(late, self.at - delay, self.at)
        self.likes = draw.geometric(0.15, count) - 1
        # A rating would be taken before a text, and what is not earned is not scored.
        scored = plain or words is not None
        shape = draw.integers(0, _SCORED_SHAPES if scored else len(_SHAPES), count)
        self.fresh = np.ones(count, dtype=np.bool_)
        self.counted = _COUNTS[shape]
        self.values = self._write(draw, shape, words)
        if not plain:
            self._repeat(draw)

    def _write(self, draw: np.random.Generator, shape: Ints, words: _Words | None) -> list[bytes]:
        count = len(self)
        stamps = _rfc3339(self.at)
        received = _rfc3339(self.at + draw.integers(100, 5_000, count))
        # Opinions lie near both ends rather than in the middle.
        sentiment = np.round(2 * draw.beta(0.8, 0.6, count) - 1, 3).tolist()
        texts = words.texts(draw, count) if words else None
        columns = zip(
            range(self.start, self.start + count),
            stamps,
            received,
            self.brand.tolist(),
            self.author.tolist(),
            self.likes.tolist(),
            draw.integers(1, 50_000, count).tolist(),
            shape.tolist(),
            sentiment if texts is None else texts,
            strict=True,
        )
        polarity = "sentiment" if texts is None else "text"
        quote = "" if texts is None else '"'
        shapes, hosts = _SHAPES, _HOSTS
        return [
            (
                f'{{"id":"https://{hosts[author & 7]}/@user{author}/{110_000_000_000 + number}",'
                f'"brand":"brand-{brand:04d}","author":"user{author}@{hosts[author & 7]}",'
                f'"occurred_at":"{stamp}Z","received_at":"{arrival}Z","source":"mastodon",'
                f'"{polarity}":{quote}{said}{quote},"likes":{likes},"shares":{likes >> 2},'
                f'"followers":{followers}{shapes[form]}}}'
            ).encode()
            for number, stamp, arrival, brand, author, likes, followers, form, said in columns
        ]

    def _repeat(self, draw: np.random.Generator) -> None:
        """Replace one record in a hundred by a repeat of one a few places before it."""
        places = np.flatnonzero(draw.random(len(self)) < 0.01)
        for place, back in zip(
            places.tolist(), draw.integers(1, _REPEAT_REACH, len(places)).tolist(), strict=True
        ):
            first = place - back
            if first < 0 or self.at[place] - self.at[first] > _REPEAT_WITHIN:
                first = place - 1  # history is sparse, and a repeat follows soon
            if first < 0 or self.at[place] - self.at[first] > _REPEAT_WITHIN:
                continue
            self.values[place] = self.values[first]
            for column in (self.at, self.brand, self.author, self.likes):
                column[place] = column[first]
            self.fresh[place] = self.counted[place] = False


def _rfc3339(at: Ints) -> list[str]:
    """Return the instants as text, without the letter of the zone."""
    text: list[str] = np.datetime_as_string(at.astype("M8[ms]"), unit="ms").tolist()
    return text


class _Ranked:
    """Draws ranks, from 0, in proportion to weights."""

    def __init__(self, weights: Weights) -> None:
        self._cumulative = np.cumsum(weights)

    def __call__(self, draw: np.random.Generator, count: int) -> Ints:
        points = draw.random(count) * self._cumulative[-1]
        ranks: Ints = np.searchsorted(self._cumulative, points, side="right").astype(np.int64)
        return ranks


class _Words:
    """Texts about a product: an opinion between words of a large, Zipf-distributed vocabulary."""

    def __init__(self, draw: np.random.Generator) -> None:
        syllables = [f"{c}{v}" for c in "bdfgklmnprst" for v in ("a", "e", "i", "o", "u", "an")]
        lengths = draw.integers(1, 5, 20_000).tolist()
        self._vocabulary = ["".join(draw.choice(syllables, length)) for length in lengths]
        self._rank = _Ranked(1 / np.arange(1, len(self._vocabulary) + 1))

    def texts(self, draw: np.random.Generator, count: int) -> list[str]:
        """Return so many texts of about 90 characters."""
        words = self._vocabulary
        fill = self._rank(draw, 10 * count).reshape(count, 10).tolist()
        opinions = draw.integers(0, len(_OPINIONS), count).tolist()
        return [
            f"{words[a]} {words[b]} {words[c]} {words[d]} {words[e]}, {_OPINIONS[opinion]} "
            f"{words[f]} {words[g]} {words[h]} {words[i]} {words[j]}!"
            for (a, b, c, d, e, f, g, h, i, j), opinion in zip(fill, opinions, strict=True)
        ]


_HOSTS = [
    f"{name}.example" for name in ("social", "town", "hub", "fedi", "west", "art", "dev", "de")
]
_OPINIONS = (
    "I love how quickly it works",
    "this is not good at all",
    "support answered within minutes, brilliant",
    "the update broke everything again",
    "thanks for nothing",
    "please help, it crashed twice today",
    "best purchase of the year",
    "terrible service and very slow delivery",
    "does it open on Sundays",
    "saw the advert on the train",
    "really happy with it so far",
    "never again, what a disappointment",
    "works as described",
    "comparing it with two others",
    "cancelled my order without a word",
    "highly recommended to everyone",
)

# What the optional fields look like, each as often as any other, and whether such a mention is an
# earned creation. Those that follow the first twelve carry what keeps a text from being scored.
_FORMS: tuple[tuple[str, bool], ...] = (
    ("", True),
    (',"lang":"en"', True),
    (',"kind":"original"', True),
    (',"kind":"original","lang":"de"', True),
    (',"kind":"reply","origin_id":"https://hub.example/@x/1099999999"', True),
    (',"kind":"share","origin_id":"https://hub.example/@x/1099999998"', True),
    (',"region":"de","url":"https://hub.example/a/12345"', True),
    (',"region":"us","product":"classic"', True),
    (',"region":"br","bot_probability":0.12', True),
    (',"bot_probability":0.85', True),
    (',"clicks":3,"region":"fr"', True),
    (',"clicks":11,"kind":"quote"', True),
    (',"kind":"review","rating":4', True),
    (',"kind":"review","rating":1', True),
    (',"relation":"employee"', False),
    (',"relation":"paid","campaign":"spring"', False),
)
_SCORED_SHAPES = 12
_SHAPES = [suffix for suffix, _ in _FORMS]
_COUNTS = np.array([counted for _, counted in _FORMS])
