"""Parts of the core as the settings ask for them: the same for worker, replay and measurements.

Apart from :mod:`pipeline.app`, which loads Faust and the drivers that only a worker needs.
"""

from __future__ import annotations

from pipeline.clock import Clock, FixedClock, WallClock
from pipeline.events.admit import Admission
from pipeline.events.brands import BrandBook
from pipeline.events.hashing import Hasher
from pipeline.events.instants import SECOND, from_datetime
from pipeline.events.sentiment import Scorer
from pipeline.events.sentiment.scorer import LexiconScorer
from pipeline.events.sentiment.transformer import TransformerScorer
from pipeline.metrics.influence_index import Judgements
from pipeline.settings import Settings


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the settings ask for."""
    if settings.clock.fixed_at is not None:
        return FixedClock(from_datetime(settings.clock.fixed_at))
    return WallClock(int(settings.clock.behind_seconds * SECOND))


def book_of(settings: Settings) -> BrandBook:
    """Return the brand book that the settings name; without one, that of all brands."""
    return BrandBook.load(settings.brands_file) if settings.brands_file else BrandBook()


def scorer_of(settings: Settings) -> Scorer:
    """Return the scorer that the settings ask for.

    Raises:
        Usage: A transformer is asked for and cannot be used.
    """
    wanted = settings.sentiment
    if wanted.model is None:
        return LexiconScorer(wanted.memory)
    return TransformerScorer(wanted.model, wanted.memory)


def admission_of(settings: Settings, book: BrandBook, clock: Clock) -> Admission:
    """Return the admission that the settings ask for."""
    hasher = Hasher(settings.author_hash_key.get_secret_value())
    return Admission(book, hasher, scorer_of(settings), clock)


def judgements_of(settings: Settings) -> Judgements:
    """Return what the influence index holds for important."""
    return Judgements(**settings.index.model_dump())
