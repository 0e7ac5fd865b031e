"""Many texts scored together get what each gets by itself, to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.events.sentiment import lexing, sarcasm, scorer, weighing
from pipeline.events.sentiment.masking import mask
from pipeline.events.sentiment.memo import Memo
from pipeline.events.sentiment.reading import Reader
from pipeline.events.sentiment.scorer import LexiconScorer, polarities, polarity
from pipeline.events.sentiment.vocabulary import ENTRIES
from tests.sentiment.labelled import SERVICE_TEXTS, Columns, read

READER = Reader()
"""Of all tests: what it remembers of one text must not change another's polarity."""

Text = tuple[str, frozenset[str]]

PHRASES = sorted(
    " ".join((first, second, *rest))
    for first, (_, seconds) in ENTRIES.items()
    for second, choices in seconds.items()
    for rest, _ in choices
)
ODD = [
    "...", "!!", "?!", "-", "--", "'", '"', "\u201c", "\u2019", "#", "@", "&amp;", "&lt;", "\x1e",
    "\t", "\xa0", "\u2028", "n't", "'s", ";)", ":-D", "<3", "^_^", "👍🏽", "❤️", "\U0001f9ff", "é",
    "ß", "İ", "Σ", "\u017f", "\u212a", "²", "٣", "_", "\ud83d", "10/10", "3.5", "3hrs", "5stars",
    "35 stars", "http://x.co/a", "www.a.b", "foo.com", "a@b.cd", "@foo", "@foo@bar.social",
    ".@foo.com", "#BestAir", "#unitedFail", "#NeverAgain", "sooo", "goooood", "xxx", "ooon't",
    "x" * 70,
]  # fmt: skip
NAMES = [
    "united", "United", "Best Air", "bestair", "brand-0001", "AT&T", "Yahoo!", "o'neil", "giant",
    "can't stop", "Yahooo", "mint", "É té", "x", "best", "love", "the", "a.b", "U.S. Air", "nt",
    "don't", "🙂", "İx", "\n",
]  # fmt: skip
SAID = (
    st.sampled_from(sorted(ENTRIES))
    | st.sampled_from(PHRASES)
    | st.sampled_from(sorted(weighing.CONTEXT | sarcasm.CONTEXT))
    | st.sampled_from(ODD + NAMES)
    | st.text(max_size=4)
)
WAYS = (str, str, str, str.upper, str.capitalize, lambda word: word.replace("nt", "n't"))
WRITTEN = st.tuples(SAID, st.sampled_from(WAYS)).map(lambda said: said[1](said[0]))
SEAMS = st.sampled_from([" ", " ", " ", " ", "", ", ", ". ", "! ", "? ", "\n", "  "])
WORDS = st.lists(st.tuples(WRITTEN, SEAMS).map("".join), max_size=30).map("".join)
TEXTS = st.tuples(WORDS | st.text(), st.frozensets(st.sampled_from(NAMES), max_size=3))


def one_by_one(texts: Sequence[Text]) -> list[float]:
    return [polarity(text, names) for text, names in texts]


def together(texts: Sequence[Text], reader: Reader = READER) -> list[float]:
    return polarities([text for text, _ in texts], [names for _, names in texts], reader)


@given(st.lists(TEXTS, max_size=12))
@example([("not really?. good", frozenset()), ("you serious, love really? a", frozenset())])
@example([("35stars", frozenset()), ("thanks, late", frozenset()), ("for", frozenset())])
@example([("late", frozenset()), ("", frozenset()), ("again", frozenset())])
@example([("giant sooo", frozenset({"giant"})), ("gian't late", frozenset({"giant"}))])
@example([("late again \0 great", frozenset()), ("\0", frozenset())])
def test_any_texts(texts: list[Text]) -> None:
    assert together(texts) == one_by_one(texts)


def test_texts_of_customers() -> None:
    texts = [(text.text, text.names) for text in read(SERVICE_TEXTS, Columns())]
    alone = one_by_one(texts)
    assert together(texts) == together(texts[::-1])[::-1] == alone
    assert sum(score != 0.0 for score in alone) > 200


def test_every_phrase_beside_another_text() -> None:
    texts = [(f"great {phrase}? late", frozenset[str]()) for phrase in PHRASES]
    assert together(texts) == one_by_one(texts)


