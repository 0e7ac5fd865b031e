"""The scorer: what customers mean, not what words say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.sentiment import lexicon, phrases
from pipeline.events.sentiment.scorer import LexiconScorer, polarity

UNITED = frozenset({"united", "United Airlines", "@united"})


def of(text: str, names: frozenset[str] = UNITED) -> float:
    return polarity(text, names)


@pytest.mark.parametrize(
    "text",
    [
        "I love this app!",
        "Thanks @united!",
        "thank you so much for your help",
        "10/10 would recommend",
        "no complaints, really friendly staff",
        "not bad at all",
        "can't wait to try it",
        "Great service as always!",
        "The delay was fixed quickly, great job!",
        "Your support resolved my issue, thank you",
        "sooo goooood",
        "couldn\N{RIGHT SINGLE QUOTATION MARK}t be happier",
        "😍😍",
        "lovely crew :)",
    ],
)
def test_praise(text: str) -> None:
    assert of(text) > 0.2


@pytest.mark.parametrize(
    "text",
    [
        "thanks for nothing @united",
        "cancelled again",
        "great, another delay",
        "Great. My flight is cancelled.",
        "love waiting on hold for 2 hours",
        "Thanks for the delay",
        "please help me, my account is locked",
        "I am not happy with this",
        "It\N{RIGHT SINGLE QUOTATION MARK}s not working",
        "the app won't load",
        "still waiting",
        "never again",
        "never had such bad service",
        "worst airline ever",
        "🙄 great job",
        "terrible, please fix this, thanks",
        "😡",
        "my parcel is lost :(",
    ],
)
def test_blame(text: str) -> None:
    assert of(text) < -0.2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\0",
        "!!!",
        "?",
        "United",
        "United Airlines flight to Denver",
        "good morning",
        "Happy Halloween",
        "Thanks, can you please check my order?",
        "when is the store open on sunday",
        "https://t.co/love www.great.org/best love.com/great",
        "write to awesome@great.com or @perfect",
        "注文はいつ届きますか",
    ],
)
def test_neutral(text: str) -> None:
    assert of(text) == 0.0


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Best Buy", {"best-buy"}),
        ("Best Buy", {"bestbuy"}),
        ("BEST BUY's store", {"Best-Buy"}),
        ("I went to happy", {"Happy"}),
        ("at Love Great Awesome Inc.", {"Love Great Awesome Inc."}),
        ("fail whale", {"fail"}),
        ("Amazing", {"@amazing"}),
    ],
)
def test_a_name_is_neither_praise_nor_blame(text: str, names: set[str]) -> None:
    assert of(text, frozenset()) != 0.0
    assert of(text, frozenset(names)) == 0.0


def test_a_mask_leaves_the_rest_of_the_text() -> None:
    assert of("Best Buy is the best", frozenset({"best buy"})) > 0.3
    assert of("Best Buyers", frozenset({"best buy"})) > 0.3
    assert of("happy happier", frozenset({"happy"})) == of("happier", frozenset())


def test_context_orders_texts() -> None:
    assert of("very good") > of("good") > of("slightly good") > 0
    assert of("AWFUL service") < of("awful service") < 0
    assert of("good!!!") > of("good")
    assert of("was it good?") < of("it was good")
    assert of("would be great if it was good") < 0.2
    assert of("staff good but app bad") < 0 < of("app bad but staff good")
    assert of("but good") > of("good")
    assert of("cancelled again") < of("cancelled")
    assert of("great great great great") < 0.95
    assert of("it was late, superb") < of("although it was late, superb")


@given(st.text(max_size=200), st.frozensets(st.text(max_size=12), max_size=3))
def test_any_text_has_a_polarity(text: str, names: frozenset[str]) -> None:
    assert -1.0 <= polarity(text, names) <= 1.0


WORDS = st.lists(
    st.sampled_from(
        sorted(
            lexicon.PRAISE.keys()
            | lexicon.WRY_PRAISE.keys()
            | lexicon.FAILURES.keys()
            | lexicon.NEGATIONS
            | lexicon.INTENSITIES.keys()
            | lexicon.REPEATS
            | lexicon.EMOJI.keys()
            | lexicon.COURTESIES.keys()
            | phrases.PHRASES.keys()
            | {"!", "?", ",", ".", "but", "for"}
        )
    ),
    max_size=15,
)


@given(WORDS)
def test_any_mixture_of_known_words_has_a_polarity(words: list[str]) -> None:
    assert -1.0 <= of(" ".join(words)) <= 1.0


def test_memory_changes_nothing_and_knows_the_brand() -> None:
    scorer = LexiconScorer(memory=2)
    bests = frozenset({"best"})
    for _ in range(2):
        assert scorer.score("best", UNITED) > 0.0
        assert scorer.score("best", bests) == 0.0
        assert scorer.score("awful " * 200, UNITED) < 0.0


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "@", "a@", "!", ".co", "not ", "great ", " ", "a'-", "://", "\t", "United "],
)
def test_time_grows_with_the_length_of_a_text(piece: str) -> None:
    text = piece * (32_768 // len(piece)) + " .co @x a@b www. :// "
    started = time.process_time()
    of(text)
    assert time.process_time() - started < 1.0


def test_every_word_is_found_by_the_scorer() -> None:
    weighted = {**lexicon.PRAISE, **lexicon.WRY_PRAISE, **lexicon.BLAME, **lexicon.FAILURES}
    assert len(weighted) > 400
    for word, weight in weighted.items():
        assert of(f"{word}", frozenset()) * weight > 0.0, word
    for emoji, weight in lexicon.EMOJI.items():
        assert of(f"x {emoji} y", frozenset()) * weight > 0.0, emoji
