"""What signs do to one another: the weights of a text's signs in their context."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pipeline.events.sentiment.lexicon import listed
from pipeline.events.sentiment.sarcasm import DOUBTFUL, see_through
from pipeline.events.sentiment.signs import (
    CONCESSION,
    CONTRAST,
    DUE,
    DURATION,
    EMOJI,
    FACT,
    FAILURE,
    FINISH,
    FUNCTION,
    INTENSITY,
    NEGATION,
    NOTHING,
    PAUSE,
    PHRASE,
    QUESTION,
    REMEDY,
    REPEAT,
    REQUEST,
    SERVED,
    STOP,
    Kind,
    Phrase,
)
from pipeline.events.sentiment.vocabulary import ENTRIES

_NEGATION_REACH: Final = 4  # words
_LACK_REACH: Final = 2
_INTENSITY_REACH: Final = 2
_UNREAL_REACH: Final = 8
_NEGATED_PRAISE: Final = -0.7
_NEGATED_BLAME: Final = -0.4
_NOT_FUNCTIONING: Final = -0.45
_LASTING: Final = -0.35
_BEFORE_CONTRAST: Final = 0.4
_AFTER_CONTRAST: Final = 1.2
_MOST_CONTRASTS: Final = 4  # that count; each looks at all that was said before
_CONCEDED: Final = 0.4
_UNREAL_PRAISE: Final = 0.2
_ASKED_PRAISE: Final = 0.3
_REPEATED_SIGN: Final = 0.3
_REPEATED_FAILURE: Final = 1.3
_CAPITALS: Final = 1.25
_SHORT_WORD: Final = 2  # letters; capitals mean nothing in I, OK, TV
_SWALLOWED: Final = "_"  # a mark that ends nothing
_SHOUTED_WITHIN: Final = 512  # characters; a bound, since each sign is looked for in them

_CLOCK_UNITS = listed("hour hours hr hrs minute minutes min mins")
_COUNTS = listed(
    "an a one two three four five six seven eight nine ten twelve several many few couple"
)
_BEFORE_LASTING = listed(
    "after another took taken takes taking waited waiting been spent already nearly"
)
_AFTER_LASTING = listed(
    "late later delay delayed delays wait waiting behind now without counting overdue"
)
CONTEXT: Final = _CLOCK_UNITS | _COUNTS | _BEFORE_LASTING | _AFTER_LASTING | {"for"}
"""Words that are looked at beside a sign."""


Place = tuple[int, Kind, float, Sequence[Phrase]]
"""Where a sign or a phrase may be: the index of the word, its kind and weight (``NOTHING`` and 0.0
where it is no sign by itself), and the phrases that it and the next word may begin."""


def places_of(words: Sequence[str]) -> Iterator[Place]:
    """Yield the places of a text, given by its words and ``END``."""
    for index, word in enumerate(words):
        entry = ENTRIES.get(word)
        if entry is not None:
            sign, phrases = entry
            kind, weight = sign or (NOTHING, 0.0)
            yield index, kind, weight, phrases.get(words[index + 1], ())
    yield len(words) - 1, FINISH, 0.0, ()


def weigh(  # noqa: C901 - one loop: a call for each sign would take longer than all of the rules
    texts: Iterable[str], words: list[str], places: Iterable[Place]
) -> list[float]:
    """Return the sums of the weights of the signs in texts, 0.0 where there is none.

    Args:
        texts: The texts as they are written.
        words: The words of all of them, with ``END`` after the last of each; changed where a
            question mark belongs to a phrase, as in "really?".
        places: Where a sign or a phrase may be, and each ``END``, in order.
    """
    sums: list[float] = []
    beginnings = iter(texts)
    begin = next(beginnings, "")[:_SHOUTED_WITHIN]
    kinds: list[Kind] = []
    weights: list[float] = []
    spoken: list[int] = []
    seen: set[str] = set()
    asks = conceded = False
    contrasts = sentence = after = 0
    # The last index at which each still has an effect.
    lacking = negated = intensified = unreal = repeated = -1
    factor = 1.0
    for index, kind, weight, phrases in places:
        if index < after:
            continue
        end = index
        if phrases:
            third = words[index + 2]
            for rest, sign in phrases:
                # Most phrases go on in another way; looking at their third word is quicker.
                if not rest or (
                    third == rest[0] and tuple(words[index + 2 : index + 2 + len(rest)]) == rest
                ):
                    if kind == REQUEST and sign[1] < 0.0:
                        asks = True
                    kind, weight = sign
                    after = index + 2 + len(rest)
                    end = after - 1
                    if words[end] == "?":
                        words[end] = _SWALLOWED
                    break
            if kind == NOTHING:
                continue
        if kind == STOP:
            lacking = negated = intensified = unreal = repeated = -1
            conceded = False
            sentence = len(weights)
        elif kind < PAUSE:
            # A sign that carries weight is weighed in the context so far.
            if kind <= SERVED:
                if index <= negated:
                    weight *= _NEGATED_PRAISE if weight > 0.0 else _NEGATED_BLAME
                    kind = PHRASE
                elif weight > 0.0 and index <= unreal:
                    weight *= _UNREAL_PRAISE
                    kind = PHRASE
            elif kind >= FACT:
                if kind == FUNCTION:
                    weight = _NOT_FUNCTIONING if index <= negated else 0.0
                elif kind == DUE:
                    weight = _NOT_FUNCTIONING if index <= lacking else 0.0
                elif kind == DURATION:
                    weight = _LASTING if _lasts(words, index) else 0.0
                kind = FAILURE
            if not weight:
                continue
            if index <= intensified:
                weight *= factor
            if kind == FAILURE and index <= repeated:
                weight *= _REPEATED_FAILURE
            if conceded:
                weight *= _CONCEDED
            word = words[index]
            shouted = _SHOUTED.get(word)
            if shouted is not None and shouted in begin and _is_alone(shouted, begin):
                weight *= _CAPITALS
            if word in seen:
                weight *= _REPEATED_SIGN
            seen.add(word)
            kinds.append(kind)
            weights.append(weight * _AFTER_CONTRAST if contrasts else weight)
            spoken.append(index)
        elif kind == FINISH:
            if weights:
                if not DOUBTFUL.isdisjoint(kinds):
                    see_through(words, kinds, weights, spoken, asks=asks)
                sums.append(sum(weights))
                kinds, weights, spoken, seen = [], [], [], set()
            else:
                sums.append(0.0)
            begin = next(beginnings, "")[:_SHOUTED_WITHIN]
            asks = conceded = False
            contrasts = sentence = 0
            lacking = negated = intensified = unreal = repeated = -1
        elif kind == NEGATION:
            negated = end + _NEGATION_REACH
            if weight:
                lacking = end + _LACK_REACH
        elif kind == PAUSE:
            lacking = negated = intensified = -1
            conceded = False
        elif kind == INTENSITY:
            factor = factor * weight if end < intensified else weight
            intensified = end + _INTENSITY_REACH
        elif kind == REPEAT:
            repeated = end + _INTENSITY_REACH
            for i in range(len(weights) - 1, sentence - 1, -1):
                if end - spoken[i] > _INTENSITY_REACH:
                    break
                if kinds[i] == FAILURE:
                    weights[i] *= _REPEATED_FAILURE
        elif kind == QUESTION:
            asks = True
            # Praise in a question is hardly praise.
            for i in range(sentence, len(weights)):
                if weights[i] > 0.0 and kinds[i] != EMOJI:
                    weights[i] *= _ASKED_PRAISE
                if kinds[i] == REMEDY:
                    kinds[i] = PHRASE
            lacking = negated = intensified = unreal = repeated = -1
            conceded = False
            sentence = len(weights)
        elif kind == CONTRAST:
            if contrasts < _MOST_CONTRASTS:
                weights = [weight * _BEFORE_CONTRAST for weight in weights]
            contrasts += 1
            negated = unreal = -1
        elif kind == CONCESSION:
            conceded = True
        elif kind != NOTHING:  # a wish or a request: what is wanted is not there
            asks = asks or kind == REQUEST
            unreal = end + _UNREAL_REACH
    return sums


def _is_alone(shouted: str, begin: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(shouted)}(?!\w)", begin) is not None


def _lasts(words: Sequence[str], index: int) -> bool:
    """Tell whether something took as long as the unit of time at an index says."""
    count = words[index - 1] if index else ""
    if not (count in _COUNTS or count[:1].isdigit()):
        return False
    before = words[index - 2] if index > 1 else ""
    return (
        before in _BEFORE_LASTING
        or words[index + 1] in _AFTER_LASTING
        or (before == "for" and words[index] in _CLOCK_UNITS)
    )


# How words are shouted.
_SHOUTED = {
    word: word.upper() for word in ENTRIES if len(word) > _SHORT_WORD and word != word.upper()
}
