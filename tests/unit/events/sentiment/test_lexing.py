"""Known words are found in long texts as they would be one after another."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.sentiment import lexing
from pipeline.events.sentiment.lexing import Lexer

WORDS = [
    "?",
    "??",
    "late",
    "lately",
    "congratulations",
    "a" * 16,
    "é",
    "it's",
    ",",
    "\0",
    "sixteen-letters",
]
UNKNOWN, REPEATED, SAID = 0, 1, 100


def spell(piece: str) -> list[int]:
    """Say a piece by its characters."""
    return [SAID + ord(character) for character in piece]


LEXER = Lexer(WORDS, ",\0", unknown=UNKNOWN, repeated=REPEATED, read=spell)


def one_by_one(text: str) -> list[int]:
    codes: list[int] = []
    for piece in re.split(r"[\t-\r\x1c-\x20]+", text):
        if re.fullmatch(r"[a-z,\0]*", piece):
            for word in re.findall(r"[a-z]+|[,\0]", piece):
                known = WORDS.index(word) if word in WORDS else UNKNOWN
                codes.append(REPEATED if re.search(r"(.)\1\1", word) else known)
        else:
            codes += spell(piece)
    return codes


PIECES = st.sampled_from([*WORDS, "late,", ",late,a", "a" * 17, "latelatelatelate", "zzz", "b" * 8])
TEXTS = st.lists(PIECES | st.text(max_size=9) | st.text("ab, ", max_size=30)).map(" ".join)


@given(TEXTS)
def test_any_text(text: str) -> None:
    text = text.lower()
    assert LEXER.codes(text).tolist() == one_by_one(text)


def test_a_word_is_not_another_that_begins_or_ends_alike() -> None:
    known = ["congratulations", "congratulation", "latelate", "latelatelatelate", "late"]
    lexer = Lexer(known, "", unknown=99, repeated=98, read=spell)
    assert lexer.codes(" ".join(known)).tolist() == [0, 1, 2, 3, 4]
    others = "congratulationsx xcongratulations latelat elatelate latelatelatelatel lat ate"
    assert lexer.codes(others).tolist() == [99] * 7


def test_words_in_the_place_of_another_are_told_apart() -> None:
    known = "congratulations"
    lexer = Lexer([known], "", unknown=99, repeated=98, read=spell)
    endings = ["".join(letters) for letters in product("abcdefghijklmnop", repeat=5)]
    raw = "".join(word.ljust(16, "\0") for word in [known, *(known[:8] + end for end in endings)])
    starts = np.arange(len(endings) + 1) * 16
    lengths = np.array([len(known)] + [13] * len(endings))
    halves = lexing._halves(raw.encode(), starts, lengths)
    places = lexing._place(*halves, lexing._FACTORS[0])
    alike = [known[:8] + endings[at] for at in np.flatnonzero(places[1:] == places[0]).tolist()]
    plain = [word for word in alike if not re.search(r"(.)\1\1", word)]
    assert len(plain) > 5
    assert lexer.codes(" ".join(plain)).tolist() == [99] * len(plain)


def test_a_piece_is_read_once() -> None:
    read = []

    def note(piece: str) -> list[int]:
        read.append(piece)
        return spell(piece)

    lexer = Lexer(["late"], "", unknown=99, repeated=98, read=note)
    for _ in range(2):
        assert lexer.codes("7 late 7 8x 7").tolist() == [155, 0, 155, 156, 220, 155]
    assert read == ["7", "8x"]


def test_a_word_of_more_than_sixteen_letters_cannot_be_known() -> None:
    with pytest.raises(ValueError, match="longer than 16"):
        Lexer(["a" * 17], "", unknown=0, repeated=1, read=spell)
