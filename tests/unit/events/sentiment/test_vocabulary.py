"""Each entry of the vocabulary is reached by the scorer and says what it was written for."""

from __future__ import annotations

import pytest

from pipeline.events.sentiment import failures, lexicon, phrases
from pipeline.events.sentiment.scorer import polarity

NO_NAMES: frozenset[str] = frozenset()
WORDS = {**lexicon.PRAISE, **lexicon.WRY_PRAISE, **lexicon.BLAME, **failures.FAILURES}


def test_every_word_is_found() -> None:
    assert len(WORDS) > 1_000
    for word, weight in WORDS.items():
        if abs(weight) >= 0.2:  # others are under the band of abstention by themselves
            assert polarity(word, NO_NAMES) * weight > 0.0, word
    for emoji, weight in lexicon.EMOJI.items():
        assert polarity(f"x {emoji} y", NO_NAMES) * weight > 0.0, emoji


@pytest.mark.parametrize("weights", [phrases.PRAISES, phrases.BLAMES])
def test_every_phrase_is_found(weights: dict[str, float]) -> None:
    for phrase, weight in weights.items():
        assert polarity(f"x {phrase} y", NO_NAMES) * weight > 0.0, phrase


def test_meaningless_phrases_take_meaning_away() -> None:
    for phrase in phrases.MEANINGLESS:
        assert polarity(f"x {phrase} y", NO_NAMES) == 0.0, phrase


def test_functions_and_dues_speak_only_where_they_are_lacking() -> None:
    for word in failures.FUNCTIONS - WORDS.keys() - lexicon.REQUESTS:
        assert polarity(f"they {word}", NO_NAMES) == 0.0, word
        assert polarity(f"they didn't {word}", NO_NAMES) < 0.0, word
    for word in failures.DUES - WORDS.keys():
        assert polarity(f"the {word}", NO_NAMES) == 0.0, word
        assert polarity(f"without {word}", NO_NAMES) < 0.0, word
