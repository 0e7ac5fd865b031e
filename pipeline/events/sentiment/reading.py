"""Many texts read at once: their words as the vocabulary has them, and which of them may matter.

The words of all texts together are one array of numbers, in which what may matter is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.events.sentiment import sarcasm, signs, weighing
from pipeline.events.sentiment.lexing import Lexer
from pipeline.events.sentiment.signs import END
from pipeline.events.sentiment.tokens import split
from pipeline.events.sentiment.vocabulary import ENTRIES
from pipeline.events.sentiment.weighing import Place

BETWEEN: Final = f" {END} "
"""Stands between texts, none of which may hold ``END``."""

# They stand for what nobody looks for; with a blank, since no word has one.
_WORD, _NUMBER, _OTHER, _TRIPLE = "x ", "0 ", "_ ", "xxx "

_DRAWN_OUT = re.compile(r"([a-z])\1\1")

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Reading(NamedTuple):
    """What texts say: words and places as ``weighing`` takes them.

    ``doubtful``: the numbers of texts with drawn-out letters, which have to be read with care.
    """

    words: list[str]
    places: Iterable[Place]
    doubtful: Sequence[int]


class Reader:
    """Reads texts, and remembers the pieces that they are made of."""

    def __init__(self) -> None:
        self._lexer = Lexer(
            _WORDS, ",.!?" + END, unknown=_CODES[_WORD], repeated=_DRAWN, read=_codes
        )

    def read(self, texts: Sequence[str]) -> Reading:
        """Read texts that are stripped and in lower case."""
        joined = BETWEEN.join((*texts, "")).replace("n't", "nt").replace("\n", _LINE)
        words = self._lexer.codes(joined)
        # Of most words nothing is known but that they are there.
        places = np.flatnonzero(_NOTED.take(words))
        noted = words[places]
        is_end = noted == _END
        text = np.cumsum(is_end) - is_end
        following = words.take(places + 1, mode="clip")  # after the last END, which begins nothing
        begun = _PAIR.take(_FIRST.take(noted) + _SECOND.take(following))
        begins = begun > 0
        # Where nothing may carry weight, nothing that changes weights matters.
        telling = np.zeros(len(texts), np.bool_)
        telling[text[begins | _WEIGHTY.take(noted)]] = True
        matters = (begins | _SIGN.take(noted)) & telling[text] | is_end
        kinds = _KIND.take(noted[matters])
        needed = ~_MARK.take(kinds)
        needed[1:-1] |= _OPEN.take(kinds[:-2]) & (kinds[2:] != signs.FINISH)
        left = np.flatnonzero(matters)[needed]
        drawn = np.flatnonzero(words == _DRAWN)
        return Reading(
            _STRING.take(words).tolist(),
            zip(
                places[left].tolist(),
                kinds[needed].tolist(),
                _WEIGHT.take(noted[left]).tolist(),
                _PHRASES.take(begun[left]).tolist(),
                strict=True,
            ),
            np.unique(np.searchsorted(places[is_end], drawn)).tolist() if drawn.size else (),
        )


def _codes(piece: str) -> list[int]:
    """Return the codes of the words of a piece."""
    codes = [_code(word) for word in split(piece)]
    if _DRAWN_OUT.search(piece) is not None:
        codes.append(_DRAWN)
    return codes


def _code(word: str) -> int:
    """Return the code of a word; those that nobody looks for are told apart by how they begin."""
    code = _CODES.get(word)
    if code is None:
        first = word[0]
        code = _CODES[_WORD if first.isalpha() else _NUMBER if first.isdigit() else _OTHER]
    return code


def _known() -> set[str]:
    """Return all words that anything looks for."""
    known = {*ENTRIES, *weighing.CONTEXT, *sarcasm.CONTEXT, _WORD, _NUMBER, _OTHER, _TRIPLE, END}
    for _, phrases in ENTRIES.values():
        for second, choices in phrases.items():
            known.update((second,), *(rest for rest, _ in choices))
    return known


def _signs() -> list[signs.Sign]:
    found = []
    for word in _WORDS:
        sign, _ = ENTRIES.get(word, (None, {}))
        found.append(sign or (signs.FINISH if word == END else signs.NOTHING, 0.0))
    return found


def _numbered(words: Iterable[str]) -> Numbers:
    """Number some words from 1; all others get 0."""
    number = {word: at for at, word in enumerate(sorted(set(words)), 1)}
    return np.array([number.get(word, 0) for word in _WORDS])


def _pairs() -> tuple[Numbers, NDArray[np.object_]]:
    """Number the pairs of a first and a second word of phrases from 1, and list their phrases."""
    pairs = np.zeros(_FIRST.max() + _SECOND.max() + 1, np.intp)
    begun: list[Sequence[signs.Phrase]] = [()]
    for word, (_, phrases) in ENTRIES.items():
        for second, choices in phrases.items():
            pairs[_FIRST[_CODES[word]] + _SECOND[_CODES[second]]] = len(begun)
            begun.append(choices)
    return pairs, np.fromiter(begun, object, len(begun))


def _of_kinds(*kinds: signs.Kind) -> Flags:
    return np.isin(np.arange(signs.NOTHING + 1), kinds)


# By code.
_WORDS: Final = sorted(_known())
_CODES: Final = {word: code for code, word in enumerate(_WORDS)}
_END: Final = _WORDS.index(END)
_DRAWN: Final = _WORDS.index(_TRIPLE)
_STRING: Final = np.array(_WORDS, dtype=object)
_KIND: Final = np.array([kind for kind, _ in _signs()])
_WEIGHT: Final = np.array([weight for _, weight in _signs()])
_SIGN: Final = _KIND < signs.FINISH
_WEIGHTY: Final = (_KIND > signs.STOP) & (_KIND < signs.PAUSE)
_SECOND: Final = _numbered(second for _, phrases in ENTRIES.values() for second in phrases)
_FIRST: Final = (_SECOND.max() + 1) * _numbered(
    word for word, (_, phrases) in ENTRIES.items() if phrases
)
_NOTED: Final = _SIGN | (_FIRST > 0) | (_KIND == signs.FINISH)
_PAIR, _PHRASES = _pairs()
# By kind. A mark matters if there is anything that it ends, and anything that follows.
_MARK: Final = _of_kinds(signs.STOP, signs.PAUSE)
_OPEN: Final = ~_of_kinds(signs.STOP, signs.FINISH)
_LINE: Final = " . "
"""Read instead of a line feed, which ends a sentence too."""
