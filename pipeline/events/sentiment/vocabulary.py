"""All that the scorer knows, by first word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

from pipeline.events.sentiment import failures, lexicon, phrases, signs
from pipeline.events.sentiment.signs import Entry, Kind, Phrase, Sign
from pipeline.events.sentiment.tokens import split

_FACT: Final = -0.4  # phrases of this weight are facts; the others are questions or opinions
_SLIGHT: Final = 0.3  # praise of this weight is turned by its context, as single words are


def _words() -> dict[str, Sign]:
    # Later groups win: a word that is praise and a modifier acts as the modifier.
    groups: tuple[tuple[Kind, Mapping[str, float] | Iterable[str]], ...] = (
        (signs.DUE, failures.DUES),
        (signs.FUNCTION, failures.FUNCTIONS),
        (signs.DURATION, failures.UNITS),
        (signs.OPINION, lexicon.PRAISE),
        (signs.OPINION, lexicon.BLAME),
        (signs.FAILURE, failures.FAILURES),
        (signs.REMEDY, lexicon.REMEDIES),
        (signs.WRY, lexicon.WRY_PRAISE),
        (signs.COURTESY, lexicon.COURTESIES),
        (signs.INTENSITY, lexicon.INTENSITIES),
        (signs.REPEAT, lexicon.REPEATS),
        (signs.CONCESSION, lexicon.CONCESSIONS),
        (signs.UNREAL, lexicon.UNREAL),
        (signs.REQUEST, lexicon.REQUESTS),
        (signs.CONTRAST, lexicon.CONTRASTS),
        (signs.NEGATION, lexicon.NEGATIONS),
        (signs.NEGATION, dict.fromkeys(lexicon.LACKING, 1.0)),
        (signs.EMOJI, lexicon.EMOJI),
        (signs.IRONY, lexicon.IRONY),
        (signs.STOP, ".;!\n"),
        (signs.QUESTION, "?"),
        (signs.PAUSE, ","),
    )
    return {
        word: (kind, words[word] if isinstance(words, Mapping) else 0.0)
        for kind, words in groups
        for word in words
    }


def _phrases() -> dict[str, Sign]:
    def alike(rows: Iterable[str], kind: Kind, weight: float) -> dict[str, Sign]:
        return dict.fromkeys(rows, (kind, weight))

    return {
        **{
            phrase: (signs.OPINION if weight == _SLIGHT else signs.PHRASE, weight)
            for phrase, weight in phrases.PRAISES.items()
        },
        **{
            phrase: (signs.FACT if weight == _FACT else signs.PHRASE, weight)
            for phrase, weight in phrases.BLAMES.items()
        },
        **alike(phrases.MEANINGLESS, signs.PHRASE, 0.0),
        **alike(phrases.WRY, signs.WRY, 0.8),
        **alike(phrases.REMEDIAL, signs.REMEDY, 0.6),
        **alike(phrases.SERVED, signs.SERVED, 0.3),
        **alike(phrases.COURTEOUS, signs.COURTESY, 0.6),
        **alike(phrases.INTENSE, signs.INTENSITY, 1.2),
        **alike(phrases.UNREAL, signs.UNREAL, 0.0),
        **alike(phrases.LACKING, signs.NEGATION, 1.0),
    }


def _entries() -> dict[str, Entry]:
    """Join words and phrases by their first word, the longest phrase first."""
    known: dict[str, Sign] = {}
    begun: dict[str, dict[str, list[Phrase]]] = {}
    for phrase, sign in chain(_words().items(), _phrases().items()):
        match split(phrase):
            case [word]:
                known[word] = sign
            case [first, second, *rest]:
                begun.setdefault(first, {}).setdefault(second, []).append((tuple(rest), sign))
    for seconds in begun.values():
        for choices in seconds.values():
            choices.sort(key=lambda choice: -len(choice[0]))
    return {word: (known.get(word), begun.get(word, {})) for word in known.keys() | begun.keys()}


ENTRIES: Final = _entries()