def test_every_word_that_is_looked_at_beside_a_sign() -> None:
    texts = [
        (row.format(word), frozenset[str]())
        for word in sorted(weighing.CONTEXT | sarcasm.CONTEXT)
        for row in (
            "waited {} hours", "{} 2 hours", "2 hours {}", "great {} delay", "late. Great {}. x",
            "late. Great {} good. x", "love {} delay", "{} great late", "thanks {} late",
        )
    ]  # fmt: skip
    assert together(texts) == one_by_one(texts)


@pytest.mark.parametrize("text", ["looove it", "sooo baaad", "xxx LATE", "grrreat", "goood, late"])
def test_drawn_out_letters(text: str) -> None:
    texts = [("great", frozenset[str]()), (text, frozenset[str]()), ("late", frozenset[str]())]
    assert together(texts) == one_by_one(texts)


def test_long_texts() -> None:
    texts = [
        (piece * 2_000, frozenset({"Best Buy"})) for piece in ("late. great! ", "Best Buy x, ")
    ]
    texts += [("x" * 600 + " LATE again", frozenset()), ("great " * 90 + "LATE", frozenset())]
    assert together(texts) == one_by_one(texts)


def test_pieces_are_forgotten_when_there_are_many() -> None:
    texts = [(f"piece{n} late {n}again, great", frozenset[str]()) for n in range(40)]
    with patch.object(lexing, "_MOST", 7):
        reader = Reader()
        for _ in range(2):
            assert together(texts, reader) == one_by_one(texts)
    assert 0 < len(reader._lexer._pieces) <= 7


def test_the_scorer_asks_for_few_and_for_many() -> None:
    texts = [(f"late again {n}" if n % 2 else f"great {n}", frozenset[str]()) for n in range(50)]
    scorer = LexiconScorer(memory=40)
    for size in (1, 3, 50, 50):
        some = texts[:size]
        scores = scorer.score_all([text for text, _ in some], [names for _, names in some])
        assert scores == one_by_one(some) == [scorer.score(*text) for text in some]


def test_no_mark_but_the_question_mark_belongs_to_a_phrase() -> None:
    # What ends a sentence, and what is idle, is found without looking at phrases.
    marks = {word for phrase in PHRASES for word in phrase.split()} & set(",.;!?\n")
    assert marks == {"?"}


@pytest.mark.parametrize("name", ["giant", "mint", "United", "nt", "don't"])
def test_a_text_with_a_name_has_a_trace_of_it(name: str) -> None:
    bare = mask(frozenset({name}))
    for written in (name, name.upper(), name.replace("nt", "n't")):
        assert any(trace in f"x {written.lower()}, y" for trace in bare.traces)


def test_texts_that_are_too_long_together_are_read_in_parts() -> None:
    nobody = frozenset[str]()
    asked = [("never good " * 5, nobody), ("great", nobody), ("", nobody)] * 9
    texts, masked = [text for text, _ in asked], [names for _, names in asked]
    read = []

    def seen(texts: Sequence[str], masked: Sequence[frozenset[str]], _: Reader) -> list[float]:
        read.append(sum(map(len, texts)))
        return polarities(texts, masked, READER)

    with patch.object(scorer, "_MOST_TOGETHER", 120), patch.object(scorer, "polarities", seen):
        result = LexiconScorer(memory=0).score_all(texts, masked)
    assert result == [polarity(text, names) for text, names in asked]
    assert len(read) > 1
    assert max(read) <= 120
    assert sum(read) == sum(map(len, texts))


def test_no_more_is_remembered_than_was_said() -> None:
    memo = Memo(lambda texts, _: [0.0] * len(texts), memory=10)
    for size in (3, 40, 1, 7):
        texts = [f"{size} {number}" for number in range(size)]
        memo.ask(texts, [frozenset()] * size)
        memo.ask(texts[:2], [frozenset()] * len(texts[:2]))
        assert len(memo._recent) + len(memo._earlier) <= 10


def test_what_is_remembered_is_not_scored_again() -> None:
    scored: list[str] = []

    def score(texts: Sequence[str], _: Sequence[frozenset[str]]) -> list[float]:
        scored.extend(texts)
        return [float(text) for text in texts]

    memo, nobody = Memo(score, memory=8), frozenset[str]()
    for texts in (["1", "2"], ["3", "1", "4", "5"], ["2", "5", "6"], ["7", "8", "2"]):
        assert memo.ask(texts, [nobody] * len(texts)) == list(map(float, texts))
    assert scored == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert memo.ask(["2"], [frozenset({"a"})]) == [2.0]
    assert scored[8:] == ["2"]
    long = "1" * 600
    for _ in range(2):
        memo.ask([long], [nobody])
    assert scored[9:] == [long, long]
