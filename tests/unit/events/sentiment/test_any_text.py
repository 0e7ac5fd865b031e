"""Any text has a polarity, always the same, in time that grows with its length."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.sentiment.memo import Memo
from pipeline.events.sentiment.scorer import LexiconScorer, polarity
from pipeline.events.sentiment.vocabulary import ENTRIES

ANY_NAMES = st.frozensets(st.text(max_size=12), max_size=3)


@given(st.text(max_size=200), ANY_NAMES)
def test_any_text_has_a_polarity(text: str, names: frozenset[str]) -> None:
    assert -1.0 <= polarity(text, names) <= 1.0
    assert polarity(text, names) == LexiconScorer().score(text, names)


@given(st.lists(st.sampled_from(sorted(ENTRIES)), max_size=25), ANY_NAMES)
def test_any_mixture_of_known_words_has_a_polarity(words: list[str], names: frozenset[str]) -> None:
    assert -1.0 <= polarity(" ".join(words), names) <= 1.0


@pytest.mark.parametrize(
    "piece",
    [
        "a", "a.", "@", "a@", "!", "?", ".co", "not ", "great ", " ", "a'-", "://", "\t", "United ",
        "#", "#aB", '"', '"a ', '"a b', "1", "1.", "2 hours ", "\n", ":", ":)", "❤", "&lt;", "aaa ",
        "great, ", "great late ", "late but ", "again late ", "late again ",
        "thanks for ", "late. great! ", "no one ", "Best Buy ", "n't", "@a@", "\u0130",
    ],
)  # fmt: skip
def test_time_grows_with_the_length_of_a_text(piece: str) -> None:
    names = frozenset({"United", "Best Buy", "great and late"})

    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length] + " .co @x a@b www. :// "
        best = 1e9
        for _ in range(3):
            started = time.process_time()
            assert -1.0 <= polarity(text, names) <= 1.0
            best = min(best, time.process_time() - started)
        return best

    # Four times the length; time that grows with the square would be sixteen times as much.
    assert seconds(32_768) < 8 * seconds(8_192) + 0.01


def test_shared_texts_are_scored_once_and_the_brand_is_known() -> None:
    asked: list[str] = []

    def score(texts: Sequence[str], names: Sequence[frozenset[str]]) -> list[float]:
        asked.extend(texts)
        return [float(len(some)) for some in names]

    memo = Memo(score, memory=4)
    none, one = frozenset[str](), frozenset({"x"})
    assert memo.ask(["a"], [none]) == [0.0]
    assert memo.ask(["b", "a", "a"], [one, one, none]) == [1.0, 1.0, 0.0]
    assert asked == ["a", "b", "a"]
    memo.ask(["a"], [none])  # asked for again since three are known, and so kept
    memo.ask(["c", "d"], [none, none])
    memo.ask(["a", "b"], [none, one])  # forgotten: at least two others were asked for since
    assert asked == ["a", "b", "a", "c", "d", "b"]
    for _ in range(2):
        memo.ask(["x" * 513], [none])  # long texts are never kept
    assert asked[6:] == ["x" * 513] * 2
